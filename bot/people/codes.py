"""Joining codes: how they are made up, kept and held against each other, and how often somebody may guess."""

import hashlib
import unicodedata
from datetime import UTC, datetime

from bot.errors import NotAllowed
from bot.people.passwords import made_up
from bot.people.people import MOST_FOR_NAME, MOST_FOR_PAIR, MOST_FROM_ADDRESS, WINDOW
from bot.people.person import Person
from bot.record.accounts import Accounts

LONGEST_CODE = 200
TOO_MANY = NotAllowed("Too many codes were tried that join nothing.", "Wait a quarter of an hour, then try again.")


def new_code() -> str:
    """Return a code that can be read out: 4 words of 3 syllables, some 73 bits."""
    return made_up()


def hash_of(code: str) -> str:
    """Return the SHA-256 of a code however it was typed: capitals, spaces and hyphens make no difference."""
    plain = unicodedata.normalize("NFKC", code[:LONGEST_CODE]).casefold()
    return hashlib.sha256("".join(filter(str.isalnum, plain)).encode("utf-8", "surrogatepass")).hexdigest()


class Guesses:
    """Codes that joined nothing, as often as a sign-in may fail: for one account from one address, for it, from one."""

    def __init__(self, accounts: Accounts, person: Person, address: str) -> None:
        self._accounts = accounts
        self._who, self._whence = _hash(f"joins {person.id}"), _hash(f"joins from {address}")

    def refuse_too_many(self) -> None:
        """Raise NotAllowed where too many were wrong lately."""
        since = datetime.now(UTC) - WINDOW
        pair, by_person, from_address = self._accounts.failed(self._who, self._whence, since)
        if pair >= MOST_FOR_PAIR or by_person >= MOST_FOR_NAME or from_address >= MOST_FROM_ADDRESS:
            raise TOO_MANY.anew()

    def note(self) -> None:
        """Note one that was wrong. A right one takes none of them back: it would let whoever has one go on guessing."""
        self._accounts.note_failed(self._who, self._whence, datetime.now(UTC) - WINDOW)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
