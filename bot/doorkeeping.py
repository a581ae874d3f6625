"""The accounts of a server in a terminal. Whoever has that may do everything; what they do is noted."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import UsageError
from bot.people.people import People
from bot.record.store import Record
from bot.settings import Settings

Say = Callable[[str], None]
FIRST = "Password: {password}\nTell them nothing else but the name; they choose their own when they sign in first."


@contextmanager
def opened(settings: Settings) -> Iterator[People]:
    """Give the people of this server."""
    with Record(settings.record_url) as record:
        yield People(record.accounts)


def add(settings: Settings, name: str, role: str, password_file: Path | None, say: Say) -> None:
    """Make an account; print its password where it was made up."""
    given = _password_in(password_file)
    with opened(settings) as people:
        account, password = people.add(name, role, given)
    say(f"Added: {account.name}, {account.role}.")
    if not given:
        say(FIRST.format(password=password))


def listed(settings: Settings, say: Say, *, as_json: bool) -> None:
    """Print every account."""
    with opened(settings) as people:
        found = people.all()
    if as_json:
        rows = [{"name": one.name, "role": one.role, "created": one.created.isoformat()} for one in found]
        say(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in found:
        waiting = "  has not chosen a password yet" if one.to_change else ""
        say(f"{one.name}  {one.role}  since {one.created.astimezone():%d %b %Y}{waiting}")
    if not found:
        say("No accounts yet.")


def new_password(settings: Settings, name: str, password_file: Path | None, say: Say) -> None:
    """Give an account a new password; print it where it was made up."""
    given = _password_in(password_file)
    with opened(settings) as people:
        password = people.new_password(name, given)
    say("Changed, and signed out everywhere.")
    if not given:
        say(FIRST.format(password=password))


def new_role(settings: Settings, name: str, role: str, say: Say) -> None:
    """Give an account another role."""
    with opened(settings) as people:
        people.new_role(name, role)
    say(f"{name} is now {role}.")


def remove(settings: Settings, name: str, say: Say) -> None:
    """Delete an account with everything that is its own."""
    with opened(settings) as people:
        gone = people.remove(name)
    say(f"{gone.name} is deleted, with every conversation, question and group of theirs. Backups keep what they keep.")


def _password_in(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file} cannot be read as text.", "Write the password into it, on one line.") from None
