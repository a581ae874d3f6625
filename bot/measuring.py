"""The tables of `alex evaluate`, measured now. They need a checkout: the measuring sets are no part of the package."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from bot.errors import UsageError
from bot.session import Rehearsal, open_house
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SEEDS = 5


def _measuring_set(*parts: str) -> Path:
    path = ROOT.joinpath(*parts)
    if not path.exists():
        raise UsageError(f"{'/'.join(parts)} is not here.", "Run this in a checkout of the project.")
    return path


def library_table(settings: Settings) -> str:
    """Return how often the right article is first or among three, and how often nothing is found for nothing."""
    from bot.library.search import Library
    from bot.listen.encoder import shared_encoder

    asked = yaml.safe_load(_measuring_set("tests", "library", "questions.yaml").read_text(encoding="utf-8"))
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


def reader_table(settings: Settings) -> str:
    """Return the reader's accuracy and F1 on the author it was never trained on, move by move."""
    import json

    house = open_house(settings.prompts)
    pairs: list[tuple[str, str]] = []
    for line in _measuring_set("training", "turns", "kept-back.jsonl").read_text(encoding="utf-8").splitlines():
        turn = json.loads(line)
        reading = house.reader.code([one["text"] for one in turn["segments"]], turn["previous"])
        pairs += [(one["move"], got.move) for one, got in zip(turn["segments"], reading.segments, strict=True)]
    moves = sorted({truth for truth, _ in pairs})
    scores = {move: _f1(pairs, move) for move in moves}
    rows = [f"{move:<20}{scores[move]:.2f}" for move in sorted(moves, key=scores.__getitem__, reverse=True)]
    right = sum(truth == guess for truth, guess in pairs) / len(pairs)
    return "\n".join(
        [f"{len(pairs)} segments, accuracy {right:.3f}, macro-F1 {sum(scores.values()) / len(moves):.3f}", *rows]
    )


def _f1(pairs: list[tuple[str, str]], move: str) -> float:
    hits = sum(truth == guess == move for truth, guess in pairs)
    named = sum(truth == move for truth, _ in pairs) + sum(guess == move for _, guess in pairs)
    return 2 * hits / named if named else 0.0


def colleague_table(settings: Settings) -> str:
    """Return, for each kind of leader, how deep it got and how it ended, over the test conversations and seeds."""
    house = open_house(settings.prompts)
    rows: dict[str, list[tuple[int, str]]] = {}
    for path in sorted(_measuring_set("tests", "conversations").glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for seed in range(SEEDS):
            rehearsal = Rehearsal(house, house.scenario(content["scenario"]), seed)
            for turn in content["turns"]:
                rehearsal.take_turn(turn["leader"])
            rows.setdefault(content["kind"], []).append((rehearsal.memory.deepest_told(), rehearsal.ending.id))
    lines = [f"{'kind':<16}{'played':>7}{'layer 3 or deeper':>19}{'joint step':>12}   endings"]
    for kind, found in sorted(rows.items()):
        deep = sum(layer >= 3 for layer, _ in found) / len(found)
        joint = sum(ending == "joint_step" for _, ending in found) / len(found)
        endings = sorted({ending for _, ending in found}, key=[e for _, e in found].count, reverse=True)
        lines.append(f"{kind:<16}{len(found):>7}{deep:>19.0%}{joint:>12.0%}   {', '.join(endings)}")
    return "\n".join(lines)


TABLES: dict[str, Callable[[Settings], str]] = {
    "library": library_table,
    "reader": reader_table,
    "colleague": colleague_table,
}
