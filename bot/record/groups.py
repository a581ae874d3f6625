"""Groups in the record, for whoever made them: what is set, who is in them and practised, what each of them shows."""

import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from bot.errors import UsageError
from bot.record import faults
from bot.record.part import Part
from bot.record.shares import Share, share_of, withdraw_from_groups
from bot.record.tables import AccountEntry, GroupEntry, GroupShare, Membership, SessionEntry, ShareEntry, TurnEntry

ID_LETTERS = string.ascii_letters + string.digits
MOST_GROUPS = 50
"""Groups that one person makes."""
NONE = UsageError("There is no such group.", "“Your groups” lists those that there are.")
"""The same for another's group and for none: nobody learns which."""


@dataclass(frozen=True)
class Group:
    """A group, and what is set for it to practise. Nobody can make its code out of this."""

    id: str
    name: str
    coach: str
    """The name of whoever made it."""
    scenario: str
    """The name of the scenario's folder."""
    level: str
    until: datetime | None
    """The end of the last day for it; None for no such day."""
    set_at: datetime
    """When this scenario was set."""
    created: datetime
    is_open: bool
    """Whether anybody can join."""

    def is_over(self, now: datetime) -> bool:
        """Return whether the last day is over."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True)
class Member:
    """Somebody in a group. What counts: rehearsals of what is set, begun since that and their joining, and finished."""

    account: str
    name: str
    joined: datetime
    counts: bool
    """Whether their levels may count, without their name, where they shared nothing."""
    rehearsals: int
    last: datetime | None
    """When the latest of them was begun."""


@dataclass(frozen=True)
class Rehearsed:
    """A rehearsal of a member's that counts as practice, and whether its levels may be looked at."""

    account: str
    session: str
    counts: bool
    """As of a Member."""
    shared: bool
    """Whether it is shown to the group now."""


class Groups(Part):
    """Part of the Record of one owner, which makes it. Every method raises RecordError when the database fails."""

    def make(self, name: str, scenario: str, level: str, until: datetime | None, code: str) -> str:
        """Keep a group that one joins with this code (its hash) and return its id. Raise UsageError for too many."""
        now = datetime.now(UTC)
        with self._writing(faults.GROUPING) as session:
            mine = select(func.count()).select_from(GroupEntry).where(GroupEntry.coach_id == self._owner)
            if (session.scalar(mine) or 0) >= MOST_GROUPS:
                raise UsageError("You look after as many groups as one person may.", "Delete one first.")
            made = GroupEntry(id="".join(secrets.choice(ID_LETTERS) for _ in range(10)), code=code, name=name)
            made.coach_id, made.created, made.set_at = self._owner, now, now
            made.scenario, made.level, made.until = scenario, level, until
            session.add(made)
            return made.id

    def all(self) -> list[Group]:
        """Return the groups of this owner, the newest first."""
        query = select(GroupEntry).where(GroupEntry.coach_id == self._owner)
        with self._reading() as session:
            found = session.scalars(query.order_by(GroupEntry.created.desc(), GroupEntry.id)).all()
            return [group_of(session, entry) for entry in found]

    def one(self, group_id: str) -> Group:
        """Return a group. Raise UsageError where this owner has none of that id."""
        with self._reading() as session:
            return group_of(session, self._entry(session, group_id))

    def change(self, group_id: str, name: str, scenario: str, level: str, until: datetime | None) -> None:
        """Give a group another name, or set something else: another scenario counts from now on. Raise UsageError."""
        with self._writing(faults.GROUPING) as session:
            entry = self._entry(session, group_id)
            if entry.scenario != scenario:
                entry.set_at = datetime.now(UTC)
            entry.name, entry.scenario, entry.level, entry.until = name, scenario, level, until

    def new_code(self, group_id: str, code: str | None) -> None:
        """Let people join with this code (its hash) from now on, and with none before; nobody with None."""
        with self._writing(faults.GROUPING) as session:
            self._entry(session, group_id).code = code

    def take_out(self, group_id: str, account: str) -> None:
        """End a membership; what its member showed the group is withdrawn. Raise UsageError for no group of theirs."""
        with self._writing(faults.GROUPING) as session:
            end_membership(session, self._entry(session, group_id).id, account)

    def delete(self, group_id: str) -> None:
        """Delete a group; what was shown to it is withdrawn, and stays with whoever showed it."""
        with self._writing(faults.GROUPING) as session:
            entry = self._entry(session, group_id, lock=True)
            withdraw_from_groups(session, GroupShare.group_id == entry.id)
            session.flush()
            session.execute(delete(GroupEntry).where(GroupEntry.id == entry.id))

    def members(self, group_id: str) -> list[Member]:
        """Return who is in a group, by name."""
        with self._reading() as session:
            entry = self._entry(session, group_id)
            return [member for _, member in members_of(session, Membership.group_id == entry.id)]

    def rehearsed(self, group_id: str) -> list[Rehearsed]:
        """Return the rehearsals that count as practice, oldest first."""
        with self._reading() as session:
            entry = self._entry(session, group_id)
            shown = {share.session_id for share, _, _ in session.execute(self._shown(entry.id)).all()}
            rows = session.execute(_practice(Membership.group_id == entry.id)).all()
            return [
                Rehearsed(membership.account_id, session_id, membership.counts, session_id in shown)
                for membership, _, _, session_id, _ in rows
                if session_id is not None
            ]

    def shown(self, group_id: str) -> list[tuple[str, Share]]:
        """Return what is shown to a group now, each with the name of whose it is, the newest first."""
        with self._reading() as session:
            rows = session.execute(self._shown(self._entry(session, group_id).id)).all()
            return [(account.name, share_of(session, share, of)) for share, of, account in rows]

    def one_shown(self, group_id: str, share_id: str) -> tuple[str, str, Share]:
        """Return whose a share is, by id and by name, and the share. Raise UsageError where it is not shown now."""
        with self._reading() as session:
            query = self._shown(self._entry(session, group_id).id).where(ShareEntry.id == share_id)
            row = session.execute(query).first()
            if row is None:
                raise UsageError("That is not shown to this group any more.", "It may have been withdrawn.")
            return row[2].id, row[2].name, share_of(session, row[0], row[1])

    def _shown(self, group_id: str) -> Any:
        """Return the query for what is shown to a group of this owner's now: share, session, account."""
        theirs = and_(Membership.group_id == GroupShare.group_id, Membership.account_id == SessionEntry.owner)
        query = select(ShareEntry, SessionEntry, AccountEntry).join(GroupShare, GroupShare.share_id == ShareEntry.id)
        query = query.join(SessionEntry, SessionEntry.id == ShareEntry.session_id).join(Membership, theirs)
        query = query.join(AccountEntry, AccountEntry.id == Membership.account_id)
        query = query.join(GroupEntry, GroupEntry.id == GroupShare.group_id)
        query = query.where(GroupEntry.id == group_id, GroupEntry.coach_id == self._owner)
        query = query.where(ShareEntry.revoked.is_(None), ShareEntry.expires > datetime.now(UTC))
        return query.order_by(ShareEntry.created.desc(), ShareEntry.id)

    def _entry(self, session: Session, group_id: str, *, lock: bool = False) -> GroupEntry:
        entry = session.get(GroupEntry, group_id, with_for_update=lock or None)
        if entry is None or entry.coach_id != self._owner:
            raise NONE.anew()
        return entry


