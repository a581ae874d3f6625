"""Two tries at one conversation, side by side: where they part, what each brought out, and what changed."""

from dataclasses import dataclass
from itertools import zip_longest

from bot.coach.rubric import Behaviour, behaviours
from bot.coach.words import Rubric
from bot.colleague.endings import ending_of
from bot.colleague.memory import Memory
from bot.colleague.state import State
from bot.colleague.turn import Turn


@dataclass(frozen=True)
class Try:
    """One of the two, whole."""

    ending_name: str
    headline: str
    told: tuple[str, ...]
    """What the colleague told after the tries part, as it is known on the page."""
    state: State
    turns: int


@dataclass(frozen=True)
class Row:
    """One turn of each, at the same place; None where that try had ended."""

    number: int
    first: Turn | None
    again: Turn | None


@dataclass(frozen=True)
class Change:
    """A behaviour found at another level: the names of both levels, and whether the second is the higher."""

    name: str
    before: str
    now: str
    up: bool


@dataclass(frozen=True)
class Tries:
    """Two tries. They share their first `shared` turns."""

    shared: int
    first: Try
    again: Try
    rows: tuple[Row, ...]
    changes: tuple[Change, ...]
    """Up first."""


def side_by_side(first: Memory, again: Memory, rubric: Rubric) -> Tries:
    """Return two tries at the same scenario beside each other, from the turn at which they part."""
    shared = _shared(first.turns, again.turns)
    pairs = zip_longest(first.turns[shared:], again.turns[shared:])
    rows = tuple(Row(shared + place, *pair) for place, pair in enumerate(pairs, start=1))
    levels = zip(behaviours(first, rubric), behaviours(again, rubric), strict=True)
    changes = [_change(before, now) for before, now in levels if _place(before) != _place(now)]
    return Tries(
        shared,
        _try(first, shared),
        _try(again, shared),
        rows,
        tuple(sorted(changes, key=lambda change: not change.up)),
    )


def _shared(first: tuple[Turn, ...], again: tuple[Turn, ...]) -> int:
    """Return how many turns both begin with: the same words, answered by the same line."""
    pairs = zip(first, again, strict=False)
    return next(
        (place for place, (one, other) in enumerate(pairs) if (one.words, one.line) != (other.words, other.line)),
        min(len(first), len(again)),
    )


def _try(memory: Memory, shared: int) -> Try:
    ending, facts = ending_of(memory), memory.scenario.facts
    told = [facts[one.fact].known_as for turn in memory.turns[shared:] for one in turn.told if one.fact in facts]
    return Try(ending.name, ending.headline, tuple(told), memory.state, len(memory.turns))


def _place(one: Behaviour) -> int:
    """Return the level; not shown counts as 0, for neither does anything for the other."""
    return one.score or 0


def _change(before: Behaviour, now: Behaviour) -> Change:
    return Change(now.name, before.level or before.status, now.level or now.status, _place(now) > _place(before))
