"""One turn of a rehearsal: what the leader said, how it was heard, what he answered."""

from dataclasses import dataclass

from bot.colleague.state import Act, State


@dataclass(frozen=True)
class Told:
    """A fact that came out. `elicited`: the leader asked for it or gave something back; else he offered it."""

    fact: str
    elicited: bool


ELSEWHERE = "elsewhere"
"""The situation of a turn that was not spoken here: the answer was brought in with the words."""


@dataclass(frozen=True)
class Turn:
    """The leader's words and the colleague's line, with everything needed to replay or score them."""

    number: int
    words: str
    acts: tuple[Act, ...]
    turn_forms: tuple[str, ...]
    state: State
    """After the turn."""
    opened: tuple[int, ...]
    """Layers that are open after the turn."""
    frozen: int
    """Turns for which he will tell nothing new."""
    line: str
    situation: str
    """What he took himself to be answering."""
    manner: str
    topic: str | None = None
    told: tuple[Told, ...] = ()
    said: tuple[str, ...] = ()
    """The authored parts of the line, so that none is used twice."""
    thought: str = ""
    step: str = ""
    """'' | 'facade' | 'bargain' | 'agreed'."""
    voice: str = "authored"
    out_of_role: str = ""
    """The reason why the program spoke instead of him, or ''."""
    kept: bool = True
    """Whether the turn may be written down."""
