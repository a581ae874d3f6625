"""The vector index. This is the only module that knows Chroma.

Chroma's embedded files do not survive a crash, and a damaged one ends the whole interpreter rather than raising
(chroma-core/chroma#7510, #7238). So the index is a cache of the store: it is written once into a new folder, proved in
a process of its own, then pointed to by a small file and never written again. One process at a time opens it. Wherever
it is missing, damaged, out of step or taken, `nearest` answers None and the caller searches the store exactly.
"""

import shutil
import socket
import sys
import threading
import uuid
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from filelock import BaseFileLock, FileLock, Timeout

from bot.library.passages import Passage
from bot.library.pointer import is_proved, is_sound, point, read_pointer
from bot.library.store import Store
from bot.listen.encoder import Vectors
from bot.settings import Settings, silence_third_parties

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

COLLECTION = "passages"
SOONEST = 1000
"""Passages from which Chroma writes its graph down; fewer are put in order again in a moment when it is opened."""
BATCH = 1000
"""Passages added at once; Chroma takes at most 5461."""
CONNECT_S = 2
"""Longest wait for a Chroma server, in seconds."""
PATIENCE_S = 0.2
"""Longest that a question waits for the index, in seconds: while it is made anew, the store is searched exactly."""


class Index:
    """Find the passages nearest to a vector, as long as the index can be trusted. Nothing here raises for Chroma."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._opened: _Opened | None = None
        self._given_up = ""
        """The generation that could not be opened by this process: not tried again."""

    def nearest(self, vector: Vectors, at_most: int, generation: str) -> list[str] | None:
        """Return the ids of the nearest passages by cosine, best first, or None if the index cannot say.

        `vector` has shape (384,); `generation` is the store's, and another one's index is not asked.
        """
        if not self._lock.acquire(timeout=PATIENCE_S):
            return None
        try:
            collection = self._collection(generation)
            if collection is None:
                return None
            return collection.query(query_embeddings=vector.tolist(), n_results=at_most, include=[])["ids"][0]
        except BaseException as error:
            _let_pass(error)
            self._give_up(generation)
            return None
        finally:
            self._lock.release()

    def agrees(self, generation: str) -> bool:
        """Return whether the index is the one of this generation. One on the disk is not opened for that."""
        if self._opened is not None:
            return self._opened.generation == generation
        if self._given_up == generation:
            return False
        if self._settings.chroma_url:
            return self._at_server(generation)
        pointer = read_pointer(self._settings.index_path)
        return pointer.get("generation") == generation and (self._settings.index_path / pointer["folder"]).is_dir()

    def sync(self, store: Store, *, anew: bool = False) -> bool:
        """Make the index agree with the store. Return whether it does now; if not, search stays exact.

        Does nothing if it agrees already, unless it is to be made `anew`. Another process that has the index open keeps
        it, out of step, until it ends.
        """
        generation = store.fact("generation")
        with self._lock:
            try:
                if self._settings.chroma_url:
                    return self._sync_server(store, generation, anew=anew)
                return self._sync_folder(store, generation, anew=anew)
            except BaseException as error:
                _let_pass(error)
                self._give_up(generation)
                return False

    def _at_server(self, generation: str) -> bool:
        try:
            return self._collection(generation) is not None
        except BaseException as error:
            _let_pass(error)
            self._give_up(generation)
            return False

    def close(self) -> None:
        """Close the index and let other processes have it."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _collection(self, generation: str) -> "Collection | None":
        with self._lock:
            if self._opened is not None and self._opened.generation != generation:
                self.close()
            if self._opened is None and self._given_up != generation:
                self._opened = self._open(generation)
                self._given_up = generation if self._opened is None else ""
            return self._opened.collection if self._opened is not None else None

    def _give_up(self, generation: str) -> None:
        self.close()
        self._given_up = generation

    def _open(self, generation: str) -> "_Opened | None":
        if self._settings.chroma_url:
            return _open_at_server(self._settings, generation)
        lock = _locked(self._settings.index_path)
        if lock is None:
            return None
        try:
            return _open_folder(self._settings.index_path, generation, lock)
        except BaseException:
            lock.release()
            raise

    # Making it anew

    def _sync_folder(self, store: Store, generation: str, *, anew: bool) -> bool:
        root = self._settings.index_path
        if not anew and self._opened is not None and self._opened.generation == generation:
            return True
        self.close()
        lock = _locked(root)
        if lock is None:
            return False
        with lock:
            pointer = read_pointer(root)
            if anew or pointer.get("generation") != generation or not is_sound(root, pointer):
                _build(root, store, generation)
        self._given_up = ""
        return True

    def _sync_server(self, store: Store, generation: str, *, anew: bool) -> bool:
        self.close()
        with _visiting(self._settings.chroma_url) as client:
            _bring_to_server(client, _name_on_server(self._settings), store, generation, anew=anew)
        self._given_up = ""
        return True


class _Opened:
    """An open collection, closed at the latest when the interpreter ends."""

    def __init__(
        self, client: "Client", collection: "Collection", generation: str, lock: BaseFileLock | None = None
    ) -> None:
        self.collection = collection
        self.generation = generation
        self.close = weakref.finalize(self, _close, client, lock)


def _close(client: "Client", lock: BaseFileLock | None = None) -> None:
    try:
        client.close()
        admin: Any = client._admin_client
        for server in (client._server, admin._server):
            if hasattr(server, "_session") and not server._running:  # Chroma's client leaves its connections open
                server._session.close()
    except BaseException as error:
        _let_pass(error)
    finally:
        if lock is not None:
            lock.release()


