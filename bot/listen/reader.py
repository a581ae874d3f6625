"""The reader: a leader's words become segments, each with one move of the codebook."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from bot.listen.encoder import FOLDER
from bot.listen.network import LONGEST_BEFORE, Network, Scores
from bot.listen.reading import FOCUSED, FOCUSES, MOVES, Reading, Segment
from bot.listen.segments import Cutter, ends_sentence
from bot.listen.together import side_by_side

SCRAP = 2
"""Words of the longest piece that is joined to its neighbour where the reader is not sure of both."""
MOST_SEGMENTS = 90
"""Segments of one turn that are coded; the rest of a very long speech is joined to the last."""

REMEMBERED = 1000
"""Readings kept, of what was read last: the coach's own wordings are read back again and again."""


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
        self._read_once = lru_cache(maxsize=REMEMBERED)(self._read)

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
        return self._read_once(words, previous)

    def _read(self, words: str, previous: str) -> Reading:
        read = self.code(self._segments(words), previous)
        joined = _joined(read.segments)
        return self.code(joined, previous, {one.text: one for one in read.segments})

    def read_one(self, segment: str, previous: str = "") -> Reading:
        """Return the reading of words that are one segment already."""
        text = " ".join(segment.split())
        return self.code([text] if text else [], previous)

    def code(self, segments: Sequence[str], previous: str, known: Mapping[str, Segment] | None = None) -> Reading:
        """Return the reading of a turn that is cut already; what is `known` of its segments is not read again."""

        def one(text: str, before: str) -> Segment:
            return (known or {}).get(text) or self._code(text, previous, before)

        placed = [(text, tail(" ".join(segments[:at]), LONGEST_BEFORE)) for at, text in enumerate(segments)]
        return Reading(tuple(side_by_side(lambda piece: one(*piece), placed)))

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
        if chances.max() < self._settings["sure_from"] and (bare := without_marks(text)) != text:
            again, _ = self._network.scores(bare, previous, before)
            chances = np.mean([chances, _chances(again, self._settings["move_heat"])], axis=0, dtype=np.float32)
        best, second = (int(place) for place in np.argsort(-chances)[:2])
        move, confidence = MOVES[best], round(float(chances[best]), 4)
        focus = FOCUSES[int(focus_scores.argmax())] if move in FOCUSED else None
        return Segment(text, move, focus, confidence, confidence >= self._settings["sure_from"], MOVES[second])


def _joined(segments: Sequence[Segment]) -> list[str]:
    """Return the segments' texts, those that are one joined: speech is split where what it does changes.

    Inside a sentence two that do the same are one, and a word or two of which the reader is not sure is none by itself.
    """
    found: list[Segment] = []
    for segment in segments:
        if found and _belongs_to(segment, found[-1]):
            found[-1] = replace(found[-1], text=f"{found[-1].text} {segment.text}")
        else:
            found.append(segment)
    return [one.text for one in found]


def _belongs_to(segment: Segment, before: Segment) -> bool:
    if ends_sentence(before.text.split()[-1], segment.text.split()[0]):
        return False
    shorter = min(len(before.text.split()), len(segment.text.split()))
    return segment.move == before.move or (shorter <= SCRAP and not (segment.sure and before.sure))


def without_marks(text: str) -> str:
    """Return the words with no mark and no capital: what is not sure gets a second look like this.

    Fewer readings then hang on a comma: on the watched writers 96% stay the same without any, before it was 91%.
    """
    return " ".join(re.sub(r"[^\w\s'’-]", " ", text).lower().split())


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
    chances: Scores = (grown / grown.sum()).astype(np.float32)
    return chances


@lru_cache(maxsize=1)
def shared_reader() -> Reader:
    """Return the reader of this process, loaded once."""
    return Reader()


def reader_in(folder: Path) -> Reader:
    """Return a reader from another folder of model files."""
    return Reader(Network(folder))
