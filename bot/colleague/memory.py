"""What has been said so far, read off the turns: nothing here is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.colleague.scenario import Scenario
from bot.colleague.state import Act, State
from bot.colleague.turn import Turn

BELIEF_LAYER = 2
REASON_LAYER = 2
SAYS_SOMETHING = 12
"""Words from which an answer on a topic is more than a parry."""
COSTLY_LAYER, STEP_LAYER = 3, 6


@dataclass(frozen=True)
class Memory:
    """The conversation up to now. Turns out of role are no part of it."""

    scenario: Scenario
    opening: str
    turns: tuple[Turn, ...]

    @cached_property
    def played(self) -> tuple[Turn, ...]:
        """Return the turns in which the colleague spoke himself."""
        return tuple(turn for turn in self.turns if not turn.out_of_role)

    @property
    def last(self) -> Turn | None:
        """Return the last turn he played, or None."""
        return self.played[-1] if self.played else None

    @property
    def state(self) -> State:
        """Return the relationship as it stands."""
        return self.last.state if self.last else self.scenario.start

    @property
    def opened(self) -> frozenset[int]:
        """Return the layers open so far."""
        return frozenset(self.last.opened) if self.last else frozenset({0})

    @property
    def frozen(self) -> int:
        """Return for how many more turns he tells nothing new."""
        return self.last.frozen if self.last else 0

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Return everything he has said, the opening first."""
        return (self.opening, *(turn.line for turn in self.played))

    @property
    def last_lines(self) -> tuple[str, ...]:
        """Return his last two lines."""
        return self.lines[-2:]

    @cached_property
    def told(self) -> tuple[str, ...]:
        """Return the facts told, in order; without any that the scenario no longer has."""
        known = self.scenario.facts
        return tuple(told.fact for turn in self.played for told in turn.told if told.fact in known)

    @cached_property
    def said(self) -> frozenset[str]:
        """Return every authored part that has been used."""
        return frozenset({self.opening}).union(*(turn.said for turn in self.played))

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """Return everything the leader did."""
        return tuple(act for turn in self.played for act in turn.acts)

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """Return the leader's questions, in order."""
        asked = {"open_question", "closed_question", "leading_question", "accusing_question"}
        return tuple(act.segment.text for act in self.acts if act.segment.move in asked)

    def deepest_told(self, among: Sequence[str] | None = None) -> int:
        """Return the deepest layer of which anything came out; -1 when nothing did."""
        facts = self.told if among is None else among
        return max((self.scenario.facts[fact].layer for fact in facts if fact in self.scenario.facts), default=-1)

    @property
    def knows_why(self) -> bool:
        """Return whether any of his beliefs has come out."""
        return self.deepest_told() >= BELIEF_LAYER

    @property
    def grounds_given(self) -> bool:
        """Return whether the leader has reported evidence."""
        return self.did("observation")

    @property
    def something_to_acknowledge(self) -> bool:
        """Return whether he has said something in the last two turns that could be acknowledged."""
        recent = [told.fact for turn in self.played[-2:] for told in turn.told]
        return self.deepest_told(recent) >= BELIEF_LAYER or any(turn.topic for turn in self.played[-1:])

    @property
    def acknowledgements(self) -> int:
        """Return how many of the last turns held nothing but acknowledgements."""
        count = 0
        for turn in reversed(self.played):
            if {act.segment.move for act in turn.acts} - {"acknowledgement", "social", "appreciation"}:
                break
            count += 1
        return count

    @property
    def just_told_at_cost(self) -> bool:
        """Return whether his last line told something that cost him; what he would try is an offer and no cost."""
        told = self.last.told if self.last else ()
        return any(COSTLY_LAYER <= self.scenario.facts[one.fact].layer < STEP_LAYER for one in told)

    @property
    def just_gave_a_reason(self) -> bool:
        """Return whether his last line told why, or answered on a topic with more than a parry."""
        if self.last is None:
            return False
        told = any(self.scenario.facts[one.fact].layer >= REASON_LAYER for one in self.last.told)
        return told or bool(self.last.topic and len(self.last.line.split()) >= SAYS_SOMETHING)

    @property
    def stung(self) -> bool:
        """Return whether something in the last two turns went at him, and was not owned since."""
        hits = {"accusing_question", "judgement", "directive", "leading_question"}
        for turn in reversed(self.played[-2:]):
            moves = {act.segment.move for act in turn.acts}
            if "own_fallibility" in moves:
                return False
            if moves & hits:
                return True
        return False

    @property
    def condition_named(self) -> bool:
        """Return whether he has named his condition, or what it rests on."""
        step = self.scenario.plot.step
        return any(fact in self.told for fact in (step.condition, *step.hints))

    @property
    def condition_met(self) -> bool:
        """Return whether the leader has granted it."""
        return any("meets_condition" in act.forms for act in self.acts)

    @property
    def step(self) -> str:
        """Return where a next step stands: '' | 'facade' | 'bargain' | 'agreed'. Agreed stays agreed."""
        steps = [turn.step for turn in self.played if turn.step]
        return "agreed" if "agreed" in steps and steps[-1] != "facade" else (steps[-1] if steps else "")

    def did(self, move: str, form: str | None = None) -> bool:
        """Return whether the leader has made this move, in this form where one is named."""
        return any(act.segment.move == move and (form is None or form in act.forms) for act in self.acts)

    def times(self, situation: str) -> int:
        """Return how often he has answered to this situation."""
        return sum(turn.situation == situation for turn in self.played)
