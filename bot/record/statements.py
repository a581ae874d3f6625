"""What a learning record store is still to be told: statements beside their sessions, and the server's secret."""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from bot.record import faults
from bot.record.tables import SecretEntry, StatementEntry, Utc

WAITING, TOLD, REFUSED = "waiting", "told", "refused"
PSEUDONYMS = "pseudonyms"
"""The secret from which pseudonyms are made."""
FIRST_KEPT = text(
    "INSERT INTO secrets (name, value, created) VALUES (:name, :value, :created) ON CONFLICT DO NOTHING"
).bindparams(bindparam("created", type_=Utc))
"""Two processes may be first at once: the one secret that is kept counts for both."""


@dataclass(frozen=True)
class Statement:
    """Something to tell, and from when on it may be told."""

    id: str
    """A UUID, the same for the same session: whoever is told twice can see that."""
    body: dict[str, Any]
    due: datetime


@dataclass(frozen=True)
class Claimed:
    """A statement that this process has taken to tell, and the how-manieth try that is."""

    id: str
    body: dict[str, Any]
    tries: int


class Statements:
    """Part of the Record, which makes it: of all owners. Every method raises RecordError when the database fails."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Session]],
        writing: Callable[[faults.Attempt], AbstractContextManager[Session]],
    ) -> None:
        self._reading = reading
        self._writing = writing

    def secret(self) -> str:
        """Return what pseudonyms are made from, 64 hexadecimal digits; made when it is first asked for."""
        query = select(SecretEntry.value).where(SecretEntry.name == PSEUDONYMS)
        with self._reading() as session:
            if found := session.scalar(query):
                return found
        with self._writing(faults.TELLING) as session:
            made = {"name": PSEUDONYMS, "value": secrets.token_hex(32), "created": datetime.now(UTC)}
            session.execute(FIRST_KEPT, made)
            return str(session.scalar(query))

    def claim(self, now: datetime, until: datetime) -> Claimed | None:
        """Take the statement that has been due longest, so that no other process tells it before `until`; or None."""
        due = (StatementEntry.stands == WAITING, StatementEntry.due <= now)
        with self._reading() as session:
            if session.scalar(select(StatementEntry.id).where(*due).limit(1)) is None:
                return None  # most of the time: nobody's writing waits for this
        first = select(StatementEntry).where(*due).order_by(StatementEntry.due).limit(1)
        with self._writing(faults.TELLING) as session:
            entry = session.scalar(first.with_for_update(skip_locked=True))
            if entry is None:
                return None
            entry.due, entry.tries = until, entry.tries + 1
            return Claimed(entry.id, dict(entry.body), entry.tries)

    def later(self, statement: str, due: datetime) -> None:
        """Give a statement back: it is to be told from then on."""
        with self._writing(faults.TELLING) as session:
            if entry := session.get(StatementEntry, statement):
                entry.due = due

    def settle(self, statement: str, stands: str) -> None:
        """Note that a statement was TOLD or REFUSED. What it said is not kept any longer, only that there was one."""
        with self._writing(faults.TELLING) as session:
            if entry := session.get(StatementEntry, statement):
                entry.stands, entry.body = stands, {}


def keep(session: Session, session_id: str, statement: Statement) -> None:
    """Keep a statement about a session, in a transaction that is open; once for each session."""
    if session.get(StatementEntry, statement.id) is None:
        about = {"body": statement.body, "due": statement.due, "tries": 0, "stands": WAITING}
        session.add(StatementEntry(id=statement.id, session_id=session_id, created=datetime.now(UTC), **about))


def take_back(session: Session, session_id: str) -> None:
    """Forget what has not been told of a session yet, in a transaction that is open."""
    one = StatementEntry
    session.execute(delete(one).where(one.session_id == session_id, one.stands == WAITING))
