"""The reader: a leader's words become segments, each with one move of the codebook."""

import unicodedata
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from bot.listen.encoder import FOLDER
from bot.listen.network import LONGEST_BEFORE, Network, Scores
from bot.listen.reading import FOCUSED, FOCUSES, MOVES, Reading, Segment
from bot.listen.segments import Cutter
from bot.listen.together import side_by_side

MOST_SEGMENTS = 120
"""Segments of one turn that are coded; the rest of a very long speech is joined to the last."""


class Reads(Protocol):
    """Whatever scores segments and cuts: the network, or a stand-in."""

    @property
    def name(self) -> str:
        """Return a name that changes whenever a reading could."""

    def settings(self) -> dict[str, float]:
        """Return move_heat, cut_from and sure_from."""

    def scores(self, segment: str, previous: str, before: str) -> tuple[Scores, Scores]:
        """Return scores for MOVES and for FOCUSES."""

    def cuts(self, words: Sequence[str]) -> Scores:
        """Return a score for a segment's beginning at each word."""


class Reader:
    """Read a leader's words by the codebook."""

    def __init__(self, network: Reads | None = None) -> None:
        self._network = network or Network(FOLDER)

    @cached_property
    def name(self) -> str:
        """Return a name that changes whenever a reading could; kept with every session."""
        return self._network.name

    @cached_property
    def _settings(self) -> dict[str, float]:
        return self._network.settings()

    @cached_property
    def _cutter(self) -> Cutter:
        return Cutter(self._network.cuts, self._settings["cut_from"])

    def read(self, words: str, previous: str = "") -> Reading:
        """Return the reading of one turn; `previous` is the other person's line before it."""
        return self.code(self._segments(words), previous)

    def read_one(self, segment: str, previous: str = "") -> Reading:
        """Return the reading of words that are one segment already."""
        text = " ".join(segment.split())
        return self.code([text] if text else [], previous)

    def code(self, segments: Sequence[str], previous: str) -> Reading:
        """Return the reading of a turn that is cut already."""
        placed = [(text, tail(" ".join(segments[:at]), LONGEST_BEFORE)) for at, text in enumerate(segments)]
        return Reading(tuple(side_by_side(lambda one: self._code(one[0], previous, one[1]), placed)))

    def as_told(self, segment: Segment, move: str, previous: str, before: str) -> Segment:
        """Return the segment with the move that a person says it makes; a question keeps or is given its focus."""
        if move not in FOCUSED:
            return Segment(segment.text, move, None, 1.0)
        _, scores = self._network.scores(segment.text, previous, before)
        return Segment(segment.text, move, segment.focus or FOCUSES[int(scores.argmax())], 1.0)

    def _segments(self, words: str) -> list[str]:
        found = self._cutter.cut(words)
        if len(found) <= MOST_SEGMENTS:
            return found
        return [*found[: MOST_SEGMENTS - 1], " ".join(found[MOST_SEGMENTS - 1 :])]

    def _code(self, text: str, previous: str, before: str) -> Segment:
        if not is_readable(text):
            return Segment(text, "off_task", None, 1.0)
        move_scores, focus_scores = self._network.scores(text, previous, before)
        chances = _chances(move_scores, self._settings["move_heat"])
        best, second = (int(place) for place in np.argsort(-chances)[:2])
        move, confidence = MOVES[best], round(float(chances[best]), 4)
        focus = FOCUSES[int(focus_scores.argmax())] if move in FOCUSED else None
        return Segment(text, move, focus, confidence, confidence >= self._settings["sure_from"], MOVES[second])


def tail(text: str, words: int) -> str:
    """Return the last words of a text: the network reads no more than that many tokens of what came before."""
    return " ".join(text.split()[-words:])


def is_readable(text: str) -> bool:
    """Return whether there is anything to read: letters or digits, and no writing but the Latin one."""
    letters = [char for char in text if char.isalpha()]
    foreign = sum(not unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return any(char.isalnum() for char in text) and 2 * foreign <= len(letters)


def _chances(scores: Scores, heat: float) -> Scores:
    grown = np.exp((scores - scores.max()) / heat)
    chances: Scores = grown / grown.sum()
    return chances


@lru_cache(maxsize=1)
def shared_reader() -> Reader:
    """Return the reader of this process, loaded once."""
    return Reader()


def reader_in(folder: Path) -> Reader:
    """Return a reader from another folder of model files."""
    return Reader(Network(folder))
