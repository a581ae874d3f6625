"""Which line answers what was said: one that answered a turn like it, or that lies near it itself."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.colleague.scenario import Topic
from bot.listen.encoder import Encoder, Held, Packed, Vectors

BY_LINE = 0.3
"""How much it counts that a line lies near the turn, beside how near the turn lies to one that the line answers."""
UNREAD_AT, UNREAD_BY_LINE = 0.22, 0.63
"""What stands for the latter where nobody has read what a line answers: a straight line fitted to those that were read
(docs/colleague.md has the figures)."""
REMEMBERED = 64
"""Turns whose fit to all lines is kept."""
NEVER = -1.0


class Answering:
    """The questions of a scenario that were read for their answers, and the lines that answer them."""

    def __init__(self, topics: Sequence[Topic], free: Mapping[str, set[str]], pairer: Encoder, paired: Packed) -> None:
        """`free`: by topic, the lines that may be said to anybody; `paired`: the vectors of `paired_texts`."""
        self._pairer = pairer
        asked, read = _read(topics)
        self._place = {line: at for at, line in enumerate(_lines(topics))}
        self._asked, self._lines = Held(paired[: len(asked)]), Held(paired[len(asked) :])
        self._read_lines = np.array([self._place[line] for line in read], dtype=np.int64)
        self._read_asked = np.array([at for places in read.values() for at in places], dtype=np.int64)
        self._starts = np.cumsum([0, *map(len, read.values())], dtype=np.int64)[:-1]
        self._free = [np.array([self._place[say] for say in free[topic.id]], dtype=np.int64) for topic in topics]
        self._fits = lru_cache(maxsize=REMEMBERED)(self._fit_all)

    @property
    def was_read(self) -> bool:
        """Return whether somebody has read which lines answer which questions."""
        return bool(len(self._read_lines))

    def fit(self, words: str, lines: Sequence[str]) -> Vectors:
        """Return how well each line answers the words (cosines, weighed), shape (len(lines),)."""
        found = self._fits(words)
        new = [line for line in lines if line not in self._place]
        near = dict(zip(new, self._pairer.encode(new) @ self._vector(words), strict=True)) if new else {}
        fits = [
            found[self._place[line]] if line in self._place else UNREAD_AT + (UNREAD_BY_LINE + BY_LINE) * near[line]
            for line in lines
        ]
        return np.array(fits, dtype=np.float32)

    def by_topic(self, words: str) -> Vectors:
        """Return how well the best free line of each topic answers the words, shape (topics,)."""
        found = self._fits(words)
        return np.array([found[places].max(initial=NEVER) for places in self._free], dtype=np.float32)

    def _fit_all(self, words: str) -> NDArray[np.float32]:
        vector = self._vector(words)
        near = self._lines @ vector
        known = UNREAD_AT + UNREAD_BY_LINE * near
        if len(self._read_lines):
            asked = (self._asked @ vector)[self._read_asked]
            known[self._read_lines] = np.maximum.reduceat(asked, self._starts)
        return np.asarray(known + BY_LINE * near, dtype=np.float32)

    def _vector(self, words: str) -> Vectors:
        vector: Vectors = self._pairer.encode([words])[0]
        return vector


def paired_texts(topics: Sequence[Topic]) -> list[str]:
    """Return everything that is compared with what the leader says."""
    return [*_read(topics)[0], *_lines(topics)]


def _lines(topics: Sequence[Topic]) -> list[str]:
    return list(dict.fromkeys(line.say for topic in topics for line in topic.lines))


def _read(topics: Sequence[Topic]) -> tuple[list[str], dict[str, list[int]]]:
    """Return the questions that somebody read answers for, and the places in that list by line."""
    asked: list[str] = []
    places: dict[str, list[int]] = {}
    for topic in topics:
        for ask, answers in topic.answers.items():
            for line in answers:
                places.setdefault(line, []).append(len(asked))
            asked.append(ask)
    return asked, places
