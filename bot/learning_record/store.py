"""The learning record store as its address answers: the one place that knows how it is asked."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx2

from bot.errors import UsageError
from bot.settings import LOOPBACK, Settings

VERSION = "1.0.3"
TIMEOUT_S = 10.0
"""Longest wait for the next sign of life of the store, in seconds."""
TRY_LATER = frozenset({408, 425, 429})
OF_THE_SETTINGS = frozenset({401, 403, 404, 405, 407})
"""Refusals that hold for every statement, until somebody changes a setting."""


class Outcome(Enum):
    """What came of telling the store something."""

    TOLD = "told"
    LATER = "later"
    """It could not be told now."""
    REFUSED = "refused"
    """It does not want this statement, now or ever."""
    SHUT = "shut"
    """It lets nobody in who asks as we do."""


@dataclass(frozen=True)
class Answer:
    """What the store answered."""

    outcome: Outcome
    why: str = ""
    """As a clause, for the log."""
    after_s: float = 0.0
    """Of LATER: for how many seconds the store asked to be left alone."""


class Store:
    """A learning record store. Raise UsageError for settings with which none can be told anything."""

    def __init__(self, settings: Settings, *, timeout_s: float = TIMEOUT_S) -> None:
        self.host = _checked(settings).hostname or ""
        self._timeout_s = timeout_s
        self._statements = f"{settings.xapi_url.rstrip('/')}/statements"
        self._client = httpx2.Client(
            auth=(settings.xapi_key, settings.xapi_secret),
            headers={"X-Experience-API-Version": VERSION, "User-Agent": "Alex"},
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=self.host not in LOOPBACK,  # a proxy has no business with loopback
        )

    def tell(self, statement: dict[str, Any]) -> Answer:
        """Tell the store something that has an `id`, and return what came of it. Its own words are not read."""
        body = json.dumps(statement, ensure_ascii=False).encode()
        named, kind = {"statementId": statement["id"]}, {"Content-Type": "application/json"}
        try:
            with self._client.stream("PUT", self._statements, content=body, params=named, headers=kind) as response:
                return _answer(response.status_code, response.headers.get("retry-after", ""))
        except httpx2.TimeoutException:
            return Answer(Outcome.LATER, f"no answer came in {self._timeout_s:.0f} s")
        except httpx2.HTTPError as error:
            return Answer(Outcome.LATER, f"it could not be reached ({type(error).__name__})")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _answer(status: int, retry_after: str) -> Answer:
    if 200 <= status < 300 or status == 409:  # 409: it has been told before
        return Answer(Outcome.TOLD)
    if status in TRY_LATER or status >= 500:
        return Answer(Outcome.LATER, f"it answered {status}", _seconds(retry_after))
    if status in {401, 403}:
        return Answer(Outcome.SHUT, f"it does not accept ALEX_XAPI_KEY and ALEX_XAPI_SECRET ({status})")
    if status < 400 or status in OF_THE_SETTINGS:
        return Answer(Outcome.SHUT, f"ALEX_XAPI_URL is not where it takes statements ({status})")
    return Answer(Outcome.REFUSED, f"it answered {status}")


def _seconds(retry_after: str) -> float:
    """Return for how long a store asks to be left alone: it gives seconds, or a date."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max((until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def _checked(settings: Settings) -> SplitResult:
    """Return the store's address in parts. Raise UsageError where something is missing, or goes in the open."""
    address = _address(settings.xapi_url, "ALEX_XAPI_URL", "https://lrs.example.org/xapi")
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise UsageError(
            "ALEX_XAPI_URL begins with http: what is told could be read on the way.", "Write an address with https."
        )
    if not settings.xapi_key or not settings.xapi_secret:
        raise UsageError(
            "ALEX_XAPI_URL is set, and there is nothing to sign in to that store with.",
            "Set ALEX_XAPI_KEY and ALEX_XAPI_SECRET.",
        )
    _address(settings.address, "ALEX_ADDRESS", "https://alex.example.org")
    _address(settings.xapi_home or settings.address, "ALEX_XAPI_HOME", "https://alex.example.org")
    return address


def _address(said: str, setting: str, example: str) -> SplitResult:
    """Return a setting in parts. Raise UsageError where it is no address of a page, or holds more than one."""
    wrong = UsageError(f"{setting} cannot be used as an address.", f"Write one like {example}.")
    try:
        parts = urlsplit(said)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise wrong from None
    more = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or more or not port_fits or not said.isprintable():
        raise wrong
    return parts
