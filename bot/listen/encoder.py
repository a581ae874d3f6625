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
PIECES = "/transformer/encoder/layer.5/output/LayerNorm/LayerNormalization_output_0"
"""What the last layer makes of each word piece, before they are averaged."""
DIMENSIONS = 384
LONGEST = 256
"""Tokens read of one text; the rest is left out."""
REMEMBERED = 60_000
"""Vectors kept in memory, 0.5 KB each."""
STEPS = 127
"""Steps, each way, in which a number of a vector is remembered: a quarter of the memory, and a cosine moves by less
than 0.002. New ones are rounded as well, so that a text has the same vector every time."""

AT_ONCE = 512
"""Of the vectors that are held, how many are compared at a time: they stay in the processor's cache."""
TINY = 1e-9
Packed = NDArray[np.int8]
"""Vectors in whole steps of a length of their own, shape (n, 384)."""


def pack(vectors: Vectors) -> Packed:
    """Round unit vectors, shape (n, 384), to whole steps."""
    longest = np.abs(vectors).max(axis=1, keepdims=True, initial=TINY)
    steps: Packed = np.round(vectors * (STEPS / longest)).astype(np.int8)
    return steps


def unpack(steps: Packed) -> Vectors:
    """Return the unit vectors, shape (n, 384)."""
    numbers = steps.astype(np.float32)
    vectors: Vectors = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
    return vectors


class Held:
    """Many vectors, held in a quarter of the memory, to be compared with one at a time."""

    def __init__(self, packed: Packed) -> None:
        self._steps = packed
        self._lengths = np.sqrt(np.einsum("ij,ij->i", packed, packed, dtype=np.int32)).astype(np.float32)

    def __len__(self) -> int:
        return len(self._steps)

    def __matmul__(self, vector: Vectors) -> Vectors:
        """Return the cosine of each with a unit vector, shape (n,)."""
        found = np.empty(len(self), dtype=np.float32)
        numbers = np.empty((AT_ONCE, DIMENSIONS), dtype=np.float32)
        for start in range(0, len(self), AT_ONCE):
            steps = self._steps[start : start + AT_ONCE]
            numbers[: len(steps)] = steps
            np.matmul(numbers[: len(steps)], vector, out=found[start : start + len(steps)])
        found /= self._lengths
        return found


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
        self._remembered: OrderedDict[str, Packed] = OrderedDict()

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

    def read(self, text: str) -> tuple[Vectors, Vectors]:
        """Return a text's unit vector, shape (384,), and what becomes of each of its word pieces, shape (pieces, 384).

        Both come from one run of the network, and neither is remembered.
        """
        network, tokenizer = self._load()
        whole, pieces = network.run(["embedding", PIECES], self._inputs(_cut(tokenizer.encode(text).ids)))
        return unpack(pack(whole))[0], pieces[0]

    def packed(self, texts: Sequence[str]) -> Packed:
        """Return the vectors of the texts as they are remembered, in order."""
        return pack(self.encode(texts))

    def warm(self) -> None:
        """Load the network now rather than at the first text."""
        self._vector("Good morning.")

    def recall(self, texts: Sequence[str], packed: Packed) -> None:
        """Take vectors that were made earlier as those of `texts`."""
        with self._lock:
            self._remembered.update(zip(texts, packed, strict=True))

    def _vector(self, text: str) -> Vectors:
        with self._lock:
            if (known := self._remembered.get(text)) is not None:
                self._remembered.move_to_end(text)
        vector: Vectors = unpack((self._work_out(text) if known is None else known)[None])[0]
        return vector

    def _work_out(self, text: str) -> Packed:
        packed: Packed = pack(self._run(text)[None])[0]
        with self._lock:
            self._remembered[text] = packed
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return packed

    def _run(self, text: str) -> Vectors:
        network, tokenizer = self._load()
        vector: Vectors = network.run(["embedding"], self._inputs(_cut(tokenizer.encode(text).ids)))[0][0]
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


def _cut(ids: Sequence[int]) -> Sequence[int]:
    return [*ids[: LONGEST - 1], ids[-1]] if len(ids) > LONGEST else ids


def _open(path: Path, threads: int) -> tuple["onnxruntime.InferenceSession", Any]:
    try:
        return open_network(path, threads, PIECES), word_pieces(path.parent)
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
