"""The pages on which administrators look after who may sign in: whole, and they need no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.people.pasted import MOST_LINES
from bot.people.people import A_PAGE
from bot.web.render.drawing import counted, draw
from bot.web.render.own import ROLES

if TYPE_CHECKING:
    from bot.errors import AlexError
    from bot.people.pasted import Line
    from bot.people.person import Person
    from bot.record.accounts import Account
    from bot.record.audit import Done

DID = {
    "added": "added {whom}, {role}",
    "password": "gave {whom} a new password",
    "role": "made {whom} {role}",
    "removed": "removed {whom}",
}
A_ROLE = {"leader": "a leader", "coach": "a coach", "admin": "an administrator"}


@dataclass(frozen=True)
class Found:
    """A page of the accounts that were looked for."""

    accounts: "Sequence[Account]"
    number: int
    """How many were found in all."""
    search: str
    page: int
    """From 1; may be one that is not there, for which the last is shown."""

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return max(1, -(-self.number // A_PAGE))

    @property
    def shown(self) -> int:
        """Return which page is shown."""
        return min(max(self.page, 1), self.pages)

    def address(self, page: int) -> str:
        """Return where another page is."""
        return f"/people?{urlencode({'q': self.search, 'page': page})}"


@dataclass(frozen=True)
class About:
    """How the server stands."""

    version: str
    counts: Mapping[str, int]
    """Accounts by role."""
    days: int
    """For how many days conversations are kept; 0 for good."""
    model: str
    """The language model that is in use, or ''."""
    keeps_nothing: bool


def people(
    found: Found,
    done: "Sequence[Done]",
    about: About,
    *,
    elsewhere: bool,
    filled: Mapping[str, str],
    error: "AlexError | None" = None,
) -> str:
    """Return the list, the ways to add people, what was done, and how the server stands. `filled` is what was typed."""
    there = {"found": found, "done": [_said(one) for one in done], "about": about, "filled": filled}
    counts = [counted(number, *NAMED[role]) for role, number in about.counts.items()]
    more = {"counts": counts, "elsewhere": elsewhere, "most": MOST_LINES, "heading": _heading(found)}
    return _page("people.html", error, **there, **more)


def one(
    account: "Account",
    person: "Person",
    *,
    elsewhere: bool,
    says: str = "",
    password: str = "",
    error: "AlexError | None" = None,
) -> str:
    """Return the page of one account: with `says` what was just done to it, with `password` its first one."""
    about = {"account": account, "own": account.id == person.id, "elsewhere": elsewhere}
    return _page("person.html", error, **about, says=says, password=password)


def added_many(lines: "Sequence[Line]") -> str:
    """Return what became of each line that was pasted, with the passwords."""
    made = [one for one in lines if not one.fault]
    table = "\n".join(f"{one.name}\t{one.role}\t{one.password}" for one in made)
    said = counted(len(made), "account is added", "accounts are added")
    return _page("people_added.html", None, lines=lines, made=made, table=table, said=said)


def removed(account: "Account") -> str:
    """Return what is said when an account is removed."""
    return _page("person_gone.html", None, account=account)


def refused(error: "AlexError") -> str:
    """Return the page of somebody who may not see any of these, or of what is not there."""
    return _page("people_refused.html", error)


NAMED = {
    "leader": ("leader", "leaders"),
    "coach": ("coach", "coaches"),
    "admin": ("administrator", "administrators"),
}


def _heading(found: Found) -> str:
    if not found.search:
        return counted(found.number, "account", "accounts")
    return f"{counted(found.number, 'account', 'accounts')} with “{found.search}”"


def _said(one: "Done") -> tuple[datetime, str]:
    """Return when something was done, and in a sentence who did what."""
    role = A_ROLE.get(one.deed.detail, one.deed.detail)
    did = DID[one.deed.what].format(whom=one.whom, role=role)
    return one.at, f"{one.deed.by or 'Somebody in the terminal'} {did}."


def _on_day(iso: str) -> str:
    """Return a day as it is written in a list: 3 November 2026."""
    found = date.fromisoformat(iso)
    return f"{found.day} {found:%B %Y}"


def _page(template: str, error: "AlexError | None", **values: object) -> str:
    words = {"roles": ROLES, "a_role": A_ROLE, "on_day": _on_day}
    return str(draw(template, error=error, **words, **values))
