"""A coach's levels beside the program's: what stands, and how far the two agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.coach.rubric import Behaviour

NOT_SHOWN = -1
"""A coach's word that a behaviour was not shown."""
HIGHEST = 4


@dataclass(frozen=True)
class Agreement:
    """Of the behaviours that a coach `judged`: how many have the `same` level, and how many are `near`, one apart."""

    judged: int
    same: int
    near: int


def agreement(found: Iterable[Behaviour], overruled: Mapping[str, int]) -> Agreement | None:
    """Return how far the coach's levels agree with the program's; None where a coach has judged nothing."""
    apart = [abs(_place(one) - overruled[one.id]) for one in found if one.id in overruled]
    return Agreement(len(apart), apart.count(0), apart.count(1)) if apart else None


def level_that_stands(one: Behaviour, overruled: Mapping[str, int]) -> int | None:
    """Return the coach's level where there is one, else the program's; None for not shown."""
    level = overruled.get(one.id, _place(one))
    return None if level == NOT_SHOWN else level


def _place(one: Behaviour) -> int:
    return NOT_SHOWN if one.score is None else one.score
