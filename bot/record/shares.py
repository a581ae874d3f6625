"""Conversations that are shared: for whom and until when, what became of it, and what was said there."""

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.errors import NotAllowed, UsageError
from bot.record import faults
from bot.record.part import Part
from bot.record.tables import GroupShare, Membership, SessionEntry, ShareEntry, ShareEvent, ShareRemark

ID_LETTERS = string.ascii_letters + string.digits
GUEST, OWNER = "guest", "owner"
COMMENT, READING, AGAIN = "comment", "reading", "again"
MADE, OPENED, SAID, ANSWERED, ENDED = "made", "opened", "said", "answered", "withdrawn"
MOST_REMARKS = 500
"""Remarks on one link."""
NO_LAST_DAY = datetime(2999, 12, 31, tzinfo=UTC)
"""When something is open until that is shared until it is withdrawn."""


@dataclass(frozen=True)
class Remark:
    """Something said of a turn: a comment, another reading of a sentence, or that it is a moment to try again."""

    turn: int
    kind: str
    words: str = ""
    place: int | None = None
    """Of a reading: which sentence of the turn, from 0."""
    move: str | None = None
    """Of a reading: as what it is read."""
    by: str = GUEST
    at: datetime | None = None
    """When it was kept."""


@dataclass(frozen=True)
class Share:
    """A link to a conversation, or its being shown to a group. Nobody can make the link itself out of this."""

    id: str
    session: str
    title: str
    """The conversation's."""
    name: str
    """For whom it is."""
    shows: dict[str, bool]
    """Whether it shows notes, thoughts and names."""
    created: datetime
    expires: datetime
    revoked: datetime | None
    events: tuple[tuple[str, datetime], ...]
    """What became of it, oldest first."""
    remarks: tuple[Remark, ...]
    """What was said, oldest first."""
    group: str = ""
    """The id of the group that it is shown to; '' for a link."""

    @property
    def last_day(self) -> datetime | None:
        """Return until when it is open, or None: until it is withdrawn."""
        return self.expires if self.expires < NO_LAST_DAY else None

    def is_open(self, now: datetime) -> bool:
        """Return whether it opens the conversation now."""
        return self.revoked is None and now < self.expires

    def times(self, what: str) -> int:
        """Return how often that became of it."""
        return sum(event == what for event, _ in self.events)


class Shares(Part):
    """Part of the Record of one owner, which makes it. Every method raises RecordError when the database fails."""

    def make(
        self, session_id: str, token: str, name: str, shows: dict[str, bool], expires: datetime, group: str = ""
    ) -> str:
        """Keep a link with this token (its hash), or with `group` that it is shown to one; return its id.

        Raise UsageError for another's conversation, for a group that this owner is not in, and for the second time.
        """
        now = datetime.now(UTC)
        with self._writing(faults.SHARING) as session:
            entry = session.get(SessionEntry, session_id)
            if entry is None or entry.owner != self._owner:
                raise UsageError("That conversation is not here.", "What is kept stands under Transcripts.")
            if group:
                _refuse_to_show(session, entry, group, now)
            about = {"session_id": session_id, "token": token, "name": name, "shows": shows, "expires": expires}
            made = ShareEntry(id="".join(secrets.choice(ID_LETTERS) for _ in range(10)), created=now, **about)
            session.add(made)
            session.flush()
            session.add(ShareEvent(share_id=made.id, what=MADE, at=now))
            if group:
                session.add(GroupShare(share_id=made.id, group_id=group))
            return made.id

    def all(self, session_id: str = "") -> list[Share]:
        """Return the links of this owner, or those to one conversation, the newest first."""
        query = self._mine().order_by(ShareEntry.created.desc(), ShareEntry.id)
        if session_id:
            query = query.where(ShareEntry.session_id == session_id)
        with self._reading() as session:
            return [share_of(session, row[0], row[1]) for row in session.execute(query).all()]

    def one(self, share_id: str) -> Share:
        """Return a link. Raise UsageError where this owner has none of that id."""
        with self._reading() as session:
            return share_of(session, *self._row(session, share_id))

    def found(self, token: str) -> tuple[str, Share] | None:
        """Return whose link has this token (its hash), and the link; None for a guess.

        The one question here that is nobody's in particular: the token is what says that it may be asked.
        """
        query = select(ShareEntry, SessionEntry).join(SessionEntry, SessionEntry.id == ShareEntry.session_id)
        with self._reading() as session:
            row = session.execute(query.where(ShareEntry.token == token)).first()
            return (row[1].owner, share_of(session, row[0], row[1])) if row else None

    def note(self, share_id: str, what: str) -> None:
        """Note what became of a link."""
        with self._writing(faults.MINDING_LINK) as session:
            self._row(session, share_id)
            session.add(ShareEvent(share_id=share_id, what=what, at=datetime.now(UTC)))

    def say(self, share_id: str, remarks: Sequence[Remark], by: str) -> None:
        """Keep what was said. Raise NotAllowed where a guest's link is not open any more, UsageError for too much."""
        now = datetime.now(UTC)
        with self._writing(faults.SHARING) as session:
            entry, _ = self._row(session, share_id)
            if by == GUEST and (entry.revoked is not None or entry.expires <= now):
                raise NotAllowed("This link has ended.", "Ask whoever gave it to you.")
            count = session.scalar(select(func.count(ShareRemark.id)).where(ShareRemark.share_id == share_id)) or 0
            if count + len(remarks) > MOST_REMARKS:
                raise UsageError("That is as much as one link takes.", "Talk about the rest.")
            for one in remarks:
                about = {"kind": one.kind, "turn": one.turn, "place": one.place, "move": one.move, "words": one.words}
                session.add(ShareRemark(share_id=share_id, by=by, at=now, **about))
            session.add(ShareEvent(share_id=share_id, what=SAID if by == GUEST else ANSWERED, at=now))

    def revoke(self, share_id: str) -> None:
        """End a link now. What was said by it stays."""
        now = datetime.now(UTC)
        with self._writing(faults.MINDING_LINK) as session:
            entry, _ = self._row(session, share_id)
            if entry.revoked is None:
                entry.revoked = now
                session.add(ShareEvent(share_id=share_id, what=ENDED, at=now))

    def _mine(self) -> Any:
        """Return the query for this owner's links, each with its session."""
        query = select(ShareEntry, SessionEntry).join(SessionEntry, SessionEntry.id == ShareEntry.session_id)
        return query.where(SessionEntry.owner == self._owner)

    def _row(self, session: Session, share_id: str) -> tuple[ShareEntry, SessionEntry]:
        row = session.execute(self._mine().where(ShareEntry.id == share_id)).first()
        if row is None:
            raise UsageError("There is no such link.", "Your account lists those you made.")
        return row[0], row[1]


