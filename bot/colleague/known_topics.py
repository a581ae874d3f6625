"""The topics of a scenario by meaning: worked out once, and shared by all conversations about it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.colleague.answering import Answering
from bot.colleague.scenario import Fact, SpokenLine, Topic
from bot.colleague.shared_words import SharedWords
from bot.listen.encoder import Encoder, Held, Packed, Vectors, unpack

REMEMBERED = 64
"""Questions whose closeness to all topics is kept: one turn asks for it several times."""
MOST_KNOWN = 3
"""Scenarios that are kept in memory by meaning, some 8 MB each; the one used longest ago goes."""


TOPIC_WEIGHTS = (0.2, 0.22, 0.15, 0.33)
"""Weights of the nearest of a topic's questions, of the nearest three, of all together, and of the nearest line;"""
SHARED_WEIGHTS = (0.06, 0.04)
"""and of the words that its questions and its lines share with this one (docs/colleague.md gives the figures)."""


class KnownTopics:
    """All topics of one scenario, in its order."""

    def __init__(self, topics: Sequence[Topic], answering: Answering, asks_and_lines: Packed, matcher: Encoder) -> None:
        """`asks_and_lines`: the matcher's vectors of `texts_of(topics)`."""
        self._matcher = matcher
        self.topics = topics
        self.asks = [ask for topic in topics for ask in topic.asks]
        self._asks, self._lines = Held(asks_and_lines[: len(self.asks)]), Held(asks_and_lines[len(self.asks) :])
        self._first_asks = _starts(len(topic.asks) for topic in topics)
        self._first_lines = _starts(len(topic.lines) for topic in topics)
        self._middles = _middles(np.split(asks_and_lines[: len(self.asks)], self._first_asks[1:]))
        self.answering = answering
        self._words = SharedWords(topics)
        self._closenesses = lru_cache(maxsize=REMEMBERED)(self._closeness)

    def closeness(self, question: str) -> Vectors:
        """Return how close a question comes to each topic, shape (topics,); not to be written into."""
        return self._closenesses(question)

    def _closeness(self, question: str) -> Vectors:
        vector: Vectors = self._matcher.encode([question])[0]
        alike = self.likeness(vector)
        nearest = np.maximum.reduceat(alike, self._first_asks)
        three = [np.sort(part)[-3:].mean() for part in np.split(alike, self._first_asks[1:])]
        lines = np.maximum.reduceat(self._lines @ vector, self._first_lines)
        parts = np.array([nearest, three, self._middles @ vector, lines], dtype=np.float32)
        by_meaning = np.array(TOPIC_WEIGHTS, dtype=np.float32) @ parts
        by_words = self._words.shares(question) @ np.array(SHARED_WEIGHTS, dtype=np.float32)
        return np.asarray(by_meaning + by_words, dtype=np.float32)

    def likeness(self, vector: Vectors) -> Vectors:
        """Return how near each of `asks` lies (cosines), shape (asks,)."""
        return self._asks @ vector


def texts_of(topics: Sequence[Topic]) -> list[str]:
    """Return every question of the topics, then every line."""
    return [ask for topic in topics for ask in topic.asks] + [line.say for topic in topics for line in topic.lines]


def _starts(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)[:-1]


def _middles(parts: Iterable[Packed]) -> Vectors:
    middles = np.array([unpack(part).mean(axis=0) for part in parts], dtype=np.float32)
    return np.asarray(middles / np.linalg.norm(middles, axis=1, keepdims=True), dtype=np.float32)


_known: OrderedDict[tuple[int, int], KnownTopics] = OrderedDict()
_lock = threading.Lock()


def known_topics(topics: list[Topic], encoder: Encoder, make: Callable[[], KnownTopics]) -> KnownTopics:
    """Return the topics by meaning. The same list gives the same object while it is among the last used."""
    key = id(topics), id(encoder)
    with _lock:
        if (found := _known.get(key)) is not None and found.topics is topics:
            _known.move_to_end(key)
            return found
    made = make()
    with _lock:
        _known[key] = made
        while len(_known) > MOST_KNOWN:
            _known.popitem(last=False)
    return made


def free_lines(topics: Sequence[Topic], facts: Mapping[str, Fact]) -> dict[str, set[str]]:
    """Return, by topic, the lines that can be said to anybody, whatever has been told and done before."""
    return {topic.id: {line.say for line in topic.lines if _is_free(line, facts)} for topic in topics}


def _is_free(line: SpokenLine, facts: Mapping[str, Fact]) -> bool:
    return not line.needs and not line.after and (line.fact is None or facts[line.fact].layer == 0)
