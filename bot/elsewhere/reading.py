"""What was said elsewhere, read as a rehearsal is: the same ears, the same state, the answers given."""

from dataclasses import replace
from typing import Protocol

from bot.colleague.cues import Cues
from bot.colleague.gate import opened_after
from bot.colleague.hearing import QUESTIONS, Ears, Hearing
from bot.colleague.memory import Memory
from bot.colleague.scenario import Person
from bot.colleague.state import Act, advance
from bot.colleague.turn import ELSEWHERE, Told, Turn
from bot.colleague.understanding import Understanding
from bot.elsewhere.somebody import SENTENCE, somebody, told_by
from bot.session import House

SAME_FACT = 0.68
"""Cosine of his line to a fact from which the line is taken to have told it. Of Alex's own lines this finds 55 in 100
that tell one, and takes 4 in 100 of the others for it; at 0.62 it was 74 and 23."""
SAYS_MORE = 8
"""Words from which an assent holds something of his own, and not only a yes."""
JUDGED = frozenset({"confirmed", "partly", "distorted", "unfounded"})
"""Forms that say whether something was given back rightly."""
PROPOSALS = frozenset({"suggestion", "test_idea"})
"""Moves that put a step to him where they name a day. An order does not: who says yes to it has agreed to nothing."""


def memory_of(house: House, pairs: list[tuple[str, str]], name: str, person: Person | None = None) -> Memory:
    """Return the memory of a conversation whose answers are given, read by the same ears.

    `pairs` are (leader's words, the other's answer) in order; the first words may be '' before an opening. `name` is
    the scenario it belongs to, `person` who the other is, if not the scenario's colleague.
    """
    scenario = house.scenario(name)
    if person is not None:
        scenario = somebody(scenario, person, [line for _, line in pairs], house.cues)
    understanding = house.understanding(scenario)
    answers: Answers = Known(house.cues, understanding) if person is None else Unknown(house.cues)
    ears = Ears(house.cues, understanding)
    opening = pairs[0][1] if pairs and not pairs[0][0] else ""
    memory = Memory(scenario, opening, ())
    for words, line in pairs:
        if words:
            memory = Memory(scenario, opening, (*memory.turns, _turn(house, ears, answers, memory, words, line)))
    return memory


class Answers(Protocol):
    """What the other's answers show."""

    def told(self, line: str, hearing: Hearing, memory: Memory) -> tuple[Told, ...]:
        """Return the facts that a line tells."""

    def heard(self, line: str, hearing: Hearing) -> Hearing:
        """Return how the leader's words were heard, in view of the answer to them."""

    def said(self, line: str) -> tuple[str, ...]:
        """Return the parts of a line that may be given back."""

    def step(self, line: str, hearing: Hearing, memory: Memory) -> str:
        """Return what became of a step that was proposed: '' | 'facade' | 'agreed'."""


class Known:
    """The answers of a colleague of ours: what they tell is known beforehand."""

    def __init__(self, cues: Cues, understanding: Understanding) -> None:
        self._cues = cues
        self._understanding = understanding

    def told(self, line: str, _: Hearing, memory: Memory) -> tuple[Told, ...]:
        """Return the facts that a line tells for the first time."""
        facts = self._understanding.facts_in(line, SAME_FACT)
        return tuple(Told(fact, True) for fact in facts if fact not in memory.told)

    def heard(self, _: str, hearing: Hearing) -> Hearing:
        """Return the same: whether something was given back rightly is known without the answer."""
        return hearing

    def said(self, line: str) -> tuple[str, ...]:
        """Return the line."""
        return (line,)

    def step(self, line: str, hearing: Hearing, memory: Memory) -> str:
        """Return what became of a step: an assent is worth what the leader had heard by then."""
        if not proposes(hearing, self._cues) or not (self._cues.has("assents", line) or self._cues.has("dated", line)):
            return ""
        return "agreed" if memory.knows_why or len(line.split()) >= SAYS_MORE else "facade"


class Unknown:
    """The answers of somebody of no scenario: each tells what it says."""

    def __init__(self, cues: Cues) -> None:
        self._cues = cues

    def told(self, _: str, hearing: Hearing, memory: Memory) -> tuple[Told, ...]:
        """Return the fact that this line is, if it is one."""
        fact = told_by(len(memory.turns) + bool(memory.opening))
        asked = bool(hearing.moves & (QUESTIONS | {"paraphrase"}))
        return (Told(fact, asked),) if fact in memory.scenario.facts else ()

    def heard(self, line: str, hearing: Hearing) -> Hearing:
        """Return the same with what was given back taken as the other took it: as right, or not."""
        if not any(act.segment.move == "paraphrase" for act in hearing.acts):
            return hearing
        agrees = self._cues.has("agrees", line)
        taken = "confirmed" if agrees else "distorted" if self._cues.has("denies", line) else ""
        return replace(hearing, acts=tuple(_taken(act, taken) for act in hearing.acts)) if taken else hearing

    def said(self, line: str) -> tuple[str, ...]:
        """Return its sentences."""
        return tuple(SENTENCE.split(line))

    def step(self, line: str, hearing: Hearing, memory: Memory) -> str:
        """Return what became of a step: whose own words say what they will do has agreed, a mere yes is a yes."""
        if not proposes(hearing, self._cues):
            return ""
        heard = memory.knows_why and "directive" not in hearing.moves
        answer = SENTENCE.split(line)[0]
        assents = self._cues.has("assents", answer)
        if heard and (self._cues.has("tells_step", answer) or (assents and self._cues.has("tells_step", line))):
            return "agreed"
        return "facade" if assents and not heard else ""


def _taken(act: Act, as_what: str) -> Act:
    """Return a paraphrase as it was taken; anything else, and a check whether it was right, as it is."""
    if act.segment.move != "paraphrase" or "check" in act.forms:
        return act
    return replace(act, forms=tuple(sorted({*act.forms} - JUDGED | {as_what})))


def _turn(house: House, ears: Ears, answers: Answers, memory: Memory, words: str, line: str) -> Turn:
    words = " ".join(words.split())
    hearing = answers.heard(line, ears.hear(house.reader.read(words, memory.lines[-1]), memory))
    effects = memory.scenario.plot.effects
    state = advance(memory.state, hearing.acts, hearing.turn_forms, house.codebook, effects)
    opened, frozen = opened_after(hearing, state, memory)
    return Turn(
        number=len(memory.turns) + 1,
        words=words,
        acts=hearing.acts,
        turn_forms=hearing.turn_forms,
        state=state,
        opened=opened,
        frozen=frozen,
        line=line,
        situation=ELSEWHERE,
        manner=memory.scenario.manner(state),
        told=answers.told(line, hearing, memory),
        said=answers.said(line),
        voice="other",
        step=answers.step(line, hearing, memory),
    )


def proposes(hearing: Hearing, cues: Cues) -> bool:
    """Return whether a step was put to the other: as one, or as something to be done on a day that was named."""
    words = " ".join(act.segment.text for act in hearing.acts)
    dated = bool(hearing.moves & PROPOSALS) and cues.has("dated", words)
    return "next_step" in hearing.moves or dated or cues.has("asks_a_day", words)
