"""What the library holds, article by article, and how one comes in or goes."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from bot.errors import ArticleError, LibraryError, UsageError
from bot.library.arriving import free_path, safe_name
from bot.library.ingest import ADDED, OWN, IngestReport, Progress, ingest, path_of, turn, unseen
from bot.library.loading import Article, read_bytes
from bot.library.mending import Mender
from bot.library.store import Store
from bot.library.told import Details, Told
from bot.listen.encoder import Encoder
from bot.settings import Settings

Origin = Literal["added", "folder", "program"]
REMOVING_S = 5
"""Longest that somebody who removes an article waits for another program, in seconds."""
NOTHING_TOLD = Details()


@dataclass(frozen=True)
class Held:
    """An article of the library, without its text."""

    place: str
    """What names it for good: 'articles/…' for a copy that somebody added, 'knowledge/…' for the program's own, else
    the path of its file."""
    name: str
    """The name of its file, without the ending."""
    title: str
    author: str
    date: str
    """As written: '2017', 'June 2026', or 'unknown'."""
    source: str
    licence: str
    pages: int
    """0 where its file has no pages."""
    passages: int
    read: datetime | None
    """When it was last read; None where an earlier version of the program did."""
    path: Path
    told: frozenset[str]
    """Which of title, author, date and source somebody has told, even if there is nothing to tell."""

    @property
    def origin(self) -> Origin:
        """Return where it comes from: added here, read from a folder, or with the program."""
        return "added" if self.place.startswith(ADDED) else "program" if self.place.startswith(OWN) else "folder"

    @property
    def missing(self) -> tuple[str, ...]:
        """Return which of author, date and source were not found, and not told either."""
        found = {"author": self.author, "date": self.date, "source": self.source}
        return tuple(name for name, words in found.items() if not words and name not in self.told)

    def as_json(self) -> dict[str, Any]:
        """Return what `alex library --json` prints of it."""
        about = {name: getattr(self, name) for name in ("title", "author", "date", "source", "pages", "passages")}
        read = self.read.isoformat(timespec="seconds") if self.read else None
        return {"article": self.name, **about, "read": read, "from": self.origin, "place": self.place}


@dataclass(frozen=True)
class LeftOut:
    """A file that could not be read when it was last looked at."""

    name: str
    fault: str
    fix: str


@dataclass(frozen=True)
class Standing:
    """How the library stands."""

    articles: int
    passages: int
    index: Literal["whole", "at work", "missing"]
    """'missing' where it does not agree with the library: search is exact then, and a little slower."""
    left_out: tuple[LeftOut, ...]
    away: dict[str, str]
    """The titles of the articles that are put away, by place."""


@dataclass
class Taken:
    """What became of files that somebody added."""

    added: list[Held] = field(default_factory=list)
    twice: list[tuple[str, str]] = field(default_factory=list)
    """(name of the file, title of the article) of each that the library held already."""
    left_out: list[LeftOut] = field(default_factory=list)


class Catalogue:
    """The articles of one library. Safe to use from several threads.

    Every method raises LibraryError if the library's files cannot be used.
    """

    def __init__(self, settings: Settings, encoder: Encoder, store: Store, mender: Mender) -> None:
        self._settings = settings
        self._encoder = encoder
        self._store = store
        self._mender = mender
        self._told = Told(settings.told_path)

    def articles(self) -> list[Held]:
        """Return every article, by title."""
        told = self._told.details()
        return [_held(row, told.get(row["place"], Details())) for row in self._store.shelf()]

    def held(self, place: str) -> Held:
        """Return one article. Raise UsageError if the library does not hold it."""
        found = next((one for one in self.articles() if one.place == place), None)
        if found is None:
            raise UsageError("That article is no longer in the library.", "The list shows what is there now.")
        return found

    def article(self, place: str) -> Article:
        """Return an article to read. Raise UsageError if the library does not hold it."""
        found = self._store.article(place)
        if found is None:
            raise UsageError("That article is no longer in the library.", "The list shows what is there now.")
        return found

    def place_of(self, passage: str) -> str:
        """Return the place of the article with this passage, by its id; '' for none."""
        return self._store.place_of(passage)

    def passages_of(self, place: str) -> set[str]:
        """Return the ids of an article's passages."""
        return self._store.passages_in([place])

    def named(self, words: str) -> Held:
        """Return the article that somebody means by a title, the name of a file or a place.

        Raise UsageError if there is none, or more than one.
        """
        sought = words.strip().casefold()
        shelf = self.articles()
        same = [one for one in shelf if sought in {one.place.casefold(), one.name.casefold(), one.title.casefold()}]
        found = same or [one for one in shelf if sought and sought in one.title.casefold()]
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f"The library holds no article called {words!r}.", "`alex library` lists what it holds.")
        several = "; ".join(f"{one.title} ({one.place})" for one in found[:5])
        raise UsageError(f"{len(found)} articles could be meant by {words!r}: {several}.", "Name the one in brackets.")

    def standing(self) -> Standing:
        """Return how the library stands."""
        index: Literal["whole", "at work", "missing"] = "at work" if self._mender.at_work else "missing"
        left_out = tuple(LeftOut(row["name"], row["fault"], row["fix"]) for row in self._store.faults())
        return Standing(
            articles=len(self._store.stamps()),
            passages=self._store.count(),
            index="whole" if self._mender.whole else index,
            left_out=left_out,
            away=self._told.away(),
        )

    # Coming in

    def take_in(
        self, files: Sequence[Path], progress: Callable[[Progress], None] = unseen, details: Details = NOTHING_TOLD
    ) -> Taken:
        """Copy the files into the library's folder and read them there. The files stay as they are.

        One that cannot be read is reported, and no copy of it is kept; one that the library holds already is not read
        twice. `details` are what is known of them. Raise LibraryError, with no copy kept, if the library cannot be
        filled now.
        """
        taken = Taken()
        copies = self._copies(files, taken)
        try:
            with turn(self._settings, waiting=lambda: progress(Progress())):
                for place in copies if details.named else ():
                    self._told.describe(place, details)
            report = ingest([], self._settings, self._encoder, progress=progress, sync=False)
        except LibraryError:
            for path in copies.values():
                path.unlink(missing_ok=True)
            raise
        self._sort_out(copies, report, taken)
        self._mender.start()
        return taken

    def _copies(self, files: Sequence[Path], taken: Taken) -> dict[str, Path]:
        """Return the copies that were made, by place."""
        titles = self._titles_by_hash()
        copies: dict[str, Path] = {}
        for path in files:
            try:
                raw = read_bytes(path)
                digest = hashlib.sha256(raw).hexdigest()
                if digest in titles:
                    taken.twice.append((path.name, titles[digest]))
                    continue
                titles[digest] = path.name
                copy = self._copied(path)
                copies[f"{ADDED}{copy.name}"] = copy
            except ArticleError as error:
                taken.left_out.append(_left_out(path.name, error))
        return copies

    def _copied(self, path: Path) -> Path:
        folder = self._settings.added_path
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy = free_path(folder, safe_name(path.name))
            shutil.copyfile(path, copy)
        except OSError as error:
            raise LibraryError(
                f"{path.name} could not be copied into {folder} ({error.strerror}).",
                "Free some space, then add it again. What was added before is safe.",
            ) from error
        return copy

    def _titles_by_hash(self) -> dict[str, str]:
        titles = {row["place"]: row["title"] for row in self._store.shelf()}
        return {stamp.hash: titles[place] for place, stamp in self._store.stamps().items() if place in titles}

    def _sort_out(self, copies: dict[str, Path], report: IngestReport, taken: Taken) -> None:
        """Keep the copies that became articles, and throw the others away."""
        for place, path in copies.items():
            if place in report.left_out:
                taken.left_out.append(_left_out(path.name, report.left_out[place]))
                path.unlink(missing_ok=True)
                self._told.forget(place)
                self._store.forget_reading(place)
        taken.added = [one for one in self.articles() if one.place in copies]

    def look_again(self, progress: Callable[[Progress], None] = unseen) -> IngestReport:
        """Read what has changed, forget what is gone, and mend the index."""
        report = ingest([], self._settings, self._encoder, progress=progress, sync=False)
        self._mender.start()
        return report

    def describe(self, place: str, details: Details) -> Held:
        """Keep what somebody knows of an article, and return it as it is now."""
        self.held(place)
        with turn(self._settings, at_most_s=REMOVING_S):
            self._told.describe(place, details)
        ingest([], self._settings, self._encoder, again=[place], sync=False)
        self._mender.start()
        return self.held(place)

    # Going

    def remove(self, place: str) -> Held:
        """Remove an article and return what it was. A copy is deleted; any other file stays, and is read no more."""
        gone = self.held(place)
        with turn(self._settings, at_most_s=REMOVING_S):
            if gone.origin == "added":
                self._delete_copy(gone)
                self._told.forget(place)
            else:
                self._told.put_away(place, gone.title)
            self._store.remove([place])
            self._store.forget_reading(place)
            self._store.tidy()
        self._mender.start()
        return gone

    def _delete_copy(self, gone: Held) -> None:
        try:
            path_of(gone.place, self._settings).unlink(missing_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The copy of “{gone.title}” cannot be deleted ({error.strerror}). Nothing was removed.",
                "Close the program that has it open, then remove it again.",
            ) from error

    def bring_back(self, place: str) -> str:
        """Read an article again that was put away, and return its title. Raise UsageError if it is not put away."""
        title = self._told.away().get(place)
        if title is None:
            raise UsageError("That article is not put away.", "The list shows what is there now.")
        path = path_of(place, self._settings)
        if not path.is_file():
            with turn(self._settings, at_most_s=REMOVING_S):
                self._told.bring_back([place])
            raise UsageError(f"The file of “{title}” is no longer there.", f"It was {path}.")
        report = ingest([path], self._settings, self._encoder, sync=False)
        self._mender.start()
        if place in report.left_out:
            raise report.left_out[place]
        return title

    def make_index_anew(self) -> None:
        """Make the index again from the library, beside everything else."""
        self._mender.start(anew=True)


def _left_out(name: str, error: ArticleError) -> LeftOut:
    return LeftOut(name, error.what, error.fix)


def _held(row: Any, told: Details) -> Held:
    return Held(
        place=row["place"],
        name=row["name"],
        title=row["title"],
        author=row["author"],
        date=row["year"],
        source=row["source"],
        licence=row["licence"],
        pages=len(row["pages"].split()),
        passages=row["passages"],
        read=datetime.fromisoformat(row["time"]) if row["time"] else None,
        path=Path(row["path"]),
        told=told.named,
    )
