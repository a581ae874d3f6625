"""The passages nearest in meaning without an index: a question is compared with every one of them.

So searches a process to which the index does not answer: another one has it open, or it is being made.
"""

import threading
from dataclasses import dataclass

import numpy as np

from bot.library.store import Store
from bot.listen.encoder import DIMENSIONS, Held, Vectors, pack

AT_ONCE = 1000
"""Vectors read from the library at a time."""


@dataclass(frozen=True)
class _Loaded:
    generation: str
    ids: list[str]
    vectors: Held


class Exact:
    """Compares a question with every passage. Nothing is loaded before it is needed; safe to use from several threads.

    The vectors are held in the steps in which the encoder rounded them: 0.4 KB a passage.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def nearest(self, vector: Vectors, at_most: int) -> list[str]:
        """Return the ids of the nearest passages by cosine, best first, and the older first where it is the same.

        `vector` has shape (384,). Raise LibraryError if the library's file cannot be used.
        """
        held = self._held()
        cosines = held.vectors @ vector
        if len(cosines) > at_most:
            least = np.partition(cosines, -at_most)[-at_most]
            places = np.flatnonzero(cosines >= least)
        else:
            places = np.arange(len(cosines))
        return [held.ids[place] for place in places[np.argsort(-cosines[places], kind="stable")][:at_most]]

    def _held(self) -> _Loaded:
        generation = self._store.fact("generation")
        with self._lock:
            if self._loaded is None or self._loaded.generation != generation:
                self._loaded = None  # its memory is wanted for the new ones
                batches = [(ids, pack(vectors)) for ids, vectors in self._store.vectors_by(AT_ONCE)]
                steps = [np.zeros((0, DIMENSIONS), dtype=np.int8), *(packed for _, packed in batches)]
                ids = [which for some, _ in batches for which in some]
                self._loaded = _Loaded(generation, ids, Held(np.concatenate(steps)))
            return self._loaded
