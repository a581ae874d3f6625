"""How well the library answers questions that people wrote who had read its articles and seen none of its passages."""

import json
import math
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.measuring import documents
from bot.measuring.sets import measuring_set
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.library.passages import Passage
    from bot.library.search import Library

PARTS = ("watched", "held", "documents")
"""Questions to the articles that come with the program, in two parts; and to documents of its own (documents.py)."""
DEEP = 10
"""Results looked through."""
FEWEST_LETTERS = 20
"""Of a quote that is cut by the end of a passage, the letters on one side that tell where it stands."""


@dataclass(frozen=True)
class Asked:
    """A question; `article` and `quote` say where the answer stands, and are empty where the library has none."""

    question: str
    article: str
    quote: str
    part: str


@dataclass(frozen=True)
class Row:
    """How one way of searching did. Ranks are of the passage with the answer: 1 for the first, 0 for none."""

    name: str
    ranks: tuple[int, ...]
    articles: tuple[int, ...]
    """Ranks of the article that it stands in, among the articles found."""
    answered: int | None = None
    """Questions without an answer that got one; None for a way that always answers."""

    def cells(self, nothing: int) -> list[str]:
        """Return the row of the table."""
        return [
            self.name,
            _share(self.ranks, 1),
            _share(self.ranks, 3),
            f"{_mean(self.ranks, lambda rank: 1 / rank):.3f}",
            f"{_mean(self.ranks, lambda rank: 1 / math.log2(1 + rank)):.3f}",
            _share(self.articles, 1),
            _share(self.articles, 3),
            "all" if self.answered is None else f"{self.answered} of {nothing}",
        ]


HEADS = ("search", "hit@1", "hit@3", "MRR", "nDCG@10", "article@1", "article@3", "false answers")


def library_table(settings: Settings, part: str = "watched", default: Path | None = None) -> str:
    """Return the table: our search, and by the same passages meaning alone and words alone.

    `default` is the encoder that Chroma takes where none is named, all-MiniLM-L6-v2 in full precision, as
    training/export_encoder.py writes it: with it comes a row of what it finds in the same passages by their words.
    """
    from bot.library.search import Library
    from bot.listen.encoder import shared_encoder

    asked = questions(part)
    with _shelves(settings, part) as there, Library(there, shared_encoder()) as library:
        library.ensure()
        rows = rows_of(library, asked)
        if default is not None:
            rows.append(_row("Chroma's default, fp32", _by_default(library, default), asked, None))
    nothing = sum(not one.article for one in asked)
    table = [HEADS, *(row.cells(nothing) for row in rows)]
    wide = max(len(row[0]) for row in table)
    lines = [f"{len(asked) - nothing} questions with an answer, {nothing} with none ({part})"]
    lines += [row[0].ljust(wide) + "".join(cell.rjust(15) for cell in row[1:]) for row in table]
    return "\n".join(lines)


def questions(part: str) -> list[Asked]:
    """Return the questions of one part: `watched` may be looked at when something is changed, `held` is for the end."""
    if part not in PARTS:
        raise UsageError(f"There are no questions called {part!r}.", f"Say {' or '.join(PARTS)}.")
    if part == "documents":
        return list(_to_documents())
    lines = measuring_set("tests", "library", "asked.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Asked(row["question"], row["article"] or "", row["quote"], row["part"]) for row in rows if row["part"] == part
    ]


def _to_documents() -> Iterator[Asked]:
    for row in documents.rows():
        name = documents.name_of(row["document"])
        for question in row.get("questions", ()):
            yield Asked(question, name, row["text"], "documents")
        for question in row.get("nothing", ()):
            yield Asked(question, "", "", "documents")


@contextmanager
def _shelves(settings: Settings, part: str) -> Iterator[Settings]:
    """Yield the settings of the library that the questions are put to."""
    if part != "documents":
        yield settings
        return
    with tempfile.TemporaryDirectory() as folder:
        documents.write(Path(folder) / "content" / "knowledge" / "articles")
        yield settings.model_copy(update={"home": Path(folder) / "home", "content": Path(folder) / "content"})


def rows_of(library: "Library", asked: Sequence[Asked]) -> list[Row]:
    """Return how each way of searching does with the questions."""
    found = {one.question: [hit.passage for hit in library.search(one.question, DEEP)] for one in asked}
    false = sum(bool(found[one.question]) for one in asked if not one.article)
    ways: list[tuple[str, Callable[[str], list[Passage]], int | None]] = [
        ("ours", found.__getitem__, false),
        ("meaning alone", lambda question: library.by_meaning(question, DEEP), None),
        ("words alone (BM25)", lambda question: library.by_words(question, DEEP), None),
    ]
    return [_row(name, search, asked, answered) for name, search, answered in ways]


def _by_default(library: "Library", network: Path) -> "Callable[[str], list[Passage]]":
    """Return a search by cosine alone, of an encoder in full precision, among all passages without their titles."""
    from bot.listen.encoder import Encoder

    encoder = Encoder(network.parent, file=network.name)
    held = library.passages()
    vectors = encoder.encode([passage.text for passage in held])

    def search(question: str) -> "list[Passage]":
        nearness = vectors @ encoder.encode([question])[0]
        return [held[place] for place in (-nearness).argsort(kind="stable")[:DEEP]]

    return search


def _row(name: str, search: "Callable[[str], list[Passage]]", asked: Sequence[Asked], answered: int | None) -> Row:
    answerable = [one for one in asked if one.article]
    found = [search(one.question) for one in answerable]
    ranks = [_rank([holds(hit, one) for hit in hits]) for one, hits in zip(answerable, found, strict=True)]
    articles = [
        _rank([name == one.article for name in dict.fromkeys(hit.article for hit in hits)])
        for one, hits in zip(answerable, found, strict=True)
    ]
    return Row(name, tuple(ranks), tuple(articles), answered)


def holds(passage: "Passage", asked: Asked) -> bool:
    """Return whether the passage holds the words that answer, or the greater part of them."""
    if passage.article != asked.article:
        return False
    text, quote = _letters(passage.text), _letters(asked.quote)
    half = max(len(quote) // 2 + 1, min(FEWEST_LETTERS, len(quote)))
    return quote[:half] in text or quote[-half:] in text


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def _rank(hits: Sequence[bool]) -> int:
    return hits.index(True) + 1 if True in hits else 0


def _share(ranks: Sequence[int], most: int) -> str:
    return f"{sum(0 < rank <= most for rank in ranks) / max(len(ranks), 1):.3f}"


def _mean(ranks: Sequence[int], worth: Callable[[int], float]) -> float:
    return sum(worth(rank) for rank in ranks if rank) / max(len(ranks), 1)
