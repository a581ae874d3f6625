"""The pages around a link: what it shows, how it is made, and what became of it. Whole pages that need no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.exports.paper import Choice
from bot.web.render.drawing import counted, draw

if TYPE_CHECKING:
    from bot.errors import AlexError
    from bot.record.memberships import Joined
    from bot.record.shares import Share
    from bot.sharing import Shown

BECAME = {
    "made": "made",
    "opened": "opened",
    "said": "something was said",
    "answered": "you answered",
    "withdrawn": "withdrawn",
}


@dataclass(frozen=True)
class Filled:
    """What stands in the form for a new link."""

    name: str
    until: str
    choice: Choice

    @property
    def parts(self) -> str:
        """Return what the link is to show, in a word or more: to tell whether it is what was looked at."""
        return " ".join(name for name, there in vars(self.choice).items() if there)


def sharing(
    session: str,
    title: str,
    filled: Filled,
    links: "Sequence[Share]",
    groups: "Sequence[Joined]",
    now: datetime,
    *,
    shown: "Shown | None" = None,
    link: str = "",
    error: "AlexError | None" = None,
) -> str:
    """Return the page on which a link is made: with `shown`, what it would show; with `link`, the one just made.

    `groups` are those that the conversation can be shown to instead.
    """
    about = {"session": session, "title": title, "filled": filled, "links": links, "shown": shown, "link": link}
    return _page("sharing.html", now, error, **about, groups=groups)


def shares(links: "Sequence[Share]", now: datetime) -> str:
    """Return every link that somebody made, with what became of it."""
    return _page("shares.html", now, None, links=links)


def share(shown: "Shown", now: datetime, *, error: "AlexError | None" = None) -> str:
    """Return one link for the person who made it: what it shows, what was said, and room for answers."""
    return _page("share.html", now, error, shown=shown)


def shared(
    shown: "Shown", action: str, now: datetime, *, thanks: bool = False, error: "AlexError | None" = None
) -> str:
    """Return what whoever has the link sees; `thanks` when they have just said something."""
    return _page("shared.html", now, error, shown=shown, action=action, thanks=thanks)


def closed(error: "AlexError") -> str:
    """Return what a link says that opens nothing."""
    return str(draw("shared_closed.html", error=error))


def _page(template: str, now: datetime, error: "AlexError | None", **values: object) -> str:
    words = {"day_named": day_named, "standing": standing, "became": BECAME.__getitem__}
    return str(draw(template, now=now, error=error, **words, **values))


def day_named(when: datetime) -> str:
    """Return a day as one names it ahead: Friday 27 November."""
    local = when.astimezone()
    return f"{local:%A} {local.day} {local:%B}"


def standing(one: "Share", now: datetime) -> str:
    """Return how a link stands, in a sentence or two."""
    how = "Open." if one.is_open(now) else "Withdrawn." if one.revoked else "Ended."
    said = sum(remark.by == "guest" for remark in one.remarks)
    seen = "Never opened." if not one.times("opened") else "It was opened."
    return f"{how} {seen} {counted(said, 'remark', 'remarks')}."
