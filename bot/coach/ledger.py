"""What each of the two was taken to believe, where it came from and what was done with it.

The belief ledger and the reading of engaged or bypassed after Robinson (2018) and Sinnema and others (2021): a belief
about the problem, its cause or its solution; whose it is; asked for or volunteered; tested or taken as true. And the
acts by which a view is sold rather than opened: hard (Argyris's unilateral control) and soft (easing in).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bot.coach.finders import PLAIN_QUESTIONS
from bot.colleague.memory import Memory
from bot.colleague.state import Act
from bot.colleague.substance import stems
from bot.colleague.turn import Turn

About = Literal["problem", "cause", "solution"]
Whose = Literal["mine", "his"]
ABOUT_OF_LAYER: dict[int, About] = {
    0: "problem",
    1: "cause",
    2: "cause",
    3: "cause",
    4: "cause",
    5: "problem",
    6: "solution",
}
"""What a fact of each layer is a belief about: that nothing is wrong, why he does it, what lasts, what he would try."""
ABOUT_OF_MOVE: dict[str, About] = {
    "own_view": "problem",
    "judgement": "problem",
    "accusing_question": "cause",
    "leading_question": "cause",
    "suggestion": "solution",
    "directive": "solution",
    "next_step": "solution",
}
SHORTEST = 4
"""Words of a sentence that says what somebody believes."""
SAYS_SOMETHING = 5
"""Words from which an answer is taken to hold something that could be gone on with."""
SURE_ENOUGH = 0.5
INVITES = frozenset({"own_fallibility", "test_idea"})
"""Moves that put a view of the leader's own to the other, in the same turn or the next."""
TAKES_UP = frozenset({"paraphrase", "test_idea", "common_ground"})
"""Moves that go on with what the other believes."""


@dataclass(frozen=True)
class Belief:
    """One line of the ledger. `words` are the leader's own, or what came out of the other's."""

    turn: int
    about: About
    whose: Whose
    words: str
    asked_for: bool
    tested_at: int | None
    """The turn in which somebody asked whether it holds; None where it was taken as true."""


@dataclass(frozen=True)
class Met:
    """One belief of the other's that came out, and what the leader did with it next."""

    turn: int
    about: About
    engaged: bool


@dataclass(frozen=True)
class Answered:
    """One answer of the other's that said something, in turn `turn` (0 for the opening), and what came next of it."""

    turn: int
    engaged: bool


@dataclass(frozen=True)
class Sold:
    """Acts by which a view was sold: the turns, one for each act."""

    hard: tuple[int, ...]
    soft: tuple[int, ...]


def ledger(memory: Memory) -> tuple[Belief, ...]:
    """Return the beliefs that were in play, in the order in which they came."""
    found = [*_mine(memory), *_his(memory)]
    return tuple(sorted(found, key=lambda one: (one.turn, one.whose == "his")))


def met(memory: Memory) -> tuple[Met, ...]:
    """Return whether the leader engaged with each belief that came out, or went past it, in the turn after it."""
    return tuple(_met(memory))


def answered(memory: Memory) -> tuple[Answered, ...]:
    """Return whether the leader went on with each answer of some length, or past it, whatever it was about.

    For a conversation of which nobody wrote down what the other believes.
    """
    before = zip([0, *(turn.number for turn in memory.played)], memory.lines, strict=True)
    return tuple(
        Answered(number, _engages(after, line))
        for (number, line), after in zip(before, memory.played, strict=False)
        if len(line.split()) >= SAYS_SOMETHING
    )


def sold(memory: Memory) -> Sold:
    """Return the acts of hard and of soft selling."""
    hard = [turn.number for turn in memory.played for act in turn.acts if _presses(act)]
    soft = [turn.number for turn in memory.played for act in turn.acts if _eases_in(act)]
    return Sold(tuple(hard), tuple(soft))


def _presses(act: Act) -> bool:
    return act.segment.move in {"directive", "judgement", "accusing_question"} or "pressed" in act.forms


def _eases_in(act: Act) -> bool:
    if act.segment.move in {"softening", "leading_question"} and "pressed" not in act.forms:
        return True
    return act.segment.move == "appreciation" and "empty" in act.forms


def _mine(memory: Memory) -> Iterator[Belief]:
    line = memory.opening
    for turn in memory.played:
        for act in turn.acts:
            segment = act.segment
            says = segment.confidence >= SURE_ENOUGH and len(segment.text.split()) >= SHORTEST
            if (about := ABOUT_OF_MOVE.get(segment.move)) and says:
                asked = line.rstrip().endswith("?")
                yield Belief(turn.number, about, "mine", segment.text, asked, _opened_at(memory, turn))
        line = turn.line


def _opened_at(memory: Memory, turn: Turn) -> int | None:
    """Return the turn in which the leader put a view of their own to the test: this one, or the next."""
    for one in memory.played:
        if turn.number <= one.number <= turn.number + 1 and any(_opens(act) for act in one.acts):
            return one.number
    return None


def _opens(act: Act) -> bool:
    asks = act.segment.move == "open_question" and act.segment.focus in {"belief", "feeling"}
    return asks or act.segment.move in INVITES or "evidence" in act.forms


def _his(memory: Memory) -> Iterator[Belief]:
    facts = memory.scenario.facts
    for turn in memory.played:
        for told in turn.told:
            fact = facts[told.fact]
            if fact.part != "action":
                tested = _tested_after(memory, turn)
                yield Belief(turn.number, ABOUT_OF_LAYER[fact.layer], "his", fact.known_as, told.elicited, tested)


def _tested_after(memory: Memory, turn: Turn) -> int | None:
    """Return the first later turn in which the leader asked what would show whether something holds."""
    for one in memory.played:
        if one.number > turn.number and any(
            act.segment.move == "test_idea" or "evidence" in act.forms for act in one.acts
        ):
            return one.number
    return None


def _met(memory: Memory) -> Iterator[Met]:
    facts, played = memory.scenario.facts, memory.played
    for turn, after in pairwise(played):
        layers = [facts[told.fact].layer for told in turn.told if facts[told.fact].layer >= 2]
        if layers:
            yield Met(turn.number, ABOUT_OF_LAYER[max(layers)], _engages(after, turn.line))


def _engages(turn: Turn, line: str) -> bool:
    """Return whether a turn goes on with what was just said: gives it back, asks about it, or puts it to the test."""
    for act in turn.acts:
        if act.segment.move in TAKES_UP or "invites_criticism" in act.forms:
            return True
        behind = act.segment.focus in {"belief", "cause", "feeling", "consequence"}
        if act.segment.move in PLAIN_QUESTIONS and (behind or stems(act.segment.text) & stems(line)):
            return True
    return False
