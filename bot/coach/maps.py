"""Theories of action as maps: what has come out and how, and, afterwards, what was kept back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.colleague.memory import Memory

PARTS = ("belief", "action", "consequence")


@dataclass(frozen=True)
class MapItem:
    """One entry. `how` says how it came out; a hidden one never did."""

    text: str
    how: str
    hidden: bool = False


@dataclass(frozen=True)
class TheoryMap:
    """Beliefs, actions, consequences. `more`: something has not been heard yet; never how much."""

    beliefs: tuple[MapItem, ...]
    actions: tuple[MapItem, ...]
    consequences: tuple[MapItem, ...]
    more: bool


@dataclass(frozen=True)
class Guess:
    """One sentence of the leader's first guess, and the fact it comes near, as the page knows it ('' for none)."""

    text: str
    fact: str
    turn: int | None
    """The turn in which that came out; None where it never did."""


def guesses(memory: Memory, notes: Mapping[str, str], likest: Callable[[str], str | None]) -> tuple[Guess, ...]:
    """Return the leader's first guess laid over the truth. `likest` names the fact a sentence is about, or None."""
    told = {fact.fact: turn.number for turn in memory.played for fact in turn.told}
    found = []
    for sentence in re.split(r"(?<=[.!?;])\s+|\n+", notes.get("guess", "")):
        if text := sentence.strip(" ;"):
            name = likest(text)
            known = memory.scenario.facts[name].known_as if name else ""
            found.append(Guess(text, known, told.get(name) if name else None))
    return tuple(found)


def his_map(memory: Memory, *, with_hidden: bool = False) -> TheoryMap:
    """Return his theory of action as it has come out; with what he kept back too, once all is over."""
    told = {fact.fact: (turn.number, fact.elicited) for turn in memory.played for fact in turn.told}
    columns: dict[str, list[MapItem]] = {part: [] for part in PARTS}
    for fact in memory.scenario.plot.facts:
        if fact.id in told:
            turn, elicited = told[fact.id]
            they = memory.scenario.colleague.they
            how = f"you asked, turn {turn}" if elicited else f"{they} offered, turn {turn}"
            columns[fact.part].append(MapItem(fact.known_as, how))
        elif with_hidden:
            columns[fact.part].append(MapItem(fact.known_as, "never came out", hidden=True))
    more = len(told) < len(memory.scenario.facts)
    beliefs, actions, consequences = (tuple(columns[part]) for part in PARTS)
    return TheoryMap(beliefs, actions, consequences, more)


def leaders_map(memory: Memory, notes: Mapping[str, str]) -> TheoryMap:
    """Return the leader's theory of action: from the notes where there are any, else from the brief."""
    theory = memory.scenario.plot.leaders_theory
    said = " ".join(turn.words.lower() for turn in memory.played)
    columns = []
    for name, brief in (
        ("beliefs", theory.beliefs),
        ("actions", theory.actions),
        ("consequences", theory.consequences),
    ):
        own = [line.strip() for line in notes.get(name, "").splitlines() if line.strip()]
        source = [MapItem(text, _how(text, said)) for text in own] or [
            MapItem(text, "from your brief") for text in brief
        ]
        columns.append(tuple(source))
    beliefs, actions, consequences = columns
    return TheoryMap(beliefs, actions, consequences, more=False)


def _how(note: str, said: str) -> str:
    words = {word for word in note.lower().split() if len(word) > 4}
    shared = sum(word.strip(".,;") in said for word in words)
    return "in your notes, and said" if words and shared >= len(words) / 2 else "in your notes, not said"
