"""Searching by words: SQLite's full-text index of the passages, in which a word is found in all its forms.

In a large library every third passage holds some word of a question, and SQLite looks up each of them to put them in
order by BM25. So what a word is worth to the passages that hold it is worked out once, by the same formula, and
remembered until the library changes; a question adds up its words.
"""

import math
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

FORMS = "tokenize = 'porter unicode61 remove_diacritics 2'"
TABLE = f"CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(title, section, text, {FORMS})"
SAID = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.said USING fts5vocab('main', 'words', 'instance')"
"""Every place in which a word stands, as a table; each connection makes its own."""
K1, B = 1.2, 0.75
"""What SQLite's bm25() is worked out with (Robertson and Zaragoza 2009)."""
WEIGHTS = "0.5, 2.0, 1.0"
"""The title weighs half as much as the text, and the heading twice as much."""
PLACES = "SELECT group_concat(doc * 8 + CASE col WHEN 'title' THEN 1 WHEN 'section' THEN 4 ELSE 2 END) FROM said \
WHERE term = ?"
"""Where a word stands, in one string: the passage's number by eight, and twice the weight of the column. Row by row it
takes four times as long."""
REMEMBERED = 4_000_000
"""Passages that are remembered under all words together, 12 bytes each."""
A_WORD = 50
"""What remembering a word costs beside its passages, in passages."""
Numbers = NDArray[np.int32]


@dataclass(frozen=True)
class Holders:
    """The passages that hold a word in any of its forms."""

    numbers: Numbers
    """Rising."""
    scores: NDArray[np.float64]
    """BM25 of each passage for this word alone, over 0; those of several words add up."""

    def among(self, numbers: Collection[int]) -> set[int]:
        """Return which of these passages hold the word."""
        if not len(self.numbers):
            return set()
        asked = np.fromiter(numbers, dtype=np.int32, count=len(numbers))
        places = np.searchsorted(self.numbers[:-1], asked)
        return set(asked[self.numbers[places] == asked].tolist())


class FullText:
    """What the words of one generation of the library are worth. Safe to use from several threads."""

    def __init__(self, database: sa.Connection, generation: str) -> None:
        self.generation = generation
        rows = _rows(database, "SELECT id, sz FROM words_docsize ORDER BY id")
        self.passages = database.scalar(sa.text("SELECT count(*) FROM passages")) or 0
        """In the library, with those that are not searched."""
        self._searched = len(rows)
        self._lengths = np.zeros(rows[-1][0] + 1 if rows else 0, dtype=np.int64)
        self._lengths[[number for number, _ in rows]] = _lengths(b"".join(sizes for _, sizes in rows))
        self._mean = float(self._lengths.sum()) / max(self._searched, 1)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Holders] = OrderedDict()
        self._remembered = 0

    def holders(self, database: sa.Connection, words: Sequence[str]) -> list[Holders]:
        """Return the passages that hold each of the words. `database` is of the same generation."""
        with self._lock:
            found = {word: self._known[word] for word in words if word in self._known}
        new = [word for word in dict.fromkeys(words) if word not in found]
        for word, forms in zip(new, _forms(new), strict=True):
            found[word] = self._looked_up(database, word, forms)
        with self._lock:
            self._remember(found)
        return [found[word] for word in words]

    def _remember(self, found: Mapping[str, Holders]) -> None:
        for word, holders in found.items():
            if (before := self._known.pop(word, None)) is not None:
                self._remembered -= A_WORD + len(before.numbers)
            self._known[word] = holders
            self._remembered += A_WORD + len(holders.numbers)
        while self._remembered > REMEMBERED:
            self._remembered -= A_WORD + len(self._known.popitem(last=False)[1].numbers)

    def best(
        self, database: sa.Connection, words: Sequence[str], at_most: int, among: Collection[int] | None = None
    ) -> list[int]:
        """Return the numbers of passages that hold any of the words, best first by BM25; `among` these, if given."""
        scores = np.zeros(len(self._lengths))
        for held in self.holders(database, words):
            scores[held.numbers] += held.scores
        if among is not None:
            elsewhere = np.ones(len(scores), dtype=bool)
            elsewhere[[number for number in among if number < len(scores)]] = False
            scores[elsewhere] = 0
        places = np.flatnonzero(scores)
        if len(places) > at_most:
            places = places[scores[places] >= np.partition(scores[places], -at_most)[-at_most]]
        best: list[int] = places[np.argsort(-scores[places], kind="stable")][:at_most].tolist()
        return best

    def _looked_up(self, database: sa.Connection, word: str, forms: Sequence[str]) -> Holders:
        if len(forms) != 1:
            return _of_a_phrase(database, word)
        said = _scalar(database, PLACES, forms[0])
        places = np.fromstring(said or "", dtype=np.int64, sep=",")
        numbers, begins = np.unique(places >> 3, return_index=True)
        if not len(numbers):
            return _NOBODY
        often = np.add.reduceat((places & 7) / 2, begins)
        rare = max(math.log((0.5 + self._searched - len(numbers)) / (0.5 + len(numbers))), 0.0) or 1e-6
        lengths = self._lengths[numbers]
        return Holders(
            numbers.astype(np.int32), rare * ((often * (K1 + 1)) / (often + K1 * (1 - B + B * lengths / self._mean)))
        )


