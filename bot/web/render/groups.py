"""The pages around groups: to join one, look after one, show it a conversation. Whole pages that need no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.groups import Setting
from bot.web.render.drawing import counted, day, draw
from bot.web.render.shared import Filled, day_named

if TYPE_CHECKING:
    from bot.errors import AlexError
    from bot.groups import LookedAfter
    from bot.people.person import Person
    from bot.record.groups import Group
    from bot.record.memberships import Joined
    from bot.record.shares import Share
    from bot.sharing import Shown


@dataclass(frozen=True)
class Around:
    """What every page of groups needs: the time, and what can be set, by name."""

    now: datetime
    scenarios: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)

    def title(self, group: "Group") -> str:
        """Return the title of what is set, or its plain name where it has gone."""
        return self.scenarios.get(group.scenario, group.scenario)

    def level(self, group: "Group") -> str:
        """Return the level at which it is set, as it stands in a sentence."""
        return self.levels.get(group.level, group.level).lower()


def groups(
    person: "Person",
    made: "Sequence[Group]",
    joined: "Sequence[Joined]",
    around: Around,
    *,
    code: str = "",
    error: "AlexError | None" = None,
) -> str:
    """Return the groups that somebody looks after and is in; `code` is one that was typed and joins nothing."""
    about = {"person": person, "made": made, "joined": joined, "code": code}
    return _page("groups.html", around, error, **about, begin=address_to_begin, practised=_practised)


def joining(group: "Group", person: "Person", code: str, around: Around, *, error: "AlexError | None" = None) -> str:
    """Return what somebody sees before they join: what is set, and what will be seen of them."""
    about = {"group": group, "person": person, "code": code, "seen": marked(group)}
    return _page("group_joining.html", around, error, **about)


def making(filled: Setting, around: Around, *, error: "AlexError | None" = None) -> str:
    """Return the form for a new group."""
    return _page("group_making.html", around, error, filled=filled)


def group(
    seen: "LookedAfter",
    around: Around,
    *,
    code: str = "",
    filled: Setting | None = None,
    error: "AlexError | None" = None,
) -> str:
    """Return a group for whoever looks after it: with `code`, the one just made; `filled` is what will not do."""
    about = {"seen": seen, "code": code, "filled": filled or set_now(seen.group), "filled_wrong": filled is not None}
    return _page("group.html", around, error, **about, counted=counted, on_day=_on_day, said_of=_said_of)


def group_shared(
    name: str,
    shown: "Shown",
    group_id: str,
    action: str,
    around: Around,
    *,
    thanks: bool = False,
    error: "AlexError | None" = None,
) -> str:
    """Return a conversation that is shown to a group, by `name`; `thanks` when something was just said of it."""
    about = {"name": name, "shown": shown, "group": group_id, "action": action, "thanks": thanks}
    return _page("group_shared.html", around, error, **about)


def group_sharing(
    group: "Group",
    session: str,
    title: str,
    filled: Filled,
    around: Around,
    *,
    shown: "Shown | None" = None,
    error: "AlexError | None" = None,
) -> str:
    """Return the page on which a conversation is shown to a group: with `shown`, what would be seen of it."""
    about = {"group": group, "session": session, "title": title, "filled": filled, "shown": shown}
    return _page("group_sharing.html", around, error, **about)


def set_now(group: "Group") -> Setting:
    """Return what stands in the form for a group as it is."""
    until = group.until.astimezone().date().isoformat() if group.until else ""
    return Setting(group.name, group.scenario, group.level, until)


def marked(group: "Group") -> str:
    """Return what tells whether a group is still as somebody saw it before they joined."""
    return f"{group.id} {group.scenario} {group.set_at.isoformat()}"


def address_to_begin(group: "Group") -> str:
    """Return where Prepare opens with what is set."""
    return "/?" + urlencode({"at": "prepare", "who": group.scenario, "level": group.level})


def _page(template: str, around: Around, error: "AlexError | None", **values: object) -> str:
    words = {"day_named": day_named, "title_of": around.title, "level_of": around.level, "now": around.now}
    what = {"scenarios": around.scenarios, "levels": around.levels}
    return str(draw(template, error=error, **words, **what, **values))


def _practised(one: "Joined") -> str:
    """Return in words how often somebody practised, and when last: what is counted begins when both are there."""
    since = day(max(one.me.joined, one.group.set_at))
    if one.me.last is None:
        return f"that you have finished no rehearsal of it that you began since {since}"
    how_often = counted(one.me.rehearsals, "rehearsal", "rehearsals").lower()
    return f"{how_often} that you began since {since} and finished, the last begun {_on_day(one.me.last)}"


def _on_day(when: datetime) -> str:
    """Return a day without its hour: today, or 12 November."""
    return "today" if when.astimezone().date() == datetime.now().astimezone().date() else day(when)


def _said_of(one: "Share") -> str:
    """Return how much was said of what is shown."""
    theirs = sum(remark.by == "owner" for remark in one.remarks)
    said = counted(len(one.remarks) - theirs, "remark of yours", "remarks of yours")
    return f"{said}, {counted(theirs, 'answer', 'answers').lower()}." if one.remarks else "Nothing said of it yet."
