"""What a model has been sent, has said and has cost, in this process. Prices: prices.yaml, or the leader's own."""

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.content import ContentModel, read_model
from bot.errors import PromptError

FILE = Path(__file__).parent / "prices.yaml"
MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    sent: float
    heard: float

    def of(self, sent: int | None, heard: int | None) -> float | None:
        """Return what so many tokens cost, or None where they were not counted."""
        if sent is None or heard is None:
            return None
        return (sent * self.sent + heard * self.heard) / MILLION


class PriceList(ContentModel):
    """prices.yaml as written."""

    as_of: str
    prices: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Spent:
    """A sum: requests, tokens where they were counted, US dollars where prices are known."""

    calls: int = 0
    sent: int = 0
    heard: int = 0
    usd: float = 0.0
    is_whole: bool = True
    """Whether every request was counted and priced."""


class Spending:
    """The account of one model in this process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent = Spent()

    def add(self, sent: int | None, heard: int | None, usd: float | None) -> None:
        """Put one answered request on the account."""
        with self._lock:
            was = self._spent
            self._spent = Spent(
                was.calls + 1,
                was.sent + (sent or 0),
                was.heard + (heard or 0),
                was.usd + (usd or 0.0),
                was.is_whole and usd is not None,
            )

    @property
    def so_far(self) -> Spent:
        """Return the sum so far."""
        with self._lock:
            return self._spent


def price_of(model: str, given: str = "") -> Price | None:
    """Return the price of a model: as `given` ("0.40/1.60"), else from the list; a dated name counts as its model's."""
    if given:
        sent, heard = given.split("/")
        return Price(float(sent), float(heard))
    known = _list().prices
    name = next((one for one in sorted(known, key=len, reverse=True) if _is_of(model.lower(), one)), None)
    return Price(*known[name]) if name else None


def _is_of(model: str, listed: str) -> bool:
    """Return whether a model is the one listed: by name, after a provider's prefix, or with a date after it."""
    own = model.rpartition("/")[2]
    return own == listed or (own.startswith(f"{listed}-") and own[len(listed) + 1 :].replace("-", "").isdigit())


@lru_cache(maxsize=1)
def _list() -> PriceList:
    return read_model(FILE, PriceList, PromptError)