_NOBODY = Holders(np.zeros(0, dtype=np.int32), np.zeros(0))


def put(database: sa.Connection, number: int, title: str, section: str, text: str) -> None:
    """Let the passage with this number be found by its words."""
    add = sa.text("INSERT INTO words(rowid, title, section, text) VALUES (:n, :title, :section, :text)")
    database.execute(add, {"n": number, "title": title, "section": section, "text": text})


def take_out(database: sa.Connection, number: int) -> None:
    """Let the passage with this number be found by its words no more."""
    database.execute(sa.text("DELETE FROM words WHERE rowid = :n"), {"n": number})


def _of_a_phrase(database: sa.Connection, word: str) -> Holders:
    """Return the holders of what SQLite takes for several words, or for none: "o'clock"."""
    query = f"SELECT rowid, -bm25(words, {WEIGHTS}) FROM words WHERE words MATCH ? ORDER BY rowid"  # noqa: S608
    found = np.fromiter(_rows(database, query, _quoted(word)), dtype=[("number", np.int32), ("score", np.float64)])
    return Holders(found["number"].copy(), found["score"].copy())


def _rows(database: sa.Connection, query: str, *values: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query as SQLite gives them: of a common word there are tens of thousands."""
    with closing(database.connection.cursor()) as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _scalar(database: sa.Connection, query: str, *values: str) -> Any:
    return _rows(database, query, *values)[0][0]


def _forms(words: Sequence[str]) -> list[list[str]]:
    """Return each word as it stands in the index, without its ending: several where SQLite takes it for several."""
    found: list[list[str]] = [[] for _ in words]
    if not words:
        return found
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(f"CREATE VIRTUAL TABLE asked USING fts5(word, {FORMS})")
        database.execute("CREATE VIRTUAL TABLE forms USING fts5vocab('asked', 'instance')")
        database.executemany("INSERT INTO asked(rowid, word) VALUES (?, ?)", enumerate(words))
        for place, form in database.execute("SELECT doc, term FROM forms ORDER BY doc, offset"):
            found[place].append(form)
    return found


def _lengths(sizes: bytes) -> NDArray[np.int64]:
    """Return how many words each passage has. Of each, SQLite keeps three numbers: of its title, section and text.

    A number is seven bits to a byte, the high ones first, and its last byte is under 128.
    """
    read = np.frombuffer(sizes, dtype=np.uint8).astype(np.int64)
    lasts = np.flatnonzero(read < 128)
    if not len(lasts):
        return lasts
    begins = np.concatenate([[0], lasts[:-1] + 1])
    after = np.repeat(lasts, lasts - begins + 1) - np.arange(len(read))
    together: NDArray[np.int64] = np.add.reduceat((read & 127) << 7 * after, begins).reshape(-1, 3).sum(axis=1)
    return together


def _quoted(word: str) -> str:
    """Return the word as FTS5 takes it literally, whatever is in it."""
    return '"' + word.replace('"', '""') + '"'
