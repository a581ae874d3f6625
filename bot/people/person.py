"""Who asks: a person, for as long as one request of theirs is answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

from bot.errors import NotAllowed

Role = Literal["leader", "coach", "admin"]
ROLES: tuple[str, ...] = get_args(Role)


@dataclass(frozen=True)
class Person:
    """Somebody who asks for something."""

    id: str
    """Of their account; '' for whoever uses this computer, where nobody signs in."""
    name: str
    role: Role
    to_change: bool = False
    """Whether somebody else chose their password: then nothing is open before it is changed."""

    @property
    def looks_after_library(self) -> bool:
        """Return whether they may add to the library and take from it: on a server it is everybody's."""
        return self.role in {"coach", "admin"}

    @property
    def makes_groups(self) -> bool:
        """Return whether they may make groups for others to join, and look after them."""
        return self.role in {"coach", "admin"}

    @property
    def looks_after_server(self) -> bool:
        """Return whether they decide what holds for everybody who uses it, such as whether a model is used."""
        return self.role == "admin"


LOCAL = Person("", "", "admin")
"""Whoever uses this computer."""
_ASKING: ContextVar[Person | None] = ContextVar("who asks", default=None)


@contextmanager
def asking(person: Person | None) -> Iterator[None]:
    """Let what is done inside be done for `person`; for nobody, where there is none."""
    token = _ASKING.set(person)
    try:
        yield
    finally:
        _ASKING.reset(token)


def whoever_asks() -> Person:
    """Return who asks. Raise NotAllowed where nobody does: then nothing of anybody's may be touched."""
    person = _ASKING.get()
    if person is None or person.to_change:
        raise NotAllowed("You are not signed in any more.", "Open the page again and sign in. What is kept stays.")
    return person


def whoever_uses_this_computer() -> Person:
    """Return LOCAL: nobody signs in here."""
    return LOCAL
