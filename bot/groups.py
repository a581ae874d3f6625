"""Groups: a coach sets something to practise; who is in it shows what they choose, and is counted without words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.coach.crowd import FEWEST, Crowd, Held, crowd
from bot.coach.rubric import Behaviour
from bot.errors import NotAllowed, UsageError
from bot.exports.paper import Choice, printable
from bot.people.codes import Guesses, hash_of, new_code
from bot.people.person import Person
from bot.record.groups import Group, Member, Rehearsed
from bot.record.kept import Kept
from bot.record.memberships import Joined
from bot.record.shares import Share
from bot.record.store import Record
from bot.sharing import Sharing, Shown

LONGEST_NAME = 60
LONGEST_DAYS = 366
NO_COACH = NotAllowed("Groups are made by coaches.", "Ask one for a code, and join theirs.")
JOINS_NOTHING = NotAllowed(
    "No group has that code.", "Check it with whoever gave it to you; it may have been changed or closed."
)
"""The same for a guess, a code that was changed and one that was closed: nobody learns which."""


@dataclass(frozen=True)
class Setting:
    """What a coach fills in for a group."""

    name: str
    scenario: str
    level: str
    until: str
    """A day as in 2026-11-27, or ''."""


@dataclass(frozen=True)
class LookedAfter:
    """A group as whoever made it sees it."""

    group: Group
    members: tuple[Member, ...]
    shown: tuple[tuple[str, Share], ...]
    """What is shown to it, each with the name of whose it is."""
    crowd: Crowd | None
    """What many show together; None for too few."""

    @property
    def practised(self) -> int:
        """Return how many have practised."""
        return sum(member.rehearsals > 0 for member in self.members)

    @property
    def enough(self) -> bool:
        """Return whether so many have practised that something can be said of all together."""
        return self.practised >= FEWEST

    @property
    def rehearsals(self) -> int:
        """Return how often they practised, all together."""
        return sum(member.rehearsals for member in self.members)


class Groups:
    """Groups for whoever asks: those they look after, and those they are in.

    `whole` is the record of everybody, `behaviours` what a debrief finds in a session, None where its scenario has
    gone; `refuse` raises UsageError for a scenario and a level that cannot be played.
    """

    def __init__(
        self,
        who: Callable[[], Person],
        whole: Callable[[], Record],
        sharing: Sharing,
        behaviours: Callable[[Kept], Sequence[Behaviour] | None],
        refuse: Callable[[str, str], None],
    ) -> None:
        self._who = who
        self._whole = whole
        self._sharing = sharing
        self._behaviours = behaviours
        self._refuse = refuse

    # For whoever looks after one. Each raises NotAllowed for a role that may not, UsageError for a group of another's.

    def all(self) -> list[Group]:
        """Return the groups that whoever asks looks after, the newest first; none for a role that may not."""
        return self._record().groups.all() if self._who().makes_groups else []

    def one(self, group_id: str) -> Group:
        """Return a group that whoever asks looks after."""
        return self._as_coach().groups.one(group_id)

    def make(self, setting: Setting) -> tuple[str, str]:
        """Make a group; return its id and the code that one joins it with, which is kept nowhere. Raise UsageError."""
        code, until = new_code(), self._checked(setting)
        made = self._as_coach().groups.make(_name(setting.name), setting.scenario, setting.level, until, hash_of(code))
        return made, code

    def change(self, group_id: str, setting: Setting) -> None:
        """Give a group another name or set something else. Another scenario counts from now on. Raise UsageError."""
        record, until = self._as_coach(), self._checked(setting)
        record.groups.change(group_id, _name(setting.name), setting.scenario, setting.level, until)

    def new_code(self, group_id: str) -> str:
        """Return another code to join with; no earlier one joins any more."""
        code = new_code()
        self._as_coach().groups.new_code(group_id, hash_of(code))
        return code

    def close(self, group_id: str) -> None:
        """Let nobody else join."""
        self._as_coach().groups.new_code(group_id, None)

    def take_out(self, group_id: str, account: str) -> None:
        """Take somebody out; what they showed is withdrawn."""
        self._as_coach().groups.take_out(group_id, account)

    def delete(self, group_id: str) -> None:
        """Delete a group; whatever was shown to it is withdrawn."""
        self._as_coach().groups.delete(group_id)

    def look(self, group_id: str) -> LookedAfter:
        """Return a group with who practised, what is shown to it, and what all show together."""
        groups = self._as_coach().groups
        return LookedAfter(
            groups.one(group_id),
            tuple(groups.members(group_id)),
            tuple(groups.shown(group_id)),
            self._crowd(groups.rehearsed(group_id)),
        )

    def open(self, group_id: str, share_id: str) -> tuple[str, Shown]:
        """Return whose a conversation is that is shown to a group, by name, and what is shown of it."""
        owner, name, share = self._as_coach().groups.one_shown(group_id, share_id)
        return name, self._sharing.show(self._whole().of(owner), share)

    def say(
        self, group_id: str, share_id: str, turn: int, words: str, *, again: bool = False, readings: Mapping[int, str]
    ) -> None:
        """Keep what is said of a turn of it, as Sharing.say does for a link."""
        owner, _, share = self._as_coach().groups.one_shown(group_id, share_id)
        self._sharing.keep(self._whole().of(owner), share, turn, words, again=again, readings=readings)

    # For whoever is in one. Each raises UsageError where they are not.

    def joined(self) -> list[Joined]:
        """Return the groups that whoever asks is in, by name."""
        return self._record().memberships.all()

    def in_one(self, group_id: str) -> Joined:
        """Return a group that whoever asks is in."""
        return self._record().memberships.one(group_id)

    def offered(self, code: str, address: str) -> Group:
        """Return the group that a code joins. Raise NotAllowed where it joins none, or where too many were tried."""
        guesses = Guesses(self._whole().accounts, self._who(), address)
        guesses.refuse_too_many()
        found = self._record().memberships.offered(hash_of(code))
        if found is None:
            guesses.note()
            raise JOINS_NOTHING.anew()
        return found

    def join(self, code: str, address: str, *, counts: bool) -> str:
        """Join the group of a code and return its id; `counts` says whether one's levels may count, without one's name.

        Raise as `offered` does, and UsageError for a group of one's own.
        """
        self.offered(code, address)
        found = self._record().memberships.join(hash_of(code), counts=counts)
        if found is None:
            raise JOINS_NOTHING.anew()
        return found

    def count(self, group_id: str, *, counts: bool) -> None:
        """Say whether one's levels may count in a group, without one's name."""
        self._record().memberships.count(group_id, counts=counts)

    def leave(self, group_id: str) -> None:
        """Leave a group: from now on nothing of whoever asks is seen there."""
        self._record().memberships.leave(group_id)

    def share(self, group_id: str, session_id: str, until: str, choice: Choice) -> str:
        """Show a conversation of one's own to a group; return the share's id.

        Until the end of a day, or with '' until it is withdrawn. Raise UsageError for what will not do.
        """
        group = self.in_one(group_id).group
        return self._sharing.make_for_group(session_id, group.id, f"{group.name} ({group.coach})", until, choice)

    # Inside

    def _record(self) -> Record:
        return self._whole().of(self._who().id)

    def _as_coach(self) -> Record:
        if not self._who().makes_groups:
            raise NO_COACH.anew()
        return self._record()

    def _checked(self, setting: Setting) -> datetime | None:
        """Return the end of the last day. Raise UsageError for a setting that will not do."""
        _name(setting.name)
        self._refuse(setting.scenario, setting.level)
        return _end_of(setting.until) if setting.until else None

    def _crowd(self, rehearsed: Sequence[Rehearsed]) -> Crowd | None:
        looked_at = []
        for one in may_be_looked_at(rehearsed):
            try:
                kept = self._whole().of(one.account).session(one.session)
            except UsageError:  # deleted this moment
                continue
            if found := self._behaviours(kept):
                looked_at.append(Held(found, kept.overruled, one.shared))
        return crowd(looked_at)


def may_be_looked_at(rehearsed: Sequence[Rehearsed]) -> list[Rehearsed]:
    """Return one rehearsal of each person whose levels may count: the latest that they allow. They come oldest first.

    What is shown to the group may count. What is not may where its leader said so, and only among five or more such:
    whoever reads all that is shown could else work out the levels of the one person left.
    """
    latest = {one.account: one for one in rehearsed if one.counts}
    shown = {one.account: one for one in rehearsed if one.shared}
    unseen = {account: one for account, one in latest.items() if not one.shared}
    return list((shown | unseen if len(unseen) >= FEWEST else shown).values())


def _name(name: str) -> str:
    named = " ".join(printable(name).split())
    if not 0 < len(named) <= LONGEST_NAME:
        raise UsageError("A group needs a name.", f"Give it one of up to {LONGEST_NAME} letters.")
    return named


def _end_of(until: str) -> datetime:
    """Return the last second of a day here. Raise UsageError for none, one that is over, and one too far away."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise UsageError("That is no day.", "Choose one, or leave it empty.") from None
    if not timedelta(0) <= day - date.today() <= timedelta(days=LONGEST_DAYS):
        raise UsageError("That day will not do.", "Choose one within the next year, or leave it empty.")
    return datetime.combine(day, time(23, 59, 59)).astimezone()
