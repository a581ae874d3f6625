"""What speaks for a passage as the answer to a question, and how likely it is then that it answers."""

import math
from dataclasses import dataclass

BASE = -15.1
WEIGHTS = (14.0, 11.3, 4.6, -6.9, 2.2)
"""How much each sign counts, in the order of Signs, in log odds.

Fitted on the 292 questions of tests/library/calibration.yaml by `make signs`: of the passages that were looked at, and
of there being none that answers, what does answer is to be the likeliest (a logistic regression with a choice of many).
"""


@dataclass(frozen=True)
class Signs:
    """What speaks for a passage, and what against it."""

    nearness: float
    """Of its word pieces to the question's, -1 to 1 (ranker.py)."""
    cosine: float
    """Of the whole passage with the question."""
    share: float
    """Of the question's words that it holds, 0 to 1, rare words counting more."""
    elsewhere: float
    """The question's cosine with the nearest question of elsewhere.yaml, 0 to 1."""
    length: float
    """The logarithm of the number of the question's word pieces: the more there are, the fewer find their like."""

    def support(self) -> float:
        """Return how likely it is that the passage answers, rather than none, 0 to 1."""
        signs = (self.nearness, self.cosine, self.share, self.elsewhere, self.length)
        odds = BASE + sum(weight * sign for weight, sign in zip(WEIGHTS, signs, strict=True))
        return 1 / (1 + math.exp(-odds))
