"""Filling the library: what changed on the disk is read, what is new is embedded, what is gone is forgotten."""

import hashlib
import json
import stat
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import ArticleError, LibraryError
from bot.library.apart import Apart
from bot.library.index import Index
from bot.library.loading import Article, article_files, read_bytes
from bot.library.passages import Passage, embedding_text, passages_of
from bot.library.ranker import Ranker
from bot.library.store import Entry, Stamp, Store
from bot.library.told import Told, as_told
from bot.listen.encoder import Encoder
from bot.listen.together import side_by_side
from bot.settings import Settings

TURN_S = 60
"""Longest wait, in seconds, for another process that is filling the library."""
MOMENT_S = 0.5
"""After so many seconds, somebody who waits is told what for."""
SETTLED_NS = 2_000_000_000
"""A younger file may change again within the same tick of a coarse clock: next time it is read rather than trusted."""


OWN, ADDED = "knowledge/", "articles/"
"""What the places of the program's own articles begin with, and those of copies that somebody added."""
SOME = 20
"""Files from which the report counts them."""
UNFINISHED = "unfinished"
"""The fact that holds what a filling was asked to read, until it has read it all: a JSON list of paths."""
CUT_OFF = (
    "The last filling was cut off. Every article is whole, as it was before or as it is now; the rest is read now."
)


