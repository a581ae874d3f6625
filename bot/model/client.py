"""The one place that knows LangChain: how a model is opened, heard and told to fill in a form, and how it fails.

Nothing is imported before the first request. Nobody's words are ever part of an error.
"""

import contextlib
import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from bot.errors import ModelError, ModelMisbehaved, ModelUnavailable
from bot.model.address import PROTOCOL, Address
from bot.model.prompts import Asked
from bot.settings import silence_third_parties

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LONGEST = 6000
"""Characters heard of one answer, a reasoning model's thinking aloud included; a model that goes on is cut off."""
MOST_TOKENS = 1500
"""Asked of the provider; not every server keeps to it."""
THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
SETTLED_S = 300.0
"""How long it is no use to ask again where somebody has to change a setting or pay first."""
METHODS = ("json_schema", "function_calling")
"""LangChain's ways of having a form filled in, the strictest first. A prompt that asks for JSON comes after them."""
ENDS = (".", "?", "!", "…", '"', "”", "’", "'", "}", ")", "`", "]")
CUT_OFF = "{model} broke off in the middle."


@dataclass(frozen=True)
class Answer:
    """What a model said, and the tokens it took as the server counted them; None where it did not say."""

    text: str
    sent: int | None = None
    heard: int | None = None


class Client:
    """A model at an address, as LangChain sees it. Use it from one event loop."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._model: BaseChatModel | None = None
        self._counts: bool | None = None
        """Whether the server takes a request to count tokens in a stream; None until it has taken or refused one."""

    async def say(self, asked: Asked, longest: int, heard: Callable[[], object] = lambda: None) -> Answer:
        """Return what the model says, heard as it comes; thinking aloud left out. Raise ModelError.

        `heard` is called at every piece that has words in it.
        """
        try:
            answer = await self._heard(asked, longest, heard)
        except ModelError:
            raise
        except Exception as error:  # whatever the library, the network or the server thought of
            if self._counts is None and _is_refused(error):
                self._counts = False
                return await self.say(asked, longest, heard)
            raise in_plain_words(error, self._address) from None
        self._counts = self._counts is not False
        return answer

    async def fill(self, asked: Asked, schema: Mapping[str, Any], method: str) -> Answer:
        """Return a form filled in by one of METHODS, as JSON text; '' where the answer holds none. Raise ModelError."""
        try:
            form = self._opened().with_structured_output(dict(schema), method=method, include_raw=True)
        except (NotImplementedError, ValueError, TypeError):  # a provider's package may know fewer ways
            raise ModelRefused(f"{self._address.name!r} fills in no form by {method}.") from None
        try:
            found = cast("dict[str, Any]", await form.ainvoke(_messages(asked)))
        except Exception as error:  # as above
            raise in_plain_words(error, self._address) from None
        raw = found["raw"]
        calls = getattr(raw, "tool_calls", None) or []
        text = json.dumps(calls[0]["args"]) if calls else str(raw.text)
        return Answer(THINKING.sub("", text).strip(), *_tokens(raw))

    async def ready(self) -> None:
        """Open the model. Raise ModelError."""
        self._opened()

    async def close(self) -> None:
        """Close its connections. It opens them again when it is asked again."""
        model, self._model = self._model, None
        if model is not None and self._address.provider == PROTOCOL:
            await model.root_async_client.close()  # type: ignore[attr-defined]

    async def _heard(self, asked: Asked, longest: int, heard: Callable[[], object]) -> Answer:
        counted: dict[str, Any] = (
            {"stream_usage": True} if self._counts is not False and self._address.provider == PROTOCOL else {}
        )
        whole: Any = None
        text = ""
        pieces = cast("AsyncGenerator[Any, None]", self._opened().astream(_messages(asked), **counted))
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                text += str(piece.text)
                if piece.text:
                    heard()
                whole = piece if whole is None else whole + piece
                if len(THINKING.sub("", text)) > longest or len(text) > LONGEST:
                    raise ModelMisbehaved(f"{self._address.name!r} did not stop talking.")
        said = THINKING.sub("", text).strip()
        if said and _is_cut_off(whole, said):
            raise ModelMisbehaved(CUT_OFF.format(model=repr(self._address.name)))
        return Answer(said, *_tokens(whole))

    def _opened(self) -> "BaseChatModel":
        if self._model is None:
            self._model = open_model(self._address)
        return self._model


def open_model(address: Address) -> "BaseChatModel":
    """Return LangChain's model for an address. Raise ModelUnavailable where the provider's package is not there."""
    silence_third_parties()
    return _speaks_openai(address) if address.provider == PROTOCOL else _of_provider(address)


def _speaks_openai(address: Address) -> "BaseChatModel":
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
        extra_body=_asks_for_privacy(address),
        cache=False,
        http_async_client=DefaultAsyncHttpxClient(),  # LangChain's own is shared by all models at one address
    )


def _asks_for_privacy(address: Address) -> dict[str, Any] | None:
    """Return what keeps a provider from handing on or keeping what it gets, where there is a parameter for it."""
    return {"provider": {"data_collection": "deny"}} if address.host.endswith("openrouter.ai") else None


def _of_provider(address: Address) -> "BaseChatModel":
    from langchain.chat_models import init_chat_model

    asked = f"ALEX_MODEL={address.provider}:{address.name}"
    try:
        return init_chat_model(address.name, model_provider=address.provider, cache=False)
    except ImportError as error:
        missing = str(getattr(error, "name", "") or "").partition(".")[0].replace("_", "-")
        package = missing or f"langchain-{address.provider.replace('_', '-')}"
        raise ModelUnavailable(
            f"{asked} needs the package {package}.", f"Install it beside Alex: pip install {package}.", SETTLED_S
        ) from None
    except ValueError:
        raise ModelUnavailable(
            f"{asked} names no provider that LangChain knows.", "See .env.example.", SETTLED_S
        ) from None


def _messages(asked: Asked) -> list[tuple[str, str]]:
    return [("system", asked.instructions), ("human", asked.conversation)]


def _tokens(message: Any) -> tuple[int | None, int | None]:
    """Return the tokens sent and heard, where the server counted them."""
    counted = getattr(message, "usage_metadata", None) or {}
    return counted.get("input_tokens"), counted.get("output_tokens")


def _is_cut_off(whole: Any, said: str) -> bool:
    """Return whether the answer ended before its end: by the server's word, or in the middle of a sentence without."""
    facts = whole.response_metadata
    why = facts.get("finish_reason") or facts.get("stop_reason") or facts.get("done_reason")
    return why in {"length", "max_tokens"} or (not why and not said.endswith(ENDS))


