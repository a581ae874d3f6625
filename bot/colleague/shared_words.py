"""How many of a question's telling words stand in a topic: in its questions, and in its lines."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import snowballstemmer

from bot.colleague.scenario import Topic
from bot.listen.encoder import Vectors


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    found: str = snowballstemmer.stemmer("english").stemWord(word)
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in re.findall(r"[a-z']{3,}", text.lower().replace("’", "'")))


class SharedWords:
    """The words of every topic. A word that stands in few topics tells more (inverse document frequency)."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        asked = [_words(" ".join(topic.asks)) for topic in topics]
        said = [_words(" ".join(line.say for line in topic.lines)) for topic in topics]
        self._places = list(zip(asked, said, strict=True))
        self._topics_with = Counter(word for one, two in self._places for word in one | two)

    def shares(self, question: str) -> Vectors:
        """Return for each topic the share, by weight, of the question's words in its questions and in its lines.

        Shape (topics, 2), each from 0 to 1.
        """
        tells = {word: math.log((len(self._places) + 1) / (self._topics_with[word] + 0.5)) for word in _words(question)}
        whole = sum(tells.values()) or 1.0
        found = [
            [sum(tells[word] for word in tells.keys() & words) / whole for words in place] for place in self._places
        ]
        return np.array(found, dtype=np.float32)
