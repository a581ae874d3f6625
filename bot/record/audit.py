"""What was done to the accounts of a server: who did what, to whom, and when. No passwords, and nobody's words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.record.tables import AuditEntry

ADDED, PASSWORD, ROLE, REMOVED = "added", "password", "role", "removed"
KEPT = timedelta(days=366)
"""How long it is known who did what: a school year, after which nobody asks any more, and the names go."""

SOMEBODY = "somebody who has gone"
"""Instead of the name of whoever deleted their own account."""


@dataclass(frozen=True)
class Deed:
    """Something that somebody does to an account."""

    what: str
    """One of ADDED, PASSWORD, ROLE, REMOVED."""
    by: str
    """The name of the account that does it; '' for whoever uses the terminal."""
    detail: str = ""
    """The role that is given, where one is."""


@dataclass(frozen=True)
class Done:
    """Something that was done to an account."""

    deed: Deed
    whom: str
    """The name of the account, which may have gone since."""
    at: datetime


def note(session: Session, deed: Deed | None, whom: str) -> None:
    """Note a deed in the transaction that does it, and forget those from too long ago."""
    if deed is None:
        return
    now = datetime.now(UTC)
    session.execute(delete(AuditEntry).where(AuditEntry.at < now - KEPT))
    session.add(AuditEntry(at=now, by=deed.by, what=deed.what, whom=whom, detail=deed.detail))


def forget(session: Session, name: str) -> None:
    """Take a name out of all that was noted: it is still known what was done, and when."""
    for column in (AuditEntry.by, AuditEntry.whom):
        session.execute(update(AuditEntry).where(column == name).values({column: SOMEBODY}))


def noted(session: Session, at_most: int) -> list[Done]:
    """Return what was done last, the newest first."""
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(at_most))
    return [Done(Deed(row.what, row.by, row.detail), row.whom, row.at) for row in rows]
