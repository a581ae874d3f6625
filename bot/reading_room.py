"""The reading room: what a page or a terminal can ask of the library, and what its articles were cited for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import NotAllowed, RecordError, UsageError
from bot.library import arriving
from bot.library.arriving import Arrivals
from bot.library.loading import Article
from bot.library.passages import Passage
from bot.people.person import Person, whoever_uses_this_computer
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.library.catalogue import Catalogue, Held, LeftOut, Standing, Taken
    from bot.library.ingest import IngestReport, Progress
    from bot.library.search import Found, Library
    from bot.library.told import Details
    from bot.record.store import Record

MOST_PASSAGES = 5
MOST_USES = 50
"""Uses of one article that are listed."""


@dataclass(frozen=True)
class Answer:
    """What the library says to a question: its own words and where they stand."""

    found: "tuple[Found, ...]"
    """Best first; none where the library holds no answer."""
    sentences: tuple[tuple[int, int], ...]
    """Where in each passage the sentence stands that answers, (0, 0) for none."""


@dataclass(frozen=True)
class Use:
    """One time that an article was cited: beside a turn, or in answer to a question."""

    when: datetime
    passage: str
    """The passage's id; '' where the article has changed since, and it is gone."""
    words: str
    """The coach's tip, or the question."""
    session: str = ""
    """The session's id; '' for a question."""
    title: str = ""
    """The session's title."""
    turn: int = 0


