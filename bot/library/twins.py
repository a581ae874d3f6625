"""Passages that stand in two files are found once: the first that came stands for the others.

The same article saved as PDF and as web page is cut differently, so passages are not compared one with one. A passage
is a twin if nine in ten of its runs of five words stand in one other article, and so does every run with a figure or a
word on which what it says turns ('not', 'must'). So last year's letter never hides this year's. Of its runs some are
kept as marks in the library (one in eight, by their own hash: Broder 1997), to find the article that may hold it.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.library import full_text

RUN = 5
"""Words in a run."""
SHARE = 0.9
"""Of the runs of a passage, how many must stand in the other article."""
FEWEST = 8
"""Runs of a passage that can have a twin: the same few words under another heading may say something else."""
ONE_IN = 8
WORTH_A_LOOK = 0.5
"""Of the marks of a passage, how many an article must share to be compared run by run: of a twin, nine in ten or so."""
TURNS = re.compile(
    r"\d|^(?:not|no|never|nor|none|without|unless|except|must|may|shall|should|will|can|cannot|\w+n['’]?t|before|after"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|first|second|third|all|some|any|only|always"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|june|july|august|september|october"
    r"|november|december)$"
)
"""Words on which what a passage says turns."""
COMMON = 500
"""A mark that more passages hold tells nothing of where a passage stands too: the foot of every page of a set of forms.
Without a limit, each page of them would be compared with all the others."""
AT_ONCE = 500

TABLES = (
    "CREATE TABLE IF NOT EXISTS marks (mark INTEGER NOT NULL, passage INTEGER NOT NULL "
    "REFERENCES passages(number) ON DELETE CASCADE, PRIMARY KEY (mark, passage)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS marks_of ON marks (passage)",
    "CREATE TABLE IF NOT EXISTS twins (passage INTEGER PRIMARY KEY REFERENCES passages(number) ON DELETE CASCADE, "
    "stands_for_it INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS twins_of ON twins (stands_for_it)",
)


def words_of(text: str) -> list[str]:
    """Return the words of a text, told apart from how they are set: no case, marks, hyphens or ligatures."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\xad", "")
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", re.sub(r"(?<=\w)[-‐‑]\s?(?=\w)", "", plain))


def runs_of(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return each five words running, in order."""
    return [tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)]


def marks_of(text: str) -> set[int]:
    """Return the marks of a passage: hashes of some of its runs, of 63 bits, the same ones wherever they stand."""
    hashes = {_hash(" ".join(run)) for run in runs_of(words_of(text))}
    if len(hashes) < FEWEST:
        return set()
    return {one for one in hashes if one % ONE_IN == 0} or {min(hashes)}


def _hash(words: str) -> int:
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "big") >> 1


def is_held(text: str, others: Sequence[str]) -> bool:
    """Return whether a passage stands in the passages of another article, given in their order."""
    runs = runs_of(words_of(text))
    held = set(runs_of([word for other in others for word in words_of(other)]))
    missing = [run for run in runs if run not in held]
    return (
        len(runs) >= FEWEST
        and len(missing) <= (1 - SHARE) * len(runs)
        and not any(TURNS.search(word) for run in missing for word in run)
    )


# In the library


def pair(database: sa.Connection, numbers: Iterable[int]) -> None:
    """Find out which of these passages, just kept, stand in another article; those are taken out of the words."""
    for number in numbers:
        text, article = _row(database, "SELECT text, article FROM passages WHERE number = :n", number)
        marks = marks_of(text)
        standing = _standing_for(database, article, text, marks) if marks else 0
        if standing:
            add = "INSERT OR REPLACE INTO twins(passage, stands_for_it) VALUES (:n, :one)"
            database.execute(sa.text(add), {"n": number, "one": standing})
            full_text.take_out(database, number)
        elif marks:
            add = "INSERT OR IGNORE INTO marks(mark, passage) VALUES (:mark, :n)"
            database.execute(sa.text(add), [{"mark": mark, "n": number} for mark in sorted(marks)])


def orphans(database: sa.Connection, gone: Sequence[int]) -> list[int]:
    """Return the twins of passages that are gone, in order; they stand for themselves until they are paired again."""
    found: list[int] = []
    query = sa.text("SELECT passage FROM twins WHERE stands_for_it IN :gone")
    for start in range(0, len(gone), AT_ONCE):
        batch = list(gone[start : start + AT_ONCE])
        found += database.scalars(query.bindparams(sa.bindparam("gone", expanding=True)), {"gone": batch})
    for number in sorted(found):
        database.execute(sa.text("DELETE FROM twins WHERE passage = :n"), {"n": number})
        title, section, text = _row(
            database,
            "SELECT title, section, passages.text FROM passages JOIN articles ON articles.number = article "
            "WHERE passages.number = :n",
            number,
        )
        full_text.put(database, number, title, section, text)
    return sorted(found)


def _standing_for(database: sa.Connection, article: int, text: str, marks: Collection[int]) -> int:
    """Return the number of the passage that stands for this one; 0 where it stands for itself."""
    telling = _telling(database, marks)
    query = sa.text(
        "SELECT passages.article, passages.number, mark FROM marks JOIN passages ON passages.number = marks.passage "
        "WHERE mark IN :marks AND passages.article != :article"
    ).bindparams(sa.bindparam("marks", expanding=True))
    rows = database.execute(query, {"marks": telling, "article": article}).all()
    shared = Counter((int(row[0]), int(row[1])) for row in rows)
    of_article = Counter(other for other, _ in {(int(row[0]), int(row[2])) for row in rows})
    for other in sorted(other for other, many in of_article.items() if many >= WORTH_A_LOOK * len(telling)):
        near = [which for holder, which in shared if holder == other]
        if is_held(text, _with_neighbours(database, other, near)):
            return max(near, key=lambda which: (shared[other, which], -which))
    return 0


def _telling(database: sa.Connection, marks: Collection[int]) -> list[int]:
    """Return those of the marks that no more than COMMON passages hold."""
    query = sa.text(
        "SELECT value FROM json_each(:marks) "
        "WHERE NOT EXISTS (SELECT 1 FROM marks WHERE mark = value LIMIT 1 OFFSET :common)"
    )
    return list(database.scalars(query, {"marks": json.dumps(sorted(marks)), "common": COMMON}))


def _with_neighbours(database: sa.Connection, article: int, numbers: Collection[int]) -> list[str]:
    """Return the texts of these passages of an article and of those beside them, in order."""
    near = {number + step for number in numbers for step in (-1, 0, 1)}
    query = sa.text("SELECT text FROM passages WHERE number IN :near AND article = :article ORDER BY number")
    return list(
        database.scalars(
            query.bindparams(sa.bindparam("near", expanding=True)), {"near": list(near), "article": article}
        )
    )


def _row(database: sa.Connection, query: str, number: int) -> tuple[Any, ...]:
    return tuple(database.execute(sa.text(query), {"n": number}).one())
