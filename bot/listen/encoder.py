"""The sentence encoders, int8, on this machine's processor.

`encoder.onnx` is all-MiniLM-L6-v2 as published: the library and the cues use it. `matcher.onnx` is the same network
trained further: to tell what a question is about from its neighbours (training/train_matcher.py). `pairer.onnx` is the
same network again, trained to tell what answers a question from what merely stands near it (training/train_pairer.py).
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import StorageError
from bot.listen.runtime import open_network, word_pieces
from bot.listen.together import side_by_side

if TYPE_CHECKING:
    import onnxruntime

Vectors = NDArray[np.float32]

FOLDER = Path(__file__).parent / "model"
PUBLISHED, MATCHER, PAIRER = "encoder.onnx", "matcher.onnx", "pairer.onnx"
DIMENSIONS = 384
LONGEST = 256
"""Tokens read of one text; the rest is left out."""
REMEMBERED = 60_000
"""Vectors kept in memory, 0.8 KB each."""
KEPT_AS = np.float16
"""How vectors are remembered: half the memory, and a cosine moves by less than 0.001. New ones are rounded as well, so
that a text has the same vector every time."""


class Encoder:
    """Turn text into unit vectors of 384 numbers.

    Nothing is loaded before the first text. Each text runs through the network by itself: int8 activations are scaled
    over a whole batch, so a text's vector would otherwise depend on its neighbours (cosine 0.96 to 0.99 measured),
    and short texts would be padded to the longest. Several texts run side by side, a core each: 1.4 ms a line, where
    two cores to one text take 2.4.
    """

    def __init__(self, folder: Path = FOLDER, threads: int = 1, file: str = PUBLISHED) -> None:
        self._folder = folder
        self._file = file
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: tuple[onnxruntime.InferenceSession, Any] | None = None
        self._remembered: OrderedDict[str, NDArray[np.float16]] = OrderedDict()

    @property
    def name(self) -> str:
        """Return a name that changes whenever the vectors would: part of every index and session."""
        kind = "all-MiniLM-L6-v2" if self._file == PUBLISHED else Path(self._file).stem
        return f"{kind}-int8-{_fingerprint(self._folder / self._file)}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (len(texts), 384), in order."""
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        return np.stack(side_by_side(self._vector, texts))

    def warm(self) -> None:
        """Load the network now rather than at the first text."""
        self._vector("Good morning.")

    def recall(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Take vectors that were made earlier as those of `texts`."""
        with self._lock:
            self._remembered.update(zip(texts, vectors.astype(KEPT_AS), strict=True))

    def _vector(self, text: str) -> Vectors:
        with self._lock:
            if (known := self._remembered.get(text)) is not None:
                self._remembered.move_to_end(text)
                return known.astype(np.float32)
        vector = self._run(text).astype(KEPT_AS)
        with self._lock:
            self._remembered[text] = vector
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return vector.astype(np.float32)

    def _run(self, text: str) -> Vectors:
        network, tokenizer = self._load()
        ids = tokenizer.encode(text).ids
        if len(ids) > LONGEST:
            ids = [*ids[: LONGEST - 1], ids[-1]]
        vector: Vectors = network.run(["embedding"], self._inputs(ids))[0][0]
        return vector

    def _inputs(self, ids: Sequence[int]) -> dict[str, NDArray[np.int64]]:
        return {
            "input_ids": np.array([ids], dtype=np.int64),
            "attention_mask": np.ones((1, len(ids)), dtype=np.int64),
        }

    def _load(self) -> tuple["onnxruntime.InferenceSession", Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _open(self._folder / self._file, self._threads)
            return self._loaded


class Matcher(Encoder):
    """The encoder that knows what is asked, and what gives a thing back rightly."""

    def __init__(self, folder: Path = FOLDER, threads: int = 1, file: str = MATCHER) -> None:
        super().__init__(folder, threads, file)


class Pairer(Encoder):
    """The encoder that knows what answers what: a turn lies near its answers, and near turns with the same answers."""

    def __init__(self, folder: Path = FOLDER, threads: int = 1, file: str = PAIRER) -> None:
        super().__init__(folder, threads, file)


def _open(path: Path, threads: int) -> tuple["onnxruntime.InferenceSession", Any]:
    try:
        return open_network(path, threads), word_pieces(path.parent)
    except Exception as error:  # onnxruntime and tokenizers raise types of their own making
        raise StorageError(
            f"The encoder {path} cannot be loaded.", "Install the program again; its files are damaged."
        ) from error


@lru_cache(maxsize=4)
def _fingerprint(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        raise StorageError(f"The encoder {path} is missing.", "Install the program again; a file is lost.") from None


@lru_cache(maxsize=1)
def shared_matcher() -> Matcher:
    """Return the matcher of this process, like `shared_encoder`."""
    return Matcher()


@lru_cache(maxsize=1)
def shared_pairer() -> Pairer:
    """Return the pairer of this process, like `shared_encoder`."""
    return Pairer()


@lru_cache(maxsize=1)
def shared_encoder() -> Encoder:
    """Return the encoder of this process: loaded once, lazily, safe to use from several threads."""
    return Encoder()
