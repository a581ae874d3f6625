"""The one place that knows LangChain: a language model that speaks OpenAI's protocol, and how it fails.

Nothing is imported or opened before the first line. Nobody's words are ever part of an error.
"""

import asyncio
import atexit
import contextlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.errors import ModelError, ModelMisbehaved, ModelUnavailable
from bot.model.prompts import Asked
from bot.settings import Settings, silence_third_parties

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from langchain_openai import ChatOpenAI

OPENAI = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4.1-mini"
LONGEST = 6000
"""Characters heard of one answer, a reasoning model's thinking aloud included; a model that goes on is cut off."""
MOST_TOKENS = 1500
"""Asked of the provider; not every server keeps to it."""
SHORTEST_S = 0.2
"""Seconds left below which nothing is asked."""
REST_S = 60.0
FAILURES = 2
"""Failures in a row after which a model rests."""
END_S = 5.0
"""Longest wait, at the end, for what the model's thread is about."""
THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


class Answers(Protocol):
    """Anything that answers a prompt: the model, or a scripted one in a test."""

    @property
    def name(self) -> str:
        """Return what it is called."""

    @property
    def place(self) -> str:
        """Return where it is."""

    @property
    def timeout_s(self) -> float:
        """Return the longest wait for one line, in seconds, everything included."""

    def answer(self, asked: Asked, within_s: float) -> str:
        """Return its answer, '' where it has none. Raise ModelError."""


@dataclass(frozen=True)
class Address:
    """Which model, where, and how long to wait for it."""

    name: str
    url: str
    key: str = field(repr=False)
    timeout_s: float

    @property
    def host(self) -> str:
        """Return the machine it is on."""
        return urlsplit(self.url).hostname or self.url

    @property
    def is_openai(self) -> bool:
        """Return whether it is OpenAI's own service."""
        return self.host == "openai.com" or self.host.endswith(".openai.com")


def address_from(settings: Settings) -> Address:
    """Return the model that the settings choose. The key goes to `model_url` where one is set."""
    url = settings.model_url.strip().rstrip("/") or OPENAI
    name = settings.model.strip() or (DEFAULT_MODEL if not settings.model_url else "default")
    return Address(name, url, settings.openai_api_key or "not-needed", settings.model_timeout_s)


class Breaker:
    """Rest what keeps failing, so that nobody waits for it at every turn. After the rest, one failure is enough."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    def rests_for(self) -> float:
        """Return for how many more seconds nothing is asked; 0.0 when all is well."""
        with self._lock:
            return max(self._until - self._clock(), 0.0)

    def failed(self) -> None:
        """Note a failure."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._until = self._clock() + REST_S

    def worked(self) -> None:
        """Note an answer."""
        with self._lock:
            self._failures, self._until = 0, 0.0


