"""The rules of an xAPI 1.0.3 statement, as strictly as a store may apply them, and a store that is told what to answer.

After the specification's part two, 2.2 to 2.4 and 4.2 to 4.6, for the kinds of object that Alex uses.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
IRI = re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"{}|\\^`]+")
DURATION = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?|P\d+W")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")

Rule = Callable[[Any], bool]


def faults_in(statement: Any) -> list[str]:
    """Return what a strict store would refuse a statement for; [] for nothing."""
    return list(_faults(statement, STATEMENT, "statement"))


def _faults(found: Any, rules: "Rules", where: str) -> Iterator[str]:
    if not isinstance(found, dict) or not found:
        yield f"{where} is no object, or an empty one"
        return
    for name in found:
        if name not in rules.must | rules.may:
            yield f"{where}.{name} is not allowed"
    for name in rules.must:
        if name not in found:
            yield f"{where}.{name} is missing"
    for name, value in found.items():
        rule = (rules.must | rules.may).get(name)
        if isinstance(rule, Rules):
            yield from _faults(value, rule, f"{where}.{name}")
        elif rule and not rule(value):
            yield f"{where}.{name} is {value!r}"


@dataclass(frozen=True)
class Rules:
    """The properties of an object: those that must be there, and those that may."""

    must: "dict[str, Rule | Rules]"
    may: "dict[str, Rule | Rules]" = field(default_factory=dict)


def _like(pattern: re.Pattern[str]) -> Rule:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _only(*values: Any) -> Rule:
    return lambda value: any(value is one or (isinstance(value, str) and value == one) for one in values)


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _language_map(value: Any) -> bool:
    return (
        isinstance(value, dict) and bool(value) and all(map(_like(LANGUAGE), value)) and all(map(_text, value.values()))
    )


AGENT = Rules({"account": Rules({"homePage": _like(IRI), "name": _text})}, {"objectType": _only("Agent")})
ACTIVITY = Rules(
    {"id": _like(IRI)},
    {
        "objectType": _only("Activity"),
        "definition": Rules(
            {}, {"name": _language_map, "description": _language_map, "type": _like(IRI), "moreInfo": _like(IRI)}
        ),
    },
)
RESULT = Rules(
    {},
    {"completion": _only(True, False), "success": _only(True, False), "response": _text, "duration": _like(DURATION)},
)
STATEMENT = Rules(
    {
        "actor": AGENT,
        "verb": Rules({"id": _like(IRI)}, {"display": _language_map}),
        "object": ACTIVITY,
    },
    {"id": _like(UUID), "result": RESULT, "timestamp": _like(TIMESTAMP)},
)


@dataclass(frozen=True)
class Told:
    """One request as it came, every byte of it but the signing in."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def statement(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def named(self) -> list[str]:
        """Return the statement's id in the address."""
        return parse_qs(urlsplit(self.line.split()[1]).query).get("statementId", [])

    @property
    def everything(self) -> str:
        return f"{self.line}\n{self.headers}\n{self.body.decode()}"


@dataclass
class FakeStore:
    """Answers with each planned status in turn, then with what a store answers: 204, or 409 to what it knows."""

    url: str = ""
    plan: list[int | tuple[int, dict[str, str]]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    hold: threading.Event = field(default_factory=threading.Event)
    """Set where it answers; cleared where it lets everybody wait."""

    def answer(self, told: Told) -> tuple[int, dict[str, str]]:
        self.told.append(told)
        if self.plan:
            planned = self.plan.pop(0)
            return planned if isinstance(planned, tuple) else (planned, {})
        if faults_in(told.statement) or told.named != [told.statement["id"]]:
            return 400, {}
        known = told.statement["id"] in self.held
        self.held.add(told.statement["id"])
        return (409 if known else 204), {}


@contextmanager
def running_store() -> Iterator[FakeStore]:
    """Run a store on a free port of this machine."""
    store = FakeStore()
    store.hold.set()

    class Answering(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, headers = store.answer(Told(self.requestline, dict(self.headers), body))
            store.hold.wait(5)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        store.url = f"http://127.0.0.1:{server.server_address[1]}/xapi/"
        yield store
        store.hold.set()
        server.shutdown()
