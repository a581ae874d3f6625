"""The pages of a server beside the screens, whole: they need no script."""

from typing import TYPE_CHECKING

from bot.errors import AlexError
from bot.people.passwords import SHORTEST
from bot.web.render.drawing import counted, draw

if TYPE_CHECKING:
    from bot.people.person import Person

ROLES = {"leader": "Leader", "coach": "Coach", "admin": "Administrator"}


def sign_in(*, name: str = "", error: AlexError | None = None, elsewhere: bool = False) -> str:
    """Return the page on which somebody signs in; `elsewhere` where another system does that."""
    return str(draw("sign_in.html", name=name, error=error, elsewhere=elsewhere))


def account(
    person: "Person", sessions: int, days: int, *, known_as: str, elsewhere: bool, error: AlexError | None = None
) -> str:
    """Return somebody's own account: how many conversations they keep, and for how many days at most (0: for good).

    `known_as`: what a learning record store knows them as, '' where none is told anything.
    """
    kept = counted(sessions, "conversation", "conversations")
    shown = {"person": person, "role": ROLES[person.role], "kept": kept, "days": days, "elsewhere": elsewhere}
    return str(draw("account.html", **shown, known_as=known_as, error=error))


def gone() -> str:
    """Return what is said to somebody whose account is deleted."""
    return str(draw("gone.html"))


def password(person: "Person", *, error: AlexError | None = None) -> str:
    """Return the page on which somebody changes their password."""
    return str(draw("password.html", person=person, error=error, shortest=SHORTEST))
