"""Segments: a turn cut where what it does changes, run-on speech without punctuation included."""

import re
from dataclasses import dataclass

import numpy as np

from bot.listen.features import Numbers, gap_parts, hashed

GAP_BUCKETS = 2**13
UNPUNCTUATED = 0.9
"""How much more readily a turn is cut that has no full stop anywhere (the best of four on three held-out authors)."""
BINDING = frozenset(
    """because which that who if when while until unless since as whether than to of for with in on at about like where
    not""".split()
)
"""Words that bind a clause to the one before: of 5,974 in the training turns, 31 begin a segment."""
QUOTE_MARKS = "\"'”’)]*"


@dataclass(frozen=True)
class Cutter:
    """Cut a turn into segments. `weights` (GAP_BUCKETS,) and `bias` are learnt; see training/train_reader.py."""

    weights: Numbers
    bias: float

    def cut(self, words: str) -> list[str]:
        """Return the segments of a turn in order; joined by spaces they are the words again (spaces aside)."""
        tokens = words.split()
        readily = 0.0 if any(map(ends_sentence, tokens)) else UNPUNCTUATED
        segments, since = [], 0
        for at in range(1, len(tokens)):
            if self._is_boundary(tokens, at, since, readily):
                segments.append(" ".join(tokens[since:at]))
                since = at
        if tokens:
            segments.append(" ".join(tokens[since:]))
        return segments

    def _is_boundary(self, tokens: list[str], at: int, since: int, readily: float) -> bool:
        if ends_sentence(tokens[at - 1]):
            return True
        if at - since < 2 or len(tokens) - at < 2 or bare(tokens[at]) in BINDING:
            return False
        places, values = hashed(gap_parts(tokens, at, since), GAP_BUCKETS)
        return float(np.sum(self.weights[places] * values)) + self.bias + readily > 0


def bare(token: str) -> str:
    """Return the token in small letters without its marks."""
    return re.sub(r"[^a-z']", "", token.lower().replace("’", "'"))


def ends_sentence(token: str) -> bool:
    """Return whether a sentence ends with this token. "Mr." and "e.g." end none."""
    bare = token.rstrip(QUOTE_MARKS)
    if re.fullmatch(r"(?i)(mr|mrs|ms|dr|st|e\.g|i\.e|vs|no|approx|etc)\.", bare):
        return False
    return bool(re.search(r"[.!?…]$", bare))
