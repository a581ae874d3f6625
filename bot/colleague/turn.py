"""One turn of a rehearsal: what the leader said, how it was heard, what he answered."""

from dataclasses import dataclass

from bot.colleague.state import Act, State


@dataclass(frozen=True)
class Told:
    """A fact that came out. `elicited`: the leader asked for it or gave something back; else he offered it."""

    fact: str
    elicited: bool


AUTHORED, MODEL = "authored", "model"
"""Who put a line into words."""


@dataclass(frozen=True)
class ModelUse:
    """What a language model was asked for one turn, whoever then spoke. No words are in it."""

    name: str
    place: str
    """The machine it is on."""
    prompt: str
    """The mark of the prompt file as it was: the first twelve digits of its SHA-256."""
    calls: int
    sent: int | None
    heard: int | None
    """Tokens, as the server counted them; None where it did not say."""
    usd: float | None
    """What it cost in US dollars; None where the price is not known."""
    why: str = ""
    """Why the written line was spoken all the same, in a sentence; '' where the model's was."""


@dataclass(frozen=True)
class Voiced:
    """A line, who worded it, and what a model was asked for it (None: nothing)."""

    line: str
    voice: str = AUTHORED
    model: ModelUse | None = None


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
    voice: str = AUTHORED
    model: ModelUse | None = None
    out_of_role: str = ""
    """The reason why the program spoke instead of him, or ''."""
    kept: bool = True
    """Whether the turn may be written down."""
