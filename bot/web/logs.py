"""The log of a server, one JSON object a line: what was asked for and how it went, without anybody's words or name."""

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("alex.requests")
QUIET = frozenset({"/health", "/ready"})
"""What watchmen ask for every few seconds."""
PLACE = re.compile(r"/(?:gradio_api/)?[a-z-]{1,20}(?=/|$)")
"""What is logged of a path that no route names: where it leads, as far as that is a word. What follows may say which
conversation, or be something random that opens a door."""


class Log:
    """Log every request: its kind, its route with the blanks left blank, how it was answered and in how many ms."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log it when it is answered."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        begun, status = time.monotonic(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            took = round((time.monotonic() - begun) * 1000)
            log.info("request", extra={"method": scope["method"], "route": _route(scope), "status": status, "ms": took})


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line: dict[str, object] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in ("method", "route", "status", "ms") if hasattr(record, name)}
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Write what this program logs to standard error, one JSON object a line."""
    to = logging.StreamHandler(sys.stderr)
    to.setFormatter(JsonLines())
    root = logging.getLogger("alex")
    root.handlers, root.propagate = [to], False
    root.setLevel(logging.INFO)


def _route(scope: Scope) -> str:
    """Return the pattern of the route that answered, or the first word of the path."""
    pattern = getattr(scope.get("route"), "path", "")
    path = scope["path"]
    if pattern or path == "/":
        return str(pattern or path)
    place = PLACE.match(path)
    known = place[0] if place else ""
    return known if known == path else f"{known}/…"
