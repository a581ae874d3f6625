"""A database's faults in plain words: what happened, what is safe, what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import RecordError


@dataclass(frozen=True)
class Attempt:
    """Something the record tries: how it is put when it fails, what is safe then, and how to go on."""

    failed: str
    safe: str
    again: str
    holds_words: bool = True
    """Whether words that somebody said or wrote may reach the disk with it: not where nothing is kept."""


OPENING = Attempt("The transcripts could not be opened", "The file was left as it is.", "start again", False)
STARTING = Attempt("The session was not started", "Earlier sessions are safe.", "try again")
SAYING = Attempt("Your last words were not kept", "Everything before them is safe.", "say it again")
READING = Attempt("The transcripts could not be read", "Nothing was changed.", "try again", False)
CHANGING = Attempt("The change was not kept", "The transcript is as it was.", "try again")
ASKING = Attempt("The question was not kept", "The library's answer stands.", "ask it again")
DELETING = Attempt("Nothing was deleted", "The transcripts are as they were.", "try again", False)
KEEPING_ACCOUNT = Attempt("The account was not changed", "Everything kept is safe.", "try again", False)
SHARING = Attempt("The link was not changed", "The transcripts are as they were.", "try again")
GROUPING = Attempt("The group was not changed", "Everything kept is safe.", "try again", False)
TELLING = Attempt("The learning record store was not told", "The transcripts are as they were.", "try again", False)
MINDING_LINK = Attempt("The link was not changed", "The transcripts are as they were.", "try again", False)
SIGNING_IN = Attempt("Nobody could be signed in", "Everything kept is safe.", "try again", False)
WIPING = Attempt(
    "The session is deleted, but its words may stay in the file for now",
    "They go with the next deletion, or when Alex is closed everywhere.",
    "delete something else",
    False,
)

CAUSES = (
    ("disk is full", "the disk is full", "Free some space and {again}."),
    ("readonly", "the file is read-only", "Make {place} writable, or set ALEX_HOME to another folder, and {again}."),
    ("locked", "another program is holding the file", "Close that program and {again}."),
    (
        "not a database",
        "{place} is not a database",
        "Move that file away, or name another with ALEX_DATABASE_URL, and {again}.",
    ),
    ("malformed", "{place} is damaged", "Move that file away and put your last copy of it in its place."),
    (
        "unable to open",
        "{place} cannot be opened",
        "Check that its folder is there and yours to write to, and {again}.",
    ),
    ("disk i/o error", "the disk did not answer", "Check that the disk is connected and has space, and {again}."),
    (
        "connection",
        "the database server at {place} cannot be reached",
        "Check that it runs and that ALEX_DATABASE_URL is right, and {again}.",
    ),
    (
        "authentication",
        "the database server at {place} does not let Alex in",
        "Check the name and the password in ALEX_DATABASE_URL, and {again}.",
    ),
    ("unique", "this session has gone on in another window", "Open it again from the list and {again}."),
)
"""What a database's message has in it, the cause as a clause, and the remedy. The first that fits is told."""
OTHERWISE = ("", "the database at {place} did not answer as it should", "Start Alex again; if it stays, report this.")


@contextmanager
def in_plain_words(attempt: Attempt, place: str) -> Iterator[None]:
    """Raise RecordError for any fault of the database at `place` (a path or an address) while trying `attempt`."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, sqlite3.Error) as fault:
        raise explained(str(getattr(fault, "orig", None) or fault), attempt, place) from fault


def explained(message: str, attempt: Attempt, place: str) -> RecordError:
    """Return the database's `message` as an error for the leader."""
    cause = next((cause for cause in CAUSES if cause[0] in message.lower()), OTHERWISE)
    because, remedy = (part.format(place=place, again=attempt.again) for part in cause[1:])
    return RecordError(f"{attempt.failed}: {because}. {attempt.safe}", remedy)
