"""What was said elsewhere, read as a rehearsal is: the same ears, the same state, the answers given."""

from bot.colleague.gate import opened_after
from bot.colleague.hearing import Ears, Hearing
from bot.colleague.memory import Memory
from bot.colleague.scenario import Person, Scenario
from bot.colleague.state import advance
from bot.colleague.turn import ELSEWHERE, Told, Turn
from bot.colleague.understanding import Understanding
from bot.session import House

SAME_FACT = 0.68
"""Cosine of his line to a fact from which the line is taken to have told it. Of Alex's own lines this finds 55 in 100
that tell one, and takes 4 in 100 of the others for it; at 0.62 it was 74 and 23."""
SAYS_MORE = 8
"""Words from which an assent holds something of his own, and not only a yes."""
PROPOSALS = frozenset({"suggestion", "test_idea"})
"""Moves that put a step to him where they name a day. An order does not: who says yes to it has agreed to nothing."""


def memory_of(house: House, pairs: list[tuple[str, str]], name: str, person: Person | None = None) -> Memory:
    """Return the memory of a conversation whose answers are given, read by the same ears.

    `pairs` are (leader's words, the other's answer) in order; the first words may be '' before an opening. `name` is
    the scenario it belongs to, `person` who the other is, if not the scenario's colleague.
    """
    scenario = house.scenario(name) if person is None else _with(house.scenario(name), person)
    understanding = house.understanding(scenario)
    ears = Ears(house.cues, understanding)
    opening = pairs[0][1] if pairs and not pairs[0][0] else ""
    memory = Memory(scenario, opening, ())
    for words, line in pairs:
        if words:
            memory = Memory(scenario, opening, (*memory.turns, _turn(house, ears, understanding, memory, words, line)))
    return memory


def _with(scenario: Scenario, person: Person) -> Scenario:
    """Return the scenario with somebody else in it."""
    plot = scenario.plot.model_copy(update={"colleague": person})
    return Scenario(plot, scenario.lines, scenario.example, scenario.fingerprint)


def _turn(house: House, ears: Ears, understanding: Understanding, memory: Memory, words: str, line: str) -> Turn:
    words = " ".join(words.split())
    hearing = ears.hear(house.reader.read(words, memory.lines[-1]), memory)
    effects = memory.scenario.plot.effects
    state = advance(memory.state, hearing.acts, hearing.turn_forms, house.codebook, effects)
    opened, frozen = opened_after(hearing, state, memory)
    told = tuple(Told(fact, True) for fact in understanding.facts_in(line, SAME_FACT) if fact not in memory.told)
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
        told=told,
        said=(line,),
        voice="other",
        step=_step(hearing, line, memory, house),
    )


def _proposes(hearing: Hearing, house: House) -> bool:
    """Return whether a step was put to him: as one, or as something to be done on a day that was named."""
    moves = {act.segment.move for act in hearing.acts}
    words = " ".join(act.segment.text for act in hearing.acts)
    dated = bool(moves & PROPOSALS) and house.cues.has("dated", words)
    return "next_step" in moves or dated or house.cues.has("asks_a_day", words)


def _step(hearing: Hearing, line: str, memory: Memory, house: House) -> str:
    """Return what became of a step that was proposed: an assent is worth what the leader had heard by then."""
    if not _proposes(hearing, house) or not (house.cues.has("assents", line) or house.cues.has("dated", line)):
        return ""
    return "agreed" if memory.knows_why or len(line.split()) >= SAYS_MORE else "facade"
