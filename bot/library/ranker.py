"""Which passages answer a question, told word by word.

Late interaction (Khattab and Zaharia 2020, ColBERT): each word piece of the question looks for the piece of a passage
that comes nearest to it, and the cosines are averaged, the telling pieces counting more. A passage's pieces come from
the same run of the encoder as its vector, through a matrix that was learnt (ranker.npz); the question has a network of
its own (ranker.onnx). Both are trained by training/train_ranker.py.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import StorageError
from bot.listen.encoder import FOLDER, Encoder, Packed, Vectors, pack
from bot.listen.encoder import LONGEST as AT_MOST
from bot.listen.runtime import open_network, word_pieces

if TYPE_CHECKING:
    import onnxruntime

NETWORK, MATRIX = "ranker.onnx", "ranker.npz"
LENGTH = 64
"""Numbers that are kept of a word piece."""
LONGEST = 96
"""Word pieces read of a question; the rest is left out."""
AT_ONCE = 128
"""Word pieces compared at a time: so few are not shared out among the cores, which takes longer than comparing them
wherever something else is at work (2 ms for 60 passages, and 10 or more)."""


@dataclass(frozen=True)
class Wanted:
    """A question as the ranker sees it: its word pieces, shape (pieces, 64), and what each weighs, 1 together."""

    pieces: Vectors
    weights: Vectors


@dataclass(frozen=True)
class Embedded:
    """A passage as it is kept to be found again."""

    vector: Vectors
    """Shape (384,), of length 1."""
    pieces: Packed
    """Its word pieces in steps, shape (pieces, 64)."""


class Ranker:
    """Compare questions with passages. Nothing is loaded before it is needed; safe to use from several threads."""

    def __init__(self, encoder: Encoder, folder: Path = FOLDER) -> None:
        self._encoder = encoder
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[onnxruntime.InferenceSession, Any] | None = None
        self._matrix: tuple[Vectors, Vectors] | None = None

    @property
    def name(self) -> str:
        """Return a name that changes whenever what is kept of a passage would."""
        return f"{self._encoder.name} ranker-{_fingerprint(self._folder / MATRIX)}"

    def embedded(self, text: str) -> Embedded:
        """Return what is kept of a passage: one run of the encoder."""
        vector, pieces = self._encoder.read(text)
        matrix, middle = self._opened_matrix()
        return Embedded(vector, pack(np.matmul(pieces - middle, matrix, dtype=np.float32)))

    def wanted(self, question: str) -> Wanted:
        """Return the question as it is compared with passages."""
        network, tokenizer = self._opened()
        ids = tokenizer.encode(question).ids
        ids = [*ids[: LONGEST - 1], ids[-1]] if len(ids) > LONGEST else ids
        inputs = {"input_ids": np.array([ids], dtype=np.int64), "attention_mask": np.ones((1, len(ids)), np.int64)}
        pieces, weights = network.run(["pieces", "weights"], inputs)
        return Wanted(pieces[0], weights[0])

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return (start, end) in `text` of each word piece that `embedded` keeps; (0, 0) for the mark at its start.

        The mark at its end counts as standing behind the text.
        """
        spans: list[tuple[int, int]] = word_pieces(self._folder).encode(text).offsets[:-1]
        return [*spans[: AT_MOST - 1], (len(text), len(text))]

    def warm(self) -> None:
        """Load everything now rather than at the first question."""
        self._opened_matrix()
        self.wanted("Good morning?")

    def _opened(self) -> tuple["onnxruntime.InferenceSession", Any]:
        with self._lock:
            if self._loaded is None:
                try:
                    self._loaded = open_network(self._folder / NETWORK, 1), word_pieces(self._folder)
                except Exception as error:  # onnxruntime and tokenizers raise types of their own making
                    raise _damaged(self._folder / NETWORK) from error
            return self._loaded

    def _opened_matrix(self) -> tuple[Vectors, Vectors]:
        with self._lock:
            if self._matrix is None:
                try:
                    with np.load(self._folder / MATRIX) as held:
                        self._matrix = held["matrix"], held["middle"]
                except (OSError, ValueError, KeyError) as error:
                    raise _damaged(self._folder / MATRIX) from error
            return self._matrix


def nearness(wanted: Wanted, passages: Sequence[NDArray[np.int8]]) -> Vectors:
    """Return how near each passage comes to the question, shape (len(passages),): -1 to 1, seldom below 0.2."""
    if not passages:
        return np.zeros(0, dtype=np.float32)
    steps = np.concatenate(passages).astype(np.float32)
    pieces = np.ascontiguousarray(wanted.pieces.T)
    cosines = np.empty((len(steps), pieces.shape[1]), dtype=np.float32)
    for start in range(0, len(steps), AT_ONCE):
        np.matmul(steps[start : start + AT_ONCE], pieces, out=cosines[start : start + AT_ONCE])
    cosines /= np.sqrt(np.einsum("ij,ij->i", steps, steps))[:, None]
    begins = np.cumsum([0, *(len(one) for one in passages[:-1])])
    best: Vectors = np.maximum.reduceat(cosines, begins, axis=0) @ wanted.weights
    return best


def _damaged(path: Path) -> StorageError:
    return StorageError(f"The ranker's file {path} cannot be loaded.", "Install the program again; it is damaged.")


@lru_cache(maxsize=4)
def _fingerprint(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        raise StorageError(f"The ranker's file {path} is missing.", "Install the program again.") from None
