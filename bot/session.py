"""The flow: one turn of a rehearsal, from the leader's words to what is kept. Nothing else chains the steps."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from bot.coach.coach import Coach, Notes
from bot.colleague.cues import Cues, load_cues
from bot.colleague.endings import ending_of
from bot.colleague.gate import opened_after, unlocked
from bot.colleague.hearing import Ears, Hearing
from bot.colleague.learnt import is_learnt
from bot.colleague.loading import fingerprint_of, load_scenario
from bot.colleague.memory import Memory
from bot.colleague.plan import Planner
from bot.colleague.room import Plan, Room
from bot.colleague.scenario import Ending, Scenario
from bot.colleague.state import State, advance
from bot.colleague.thoughts import thought_at
from bot.colleague.turn import AUTHORED, Turn, Voiced
from bot.colleague.understanding import Understanding
from bot.colleague.voice import Spoken, Voice
from bot.errors import UsageError
from bot.listen.codebook import Codebook, load_codebook
from bot.listen.encoder import Encoder, Matcher, Pairer, shared_encoder, shared_matcher, shared_pairer
from bot.listen.outside import Outside, load_outside
from bot.listen.reader import Reader, shared_reader
from bot.listen.reading import MOVES, Reading, Segment, writable

SPEAKS_IN_ROLE = frozenset({"injection"})
"""Kinds that are noticed and then answered as a colleague would."""

PLAIN_QUESTION = re.compile(r"[A-Z“][^.!?]*\?")
"""One sentence that asks and tells nothing: what others said of themselves ("I read every review there was") may not be
so here."""
OPEN = frozenset({"open_question", "own_fallibility", "test_idea"})
"""What a question that is offered to a leader is read as."""
LOOKED_THROUGH, OFFERED = 18, 3
"""Questions of others that are read again, and of those at most how many are offered."""

Keep = Callable[[Turn, Notes], None]
"""Keeps a turn for good before it is shown; raises RecordError if it cannot."""
Worder = Callable[[Plan, str, Memory, Spoken], Voiced]
"""Words a planned line freely. Given the authored line, which it returns when it cannot do better."""


@dataclass(frozen=True)
class House:
    """What all rehearsals of one process share: read once, never changed."""

    prompts: Path
    encoder: Encoder
    matcher: Matcher
    pairer: Pairer
    reader: Reader
    codebook: Codebook
    outside: Outside
    cues: Cues

    def scenario(self, name: str) -> Scenario:
        """Return a scenario by name. Raise ScenarioError."""
        return _scenario(self.prompts, name)

    def understanding(self, scenario: Scenario) -> Understanding:
        """Return what compares words with what a scenario holds."""
        return Understanding(scenario, self.cues.marks, self.matcher, self.encoder, self.pairer)

    def reads(self, words: str) -> frozenset[str]:
        """Return the moves that words make by themselves."""
        return frozenset(segment.move for segment in self.reader.read(words).segments)

    def learn(self, name: str, folder: Path) -> bool:
        """Read a scenario by meaning and keep that in `folder`; return whether there was anything to learn.

        Raise ScenarioError.
        """
        if all(is_learnt(one, folder, name, self._fingerprint(name)) for one in (self.matcher, self.pairer)):
            return False
        return self.understanding(self.scenario(name)).warm(folder) > 0

    def _fingerprint(self, name: str) -> str:
        return fingerprint_of(self.prompts, name)


@lru_cache(maxsize=2)
def open_house(prompts: Path) -> House:
    """Return the house for a folder of prompts. Raise ContentError that a coach can act on."""
    encoder = shared_encoder()
    outside, cues = load_outside(prompts, encoder), load_cues(prompts, encoder)
    networks = encoder, shared_matcher(), shared_pairer(), shared_reader()
    return House(prompts, *networks, load_codebook(prompts), outside, cues)


@lru_cache(maxsize=16)
def _scenario(prompts: Path, name: str) -> Scenario:
    return load_scenario(prompts, name)


@dataclass
class Rehearsal:
    """One conversation with a simulated colleague. The same seed and words give the same lines."""

    house: House
    scenario: Scenario
    seed: int = 0
    turns: tuple[Turn, ...] = ()
    opening: str = ""
    coach: Coach | None = None
    notes: list[Notes] = field(default_factory=list)
    """The coach's, one a turn."""
    keep: Keep | None = None
    worder: Worder | None = None
    steps_out: list[str] = field(default_factory=list)
    """Kinds of the times the program spoke for itself."""

    def __post_init__(self) -> None:
        self._understanding = understanding = self.house.understanding(self.scenario)
        self._ears = Ears(self.house.cues, understanding)
        self._planner = Planner(self.house.cues, understanding)
        self._voice = Voice(understanding, self.house.cues.marks, self.seed)
        self.opening = self.opening or self._voice.open(self.memory)

    def warm(self, folder: Path | None = None) -> None:
        """Read what the scenario holds now, rather than at the first question; `folder` keeps it for the next time."""
        self._understanding.warm(folder)

    @property
    def memory(self) -> Memory:
        """Return what has been said so far."""
        return Memory(self.scenario, self.opening, self.turns)

    @property
    def ending(self) -> Ending:
        """Return how it would end if it ended here."""
        return ending_of(self.memory)

    def take_turn(self, words: str) -> Turn:
        """Hear the leader and answer as the colleague. Nothing is kept if any step raises."""
        memory, words = self.memory, writable(words)
        kind = self.house.outside.notice(words)
        if kind and kind not in SPEAKS_IN_ROLE:
            return self._step_out(kind, words, memory)
        hearing = self.hear(words, as_noise=kind is not None)
        effects = self.scenario.plot.effects
        state = advance(memory.state, hearing.acts, hearing.turn_forms, self.house.codebook, effects)
        turn = self._answer(words, hearing, state, memory)
        return self._record(turn, self._notice(turn, memory))

    def hear(self, words: str, *, as_noise: bool = False) -> Hearing:
        """Return how the words would land now. Changes nothing."""
        memory, words = self.memory, writable(words)
        if not any(char.isalnum() for char in words):
            return self._ears.hear(Reading(()), memory)  # "…" is a silence
        reading = _off_task(words) if as_noise else self.house.reader.read(words, memory.lines[-1])
        return self._ears.hear(reading, memory)

    def asked_like(self, draft: str) -> list[str]:
        """Return up to three open questions that others have asked about the matter of a draft, nearest first."""
        found = filter(PLAIN_QUESTION.fullmatch, self._understanding.questions_like(draft, LOOKED_THROUGH))
        return list(islice((ask for ask in found if self.house.reads(ask) <= OPEN), OFFERED))

    def likest(self, text: str) -> str | None:
        """Return the fact of the scenario that the text is about, or None."""
        return self._understanding.likest(text)

    def corrected(self, number: int, place: int, move: str) -> Turn:
        """Return turn `number` with its segment `place` (from 0) read as `move`; its answer and its state stay.

        Raise UsageError for a turn or a segment that is not there, and for a move that the codebook does not have.
        """
        turn = next((one for one in self.turns if one.number == number and not one.out_of_role), None)
        if turn is None or not 0 <= place < len(turn.acts) or move not in MOVES:
            raise UsageError("That sentence is not here to be put right.", "Open the conversation again and try there.")
        before = Memory(self.scenario, self.opening, self.turns[: number - 1])
        segments = [act.segment for act in turn.acts]
        said_before = " ".join(one.text for one in segments[:place])
        segments[place] = self.house.reader.as_told(segments[place], move, before.lines[-1], said_before)
        hearing = self._ears.weigh(Reading(tuple(segments)), before)
        return replace(turn, acts=hearing.acts, turn_forms=hearing.turn_forms)

    def _answer(self, words: str, hearing: Hearing, state: State, memory: Memory) -> Turn:
        opened, frozen = opened_after(hearing, state, memory)
        manner = self.scenario.manner(state)
        room = Room(words, hearing, memory, state, unlocked(opened, self.scenario), memory.frozen or frozen, manner)
        plan = self._planner.plan(room)
        spoken = self._voice.speak(plan, words, memory)
        voiced = self.worder(plan, words, memory, spoken) if self.worder else Voiced(spoken.line)
        return Turn(
            number=len(self.turns) + 1,
            words=words,
            acts=hearing.acts,
            turn_forms=hearing.turn_forms,
            state=state,
            opened=opened,
            frozen=frozen,
            line=voiced.line,
            situation=plan.situation,
            manner=manner,
            topic=plan.topic,
            told=spoken.told,
            said=spoken.said if voiced.voice == AUTHORED else (*spoken.said, voiced.line),
            thought=thought_at(plan, hearing.turn_forms, memory, self.seed),
            step=plan.step,
            voice=voiced.voice,
            model=voiced.model,
        )

    def _notice(self, turn: Turn, before: Memory) -> Notes:
        if self.coach is None:
            return Notes()
        given = [notes.tip for notes in self.notes if notes.tip]
        return self.coach.notice(turn, before, given, self.seed)

    def _record(self, turn: Turn, notes: Notes) -> Turn:
        if self.keep is not None:
            self.keep(turn, notes)
        self.turns = (*self.turns, turn)
        self.notes.append(notes)
        return turn

    def _step_out(self, kind: str, words: str, memory: Memory) -> Turn:
        """The program speaks for itself. The relationship stands still; what may not be kept is no turn at all."""
        outside, keep = self.house.outside, self.house.outside.keeps(kind)
        says = outside.says(kind, self.steps_out.count(kind), self.scenario.colleague.name)
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
        return self._record(turn, Notes()) if keep else turn


def _off_task(words: str) -> Reading:
    """Talk to the machine is one segment, whatever it looks like."""
    return Reading((Segment(" ".join(words.split()), "off_task", None, 1.0),))
