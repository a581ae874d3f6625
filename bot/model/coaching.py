"""What a model does for the coach: words for a tip, a draft and a debrief, and a second reading. Nothing is decided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from bot.colleague.memory import Memory
from bot.listen.encoder import Encoder
from bot.model.attempts import Look, could_not_be_used, filled, worded
from bot.model.checks import LOCKED, Checks
from bot.model.moment import authored_of, short, turns_of
from bot.model.names import Names
from bot.model.prompts import Prompt, load_prompt
from bot.model.prose import OTHER_MATTER, ProseCheck, says_the_same
from bot.model.provider import Answers

MOST_TIP, MOST_WORDING, MOST_PROSE = 45, 50, 200
"""Words: a few more than the prompts ask for."""
LONGER = 3
"""Waits for one line that a debrief or a second reading may take: they are asked for by hand, and are longer."""
NOT_CURIOUS = "No wording was an open one: none may judge, order, lead or advise."
AT_ONCE = 24
"""Sentences that are coded in one request: small models lose count of more."""


Keeps = Callable[[str], bool]
"""Whether words may be offered."""


class Ways(BaseModel):
    """Up to three ways of saying it."""

    ways: list[str] = Field(max_length=6)


class Code(BaseModel):
    """The move of one numbered sentence."""

    number: int
    move: str


class Codes(BaseModel):
    """The moves of all sentences."""

    codes: list[Code]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the leader's as we read it: the turn, its place in the turn from 0, and the move."""

    turn: int
    place: int
    words: str
    move: str


@dataclass(frozen=True)
class Second:
    """A sentence that the second reader took for another move."""

    sentence: Sentence
    theirs: str


class ModelCoach:
    """A model in the coach's service. Everything raises ModelError where the model is of no use."""

    def __init__(self, model: Answers, prompts: Path, encoder: Encoder) -> None:
        self._model = model
        self._prompt: Callable[[str], Prompt] = cache(lambda task: load_prompt(prompts, task))
        self._encoder = encoder

    def tip(self, memory: Memory, checks: Checks, tip: str) -> str:
        """Return a tip after the last turn in other words."""
        last = memory.played[-1]
        before = replace(memory, turns=memory.turns[: memory.turns.index(last)])
        names, name = _names(memory), memory.scenario.colleague.name
        told = _hidden(names, name=name, turns=turns_of(before), words=short(last.words), line=last.line, tip=tip)
        asked = self._prompt("word_tip").render(**told, reason="")
        check = ProseCheck([tip, last.words, last.line, *turns_of(before)], MOST_TIP, asked)

        def look(answer: str) -> Look[str]:
            says = " ".join(names.restore(answer).split())
            fault = check.fault(says) or _leak(says, checks, memory, tip)
            return Look(says, fault or ("" if says_the_same(says, [tip], self._encoder) else OTHER_MATTER))

        return worded(self._model, lambda why: self._prompt("word_tip").render(**told, reason=why), look)

    def wordings(
        self, memory: Memory, checks: Checks, draft: str, reads_as: str, why: str, examples: Sequence[str], keeps: Keeps
    ) -> tuple[str, ...]:
        """Return ways of saying a draft that `keeps` lets through."""
        names, turns = _names(memory, draft), turns_of(memory)
        given: dict[str, Any] = {
            "name": memory.scenario.colleague.name,
            "turns": turns,
            "reads_as": reads_as,
            "why": why,
            "examples": tuple(examples),
            "draft": short(draft),
        }
        told = _hidden(names, **given)
        check = ProseCheck([draft, *turns, *examples, *authored_of(memory)], MOST_WORDING)

        def look(form: Ways) -> Look[tuple[str, ...]]:
            ways = [" ".join(names.restore(one).split()).strip('"“” ') for one in form.ways]
            kept = [one for one in ways if not (check.fault(one) or _leak(one, checks, memory, draft)) and keeps(one)]
            return Look(tuple(dict.fromkeys(kept))[:3], "" if kept else NOT_CURIOUS)

        return filled(self._model, lambda why: self._prompt("word_it").render(**told, reason=why), Ways, look)

    def prose(self, memory: Memory, findings: Sequence[str], quotes: Sequence[str]) -> str:
        """Return the findings of a debrief as connected prose, in paragraphs."""
        names, name = _names(memory, *findings), memory.scenario.colleague.name
        told = _hidden(names, name=name, findings=tuple(findings), quotes=tuple(quotes))
        asked = self._prompt("debrief").render(**told, reason="")
        check = ProseCheck([*findings, *quotes, name], MOST_PROSE, asked)

        def look(answer: str) -> Look[str]:
            says = names.restore(answer).strip()
            same = says_the_same(says, [" ".join(findings), *findings], self._encoder)
            return Look(says, check.fault(says) or ("" if same else OTHER_MATTER))

        def ask(why: str) -> Any:
            return self._prompt("debrief").render(**told, reason=why)

        return worded(self._model, ask, look, within_s=LONGER * self._model.timeout_s)

    def read_again(self, memory: Memory, sentences: Sequence[Sentence], moves: Mapping[str, str]) -> list[Second]:
        """Return the sentences that the model takes for another move. `moves`: each with what it does."""
        found: list[Second] = []
        for first in range(0, len(sentences), AT_ONCE):
            found += self._coded(memory, sentences[first : first + AT_ONCE], moves)
        return found

    def _coded(self, memory: Memory, sentences: Sequence[Sentence], moves: Mapping[str, str]) -> list[Second]:
        names, name = _names(memory), memory.scenario.colleague.name
        before = {turn.number: memory.lines[place] for place, turn in enumerate(memory.played)}
        numbered = tuple(
            f"{number}. ({name} had said: {short(before[one.turn])}) {short(one.words)}"
            for number, one in enumerate(sentences, 1)
        )
        known = tuple(f"{move}: {does}" for move, does in moves.items())
        asked = self._prompt("read_again").render(name=name, moves=known, sentences=tuple(map(names.hide, numbered)))
        form, _ = self._model.fill(asked, Codes, LONGER * self._model.timeout_s)
        codes = {code.number: code.move.strip().lower() for code in form.codes if code.move.strip().lower() in moves}
        coded = {number: codes[number] for number in range(1, len(sentences) + 1) if number in codes}
        if 2 * len(coded) < len(sentences):
            raise could_not_be_used(self._model, "Most sentences were left out, or called what no sentence is called.")
        return [
            Second(one, coded[number])
            for number, one in enumerate(sentences, 1)
            if number in coded and coded[number] != one.move
        ]


def _names(memory: Memory, *more: str) -> Names:
    heard = (*(turn.words for turn in memory.played), *more)
    return Names(heard, authored_of(memory), keep=memory.scenario.colleague.name)


def _hidden(names: Names, **given: Any) -> dict[str, Any]:
    """Return what is passed to a prompt, names replaced, except the colleague's own."""
    return {
        what: value
        if what == "name"
        else names.hide(value)
        if isinstance(value, str)
        else tuple(map(names.hide, value))
        for what, value in given.items()
    }


def _leak(text: str, checks: Checks, memory: Memory, base: str) -> str:
    """Return the fault of a text that tells what the colleague has not told, or ''."""
    facts = memory.scenario.facts
    hidden = [name for name, fact in facts.items() if fact.layer and name not in memory.told]
    heard = (*authored_of(memory), *memory.lines, *(turn.words for turn in memory.played), base)
    return LOCKED if checks.gives_away(text, memory.told, hidden, heard, base) else ""
