"""What is drawn beside the answers of the Library: the list, adding to it, and how it stands."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.coach.as_said import in_words
from bot.library.catalogue import Taken
from bot.web.render.drawing import counted, draw, look
from bot.web.render.library import about, missing

if TYPE_CHECKING:
    from bot.library.catalogue import Held, LeftOut, Standing
    from bot.library.ingest import IngestReport, Progress

INDEX = {
    "whole": "The index, which makes searching quick, is in order.",
    "at work": "The index, which makes searching quick, is being made anew. You can search meanwhile.",
    "missing": "The index, which makes searching quick, is not up to date. Searching works without it.",
}
GONE = {
    "added": "“{title}” is removed, and its copy deleted.",
    "folder": "“{title}” is not read any more. Its file is where it was.",
    "program": "“{title}” is put away.",
}
NAMED = 48
"""Letters of a file's name that are shown while it is read."""


@dataclass(frozen=True)
class Entry:
    """One article in the list. `key` names it among all articles."""

    key: str
    title: str
    about: str
    asks: str
    """What nobody knows of it yet; '' for nothing."""


def articles(shelf: Sequence["Held"], opened: str = "") -> str:
    """Return the list of articles; `opened` is the place of the one that is open."""
    entries = [Entry(one.place, one.title, about(one.author, one.date), missing(one)) for one in shelf]
    heading = counted(len(entries), "article", "articles") if entries else "No articles yet"
    return look(draw("articles.html", articles=entries, counted=heading, open=opened))


def within(shelf: Sequence["Held"], chosen: str = "") -> str:
    """Return the choice of where to look, where there is one."""
    return look(draw("within.html", articles=shelf, chosen=chosen)) if len(shelf) > 1 else ""


def adding(largest: int, accepted: Sequence[str]) -> str:
    """Return where files are chosen or dropped: of at most `largest` bytes, and with one of the endings `accepted`."""
    return look(draw("adding.html", largest=largest, accepted=",".join(accepted)))


def progress(now: "Progress") -> str:
    """Return how far the reading of files is."""
    if not now.number:
        return says("Another window or program is filling the library. Waiting for it…")
    name = now.name if len(now.name) <= NAMED else now.name[:NAMED]
    return says(f"Reading {name}…" if now.files == 1 else f"Reading {now.number} of {now.files}: {name}…")


def getting_ready() -> str:
    """Return what is said while the library is filled for the first time."""
    return says("The library is reading its articles. This takes some seconds, once.")


def says(words: str) -> str:
    """Return a sentence about what is being done, or was."""
    return look(draw("progress.html", says=words))


def taken(what: "Taken", shelf: Sequence["Held"]) -> str:
    """Return what became of files that were added, and ask for what nobody knows of them yet."""
    titles = Counter(one.title.casefold() for one in shelf)
    alike = {one.place for one in what.added if titles[one.title.casefold()] > 1}
    return look(draw("taken.html", taken=what, says=_came(what), named_alike=alike, missing=missing))


def _came(what: "Taken") -> str:
    added, left = len(what.added), len(what.left_out)
    parts = []
    if added or not left:
        parts.append(f"{counted(added, 'article is', 'articles are')} in." if added else "Nothing new came in.")
    if left:
        parts.append(f"{counted(left, 'file was', 'files were')} left out.")
    return " ".join(parts)


def looked(report: "IngestReport", left_out: Sequence["LeftOut"]) -> str:
    """Return what changed in the folders since they were read last."""
    counts = {"new": report.added, "changed": report.changed, "gone": report.removed}
    parts = [f"{in_words(len(places))} {name}" for name, places in counts.items() if places]
    words = f"{', '.join(parts)}.".capitalize() if parts else "Nothing has changed in the folders."
    return look(draw("looked.html", says=words, left_out=left_out))


def described(held: "Held", came: Sequence["Held"]) -> str:
    """Return that what was written is kept, and ask on for the others that `came` with it."""
    others = [one for one in came if one.missing]
    words = f"Kept: what you wrote about “{held.title}”."
    return look(draw("taken.html", taken=Taken(added=others), says=words, named_alike=(), missing=missing))


def removed(gone: "Held") -> str:
    """Return that an article is removed, and what became of its file."""
    return done(GONE[gone.origin].format(title=gone.title))


def done(words: str) -> str:
    """Return that something is done."""
    return look(draw("looked.html", says=words, left_out=()))


def standing(now: "Standing", shelf: Sequence["Held"], questions: int, *, opened: bool = False) -> str:
    """Return how the library stands; `questions` is how many are kept."""
    origins = Counter(one.origin for one in shelf)
    named = {"program": "{} came with Alex", "added": "{} added by you", "folder": "{} read from folders"}
    parts = [words.format(in_words(origins[name])) for name, words in named.items() if origins[name]]  # type: ignore[index]
    articles, passages = counted(now.articles, "article", "articles"), f"{now.passages} passages"
    kept = counted(questions, "question of yours is kept", "questions of yours are kept")
    return look(
        draw(
            "standing.html",
            standing=now,
            says=f"{articles}, {passages}: {', '.join(parts)}." if parts else "The library is empty.",
            index=INDEX[now.index],
            faults=f"{in_words(len(now.left_out))} could not be read",
            questions=questions,
            kept=kept,
            open=opened,
        )
    )