def _open_at_server(settings: Settings, generation: str) -> _Opened | None:
    client = _server(settings.chroma_url)
    try:
        collection = client.get_collection(_name_on_server(settings), embedding_function=None)
        if (collection.metadata or {}).get("generation") == generation:
            return _Opened(client, collection, generation)
    except BaseException:
        _close(client)
        raise
    _close(client)
    return None


@contextmanager
def _visiting(address: str) -> "Iterator[Client]":
    client = _server(address)
    try:
        yield client
    finally:
        _close(client)


def _bring_to_server(client: "Client", name: str, store: Store, generation: str, *, anew: bool) -> None:
    """Make the collection of this name the one of this generation, unless it is already."""
    known = {collection.name: collection for collection in client.list_collections()}
    if name in known:
        if not anew and (known[name].metadata or {}).get("generation") == generation:
            return
        client.delete_collection(name)
    collection = client.create_collection(name, embedding_function=None, configuration=_space(store))
    _fill(collection, store)
    collection.modify(metadata={"generation": generation})


def _build(root: Path, store: Store, generation: str) -> None:
    """Write the store's passages into a new folder, prove it, point to it and remove the others."""
    folder = root / uuid.uuid4().hex[:12]
    client = _embedded(folder)
    count = _fill(client.create_collection(COLLECTION, embedding_function=None, configuration=_space(store)), store)
    client.close()
    if not is_proved(folder, count):
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError("an index that was just written cannot be opened")
    point(root, generation, folder, count)
    for other in root.iterdir():
        if other.is_dir() and other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _space(store: Store) -> Any:
    """Return how Chroma is to keep the passages: its graph is written down once, with the last of them.

    Rewriting it in place is what a crash turns into damage, and nothing is added to a finished index. Never writing it
    means making it again whenever the index is opened: 40 s for 10,000 passages, and under one where it was written.
    """
    return {"hnsw": {"space": "cosine", "sync_threshold": max(store.standing(), SOONEST)}}


def _fill(collection: "Collection", store: Store) -> int:
    """Add every passage of the store, and return how many there are."""
    count = 0
    for ids, vectors in store.vectors_by(BATCH):
        passages = store.passages(ids)
        collection.add(ids=ids, embeddings=vectors, metadatas=[_description(passages[which]) for which in ids])
        count += len(ids)
    return count


def _description(passage: Passage) -> Mapping[str, str | int | float | bool]:
    return {name: getattr(passage, name) for name in ("article", "title", "author", "source", "section")}


def _open_folder(root: Path, generation: str, lock: BaseFileLock) -> _Opened | None:
    pointer = read_pointer(root)
    if pointer.get("generation") != generation or not is_sound(root, pointer):
        lock.release()
        return None
    folder = root / pointer["folder"]
    client = _embedded(folder)
    opened = _Opened(client, client.get_collection(COLLECTION, embedding_function=None), generation, lock)
    _try_out(opened.collection, pointer["count"])
    point(root, generation, folder, pointer["count"])  # opening it touched its files; nothing after this does
    return opened


# Proving: in a process of its own, for a damaged index ends the process that opens it


def _prove(folder: Path, count: int) -> None:
    """Open and search the index. Raise, or end the process, if it is damaged."""
    client = _embedded(folder)
    _try_out(client.get_collection(COLLECTION, embedding_function=None), count)
    client.close()


def _try_out(collection: "Collection", count: int) -> None:
    """Search for a passage that is there. Raise RuntimeError if it, or any of the `count` passages, is missing."""
    if collection.count() != count:
        raise RuntimeError("passages are missing")
    one = collection.get(limit=1, include=["embeddings"])
    if count:
        found = collection.query(query_embeddings=one["embeddings"], n_results=1, include=["distances"])
        if (found["distances"] or [[1.0]])[0][0] > 0.01:
            raise RuntimeError("a passage that is there is not found")


# Chroma


def _embedded(folder: Path) -> "Client":
    silence_third_parties()
    import chromadb
    from chromadb.config import Settings as Configuration

    quiet = Configuration(anonymized_telemetry=False)
    return cast("Client", chromadb.PersistentClient(path=str(folder), settings=quiet))


def _server(address: str) -> "Client":
    """Return a client of the Chroma server at `address`. Raise OSError within seconds if nobody answers there."""
    silence_third_parties()
    import chromadb
    from chromadb.config import Settings as Configuration

    parts = urlsplit(address if "//" in address else f"//{address}")
    host, secure = parts.hostname or "localhost", parts.scheme == "https"
    port = parts.port or (443 if secure else 8000)
    socket.create_connection((host, port), CONNECT_S).close()  # Chroma itself would wait for ever
    quiet = Configuration(anonymized_telemetry=False)
    return cast("Client", chromadb.HttpClient(host=host, port=port, ssl=secure, settings=quiet))


def _name_on_server(settings: Settings) -> str:
    """Return the collection of this library: several may share one server."""
    return f"alex-{uuid.uuid5(uuid.NAMESPACE_URL, str(settings.library_path.resolve())).hex[:16]}"


def _locked(root: Path) -> BaseFileLock | None:
    """Return the index's lock, held by this process, or None if another one has it."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(root / "owner.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock


def _let_pass(error: BaseException) -> None:
    """Raise again only what must end the program. Chroma's panics are no Exception: `except Exception` misses them."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
        raise error


if __name__ == "__main__":
    _prove(Path(sys.argv[1]), int(sys.argv[2]))
