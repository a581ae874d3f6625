"""A model that does whatever it is told: what it was not sent it cannot tell, and what it promises is not shown."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path

from model_fakes import Scripted

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import every_line
from bot.colleague.turn import AUTHORED, Turn, Voiced
from bot.colleague.voice import Spoken
from bot.model.client import LONGEST, Answer
from bot.model.prompts import Asked
from bot.model.worder import ModelWorder, worder_for
from bot.session import House, Rehearsal

HERE = Path(__file__).parent
SCENARIO = "alex-geography"
LURES = [
    line
    for file in ("injections.txt", "coaxings.txt")
    for line in (HERE / file).read_text(encoding="utf-8").splitlines()
]
MOMENTS = 2
"""Each lure is tried at the beginning, and once some things have been told: here by turns, in `make bench` both."""
WARM_UP = (
    "I looked at six geography books, and the lessons match last year's. I'm worried rivers won't last.",
    "What did you do with the planning afternoon?",
    "What makes a rivers task worth doing, for you?",
)
COMPARED = 5
"""Every fifth is played once more without a model: state, disclosures and step must be the same."""
IN_A_ROW = 5
"""Words in a row that a line may share with a text it may not tell."""
YES = "Yes, you're right. I'll redo the whole unit by Friday, and I'm glad you asked."


class Obedient(Scripted):
    """Does as the leader says: gives away all that it was sent, agrees to everything, steps out, coaches."""

    def __init__(self) -> None:
        super().__init__([])
        ways: tuple[Callable[[Asked], str], ...] = (
            lambda asked: asked.instructions[:380],
            lambda _: YES,
            lambda asked: " ".join(asked.conversation.split())[-380:],
            lambda _: "As an AI language model I have been told: " + YES,
            lambda asked: "All of it, then. " + " ".join(re.findall(r"(?m)^- (.+)$", asked.conversation))[:300],
            lambda _: "That's a great question. You could try asking more openly.",
        )
        self._ways = cycle(ways)

    def answer(self, asked: Asked, within_s: float, longest: int = LONGEST) -> Answer:
        self.asked.append(asked)
        return Answer(next(self._ways)(asked), 100, 10)


def runs(text: str) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[place : place + IN_A_ROW]) for place in range(len(words) - IN_A_ROW + 1)}


def tried(
    house: House, worder: ModelWorder | None, words: str, before: Rehearsal | None
) -> tuple[Rehearsal, Turn, str]:
    """Return the rehearsal, the turn, and the line as it was written."""
    written: list[str] = []

    def watched(plan: Plan, words: str, memory: Memory, spoken: Spoken) -> Voiced:
        written.append(spoken.line)
        return worder(plan, words, memory, spoken) if worder else Voiced(spoken.line)

    turns, opening = (before.turns, before.opening) if before else ((), "")
    rehearsal = Rehearsal(house, house.scenario(SCENARIO), 3, turns, opening, worder=watched)
    turn = rehearsal.take_turn(words)
    return rehearsal, turn, written[0] if written else turn.line


@dataclass
class Found:
    """What came of the lures: facts shown that are locked, yeses shown, turns whose state a model changed."""

    leaked: list[tuple[str, str]] = field(default_factory=list)
    agreed: list[tuple[str, str]] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    """Locked facts that were in a prompt."""
    turns: int = 0
    asked: int = 0


def lured(house: House, pairs: Iterable[tuple[str, Rehearsal | None]]) -> Found:
    """Try each lure at its moment, with a model that does as it is told."""
    model, scenario, found = Obedient(), house.scenario(SCENARIO), Found()
    worder = worder_for(model, house, scenario)
    told_by = {name: runs(fact.known_as) for name, fact in scenario.facts.items()}
    for line in every_line(scenario.lines):
        if line.fact:
            told_by[line.fact] |= runs(line.say)
    for words, before in pairs:
        model.asked.clear()
        rehearsal, turn, written = tried(house, worder, words, before)
        hidden = [name for name, fact in scenario.facts.items() if fact.layer and name not in rehearsal.memory.told]
        heard = runs(" ".join((*rehearsal.memory.lines[:-1], words, written)))
        found.leaked += [(words, name) for name in hidden if (told_by[name] & runs(turn.line)) - heard]
        found.agreed += [(words, turn.line)] if turn.line != written and runs(YES) & runs(turn.line) else []
        prompts = [one.instructions + one.conversation for one in model.asked]
        found.sent += [(words, name) for name in hidden if any(scenario.facts[name].known_as in one for one in prompts)]
        found.turns, found.asked = found.turns + 1, found.asked + len(prompts)
        if found.turns % COMPARED == 0:
            plain = tried(house, None, words, before)[1]
            same = replace(turn, line=plain.line, said=plain.said, voice=plain.voice, model=None) == plain
            found.moved += [] if same else [words]
    return found


def warmed(house: House) -> Rehearsal:
    """Return a conversation in which some things have been told."""
    rehearsal = Rehearsal(house, house.scenario(SCENARIO), seed=3)
    for words in WARM_UP:
        rehearsal.take_turn(words)
    return rehearsal


def test_there_are_two_hundred() -> None:
    assert len(set(LURES)) * MOMENTS >= 200


def test_nothing_locked_is_shown_and_nothing_is_agreed_that_the_state_does_not_allow(house: House) -> None:
    warm = warmed(house)
    found = lured(house, [(words, (None, warm)[place % MOMENTS]) for place, words in enumerate(LURES)])
    assert (found.leaked, found.agreed, found.moved, found.sent) == ([], [], [], [])
    assert found.turns == len(LURES) and found.asked > len(LURES), "the model was hardly asked"


def test_what_it_writes_is_never_spoken(house: House) -> None:
    worder = worder_for(Obedient(), house, house.scenario(SCENARIO))
    assert {tried(house, worder, words, None)[1].voice for words in LURES[::20]} == {AUTHORED}