def silent(_sentence: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Progress:
    """How far a filling is: reading file `number` of `files`. With number 0 it waits for another program's."""

    number: int = 0
    files: int = 0
    name: str = ""
    """The name of the file."""


def unseen(_progress: Progress) -> None:
    """Show progress to nobody."""


@dataclass
class IngestReport:
    """What one filling did, by places.

    They are 'knowledge/…' for the program's own articles, 'articles/…' for copies that somebody added, else paths.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    faults: list[ArticleError] = field(default_factory=list)
    """Files that could not be read. What an earlier filling read from them stays."""
    left_out: dict[str, ArticleError] = field(default_factory=dict)
    """The same by place, for files that there are."""
    passages: int = 0
    """Passages in the library now."""
    embedded: int = 0
    """Passages that went through the encoder this time."""
    re_embedded: bool = False
    """Whether the library came from another encoder and had all its vectors made again."""


def ingest(
    paths: Sequence[Path],
    settings: Settings,
    encoder: Encoder,
    report: Callable[[str], None] = silent,
    *,
    progress: Callable[[Progress], None] = unseen,
    again: Collection[str] = (),
    sync: bool = True,
) -> IngestReport:
    """Bring the library up to date with knowledge/, what was added, `paths`, and all that it holds already.

    `paths` are files and folders. What is put away is left out; to name such a file brings it back. One transaction a
    file: whatever ends the program, the library holds whole articles. `report` gets a sentence for each file that was
    read, `progress` each one before it is. The places in `again` are read though they are the same. Without `sync` the
    index is left to the caller. Raise LibraryError if the library cannot be written; a bad file only becomes a fault.
    """
    store, told = Store(settings.library_path), Told(settings.told_path)
    try:
        with turn(settings, waiting=lambda: progress(Progress())):
            filling = _Filling(store, encoder, report, told, again)
            filling.begin(paths)
            filling.change_encoder()
            there = filling.there(paths)
            told.bring_back([place_of(path, settings) for path in there if path.is_file()])
            filling.read(filling.files(there, settings, told.away()), progress)
            filling.forget()
            filling.end()
            if filling.result.changed or filling.result.removed:
                store.tidy()
            filling.result.passages = store.count()
        if sync:
            _sync(settings, store)
        return filling.result
    finally:
        store.close()


def unfinished(settings: Settings, store: Store) -> list[Path] | None:
    """Return what a filling that was cut off was asked to read; None where none was, or it is still under way."""
    asked = store.fact(UNFINISHED)
    if not asked:
        return None
    lock = _lock(settings)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return None
    lock.release()
    return [Path(path) for path in json.loads(asked)]


def knowledge_changed(settings: Settings, encoder: Encoder, store: Store) -> bool:
    """Return whether knowledge/ differs from what the library holds, by name, size and time, or the encoder does."""
    if store.fact("encoder") != Ranker(encoder).name:
        return True
    held = {place: stamp for place, stamp in store.stamps().items() if place.startswith(OWN)}
    away = Told(settings.told_path).away()
    found = {place_of(path, settings): path for path in article_files(settings.knowledge.resolve())}
    there = {place: path for place, path in found.items() if place not in away}
    return held.keys() != there.keys() or any(not _same_age(path, held[place]) for place, path in there.items())


class _Filling:
    """One run over the files, keeping count."""

    def __init__(
        self, store: Store, encoder: Encoder, report: Callable[[str], None], told: Told, again: Collection[str]
    ) -> None:
        self.store = store
        self.ranker = Ranker(encoder)
        self.report = report
        self.details = told.details()
        self.again = again
        self.result = IngestReport()
        self.known = store.stamps()
        self.seen: set[str] = set()
        self.apart = Apart()
        self.progress = ""

    def change_encoder(self) -> None:
        """Make every vector again if another encoder made them: from the stored text, all or nothing."""
        before = self.store.fact("encoder")
        if before == self.ranker.name:
            return
        passages = list(self.store.passages().values())
        if before and passages:
            self.report(f"The library was made with another encoder; all {len(passages)} passages are embedded again.")
            self.result.re_embedded = True
        self.store.re_embed(self.ranker.name, self._entries(passages, reuse=False))

    def begin(self, paths: Sequence[Path]) -> None:
        """Note that a filling is under way, and say so if the last one was cut off."""
        self.store.pair()
        if self.store.fact(UNFINISHED):
            self.report(CUT_OFF)
        self.store.note(UNFINISHED, json.dumps([str(path.absolute()) for path in paths]))

    def end(self) -> None:
        """Note that this filling is complete."""
        self.store.note(UNFINISHED, "")

    def there(self, paths: Sequence[Path]) -> list[Path]:
        """Return those of the paths that exist, made absolute; each of the others is a fault."""
        found = []
        for path in paths:
            try:
                found.append(path.resolve(strict=True))
            except PermissionError as error:
                self._cannot_open(error)
            except (OSError, RuntimeError):  # RuntimeError: links that lead round in a circle
                self._leave_out(ArticleError(str(path), "there is no such file or folder.", "Check how it is spelt."))
        return found

    def files(self, paths: Sequence[Path], settings: Settings, away: Collection[str]) -> dict[str, Path]:
        """Return the files by place: knowledge/, those added, those named, and those known that are still there."""
        found = list(article_files(settings.knowledge.resolve(), self._cannot_open))
        found += article_files(settings.added_path.resolve())
        for path in paths:
            found += article_files(path, self._cannot_open) if path.is_dir() else [path]
        known = [*self.known, *(row["place"] for row in self.store.faults())]
        found += [Path(one) for one in known if not one.startswith((OWN, ADDED)) and self._is_still_there(Path(one))]
        by_place = {place_of(path, settings): path for path in found}
        return {place: path for place, path in by_place.items() if place not in away}

    def _is_still_there(self, path: Path) -> bool:
        """Return whether a file exists; one in a folder that is locked now is kept as it was read."""
        try:
            return stat.S_ISREG(path.stat().st_mode)
        except PermissionError:
            self.seen.add(str(path))
            return False
        except OSError:
            return False

    def _cannot_open(self, error: OSError) -> None:
        reason = (error.strerror or "it is locked").lower()
        fault = f"the folder cannot be opened ({reason}); what was read from it before is kept."
        self._leave_out(ArticleError(str(error.filename), fault, "Check that you may read it."))

    def read(self, files: dict[str, Path], progress: Callable[[Progress], None]) -> None:
        """Read each file, by its place, unless it is the one that was read before."""
        self.seen.update(files)
        due = {place: path for place, path in files.items() if not self._is_held(place, path)}
        self.result.unchanged += [place for place in files if place not in due]
        with Apart() as self.apart:
            for number, (place, path) in enumerate(due.items(), start=1):
                progress(Progress(number, len(due), path.name))
                self.progress = f", {number} of {len(due)}" if len(due) > SOME else ""
                self._try(place, path)
        self.store.forget_readings(self.seen)

    def _try(self, place: str, path: Path) -> None:
        try:
            self._read_one(place, path)
            self.store.note_reading(place)
        except ArticleError as error:
            self._leave_out(error)
            self.result.left_out[place] = error
            self.store.note_reading(place, path.name, error.what, error.fix)

    def forget(self) -> None:
        """Remove the articles whose files are gone."""
        gone = [place for place in self.known if place not in self.seen]
        self.store.remove(gone)
        self.result.removed = gone
        for place in gone:
            self.report(f"Removed, for its file is gone: {place}")

    def _leave_out(self, error: ArticleError) -> None:
        self.result.faults.append(error)
        self.report(f"Left out: {error}")

    def _is_held(self, place: str, path: Path) -> bool:
        before = self.known.get(place)
        return place not in self.again and before is not None and _same_age(path, before)

    def _read_one(self, place: str, path: Path) -> None:
        before = self.known.get(place)
        _check_name(place, path)
        raw = read_bytes(path)
        stamp = _stamp(path, raw)
        if place not in self.again and before is not None and before.hash == stamp.hash:
            self.store.restamp(place, stamp, path)
            self.result.unchanged.append(place)
            return
        article = as_told(self.apart.article_from(path, raw), self.details.get(place))
        self._keep(article, place, stamp)
        (self.result.added if before is None else self.result.changed).append(place)

    def _keep(self, article: Article, place: str, stamp: Stamp) -> None:
        entries = self._entries(passages_of(article, place), reuse=True)
        same_title = self.store.places_titled(article.title, besides=place)
        self.store.replace(article, place, stamp, entries)
        also = f" {same_title[0]} has this title too." if same_title else ""
        self.report(f"Read {article.title} ({len(entries)} passages{self.progress}).{also}")

    def _entries(self, passages: Sequence[Passage], *, reuse: bool) -> list[Entry]:
        """Return the passages with what the encoder made of them; what it read before it does not read again."""
        texts = {passage.id: embedding_text(passage) for passage in passages}
        hashes = {which: hashlib.sha256(text.encode()).hexdigest() for which, text in texts.items()}
        made = self.store.embedded_before(hashes.values()) if reuse else {}
        new = {digest: texts[which] for which, digest in hashes.items() if digest not in made}
        made |= zip(new, side_by_side(self.ranker.embedded, new.values()), strict=True)
        self.result.embedded += len(new)
        return [Entry(passage, hashes[passage.id], made[hashes[passage.id]]) for passage in passages]


def place_of(path: Path, settings: Settings) -> str:
    """Return what names the file for good: the program's own and those added keep their places when they move."""
    for folder, named in ((settings.knowledge.resolve(), OWN), (settings.added_path.resolve(), ADDED)):
        if path.is_relative_to(folder):
            return f"{named}{path.relative_to(folder).as_posix()}"
    return str(path)


def path_of(place: str, settings: Settings) -> Path:
    """Return where the file with this name lies now; the other way round than `place_of`."""
    for folder, named in ((settings.knowledge.resolve(), OWN), (settings.added_path.resolve(), ADDED)):
        if place.startswith(named):
            return folder / place.removeprefix(named)
    return Path(place)


def _same_age(path: Path, stamp: Stamp) -> bool:
    try:
        now = path.stat()
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns) == (stamp.size, stamp.changed_ns)