class ReadingRoom:
    """The library with everything around it. Cheap to make: what it needs is opened when it is first needed.

    `record` opens the transcripts, `private` says whether words may not be kept, `who` for whom something is done. On
    a server the library is everybody's: only a coach or an administrator may change it, others get NotAllowed.
    """

    def __init__(
        self,
        settings: Settings,
        library: Callable[[], "Library"],
        record: Callable[[], "Record"],
        private: Callable[[str], bool],
        who: Callable[[], Person] = whoever_uses_this_computer,
    ) -> None:
        self._open_library = library
        self._record = record
        self._private = private
        self._who = who
        self.arrivals = Arrivals(settings.added_path)

    @cached_property
    def catalogue(self) -> "Catalogue":
        """Return the list of what the library holds. Raise LibraryError if it cannot be opened."""
        return self._library.catalogue()

    @property
    def may_look_after(self) -> bool:
        """Return whether whoever asks may change the library."""
        return self._who().looks_after_library

    def _to_look_after(self) -> "Catalogue":
        """Return the catalogue for whoever may change it. Raise NotAllowed."""
        if not self.may_look_after:
            raise NotAllowed("The library is looked after by coaches.", "Ask one of them to add or change an article.")
        return self.catalogue

    @property
    def _library(self) -> "Library":
        return self._open_library()

    # To read

    @property
    def is_ready(self) -> bool:
        """Return whether nobody has to wait for the library: the first filling takes seconds."""
        return self._library.is_ready

    def ask(self, question: str, within: str = "", beside: str = "") -> Answer:
        """Return the passages that answer, and keep the question where they do and it may be kept.

        `within` is the place of the one article to look in. Raise UsageError if it is not there any more. `beside` is
        the session in the room: where nothing of that is kept, nothing of the question is.
        """
        if within:
            self.catalogue.held(within)
        found = self._library.search(question, MOST_PASSAGES, [within] if within else None)
        if found and not self._private(question):
            self._keep(question, [one.passage.id for one in found], beside)
        return Answer(tuple(found), tuple(self._library.sentence(question, one.passage) for one in found))

    def _keep(self, question: str, passages: Sequence[str], beside: str) -> None:
        try:
            self._record().uses_beside(beside).keep_question(question, passages)
        except RecordError:
            return  # the answer matters more than the note that it was given

    def articles(self) -> "list[Held]":
        """Return every article, by title. The index is mended on the way, where it needs mending."""
        self._library.ready()
        self._library.mender.start_once()
        return self.catalogue.articles()

    def standing(self) -> "Standing":
        """Return how the library stands."""
        return self.catalogue.standing()

    def article(self, place: str) -> Article:
        """Return an article to read. Raise UsageError if it is not there any more."""
        return self.catalogue.article(place)

    def passage(self, which: str) -> tuple[Passage, str]:
        """Return a passage by its id and the place of its article. Raise UsageError if it is not there any more."""
        passage = self._library.passage(which)
        place = self.catalogue.place_of(which)
        if passage is None or not place:
            raise UsageError("That passage is no longer in the library.", "Its article was changed or removed.")
        return passage, place

    def uses(self, held: "Held") -> list[Use]:
        """Return what an article was cited for, the newest first: questions that it answered best, and turns.

        A turn counts by its passage, or, where the article has changed since, by the article's title.
        """
        passages, record = self.catalogue.passages_of(held.place), self._record().uses
        turns = [
            Use(one.said, one.passage if one.passage in passages else "", one.tip, one.session, one.title, one.turn)
            for one in record.citations()
            if one.passage in passages or (one.article == held.title and not self.catalogue.place_of(one.passage))
        ]
        asked = [
            Use(one.asked, one.passages[0], one.words)
            for one in record.questions()
            if one.passages and one.passages[0] in passages
        ]
        return sorted([*turns, *asked], key=lambda use: use.when, reverse=True)[:MOST_USES]

    def questions(self) -> int:
        """Return how many questions are kept."""
        return len(self._record().uses.questions())

    def forget_questions(self) -> int:
        """Delete the questions that were kept, and return how many there were."""
        return self._record().uses.forget_questions()

    # To look after

    def takes(self) -> tuple[int, tuple[str, ...]]:
        """Return how long a file may be, in bytes, and the endings of those that can be read."""
        from bot.library.loading import LARGEST, READERS

        return LARGEST, tuple(READERS)

    def describe(self, place: str, said: Mapping[str, str]) -> "Held":
        """Keep what somebody said of an article: title, author, date, source. What is not there stays as it is."""
        from bot.library.told import Details

        named = ("title", "author", "date", "source")
        return self._to_look_after().describe(place, Details(**{name: said[name] for name in named if name in said}))

    def place_for(self, batch: str, name: str) -> Path:
        """Return where a file of a drop is to be written. Raise UsageError for a drop that has no proper name."""
        self._to_look_after()
        return self.arrivals.place(batch, name)

    def remove(self, place: str) -> "Held":
        """Take an article out, and return what it was. Raise UsageError if it is not there any more."""
        return self._to_look_after().remove(place)

    def bring_back(self, place: str) -> str:
        """Read an article again that was put away; return its title. Raise UsageError for one that was not."""
        return self._to_look_after().bring_back(place)

    def make_index_anew(self) -> None:
        """Begin to make the index anew from the library."""
        self._to_look_after().make_index_anew()

    def wait_for_index(self) -> None:
        """Wait until the index is made, where it is being made."""
        self._library.mender.wait()

    def take_in(
        self,
        batch: str,
        progress: "Callable[[Progress], None]",
        *,
        large: Sequence[str] = (),
        lost: Sequence[str] = (),
    ) -> "Taken":
        """Read the files that arrived under this name, and throw away what is not needed of them.

        `large` and `lost` name files that were not sent, for they are too large, and that did not arrive. Raise
        LibraryError if the library cannot be filled now, and UsageError where there is nothing at all.
        """
        from bot.library.catalogue import Taken

        catalogue = self._to_look_after()
        files = self.arrivals.files(batch)
        if not files and not large and not lost:
            raise UsageError("No files arrived.", "Drop them again, or choose them.")
        try:
            taken = catalogue.take_in(files, progress) if files else Taken()
        finally:
            self.arrivals.clear(batch)
        taken.left_out += [not_sent(name, too_large=True) for name in large]
        taken.left_out += [not_sent(name, too_large=False) for name in lost]
        return taken

    def add(self, paths: Sequence[Path], progress: "Callable[[Progress], None]", details: "Details") -> "Taken":
        """Copy files, or all in a folder that can be articles, into the library, and read them there."""
        return self._to_look_after().take_in(list(_files_in(paths)), progress, details)

    def look_again(self, progress: "Callable[[Progress], None]") -> "IngestReport":
        """Read what has changed and forget what is gone."""
        return self._to_look_after().look_again(progress)


def not_sent(name: str, *, too_large: bool) -> "LeftOut":
    """Return what is said of a file that did not reach the library."""
    from bot.library.catalogue import LeftOut

    error = arriving.too_large(name) if too_large else arriving.lost(name)
    return LeftOut(error.file, error.what, error.fix)


def _files_in(paths: Sequence[Path]) -> "list[Path]":
    from bot.library.loading import article_files

    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} is not there.", "Check how it is spelt.")
        files += article_files(path) if path.is_dir() else [path]
    return files
