"""Fakes of a language model: a server that speaks the protocol and fails in every way, and a model with a script.

A fake that is asked more often than anybody planned fails the test.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from bot.errors import ModelMisbehaved, ModelUnavailable
from bot.model.client import LONGEST, Answer
from bot.model.filling import read_form
from bot.model.prompts import Asked


@dataclass
class FakeServer:
    """Answers what it was told to, in order; a call nobody planned is remembered and refused."""

    url: str = ""
    replies: list[Any] = field(default_factory=list)
    always: Callable[[str], Any] | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    unplanned: int = 0

    @property
    def prompts(self) -> list[str]:
        return ["\n".join(message["content"] for message in body["messages"]) for body in self.bodies]

    def next_reply(self, body: dict[str, Any]) -> Any:
        self.bodies.append(body)
        if self.always:
            return self.always(self.prompts[-1])
        if not self.replies:
            self.unplanned += 1
            return 500
        return self.replies.pop(0)


def piece(text: str) -> str:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


def ending(why: str, **more: Any) -> str:
    choice = {"index": 0, "delta": {}, "finish_reason": why}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}
    return f"data: {json.dumps(chunk)}\n\n"


def counted(text: str, sent: int, heard: int) -> Iterator[str]:
    usage = {"prompt_tokens": sent, "completion_tokens": heard, "total_tokens": sent + heard}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": usage}
    yield piece(text)
    yield ending("stop")
    yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"


def cut_short(text: str) -> Iterator[str]:
    yield piece(text)
    yield ending("length")
    yield "data: [DONE]\n\n"


def answer_of(message: dict[str, Any]) -> Response:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 55}
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return Response(json.dumps(body), media_type="application/json")


def whole(text: str) -> Response:
    """Return an answer that does not come in pieces, as forms do."""
    return answer_of({"content": text})


def called(arguments: str) -> Response:
    """Return a form filled in as the arguments of a tool."""
    call = {"id": "1", "type": "function", "function": {"name": "Fruit", "arguments": arguments}}
    return answer_of({"content": None, "tool_calls": [call]})


def said(text: str) -> Iterator[str]:
    yield from (piece(word) for word in re.findall(r"\S+\s*", text))
    yield ending("stop")
    yield "data: [DONE]\n\n"


def for_ever(pause_s: float) -> Iterator[str]:
    while True:
        time.sleep(pause_s)
        yield piece("and another thing ")


def broken_off() -> Iterator[str]:
    yield piece("They all ")
    raise ConnectionResetError


def answered(reply: Any) -> Response:
    if isinstance(reply, int):
        return Response(json.dumps({"error": {"message": "you said SECRETWORD"}}), reply, media_type="application/json")
    if isinstance(reply, str):
        reply = said(reply)
    return reply if isinstance(reply, Response) else StreamingResponse(reply, media_type="text/event-stream")


@contextmanager
def running_server() -> Iterator[FakeServer]:
    """Run a scripted server on a free port of this machine."""
    fake, app = FakeServer(), FastAPI()

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        return answered(fake.next_reply(await request.json()))

    config = uvicorn.Config(app, port=0, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    fake.url = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/v1"
    yield fake
    running.should_exit = True
    thread.join(5)
    assert fake.unplanned == 0


@dataclass
class Scripted:
    """Replies in order; a call nobody planned fails the test, and no `except Exception` hides it."""

    replies: list[Any]
    name: str = "scripted"
    place: str = "localhost"
    timeout_s: float = 5.0
    asked: list[Asked] = field(default_factory=list)
    slow_s: float = 0.0

    used: list[bool] = field(default_factory=list)

    def answer(self, asked: Asked, within_s: float, longest: int = LONGEST) -> Answer:
        self.asked.append(asked)
        if not self.replies:
            pytest.fail(f"call {len(self.asked)} has no scripted reply")
        time.sleep(self.slow_s)
        if within_s < 0:
            raise ModelUnavailable("No time was left.")
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return Answer(reply, 100, 10)

    def fill(self, asked: Asked, form: type[Any], within_s: float) -> tuple[Any, Answer]:
        answer = self.answer(asked, within_s)
        filled = read_form(answer.text, form)
        if filled is None:
            raise ModelMisbehaved("It did not fill in what it was asked to.")
        return filled, answer

    def was_used(self, used: bool) -> None:
        self.used.append(used)

    def warm(self) -> None:
        """Nothing to do."""

    def usd(self, sent: int | None, heard: int | None) -> float | None:
        return None if sent is None or heard is None else 0.001
