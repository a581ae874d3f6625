"""A language model to be asked: with a limit on the whole wait, a rest when it fails, and what it has cost."""

import contextlib
import time
from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from bot.errors import ModelError, ModelMisbehaved, ModelUnavailable
from bot.model.address import Address, address_from, is_here
from bot.model.breaker import Breaker
from bot.model.client import LONGEST, METHODS, Answer, Client, ModelRefused
from bot.model.filling import asks_for_json, read_form, schema_of
from bot.model.prompts import Asked
from bot.model.spending import Price, Spending, Spent, price_of
from bot.model.thread import AskingThread
from bot.settings import Settings

Form = TypeVar("Form", bound=BaseModel)
Got = TypeVar("Got")
SHORTEST_S = 0.2
"""Seconds left below which nothing is asked."""
IN_WORDS = "prompt"
"""The last way of having a form filled in: asked for in words."""


class Answers(Protocol):
    """Anything that answers a prompt: the model, or a scripted one in a test."""

    @property
    def name(self) -> str:
        """Return what it is called."""

    @property
    def place(self) -> str:
        """Return the machine it is on."""

    @property
    def timeout_s(self) -> float:
        """Return the longest wait for one line, in seconds, everything included."""

    def answer(self, asked: Asked, within_s: float, longest: int = LONGEST) -> Answer:
        """Return its answer, '' where it has none. Raise ModelError."""

    def fill(self, asked: Asked, form: type[Form], within_s: float) -> tuple[Form, Answer]:
        """Return the form filled in. Raise ModelError."""

    def was_used(self, used: bool) -> None:
        """Take note whether the words of a turn could be used."""

    def usd(self, sent: int | None, heard: int | None) -> float | None:
        """Return what so many tokens cost in US dollars, or None where nobody knows."""


class Model:
    """A language model at an address. Safe to use from several threads."""

    def __init__(self, address: Address, breaker: Breaker | None = None, price: Price | None = None) -> None:
        self._address = address
        self._breaker = breaker or Breaker()
        self._client = Client(address)
        self._thread = AskingThread()
        self._price = price
        self.spending = Spending()
        self.method = ""
        """The way in which it filled in the last form: one of METHODS or 'prompt'; '' before the first."""

    @property
    def name(self) -> str:
        """Return what it is called."""
        return self._address.name

    @property
    def place(self) -> str:
        """Return the machine it is on."""
        return self._address.host

    @property
    def timeout_s(self) -> float:
        """Return the longest wait for one line, in seconds, everything included."""
        return self._address.timeout_s

    def usd(self, sent: int | None, heard: int | None) -> float | None:
        """Return what so many tokens cost in US dollars, or None where nobody knows; nothing on this machine."""
        if is_here(self.place):
            return 0.0
        return self._price.of(sent, heard) if self._price else None

    def answer(self, asked: Asked, within_s: float, longest: int = LONGEST) -> Answer:
        """Return its answer, '' where it has none. Raise ModelUnavailable or ModelMisbehaved.

        `within_s` counts from now to the last word: the library's own timeout starts again at every piece. `longest`:
        characters after which it is cut off.
        """
        return self._guarded(lambda: self._within(self._client.say(asked, longest), within_s))

    def pieces(self, asked: Asked, within_s: float) -> list[float]:
        """Return when the pieces of an answer came, in seconds from the request. Raise ModelError."""
        started, times = time.monotonic(), list[float]()
        self._within(self._client.say(asked, LONGEST, lambda: times.append(time.monotonic() - started)), within_s)
        return times

    def fill(self, asked: Asked, form: type[Form], within_s: float) -> tuple[Form, Answer]:
        """Return the form filled in, by the way that worked last or the first that works. Raise ModelError."""
        until = time.monotonic() + within_s
        return self._guarded(lambda: self._filled(asked, form, until))

    def was_used(self, used: bool) -> None:
        """Take note whether the words of a turn could be used: a model whose words never can be is left to rest."""
        self._breaker.was_used(used)

    def warm(self) -> None:
        """Load the library and open the model, which takes a second or two. Nothing is sent."""
        with contextlib.suppress(ModelError, TimeoutError):  # it is told when somebody asks
            self._thread.run(self._client.ready(), self.timeout_s)

    def close(self) -> None:
        """Close its connections. It opens them again when it is asked again."""
        self._thread.close(self._client.close)

    def _guarded(self, ask: Callable[[], Got]) -> Got:
        if rest := self._breaker.rests_for():
            raise ModelUnavailable(f"{self.name!r} has failed and is left to rest; it is tried again in {rest:.0f} s.")
        try:
            got = ask()
        except ModelError as error:
            self._breaker.failed(getattr(error, "rest_s", 0.0))
            raise
        self._breaker.worked()
        return got

    def _filled(self, asked: Asked, form: type[Form], until: float) -> tuple[Form, Answer]:
        ways = (*METHODS, IN_WORDS)
        for method in ways[ways.index(self.method) if self.method else 0 :]:
            try:
                answer = self._asked_by(method, asked, form, until - time.monotonic())
            except ModelRefused:
                if method == IN_WORDS:
                    raise
                continue
            if (filled := read_form(answer.text, form)) is not None:
                self.method = method
                return filled, answer
        raise ModelMisbehaved(f"{self.name!r} did not fill in what it was asked to.")

    def _asked_by(self, method: str, asked: Asked, form: type[BaseModel], within_s: float) -> Answer:
        if method == IN_WORDS:
            return self._within(self._client.say(asks_for_json(asked, form), LONGEST), within_s)
        return self._within(self._client.fill(asked, schema_of(form), method), within_s)

    def _within(self, asking: Coroutine[Any, Any, Answer], within_s: float) -> Answer:
        if within_s < SHORTEST_S:
            asking.close()
            raise ModelUnavailable(f"No time was left to ask {self.name!r} again.")
        try:
            answer = self._thread.run(asking, within_s)
        except TimeoutError:
            raise ModelUnavailable(f"No answer from {self.name!r} in {within_s:.2g} s.") from None
        self.spending.add(answer.sent, answer.heard, self.usd(answer.sent, answer.heard))
        return answer


def shared_model(settings: Settings) -> Model:
    """Return the model of this process for these settings, so that all sessions share one breaker and one account."""
    return _shared(address_from(settings), settings.model_price)


def spent_so_far(settings: Settings) -> Spent:
    """Return what the model of these settings has taken in this process. Opens nothing that is not open."""
    return shared_model(settings).spending.so_far


@lru_cache(maxsize=8)
def _shared(address: Address, price: str) -> Model:
    return Model(address, price=price_of(address.name, price))
