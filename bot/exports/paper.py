"""What every export says, before it is Markdown, Word or PDF: plain values, nothing of the record in them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

LABEL = "Simulated colleague. For practice, not for appraisal."
LABEL_ELSEWHERE = "A conversation held elsewhere, read by a program. To learn from, not for appraisal."
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]")
UNTOUCHED = frozenset({"drawing"})
"""Fields that hold no words of anybody's: the pictures."""
Value = TypeVar("Value")


@dataclass(frozen=True)
class Choice:
    """What goes into an export beside the transcript."""

    notes: bool = True
    """What the coach said of each turn, with the passages it cited, and a coach's own levels."""
    thoughts: bool = True
    """What the colleague did not say, what the leader would not have said, and the reflection."""
    names: bool = True
    """Names as they were typed; else stand-ins for those that can be found."""


@dataclass(frozen=True)
class Note:
    """Something beside a turn. `quote` is what of the leader's words it is about, or '' for the whole turn."""

    who: str
    words: tuple[str, ...]
    """One or more paragraphs."""
    quote: str = ""
    thought: bool = False
    """Whether this is what the colleague did not say."""
    quoted: bool = False
    """Whether the note says nothing without its quote, where it does not stand right beside the words."""


@dataclass(frozen=True)
class Exchange:
    """One turn: the leader's words, and the line that answered them."""

    number: int
    words: str
    speaker: str
    line: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Level:
    """One behaviour of the profile. `steps` is 0 to 4, or None where it was not shown."""

    name: str
    level: str
    steps: int | None
    quote: str
    turn: int | None
    note: str
    coach: str
    """A coach's own level in words, or ''."""


@dataclass(frozen=True)
class Entry:
    """One entry of a map, and how it came out."""

    text: str
    how: str
    hidden: bool


@dataclass(frozen=True)
class MapRow:
    """One level of both theories of action, side by side."""

    part: str
    mine: tuple[Entry, ...]
    his: tuple[Entry, ...]


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG for print, with what it shows in words."""

    title: str
    drawing: str
    alt: str
    words: str


@dataclass(frozen=True)
class Again:
    """A moment to try again."""

    letter: str
    turn: int
    words: str
    line: str
    what: str
    thought: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True)
class Cite:
    """A passage of the library that the coach cited. `words` is '' where it has gone since."""

    place: str
    words: str
    where: str
    """In which turns: turns 2 and 5."""


@dataclass(frozen=True)
class Afterwards:
    """The debrief of a conversation that was finished. Whatever is empty is left out."""

    headline: str
    summary: str
    six_weeks: str
    why: str
    strength: str
    moments: tuple[Again, ...]
    levels: tuple[Level, ...]
    maps: tuple[MapRow, ...]
    pictures: tuple[Picture, ...]
    said: tuple[str, ...]
    """Who spoke how much, how a view was sold, what was gone on with: a sentence or two each."""
    question: str


@dataclass(frozen=True)
class Paper:
    """A whole export."""

    label: str
    title: str
    facts: tuple[tuple[str, str], ...]
    """(name, value): when, which scenario, who spoke."""
    brief: tuple[str, ...]
    you_know: tuple[str, ...]
    before: tuple[tuple[str, str], ...]
    """(question, answer): what the leader noted beforehand."""
    you: str
    other: str
    opening: str
    exchanges: tuple[Exchange, ...]
    ending: str
    afterwards: Afterwards | None
    reflection: str
    cited: tuple[Cite, ...]


def retold(value: Value, change: Callable[[str], str]) -> Value:
    """Return the value with `change` made to every word in it, however deep."""
    return _retold(value, change)  # type: ignore[no-any-return]


def _retold(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_retold(one, change) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value) if field.name not in UNTOUCHED]
        return replace(value, **{name: _retold(getattr(value, name), change) for name in names})
    return value


def printable(words: str) -> str:
    """Return words without what no file format takes, or what makes them read otherwise than they stand.

    Control characters, halves of characters, and the signs that turn the direction of writing round by force.
    """
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", words)


def paragraphs(words: str) -> list[list[str]]:
    """Return words as paragraphs of lines, none of them empty."""
    parts = re.split(r"\n\s*\n", "\n".join(words.splitlines()))
    return [lines for part in parts if (lines := [line.strip() for line in part.split("\n") if line.strip()])]


def one_line(words: str) -> str:
    """Return words on one line."""
    return " ".join(words.split())