def _refuse_to_show(session: Session, entry: SessionEntry, group: str, now: datetime) -> None:
    """Raise UsageError where the owner of a session is not in a group, or shows it to that group already."""
    mine = select(Membership).where(Membership.group_id == group, Membership.account_id == entry.owner)
    if session.scalar(mine.with_for_update()) is None:
        raise UsageError("You are not in that group.", "“Your groups” lists those you are in.")
    shown = select(ShareEntry.id).join(GroupShare, GroupShare.share_id == ShareEntry.id)
    shown = shown.where(ShareEntry.session_id == entry.id, GroupShare.group_id == group)
    if session.scalar(shown.where(ShareEntry.revoked.is_(None), ShareEntry.expires > now).limit(1)):
        raise UsageError(
            "That group sees this conversation already.", "Withdraw it under “What you share”, to show it otherwise."
        )


def withdraw_from_groups(session: Session, *which: ColumnElement[bool]) -> None:
    """Withdraw what is shown to groups: all that fits these conditions on sessions and group shares."""
    now = datetime.now(UTC)
    query = select(ShareEntry).join(GroupShare, GroupShare.share_id == ShareEntry.id)
    query = query.join(SessionEntry, SessionEntry.id == ShareEntry.session_id)
    for entry in session.scalars(query.where(ShareEntry.revoked.is_(None), *which)).all():
        entry.revoked = now
        session.add(ShareEvent(share_id=entry.id, what=ENDED, at=now))


def share_of(session: Session, entry: ShareEntry, of: SessionEntry) -> Share:
    """Return a share with what became of it and what was said."""
    events = session.execute(
        select(ShareEvent.what, ShareEvent.at).where(ShareEvent.share_id == entry.id).order_by(ShareEvent.id)
    )
    remarks = session.scalars(select(ShareRemark).where(ShareRemark.share_id == entry.id).order_by(ShareRemark.id))
    group = session.scalar(select(GroupShare.group_id).where(GroupShare.share_id == entry.id))
    return Share(
        entry.id,
        entry.session_id,
        of.title,
        entry.name,
        dict(entry.shows),
        entry.created,
        entry.expires,
        entry.revoked,
        tuple((what, at) for what, at in events),
        tuple(Remark(one.turn, one.kind, one.words, one.place, one.move, one.by, one.at) for one in remarks),
        group or "",
    )
