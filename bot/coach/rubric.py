"""Ten behaviours, each with a level and the leader's words for it. No words, no level."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.coach.finders import FINDERS, Evidence
from bot.coach.words import Rubric, fill, person_slots
from bot.colleague.memory import Memory

SURE_ENOUGH = 0.5
"""Below this confidence of the reader a sentence is no evidence: it is likelier to be something else."""
OPPORTUNITY_FROM = {
    "tests_theories": 4,
    "open_to_error": 3,
    "joint_dated_step": 5,
    "checks_understanding": 2,
    "builds_on_words": 2,
    "owns_concern": 2,
    "gives_grounds": 2,
}
"""Turns before which there was no chance to show it."""


@dataclass(frozen=True)
class Behaviour:
    """One behaviour as found. `score` 0 to 4 with a verbatim `quote` and its turn, or None with a reason in `note`."""

    number: int
    id: str
    name: str
    score: int | None
    status: str
    level: str
    quote: str
    turn: int | None
    note: str

    def __post_init__(self) -> None:
        if (self.score is None) != (self.quote == ""):
            raise ValueError(f"{self.id}: a level needs the leader's words, and words need a level")


def behaviours(memory: Memory, rubric: Rubric) -> tuple[Behaviour, ...]:
    """Return the ten behaviours in order. The same turns give the same levels; the order of steps plays no part."""
    slots = person_slots(memory.scenario.colleague)
    found = []
    for entry in rubric.behaviours:
        best = _best(FINDERS[entry.id](memory, rubric.signs))
        name = fill(entry.name, slots)
        if best is None:
            chance = len(memory.played) >= OPPORTUNITY_FROM.get(entry.id, 1)
            note = fill(entry.not_shown if chance else entry.no_opportunity, slots)
            status = "not shown" if chance else "no opportunity"
            found.append(Behaviour(entry.number, entry.id, name, None, status, "", "", None, note))
            continue
        quote = verbatim(best.act.segment.text, best.turn.words)
        level = rubric.levels[best.level]
        found.append(Behaviour(entry.number, entry.id, name, best.level, "shown", level, quote, best.turn.number, ""))
    return tuple(found)


def verbatim(segment: str, words: str) -> str:
    """Return the segment as it stands in the leader's words. Raises ValueError if it does not stand there."""
    if segment in words:
        return segment
    if segment in " ".join(words.split()):
        return segment
    raise ValueError("a quotation must be the leader's own words")


def _best(found: Iterable[Evidence]) -> Evidence | None:
    """Return the highest level, the earliest of equals."""
    sure = [one for one in found if one.act.segment.confidence >= SURE_ENOUGH]
    return max(sure, key=lambda one: (one.level, -one.turn.number), default=None)
