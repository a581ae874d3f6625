"""Groups in the record, for whoever is in them: what they join, what is set there, and how they leave."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.errors import UsageError
from bot.record import faults
from bot.record.groups import Group, Member, end_membership, group_of, members_of
from bot.record.part import Part
from bot.record.tables import GroupEntry, Membership

MOST_MEMBERS = 300
"""People in one group."""
MOST_JOINED = 30
"""Groups that one person is in."""
NOT_IN = UsageError("You are not in that group.", "“Your groups” lists those you are in.")


@dataclass(frozen=True)
class Joined:
    """A group that somebody is in, and all that whoever made it sees of them beside what they share."""

    group: Group
    me: Member


class Memberships(Part):
    """Part of the Record of one owner, which makes it. Every method raises RecordError when the database fails."""

    def offered(self, code: str) -> Group | None:
        """Return the group that one joins with this code (its hash); None for a guess.

        A question that is nobody's in particular: the code is what says that it may be asked.
        """
        with self._reading() as session:
            entry = session.scalar(select(GroupEntry).where(GroupEntry.code == code))
            return group_of(session, entry) if entry else None

    def join(self, code: str, *, counts: bool) -> str | None:
        """Join the group of this code (its hash) and return its id; None where there is none any more.

        Whoever is in it stays as they were. Raise UsageError for a group of one's own, and for too many.
        """
        with self._writing(faults.GROUPING) as session:
            entry = session.scalar(select(GroupEntry).where(GroupEntry.code == code).with_for_update())
            if entry is None:
                return None
            if entry.coach_id == self._owner:
                raise UsageError("This group is your own.", "Give its code to the people it is for.")
            if session.scalar(select(Membership.id).where(*self._mine(entry.id))) is None:
                self._refuse_too_many(session, entry.id)
                about = {"group_id": entry.id, "account_id": self._owner}
                session.add(Membership(**about, joined=datetime.now(UTC), counts=counts))
            return entry.id

    def all(self) -> list[Joined]:
        """Return the groups that this owner is in, by name."""
        with self._reading() as session:
            rows = members_of(session, Membership.account_id == self._owner)
            found = [Joined(group_of(session, entry), me) for entry, me in rows]
            return sorted(found, key=lambda one: (one.group.name, one.group.id))

    def one(self, group_id: str) -> Joined:
        """Return a group that this owner is in. Raise UsageError for any other."""
        found = next((one for one in self.all() if one.group.id == group_id), None)
        if found is None:
            raise NOT_IN.anew()
        return found

    def count(self, group_id: str, *, counts: bool) -> None:
        """Say whether one's levels may count, without one's name. Raise UsageError where one is not in the group."""
        with self._writing(faults.GROUPING) as session:
            mine = session.scalar(select(Membership).where(*self._mine(group_id)))
            if mine is None:
                raise NOT_IN.anew()
            mine.counts = counts

    def leave(self, group_id: str) -> None:
        """Leave a group; what was shown to it is withdrawn. Raise UsageError where one is not in it."""
        with self._writing(faults.GROUPING) as session:
            if session.scalar(select(Membership.id).where(*self._mine(group_id))) is None:
                raise NOT_IN.anew()
            end_membership(session, group_id, self._owner)

    def _mine(self, group_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return Membership.group_id == group_id, Membership.account_id == self._owner

    def _refuse_too_many(self, session: Session, group_id: str) -> None:
        count = select(func.count(Membership.id))
        if (session.scalar(count.where(Membership.group_id == group_id)) or 0) >= MOST_MEMBERS:
            raise UsageError("This group is full.", "Tell whoever gave you the code.")
        if (session.scalar(count.where(Membership.account_id == self._owner)) or 0) >= MOST_JOINED:
            raise UsageError("You are in as many groups as one person may be.", "Leave one first.")
