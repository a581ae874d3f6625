"""The index is brought up to date beside everything else: nobody who asks or adds something waits for it."""

import threading

from bot.errors import LibraryError
from bot.library.index import Index
from bot.library.store import Store

AT_MOST = 3
"""Times that the index is made for a library that changes meanwhile; the next change begins anew."""


class Mender:
    """Makes the index agree with the store, one run at a time. Until it does, search is exact and a little slower."""

    def __init__(self, index: Index, store: Store) -> None:
        self._index = index
        self._store = store
        self._lock = threading.Lock()
        self._running: threading.Thread | None = None
        self._tried = ""
        """The generation for which the index was made last, or could not be."""

    def start(self, *, anew: bool = False) -> None:
        """Begin, and return at once; do nothing where it is being done. `anew`: even if it agrees already."""
        with self._lock:
            if self._running is None or not self._running.is_alive():
                self._running = threading.Thread(target=self._run, args=[anew], name="mending the index")
                self._running.start()

    def start_once(self) -> None:
        """Begin where the index does not agree and this was not tried for the library as it is now."""
        if not self.whole and self._tried != self._store.fact("generation"):
            self.start()

    def wait(self) -> None:
        """Wait until it is done."""
        running = self._running
        if running is not None and running is not threading.current_thread():
            running.join()

    @property
    def at_work(self) -> bool:
        """Return whether it is being done."""
        return self._running is not None and self._running.is_alive()

    @property
    def whole(self) -> bool:
        """Return whether the index agrees with the library. Raise LibraryError if the library cannot be read."""
        return not self.at_work and self._index.agrees(self._store.fact("generation"))

    def _run(self, anew: bool) -> None:
        for _ in range(AT_MOST):
            try:
                before = self._tried = self._store.fact("generation")
                done = self._index.sync(self._store, anew=anew)
                if not done or self._store.fact("generation") == before:
                    return
            except LibraryError:  # whoever asks the library next is told
                return