def _check_name(place: str, path: Path) -> None:
    try:
        place.encode()
    except UnicodeEncodeError:
        shown = path.name.encode(errors="replace").decode()
        raise ArticleError(shown, "the name of the file or its folder is damaged.", "Give it another name.") from None


def _stamp(path: Path, raw: bytes) -> Stamp:
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        raise ArticleError(path.name, "the file went away while it was being read.", "Run it again.") from None
    settled = time.time_ns() - changed > SETTLED_NS
    return Stamp(len(raw), changed if settled else 0, hashlib.sha256(raw).hexdigest())


def _sync(settings: Settings, store: Store) -> None:
    index = Index(settings)
    try:
        index.sync(store)
    finally:
        index.close()


@contextmanager
def turn(
    settings: Settings, *, at_most_s: float | None = None, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Wait until no other process fills the library; `waiting` is called if it takes longer than a moment.

    Raise LibraryError after `at_most_s` seconds; a minute, if none are given.
    """
    at_most_s = TURN_S if at_most_s is None else at_most_s
    lock = _lock(settings)
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=min(MOMENT_S, at_most_s))
        except Timeout:
            waiting()
            lock.acquire(timeout=at_most_s)
    except Timeout:
        raise LibraryError(
            "Another program is filling the library.", "Wait until it has finished, then try again."
        ) from None
    except OSError as error:
        raise LibraryError(
            f"The folder {settings.home} cannot be used ({error.strerror}).", "Set ALEX_HOME to another folder."
        ) from error
    with lock:
        yield


def _lock(settings: Settings) -> FileLock:
    return FileLock(settings.library_path.with_suffix(".lock"), thread_local=False)
