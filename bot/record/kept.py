"""What the record hands out: plain values, with nothing of the database in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from bot.colleague.turn import Turn

Mode = Literal["practise", "seven", "alone"]
MODES: tuple[str, ...] = get_args(Mode)
UNKEPT = "unkept-"
"""What the id of a session begins with that is in the program's memory alone: no id of the record has a hyphen."""


def is_kept(session_id: str) -> bool:
    """Return whether the session of this id is one that is kept."""
    return not session_id.startswith(UNKEPT)


@dataclass(frozen=True)
class SessionRow:
    """A session without its turns. Times are in UTC."""

    id: str
    """Ten letters and digits that nobody can guess; after UNKEPT where nothing of it is kept."""
    scenario: str
    """The name of the scenario's folder."""
    title: str
    seed: int
    mode: Mode
    level: str
    """The level of levels.yaml at which it is played."""
    opening: str
    """The colleague's first line, before turn 1."""
    created: datetime
    updated: datetime
    """When a turn or anything else of the session last changed."""
    scenario_hash: str
    reader_hash: str
    notes: dict[str, Any]
    """The leader's preparation: beliefs, actions, consequences, guess, unsaid, and whatever else was noted."""
    self_rating: dict[str, Any]
    overruled: dict[str, int]
    """A coach's levels by behaviour, 0 to 4, or -1 for not shown; beside the program's, never in their place."""
    reflection: str
    ending: str | None
    """None until the session is finished."""
    parent_id: str | None
    """The session that this one branched from, if that still exists."""
    branched_after: int | None
    """The last turn taken over from the parent; 0 is the opening."""

    @property
    def is_kept(self) -> bool:
        """Return whether it outlives the program that it is in."""
        return is_kept(self.id)


@dataclass(frozen=True)
class KeptTurn:
    """A turn as it was kept, with what the coach showed for it ({} for nothing).

    `corrected` is the same turn with the readings that the leader put right, and `corrected_coach` what the coach
    says of that; None while nothing has been put right.
    """

    turn: Turn
    coach: dict[str, Any]
    created: datetime
    corrected: Turn | None = None
    corrected_coach: dict[str, Any] | None = None

    @property
    def stands(self) -> Turn:
        """Return the turn as it counts: with what the leader put right."""
        return self.corrected or self.turn

    @property
    def notes(self) -> dict[str, Any]:
        """Return what the coach says of the turn as it counts."""
        return self.coach if self.corrected_coach is None else self.corrected_coach


@dataclass(frozen=True)
class Kept(SessionRow):
    """A session with the turns that stand, in order. Turns taken back are not among them."""

    turns: tuple[KeptTurn, ...]


@dataclass(frozen=True)
class Summary:
    """One entry in the list of sessions. `turns` counts those that stand."""

    id: str
    title: str
    scenario: str
    created: datetime
    updated: datetime
    turns: int
    ending: str | None

    @property
    def is_kept(self) -> bool:
        """Return whether it outlives the program that it is in."""
        return is_kept(self.id)


@dataclass(frozen=True)
class Citation:
    """A turn for which the coach showed a passage of the library."""

    session: str
    title: str
    """Of the session."""
    turn: int
    said: datetime
    passage: str
    """The passage's id, as it was then."""
    article: str
    """The title of its article, as it was then."""
    tip: str
    """What the coach said."""


@dataclass(frozen=True)
class Question:
    """A question that the library answered."""

    words: str
    asked: datetime
    """When it was asked last, in UTC."""
    passages: tuple[str, ...]
    """The ids of the passages that answered it, best first."""