def _is_refused(error: Exception) -> bool:
    from langchain_core.exceptions import ModelInvalidRequestError

    return isinstance(error, ModelInvalidRequestError) or getattr(error, "status_code", 0) == 422


# How it fails -----------------------------------------------------------------------------------------------------

FAULTS = (
    ("ModelAuthenticationError", "{host} did not accept the key.", "Check OPENAI_API_KEY.", SETTLED_S),
    (
        "ModelPermissionDeniedError",
        "{host} does not let this key use {model}.",
        "Check ALEX_MODEL and the account.",
        SETTLED_S,
    ),
    (
        "ModelNotFoundError",
        "{host} knows no model {model}.",
        "Check ALEX_MODEL, and ALEX_MODEL_URL (often ending in /v1).",
        SETTLED_S,
    ),
    ("ModelRateLimitError", "{host} takes no more requests for now.", "Check the account's limits and credit.", 0.0),
    ("ModelTimeoutError", "{model} at {host} took too long.", "Raise ALEX_MODEL_TIMEOUT_S if that is usual.", 0.0),
    (
        "ModelConnectionError",
        "{host} could not be reached, or broke off.",
        "Check the connection and ALEX_MODEL_URL.",
        0.0,
    ),
    ("ModelAPIError", "The server at {host} failed.", "Wait a little.", 0.0),
    (
        "ContextOverflowError",
        "The conversation is too long for {model}.",
        "Choose a model with a longer context.",
        0.0,
    ),
    ("ModelInvalidRequestError", "{host} refused the request to {model}.", "Check ALEX_MODEL.", 0.0),
    ("ModelError", "{host} refused the request to {model}.", "Check ALEX_MODEL.", 0.0),
)
"""Kind of failure (langchain_core.exceptions), what happened, what to do, seconds for which asking again is no use."""


class ModelRefused(ModelUnavailable):
    """The server does not take this kind of request; another kind may do."""


def in_plain_words(error: Exception, address: Address) -> ModelError:
    """Return the failure as one of ours. Nothing that the server or the library said is repeated."""
    from langchain_core import exceptions

    if isinstance(error, ModelError):
        return error
    for kind, fault, fix, rest_s in FAULTS:
        if isinstance(error, getattr(exceptions, kind)):
            made = ModelRefused if kind in {"ModelInvalidRequestError", "ModelAPIError"} else ModelUnavailable
            told = fault.format(model=repr(address.name), host=address.host)
            return made(told, fix, max(rest_s, asked_to_wait(error)))
    if getattr(error, "status_code", 0) in range(400, 500):
        return ModelRefused(f"{address.host} refused the request to {address.name!r}.", "Check ALEX_MODEL.")
    return ModelMisbehaved(f"{address.name!r} sent something that cannot be read.")


def asked_to_wait(error: Exception) -> float:
    """Return for how many seconds the server asks to be left alone (Retry-After: seconds, or a date); 0.0 for not."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    asked = str(headers.get("retry-after", "")).strip()
    try:
        return max(float(headers.get("retry-after-ms", "")) / 1000, 0.0)
    except ValueError:
        pass
    try:
        return max(float(asked), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(asked).timestamp() - time(), 0.0)
    except (ValueError, TypeError):
        return 0.0
