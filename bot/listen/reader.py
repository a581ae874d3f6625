"""The reader: a leader's words become segments, each with one move of the codebook."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.errors import StorageError
from bot.listen.encoder import FOLDER, Encoder, shared_encoder
from bot.listen.features import Numbers, Sighted, dense, hashed, sequences
from bot.listen.reading import FOCUSED, FOCUSES, MOVES, Reading, Segment
from bot.listen.segments import Cutter

MOST_SEGMENTS = 120
"""Segments of one turn that are coded; the rest of a very long speech is joined to the last."""


@dataclass(frozen=True)
class Head:
    """A linear classifier over word sequences and meaning.

    `words` (classes, BUCKETS), `meaning` (classes, 2 * 384 + 12), `bias` (classes,); `heat` makes confidence honest.
    """

    words: Numbers
    meaning: Numbers
    bias: Numbers
    heat: float

    def probabilities(self, text: str, meaning: Numbers) -> Numbers:
        """Return a probability for each class, shape (classes,), summing to 1."""
        places, values = hashed(sequences(text))
        scores = (self.words[:, places] @ values + self.meaning @ meaning + self.bias) / self.heat
        grown = np.exp(scores - scores.max())
        chances: Numbers = grown / grown.sum()
        return chances


class Reader:
    """Read a leader's words by the codebook."""

    def __init__(self, encoder: Encoder, path: Path = FOLDER / "reader.npz") -> None:
        arrays = _load(path)
        self._encoder = encoder
        self._move = _head(arrays, "move")
        self._focus = _head(arrays, "focus")
        self._cutter = Cutter(arrays["gap_words"].astype(np.float32), float(arrays["gap_bias"]))
        self.name = f"reader-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
        """Changes whenever a reading could; kept with every session."""

    def read(self, words: str, previous: str = "") -> Reading:
        """Return the reading of one turn; `previous` is the other person's line before it."""
        return self.code(self._segments(words), previous)

    def read_one(self, segment: str, previous: str = "") -> Reading:
        """Return the reading of words that are one segment already."""
        text = " ".join(segment.split())
        return self.code([text] if text else [], previous)

    def code(self, segments: Sequence[str], previous: str) -> Reading:
        """Return the reading of a turn that is cut already."""
        last = len(segments) - 1
        return Reading(tuple(self._code(Sighted(text, previous, i == 0, i == last)) for i, text in enumerate(segments)))

    def _segments(self, words: str) -> list[str]:
        found = self._cutter.cut(words)
        if len(found) <= MOST_SEGMENTS:
            return found
        return [*found[: MOST_SEGMENTS - 1], " ".join(found[MOST_SEGMENTS - 1 :])]

    def _code(self, one: Sighted) -> Segment:
        if not any(char.isalnum() for char in one.text):
            return Segment(one.text, "off_task", None, 1.0)
        meaning = dense(one, self._encoder)
        chances = self._move.probabilities(one.text, meaning)
        move = MOVES[int(chances.argmax())]
        focus = FOCUSES[int(self._focus.probabilities(one.text, meaning).argmax())] if move in FOCUSED else None
        return Segment(one.text, move, focus, round(float(chances.max()), 4))


def _load(path: Path) -> dict[str, Numbers]:
    try:
        with np.load(path) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError) as error:
        raise StorageError(
            f"The reader in {path} cannot be loaded.", "Install the program again; its files are damaged."
        ) from error


def _head(arrays: dict[str, Numbers], name: str) -> Head:
    words, meaning, bias = (arrays[f"{name}_{part}"].astype(np.float32) for part in ("words", "meaning", "bias"))
    return Head(words, meaning, bias, float(arrays[f"{name}_heat"]))


@lru_cache(maxsize=1)
def shared_reader() -> Reader:
    """Return the reader of this process, loaded once."""
    return Reader(shared_encoder())