def group_of(session: Session, entry: GroupEntry) -> Group:
    """Return the group of a row."""
    coach = session.scalar(select(AccountEntry.name).where(AccountEntry.id == entry.coach_id)) or ""
    what = (entry.scenario, entry.level, entry.until, entry.set_at, entry.created)
    return Group(entry.id, entry.name, coach, *what, is_open=entry.code is not None)


def members_of(session: Session, *which: ColumnElement[bool]) -> list[tuple[GroupEntry, Member]]:
    """Return the members that fit these conditions on memberships, by name, each with the group."""
    found: dict[int, tuple[GroupEntry, Member]] = {}
    for membership, group, name, session_id, created in session.execute(_practice(*which)).all():
        before = found[membership.id][1].rehearsals if membership.id in found else 0
        about = (membership.account_id, name, membership.joined, membership.counts)
        found[membership.id] = (group, Member(*about, before + (session_id is not None), created))
    return sorted(found.values(), key=lambda one: (one[1].name, one[1].joined))


def end_membership(session: Session, group_id: str, account: str) -> None:
    """End a membership, and withdraw what its member showed the group."""
    session.execute(delete(Membership).where(Membership.group_id == group_id, Membership.account_id == account))
    withdraw_from_groups(session, GroupShare.group_id == group_id, SessionEntry.owner == account)


def _practice(*which: ColumnElement[bool]) -> Any:
    """Return the query for members (membership, group, name), once for each rehearsal (id, begun), oldest first.

    Once with None for whoever has none. What counts: what is set, begun since both that and their joining, something
    said, and finished. Nothing else of a conversation is looked at.
    """
    one = SessionEntry
    said = select(TurnEntry.id).where(TurnEntry.session_id == one.id, TurnEntry.withdrawn.is_(None)).exists()
    fits = and_(one.owner == Membership.account_id, one.scenario == GroupEntry.scenario, one.ending.is_not(None), said)
    since = and_(one.created >= Membership.joined, one.created >= GroupEntry.set_at)
    query = select(Membership, GroupEntry, AccountEntry.name, one.id, one.created)
    query = query.join(GroupEntry, GroupEntry.id == Membership.group_id)
    query = query.join(AccountEntry, AccountEntry.id == Membership.account_id)
    return query.outerjoin(one, and_(fits, since)).where(*which).order_by(one.created, one.id)
