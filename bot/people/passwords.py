"""Passwords: which will do, and their hashes. A password itself is kept nowhere."""

import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING

from bot.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 256
"""In characters. Length counts, not digits or signs (NIST SP 800-63B-4, 3.1.1.2; the NCSC's "three random words")."""
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""Of argon2id: the least that OWASP's Password Storage Cheat Sheet asks for."""
LEAST_DIFFERENT = 5
"""Different characters in a password."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Hashes worked out at the same time: each takes 19 MB and some 30 ms of a core."""
SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


def fit(password: str, name: str) -> None:
    """Raise UsageError, saying what would do, where a password would not."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            f"A password has {SHORTEST} to {LONGEST} characters.",
            "Three words that have nothing to do with each other do.",
        )
    if len(set(password.casefold())) < LEAST_DIFFERENT or name.casefold() in password.casefold():
        raise UsageError(
            "That password is easy to guess.", "Leave out your name, and use more than a few different letters."
        )


def hashed(password: str) -> str:
    """Return the argon2id hash of a password."""
    with AT_ONCE:
        return _hasher().hash(password)


def matches(password: str, kept: str) -> bool:
    """Return whether this is the password that `kept` is the hash of.

    It takes as long where there is nothing to compare with ('' for `kept`): how long it takes tells nobody who has an
    account.
    """
    from argon2.exceptions import Argon2Error, InvalidHashError

    with AT_ONCE:
        try:
            return _hasher().verify(kept or _nobodys(), password[: LONGEST + 1]) and bool(kept)
        except (Argon2Error, InvalidHashError):
            return False


def made_up() -> str:
    """Return a password that can be read out over the telephone: 4 words of 3 syllables, some 73 bits."""
    return "-".join("".join(secrets.choice(SYLLABLES) for _ in range(3)) for _ in range(4))


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe())
