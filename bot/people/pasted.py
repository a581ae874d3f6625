"""Many accounts at once, from lines that somebody pastes: a name and a role on each."""

import re
from dataclasses import dataclass

from bot.errors import AlexError, UsageError
from bot.people.people import People
from bot.people.person import Person

MOST_LINES = 200
"""At once: each costs some 30 ms of a core, for its password is hashed."""
CALLED = {"": "leader", "administrator": "admin"}
"""What a role may be called besides; a line without one is for a leader."""


@dataclass(frozen=True)
class Line:
    """A line that was pasted, and what became of it."""

    number: int
    """From 1."""
    words: str
    """As it was pasted."""
    name: str = ""
    """Of the account that was made, or ''."""
    role: str = ""
    password: str = ""
    """The first one; it is kept nowhere."""
    fault: str = ""
    """Why no account was made, or ''."""


def add_all(people: People, pasted: str, by: Person) -> list[Line]:
    """Make an account for each line, "name, role"; those that can be made are made, whatever becomes of others.

    The last comma, semicolon or tab parts name and role; empty lines are passed over. Raise UsageError where there are
    no lines, or more than MOST_LINES: then nothing is done. Raise NotAllowed where it is not theirs to do.
    """
    people.counts(by=by)
    lines = [(number, words.strip()) for number, words in enumerate(pasted.splitlines(), start=1) if words.strip()]
    if not lines:
        raise UsageError("There is nobody to add yet.", "Write a name and a role on each line.")
    if len(lines) > MOST_LINES:
        raise UsageError(f"That is {len(lines)} lines.", f"Add {MOST_LINES} at once, then the others.")
    return [_added(people, number, words, by) for number, words in lines]


def _added(people: People, number: int, words: str, by: Person) -> Line:
    name, role = _parted(words)
    try:
        account, password = people.add(name, role, by=by)
    except AlexError as error:
        return Line(number, words, fault=str(error))
    return Line(number, words, account.name, account.role, password)


def _parted(words: str) -> tuple[str, str]:
    """Return the name and the role that a line holds."""
    found = re.fullmatch(r"(.*?)(?:[,;\t]([^,;\t]*))?", words)
    name, role = found.groups("") if found else (words, "")
    role = role.strip().casefold()
    return name.strip(), CALLED.get(role, role)
