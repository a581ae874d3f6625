"""Practice over time: the attempts in order, and each behaviour through them. To learn from, never to appraise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.coach.agreement import level_that_stands
from bot.coach.rubric import Behaviour

GOOD = 3
"""Level from which a behaviour counts as practised well."""
LATELY = 3
"""Attempts that are looked at for what to practise next."""


@dataclass(frozen=True)
class Attempt:
    """One finished conversation. `behaviours` are the ten, as its debrief has them."""

    id: str
    title: str
    started: datetime
    colleague: str
    scenario: str
    ending_name: str
    turns: int
    behaviours: tuple[Behaviour, ...]
    overruled: Mapping[str, int] = field(default_factory=dict)
    """A coach's levels, which stand before the program's."""
    reflection: str = ""
    again: bool = False
    """Whether it is a second try at another."""


@dataclass(frozen=True)
class Way:
    """One behaviour through all attempts, oldest first: levels 0 to 4, or None where it was not shown."""

    id: str
    name: str
    levels: tuple[int | None, ...]

    @property
    def first(self) -> int | None:
        """Return the first level that was found."""
        return next((level for level in self.levels if level is not None), None)

    @property
    def latest(self) -> int | None:
        """Return the level in the newest attempt."""
        return self.levels[-1] if self.levels else None


@dataclass(frozen=True)
class Practice:
    """All attempts, oldest first, and the ten ways through them."""

    attempts: tuple[Attempt, ...]
    ways: tuple[Way, ...]
    well: tuple[str, ...]
    """Names of behaviours shown well in each of the latest attempts."""
    next: tuple[str, ...]
    """Names of the two that were there least lately: what to practise next."""


def practice(attempts: Sequence[Attempt]) -> Practice:
    """Return the practice over these attempts, in whatever order they come."""
    in_order = tuple(sorted(attempts, key=lambda one: one.started))
    if not in_order:
        return Practice((), (), (), ())
    ways = tuple(
        Way(
            one.id,
            one.name,
            tuple(level_that_stands(attempt.behaviours[place], attempt.overruled) for attempt in in_order),
        )
        for place, one in enumerate(in_order[-1].behaviours)
    )
    lately = {way.name: [-1 if level is None else level for level in way.levels[-LATELY:]] for way in ways}
    well = tuple(name for name, levels in lately.items() if min(levels) >= GOOD)
    weakest = sorted(lately, key=lambda name: sum(lately[name]))
    return Practice(in_order, ways, well, tuple(name for name in weakest if name not in well)[:2])
