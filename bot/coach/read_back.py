"""What the coach offers to say is read back first, as the leader is read: nothing that blames is put in their mouth."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice

Reads = Callable[[str], frozenset[str]]
"""The moves that words make, whoever says them."""

CURIOUS = frozenset({"open_question", "paraphrase", "own_fallibility", "test_idea"})
"""What a wording that the coach offers is, one of them at least."""
BLAMES = frozenset({"accusing_question", "judgement", "directive", "leading_question"})
"""What it is nowhere."""
REMEMBERED = 4_000


def is_curious(moves: Iterable[str]) -> bool:
    """Return whether words that make these moves ask, give back, are open to error or test, and blame nowhere."""
    made = frozenset(moves)
    return bool(made & CURIOUS) and not made & BLAMES


class ReadBack:
    """Keep of several wordings those that are curious when they are read back; all of them where nobody reads."""

    def __init__(self, reads: Reads | None = None) -> None:
        self._keeps = lru_cache(maxsize=REMEMBERED)(lambda says: reads is None or is_curious(reads(says)))

    def first(self, wordings: Iterable[str], most: int) -> tuple[str, ...]:
        """Return the first `most` that are kept, each once; no more are read than it takes."""
        return tuple(islice((says for says in dict.fromkeys(wordings) if self._keeps(says)), most))
