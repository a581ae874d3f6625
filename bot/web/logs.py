"""The log of a server, one JSON object a line: what was asked for and how it went, without anybody's words or name."""

import json
import logging
import sys
import time
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("alex.requests")
QUIET = frozenset({"/health", "/ready"})
"""What watchmen ask for every few seconds."""
SHOWN = 2
"""Parts of a path that are logged where no route names it: further ones may hold something random that opens a door.
The second part of a link that is shared does."""


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
    """Return the pattern of the route that answered, or the first parts of the path."""
    pattern = getattr(scope.get("route"), "path", "")
    if pattern:
        return str(pattern)
    parts = scope["path"].split("/")
    shown = 1 if parts[1:2] == ["shared"] else SHOWN
    return "/".join(parts[: shown + 1]) + ("/…" if len(parts) > shown + 1 else "")
