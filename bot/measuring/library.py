"""How well the library answers the questions of its measuring set."""

from typing import Any

import yaml

from bot.measuring.sets import measuring_set
from bot.settings import Settings


def library_table(settings: Settings) -> str:
    """Return how often the right article is first or among three, and how often nothing is found for nothing."""
    from bot.library.search import Library
    from bot.listen.encoder import shared_encoder

    asked = yaml.safe_load(measuring_set("tests", "library", "questions.yaml").read_text(encoding="utf-8"))
    with Library(settings, shared_encoder()) as library:
        library.ensure()
        ranks = [_rank(library.search(one["question"], 10), one["article"]) for one in asked["questions"]]
        silent = sum(not library.search(question, 5) for question in asked["nothing"])
    total = len(ranks)
    rows = [
        ("questions", f"{total}"),
        ("right article first", f"{sum(rank == 1 for rank in ranks)} of {total}"),
        ("among the first three", f"{sum(0 < rank <= 3 for rank in ranks)} of {total}"),
        ("mean reciprocal rank", f"{sum(1 / rank for rank in ranks if rank) / total:.3f}"),
        ("nothing found where there is nothing", f"{silent} of {len(asked['nothing'])}"),
    ]
    return "\n".join(f"{name:<40}{value}" for name, value in rows)


def _rank(found: list[Any], article: str) -> int:
    """Return the place of the article among the distinct articles found, 1 for the first, 0 when it is not there."""
    order = list(dict.fromkeys(one.passage.article for one in found))
    return order.index(article) + 1 if article in order else 0
