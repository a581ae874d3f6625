"""Filling the library: what changed on the disk is read, what is new is embedded, what is gone is forgotten."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import ArticleError, LibraryError
from bot.library.index import Index
from bot.library.loading import Article, article_files, article_from, read_bytes
from bot.library.passages import Passage, embedding_text, passages_of
from bot.library.ranker import Ranker
from bot.library.store import Entry, Stamp, Store
from bot.listen.encoder import Encoder
from bot.listen.together import side_by_side
from bot.settings import Settings

TURN_S = 60
"""Longest wait, in seconds, for another process that is filling the library."""
SETTLED_NS = 2_000_000_000
"""A younger file may change again within the same tick of a coarse clock: next time it is read rather than trusted."""


def silent(_sentence: str) -> None:
    """Report to nobody."""


@dataclass
class IngestReport:
    """What one filling did. Places are 'knowledge/…' for the program's own articles, else paths."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    faults: list[ArticleError] = field(default_factory=list)
    """Files that could not be read. What an earlier filling read from them stays."""
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
) -> IngestReport:
    """Bring the library up to date with knowledge/, the files and folders in `paths`, and all that it holds already.

    One transaction a file: whatever ends the program, the library holds whole articles. `report` gets a sentence for
    each file that is read. Raise LibraryError if the library cannot be written; a bad file only becomes a fault.
    """
    store = Store(settings.library_path)
    try:
        with _turn(settings):
            filling = _Filling(store, encoder, report)
            filling.change_encoder()
            filling.read(_files_to_read(filling.there(paths), settings, store))
            filling.forget()
            if filling.result.changed or filling.result.removed:
                store.tidy()
            filling.result.passages = store.count()
        _sync(settings, store)
        return filling.result
    finally:
        store.close()


def knowledge_changed(settings: Settings, encoder: Encoder, store: Store) -> bool:
    """Return whether knowledge/ differs from what the library holds, by name, size and time, or the encoder does."""
    if store.fact("encoder") != Ranker(encoder).name:
        return True
    held = {place: stamp for place, stamp in store.stamps().items() if place.startswith("knowledge/")}
    there = {_place(path, settings): path for path in article_files(settings.knowledge.resolve())}
    return held.keys() != there.keys() or any(not _same_age(path, held[place]) for place, path in there.items())


class _Filling:
    """One run over the files, keeping count."""

    def __init__(self, store: Store, encoder: Encoder, report: Callable[[str], None]) -> None:
        self.store = store
        self.ranker = Ranker(encoder)
        self.report = report
        self.result = IngestReport()
        self.known = store.stamps()
        self.seen: set[str] = set()

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

    def there(self, paths: Sequence[Path]) -> list[Path]:
        """Return those of the paths that exist, made absolute; each of the others is a fault."""
        for path in paths:
            if not path.exists():
                self._leave_out(ArticleError(str(path), "there is no such file or folder.", "Check how it is spelt."))
        return [path.resolve() for path in paths if path.exists()]

    def read(self, files: dict[str, Path]) -> None:
        """Read each file, by its place, unless it is the one that was read before."""
        for place, path in files.items():
            self.seen.add(place)
            try:
                self._read_one(place, path)
            except ArticleError as error:
                self._leave_out(error)

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

    def _read_one(self, place: str, path: Path) -> None:
        before = self.known.get(place)
        if before is not None and _same_age(path, before):
            self.result.unchanged.append(place)
            return
        raw = read_bytes(path)
        stamp = _stamp(path, raw)
        if before is not None and before.hash == stamp.hash:
            self.store.restamp(place, stamp, path)
            self.result.unchanged.append(place)
            return
        article = article_from(path, raw)
        self._keep(article, place, stamp)
        (self.result.added if before is None else self.result.changed).append(place)

    def _keep(self, article: Article, place: str, stamp: Stamp) -> None:
        entries = self._entries(passages_of(article, place), reuse=True)
        self.store.replace(article, place, stamp, entries)
        self.report(f"Read {article.title} ({len(entries)} passages).")

    def _entries(self, passages: Sequence[Passage], *, reuse: bool) -> list[Entry]:
        """Return the passages with what the encoder made of them; what it read before it does not read again."""
        texts = {passage.id: embedding_text(passage) for passage in passages}
        hashes = {which: hashlib.sha256(text.encode()).hexdigest() for which, text in texts.items()}
        made = self.store.embedded_before(hashes.values()) if reuse else {}
        new = {digest: texts[which] for which, digest in hashes.items() if digest not in made}
        made |= zip(new, side_by_side(self.ranker.embedded, new.values()), strict=True)
        self.result.embedded += len(new)
        return [Entry(passage, hashes[passage.id], made[hashes[passage.id]]) for passage in passages]


def _files_to_read(paths: Sequence[Path], settings: Settings, store: Store) -> dict[str, Path]:
    """Return the files by place: knowledge/, those named, and those the library holds that are still there."""
    found = list(article_files(settings.knowledge.resolve()))
    for path in paths:
        found += article_files(path) if path.is_dir() else [path]
    held = [Path(place) for place in store.stamps() if not place.startswith("knowledge/")]
    found += [path for path in held if path.is_file()]
    return {_place(path, settings): path for path in found}


def _place(path: Path, settings: Settings) -> str:
    """Return what names the file for good. The program's own articles keep their place when the program moves."""
    knowledge = settings.knowledge.resolve()
    return f"knowledge/{path.relative_to(knowledge).as_posix()}" if path.is_relative_to(knowledge) else str(path)


def _same_age(path: Path, stamp: Stamp) -> bool:
    try:
        now = path.stat()
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns) == (stamp.size, stamp.changed_ns)


def _stamp(path: Path, raw: bytes) -> Stamp:
    changed = path.stat().st_mtime_ns
    settled = time.time_ns() - changed > SETTLED_NS
    return Stamp(len(raw), changed if settled else 0, hashlib.sha256(raw).hexdigest())


def _sync(settings: Settings, store: Store) -> None:
    index = Index(settings)
    try:
        index.sync(store)
    finally:
        index.close()


@contextmanager
def _turn(settings: Settings) -> Iterator[None]:
    """Wait until no other process fills the library. Raise LibraryError after a minute."""
    lock = FileLock(settings.library_path.with_suffix(".lock"), thread_local=False)
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=TURN_S)
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