class Model:
    """A language model at an address. Safe to use from several threads."""

    def __init__(self, address: Address, breaker: Breaker | None = None) -> None:
        self._address = address
        self._breaker = breaker or Breaker()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: ChatOpenAI | None = None

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

    def answer(self, asked: Asked, within_s: float) -> str:
        """Return its answer, '' where it has none. Raise ModelUnavailable or ModelMisbehaved.

        `within_s` counts from now to the last word: the library's own timeout starts again at every piece.
        """
        if rest := self._breaker.rests_for():
            raise ModelUnavailable(f"{self.name!r} is resting after {FAILURES} failures; {rest:.0f} s to go.")
        if within_s < SHORTEST_S:
            raise ModelUnavailable(f"No time was left to ask {self.name!r} again.")
        try:
            heard = self._within(asked, within_s)
        except ModelError:
            self._breaker.failed()
            raise
        self._breaker.worked()
        return heard

    def _within(self, asked: Asked, within_s: float) -> str:
        task = asyncio.run_coroutine_threadsafe(self._ask(asked), self._running())
        try:
            return task.result(within_s)
        except TimeoutError:
            task.cancel()  # closes the connection as well
            raise ModelUnavailable(f"No answer from {self.name!r} in {self.timeout_s:g} s.") from None

    def _running(self) -> asyncio.AbstractEventLoop:
        """Return the loop on which the model is asked, in a thread of its own that ends with the process."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="alex-model", daemon=True)
                self._thread.start()
                atexit.register(_end, self._loop, self._thread)
            return self._loop

    def close(self) -> None:
        """Close its connections. It opens them again when it is asked again."""
        with self._lock:
            if self._loop is None or self._thread is None:
                return
            if self._client is not None:
                asyncio.run_coroutine_threadsafe(self._client.root_async_client.close(), self._loop).result(5)
            _end(self._loop, self._thread)
            self._loop = self._thread = self._client = None

    async def _ask(self, asked: Asked) -> str:
        try:
            return await self._hear(asked)
        except ModelError:
            raise
        except Exception as error:  # whatever the library, the network or the server thought of
            raise self._in_plain_words(error) from None

    async def _hear(self, asked: Asked) -> str:
        messages = [("system", asked.instructions), ("human", asked.conversation)]
        heard = ""
        pieces = cast("AsyncGenerator[Any, None]", self._opened().astream(messages))
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                heard += str(piece.text)
                if len(heard) > LONGEST:
                    raise ModelMisbehaved(f"{self.name!r} did not stop talking.")
        return THINKING.sub("", heard).strip()

    def _opened(self) -> "ChatOpenAI":
        if self._client is None:
            self._client = _client(self._address)
        return self._client

    def _in_plain_words(self, error: Exception) -> ModelError:
        from langchain_core import exceptions

        for kind, fault, fix in FAULTS:
            if isinstance(error, getattr(exceptions, kind)):
                return ModelUnavailable(fault.format(model=repr(self.name), host=self.place), fix)
        return ModelMisbehaved(f"{self.name!r} sent something that cannot be read.")


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    """Let the thread end by itself: torn off at the end of the program, it can take that down with it."""
    if loop.is_closed():
        return
    with contextlib.suppress(TimeoutError):
        asyncio.run_coroutine_threadsafe(_drop_what_is_asked(), loop).result(END_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(END_S)
    if not thread.is_alive():
        loop.close()


async def _drop_what_is_asked() -> None:
    asked = asyncio.all_tasks() - {asyncio.current_task()}
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


FAULTS = (
    ("ModelAuthenticationError", "{host} did not accept the key.", "Check OPENAI_API_KEY."),
    ("ModelPermissionDeniedError", "{host} does not let this key use {model}.", "Check ALEX_MODEL and the account."),
    (
        "ModelNotFoundError",
        "{host} knows no model {model}.",
        "Check ALEX_MODEL, and ALEX_MODEL_URL (often ending in /v1).",
    ),
    ("ModelRateLimitError", "{host} takes no more requests for now.", "Check the account's limits and credit."),
    ("ModelTimeoutError", "{model} at {host} took too long.", "Raise ALEX_MODEL_TIMEOUT_S if that is usual."),
    ("ModelConnectionError", "{host} could not be reached, or broke off.", "Check the connection and ALEX_MODEL_URL."),
    ("ModelAPIError", "The server at {host} failed.", "Wait a little."),
    ("ContextOverflowError", "The conversation is too long for {model}.", "Choose a model with a longer context."),
    ("ModelError", "{host} refused the request to {model}.", "Check ALEX_MODEL."),
)
"""Kind of failure (langchain_core.exceptions), what happened, what to do; the first that fits."""


def _client(address: Address) -> "ChatOpenAI":
    silence_third_parties()
    from langchain_openai import ChatOpenAI
    from openai import DefaultAsyncHttpxClient

    return ChatOpenAI(
        model=address.name,
        base_url=address.url,
        api_key=SecretStr(address.key),
        timeout=address.timeout_s,
        max_retries=0,
        max_completion_tokens=MOST_TOKENS,
        stream_usage=False,
        use_responses_api=False,
        store=False if address.is_openai else None,
        cache=False,
        http_async_client=DefaultAsyncHttpxClient(),  # LangChain's own is shared by all models at one address
    )


def shared_model(settings: Settings) -> Model:
    """Return the model of this process for these settings, so that all sessions share one breaker."""
    return _shared(address_from(settings))


@lru_cache(maxsize=8)
def _shared(address: Address) -> Model:
    return Model(address)
