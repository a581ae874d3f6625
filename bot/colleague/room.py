"""What a plan looks at, and what a plan is."""

from dataclasses import dataclass

from bot.colleague.hearing import Hearing
from bot.colleague.memory import Memory
from bot.colleague.scenario import Manner
from bot.colleague.state import State


@dataclass(frozen=True)
class Plan:
    """What the next line is about. A model that words the line sees this, and only facts in `may_tell`."""

    situation: str
    manner: Manner
    move: str
    """The move he takes himself to be answering."""
    topic: str | None = None
    may_tell: tuple[str, ...] = ()
    """New facts he may tell now, the likeliest first."""
    opener: str = ""
    """A situation whose lines may stand before the answer: 'confirm', 'correct', 'apology', 'stacked'…"""
    step: str = ""
    elicited: bool = True
    fact: str | None = None
    """The fact a paraphrase was about."""
    asked: str = ""
    """The form of a question that he has no answer to."""
    question: str = ""
    """The words of the question he answers; empty where he answers the turn as a whole."""


@dataclass(frozen=True)
class Room:
    """Everything a plan looks at."""

    words: str
    hearing: Hearing
    memory: Memory
    state: State
    unlocked: frozenset[str]
    frozen: int
    manner: Manner
