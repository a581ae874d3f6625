"""Between the values of a rehearsal and the rows of the tables."""

from dataclasses import asdict, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.colleague.turn import Turn
from bot.errors import RecordError
from bot.record.kept import Kept, KeptTurn, SessionRow
from bot.record.tables import SessionEntry, TurnEntry

COPIED = tuple(column.key for column in TurnEntry.__table__.columns if column.key not in {"id", "session_id"})
"""What a branch takes over of a turn."""


def turn_columns(turn: Turn) -> dict[str, Any]:
    """Return the turn by column. Only a turn that may be kept has any; the caller sees to that."""
    columns = asdict(turn)
    del columns["kept"]
    return columns


def kept_turn(row: TurnEntry) -> KeptTurn:
    """Return the turn of a row, equal to the one that was appended. Raise RecordError where it no longer is one."""
    columns = {field.name: getattr(row, field.name) for field in fields(Turn) if field.name != "kept"}
    right = dict(row.corrected or {})
    coach = right.pop("coach", None)
    try:
        turn = _turns().validate_python(columns)
        corrected = _turns().validate_python(columns | right) if right else None
        return KeptTurn(turn, row.coach, row.created, corrected, coach)
    except ValidationError as fault:
        raise RecordError(
            f"Turn {row.number} of the session {row.session_id} is damaged and cannot be shown.",
            "Branch from the turn before it, or delete the session.",
        ) from fault


def session_row(entry: SessionEntry) -> SessionRow:
    """Return the session without its turns."""
    return SessionRow(**_session_columns(entry))


def kept(entry: SessionEntry, turns: list[TurnEntry]) -> Kept:
    """Return the session with the turns given."""
    return Kept(**_session_columns(entry), turns=tuple(kept_turn(row) for row in turns))


def copied(row: TurnEntry, session_id: str) -> TurnEntry:
    """Return a copy of the turn for another session."""
    return TurnEntry(session_id=session_id, **{name: getattr(row, name) for name in COPIED})


def _session_columns(entry: SessionEntry) -> dict[str, Any]:
    return {field.name: getattr(entry, field.name) for field in fields(SessionRow)}


def correction(turn: Turn, coach: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a turn whose readings were put right."""
    columns = asdict(turn)
    return {"acts": columns["acts"], "turn_forms": columns["turn_forms"], "coach": coach}


@cache
def _turns() -> TypeAdapter[Turn]:
    return TypeAdapter(Turn)
