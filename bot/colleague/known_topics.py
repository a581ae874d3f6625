"""The topics of a scenario by meaning: worked out once, and shared by all conversations about it."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.colleague.answering import Answering
from bot.colleague.scenario import Fact, SpokenLine, Topic
from bot.colleague.shared_words import SharedWords
from bot.listen.encoder import Encoder, Vectors

MOST_KNOWN = 3
"""Scenarios that are kept in memory by meaning, some 12 MB each; the one used longest ago goes."""


@dataclass(frozen=True)
class TopicVectors:
    """One topic by meaning: its questions, their middle, and its lines."""

    name: str
    asks: Vectors
    middle: Vectors
    lines: Vectors


class KnownTopics:
    """All topics of one scenario, in its order."""

    def __init__(self, topics: Sequence[Topic], facts: Mapping[str, Fact], encoder: Encoder, pairer: Encoder) -> None:
        self.topics = topics
        self.vectors = [_vectors_of(topic, encoder) for topic in topics]
        free = {topic.id: {line.say for line in topic.lines if _is_free(line, facts)} for topic in topics}
        self.answering = Answering(topics, free, pairer)
        self.words = SharedWords(topics)


_known: OrderedDict[tuple[int, int], KnownTopics] = OrderedDict()
_lock = threading.Lock()


def known_topics(topics: list[Topic], facts: Mapping[str, Fact], encoder: Encoder, pairer: Encoder) -> KnownTopics:
    """Return the topics by meaning. The same list gives the same object while it is among the last used."""
    key = id(topics), id(encoder)
    with _lock:
        if (found := _known.get(key)) is not None and found.topics is topics:
            _known.move_to_end(key)
            return found
    made = KnownTopics(topics, facts, encoder, pairer)
    with _lock:
        _known[key] = made
        while len(_known) > MOST_KNOWN:
            _known.popitem(last=False)
    return made


def _is_free(line: SpokenLine, facts: Mapping[str, Fact]) -> bool:
    """Return whether a line can be said to anybody, whatever has been told and done before."""
    return not line.needs and not line.after and (line.fact is None or facts[line.fact].layer == 0)


def _vectors_of(topic: Topic, encoder: Encoder) -> TopicVectors:
    asks = encoder.encode(topic.asks)
    middle = asks.mean(axis=0)
    lines = encoder.encode([line.say for line in topic.lines])
    return TopicVectors(topic.id, asks, middle / np.linalg.norm(middle), lines)
