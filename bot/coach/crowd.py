"""What the latest conversations of many people show together, in words too coarse to point at anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.coach.agreement import level_that_stands
from bot.coach.rubric import Behaviour

FEWEST = 5
"""People of whom anything is said together."""
SHOWN = 2
"""Level from which a behaviour was there at all: below it was absent, or undone in the same breath."""
MOST_NAMED = 3
"""Behaviours that are named as shown by the most; where more share that place, none is."""
BANDS = (
    (0.8, "by most or all"),
    (0.6, "by more than half"),
    (0.401, "by about half"),
    (0.201, "by fewer than half"),
    (0.0, "by few or none"),
)
"""The least share of the people, and how it is said. All and none are never told from one person less or more."""


@dataclass(frozen=True)
class Held:
    """One person's conversation: its behaviours, and a coach's levels."""

    behaviours: Sequence[Behaviour]
    overruled: Mapping[str, int]
    readable: bool
    """Whether whoever is told of the crowd can read the conversation itself."""


@dataclass(frozen=True)
class Common:
    """One behaviour: its name, and by how many it was shown; '' where too few had the chance to say."""

    name: str
    by: str


@dataclass(frozen=True)
class Crowd:
    """What many show together."""

    ways: tuple[Common, ...]
    """The behaviours in their order."""
    most: tuple[str, ...]
    """The names of those that were shown by the most people, or nothing."""


def crowd(found: Sequence[Held]) -> Crowd | None:
    """Return what one conversation each of several people shows; None for too few people.

    Whoever had no opportunity for a behaviour is left out of it, and so are those whose conversation cannot be read
    where they are fewer than five: what the others show is known, and could be taken away from the whole.
    """
    if len(found) < FEWEST:
        return None
    shares = {one.name: _share(place, found) for place, one in enumerate(found[0].behaviours)}
    ways = tuple(Common(name, _said(share)) for name, share in shares.items())
    highest = max((share for share in shares.values() if share is not None), default=0.0)
    most = tuple(name for name, share in shares.items() if share == highest and highest > 0)
    return Crowd(ways, most if len(most) <= MOST_NAMED else ())


def _share(place: int, found: Sequence[Held]) -> float | None:
    """Return by which share of the people the behaviour at a place was shown; None where too few had the chance."""
    able = [one for one in found if _had_the_chance(one.behaviours[place], one.overruled)]
    if sum(not one.readable for one in able) < FEWEST:
        able = [one for one in able if one.readable]
    if len(able) < FEWEST:
        return None
    levels = [level_that_stands(one.behaviours[place], one.overruled) for one in able]
    return sum(level is not None and level >= SHOWN for level in levels) / len(levels)


def _had_the_chance(one: Behaviour, overruled: Mapping[str, int]) -> bool:
    return one.status != "no opportunity" or one.id in overruled


def _said(share: float | None) -> str:
    return "" if share is None else next(said for least, said in BANDS if share >= least)
