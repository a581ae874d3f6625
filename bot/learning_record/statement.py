"""What a learning record store is told: one statement (xAPI 1.0.3) for a finished rehearsal. Pure.

It holds neither score nor success, no title, no name, and nothing that anybody said.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote
from uuid import UUID

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
SIMULATION = "http://adlnet.gov/expapi/activities/simulation"
LANGUAGE = "en-GB"
LONGEST_THOUGHT = timedelta(minutes=10)
"""What a longer pause between two turns counts as: a conversation may lie open overnight."""


@dataclass(frozen=True)
class Finished:
    """A rehearsal that somebody finished, as far as a store may know of it."""

    session: str
    account: str
    scenario: str
    """The name of its folder."""
    title: str
    note: str
    """The scenario's, as its author wrote them."""
    took: timedelta
    at: datetime


def completed(about: Finished, *, secret: str, address: str, home: str) -> dict[str, Any]:
    """Return the statement.

    `address` is the server's, `home` that of the pseudonymous accounts, `secret` what these are made from.
    """
    account = {"homePage": home, "name": pseudonym(secret, about.account)}
    definition = {"name": {LANGUAGE: about.title}, "description": {LANGUAGE: about.note}, "type": SIMULATION}
    return {
        "id": statement_id(secret, about.session),
        "actor": {"objectType": "Agent", "account": account},
        "verb": {"id": COMPLETED, "display": {LANGUAGE: "completed"}},
        "object": {
            "objectType": "Activity",
            "id": f"{address.rstrip('/')}/scenarios/{quote(about.scenario)}",
            "definition": definition,
        },
        "result": {"completion": True, "duration": duration(about.took)},
        "timestamp": about.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def pseudonym(secret: str, account: str) -> str:
    """Return what an account is called at the store: the same each time, and nobody there can tell whose it is."""
    return _mac(secret, "account", account).hex()


def statement_id(secret: str, session: str) -> str:
    """Return the UUID of what is told of a session: the same each time, so that a store knows it when it comes twice.

    It has the form of version 5, a name's hash; here with a secret, for the name is what opens the session.
    """
    return str(UUID(bytes=_mac(secret, "session", session)[:16], version=5))


def time_at_it(begun: datetime, said: Iterable[datetime]) -> timedelta:
    """Return how long a conversation took, from its beginning to the last turn; turns from before do not count."""
    moments = [begun, *sorted(moment for moment in said if moment > begun)]
    return sum((min(after - before, LONGEST_THOUGHT) for before, after in pairwise(moments)), timedelta())


def duration(took: timedelta) -> str:
    """Return a length of time in whole seconds as ISO 8601 has it, as in PT12M14S."""
    minutes, seconds = divmod(round(took.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number]
    return f"PT{''.join(parts) or '0S'}"


def _mac(secret: str, kind: str, name: str) -> bytes:
    return hmac.digest(bytes.fromhex(secret), f"{kind}:{name}".encode(), hashlib.sha256)
