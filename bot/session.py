"""The flow: one turn of a rehearsal, from the leader's words to what is kept. Nothing else chains the steps."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bot.colleague.cues import Cues, load_cues
from bot.colleague.endings import ending_of
from bot.colleague.gate import opened_after, unlocked
from bot.colleague.hearing import Ears
from bot.colleague.memory import Memory
from bot.colleague.plan import Planner, Room
from bot.colleague.scenario import Ending, Scenario, load_scenario
from bot.colleague.state import advance
from bot.colleague.thoughts import thought_at
from bot.colleague.turn import Turn
from bot.colleague.understanding import Understanding
from bot.colleague.voice import Voice
from bot.listen.codebook import Codebook, load_codebook
from bot.listen.encoder import Encoder, shared_encoder
from bot.listen.outside import Outside, load_outside
from bot.listen.reader import Reader, shared_reader
from bot.listen.reading import Reading, Segment

SPEAKS_IN_ROLE = frozenset({"injection"})
"""Kinds that are noticed and then answered as a colleague would."""


@dataclass(frozen=True)
class House:
    """What all rehearsals of one process share: read once, never changed."""

    prompts: Path
    encoder: Encoder
    reader: Reader
    codebook: Codebook
    outside: Outside
    cues: Cues

    def scenario(self, name: str) -> Scenario:
        """Return a scenario by name. Raise ScenarioError."""
        return _scenario(self.prompts, name)


@lru_cache(maxsize=2)
def open_house(prompts: Path) -> House:
    """Return the house for a folder of prompts. Raise ContentError that a coach can act on."""
    encoder = shared_encoder()
    return House(
        prompts,
        encoder,
        shared_reader(),
        load_codebook(prompts),
        load_outside(prompts, encoder),
        load_cues(prompts, encoder),
    )


@lru_cache(maxsize=16)
def _scenario(prompts: Path, name: str) -> Scenario:
    return load_scenario(prompts, name)


@dataclass
class Rehearsal:
    """One conversation with a simulated colleague, held in memory. The same seed and words give the same lines."""

    house: House
    scenario: Scenario
    seed: int = 0
    turns: tuple[Turn, ...] = ()
    opening: str = ""
    steps_out: list[str] = field(default_factory=list)
    """Kinds of the times the program spoke for itself."""
    _parts: tuple[Ears, Planner, Voice] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        understanding = Understanding(self.scenario, self.house.cues.marks, self.house.encoder)
        voice = Voice(understanding, self.house.cues.marks, self.seed)
        self._parts = (Ears(self.house.cues, understanding), Planner(self.house.cues, understanding), voice)
        self.opening = self.opening or voice.open(self.memory)

    @property
    def memory(self) -> Memory:
        """Return what has been said so far."""
        return Memory(self.scenario, self.opening, self.turns)

    @property
    def ending(self) -> Ending:
        """Return how it would end if it ended here."""
        return ending_of(self.memory)

    def take_turn(self, words: str) -> Turn:
        """Hear the leader and answer as the colleague. Nothing is added if any step raises."""
        memory, (ears, planner, voice) = self.memory, self._parts
        kind = self.house.outside.notice(words)
        if kind and kind not in SPEAKS_IN_ROLE:
            return self._step_out(kind, words, memory)
        reading = self.house.reader.read(words, memory.lines[-1]) if kind is None else _off_task(words)
        hearing = ears.hear(reading, memory)
        state = advance(
            memory.state, hearing.acts, hearing.turn_forms, self.house.codebook, self.scenario.plot.effects
        )
        opened, frozen = opened_after(hearing, state, memory)
        manner = self.scenario.manner(state)
        room = Room(words, hearing, memory, state, unlocked(opened, self.scenario), frozen, manner)
        plan = planner.plan(room)
        spoken = voice.speak(plan, words, memory)
        return self._add(
            Turn(
                number=len(self.turns) + 1,
                words=words,
                acts=hearing.acts,
                turn_forms=hearing.turn_forms,
                state=state,
                opened=opened,
                frozen=frozen,
                line=spoken.line,
                situation=plan.situation,
                manner=manner,
                topic=plan.topic,
                told=spoken.told,
                said=spoken.said,
                thought=thought_at(plan, memory, self.seed),
                step=plan.step,
            )
        )

    def rewound(self, after: int) -> "Rehearsal":
        """Return a new rehearsal that stands where this one stood after turn `after` (0: before the first)."""
        return Rehearsal(self.house, self.scenario, self.seed, self.turns[:after], self.opening)

    def _add(self, turn: Turn) -> Turn:
        self.turns = (*self.turns, turn)
        return turn

    def _step_out(self, kind: str, words: str, memory: Memory) -> Turn:
        """The program speaks for itself. The relationship stands still; what may not be kept is no turn of the session."""
        outside, keep = self.house.outside, self.house.outside.keeps(kind)
        says = outside.says(kind, self.steps_out.count(kind))
        self.steps_out.append(kind)
        turn = Turn(
            number=len(self.turns) + 1,
            words=words if keep else "",
            acts=(),
            turn_forms=(),
            state=memory.state,
            opened=tuple(sorted(memory.opened)),
            frozen=memory.frozen,
            line=says,
            situation="out_of_role",
            manner=self.scenario.manner(memory.state),
            out_of_role=kind,
            kept=keep,
        )
        return self._add(turn) if keep else turn


def _off_task(words: str) -> Reading:
    """Talk to the machine is one segment, whatever it looks like."""
    return Reading((Segment(" ".join(words.split()), "off_task", None, 1.0),))


