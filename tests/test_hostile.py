"""A server meets somebody who means harm: raw requests, odd paths, markup in every box, and a look into the log."""

import ast
import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import func, select
from starlette.routing import Mount
from test_record import a_turn
from web_samples import in_a_loop

from bot import sharing
from bot.errors import AlexError, NotAllowed, UsageError
from bot.exports.paper import Choice
from bot.model.hiding import hider
from bot.people import passwords, people
from bot.people.people import MOST_FOR_PAIR, People
from bot.people.person import Person, asking, whoever_asks
from bot.record.store import Record
from bot.record.tables import FailedSignIn
from bot.settings import Settings
from bot.studio import Studio
from bot.web.app import build_app
from bot.web.entrance import ADDRESS, COOKIE, LONGEST_HASH, SECURE, SHARED, Entrance
from bot.web.forms import MOST_FIELDS
from bot.web.guards import HEADERS, WITHOUT_SCRIPT, allowed_on_server
from bot.web.logs import JsonLines
from bot.web.serve import config_for

ROOT = Path(__file__).parent.parent
PASSWORD = "copper lantern sparrow"
TAG = "<img src=x onerror=alert(1)>"
NASTY = (
    f"{TAG} </script><script>alert(2)</script> \"'&\n\n--> 00:00:00.000 --> 00:09:00.000\n"
    '#import "x" $x$ =cmd|calc!A1 {{ 7*7 }} [l](javascript:alert(3)) ```\n| a | b |\n\x1b[31m\u202e'
)
"""What breaks out of HTML, WebVTT, Typst, a spreadsheet, a template, Markdown and a terminal."""


@dataclass
class Answer:
    """What came back, byte by byte."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class Server:
    """A server that listens, with two people in it, one of whom has said something."""

    app: Any
    studio: Studio
    port: int
    dana: Person
    session: str
    link: str

    def raw(self, *lines: str, body: bytes = b"", host: str = "") -> Answer:
        """Send these lines as they are, and read what comes until the server hangs up."""
        head = [lines[0], f"Host: {host or f'127.0.0.1:{self.port}'}", *lines[1:], "Connection: close"]
        return self.bytes("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)

    def bytes(self, sent: bytes) -> Answer:
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            came = bytearray()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may hang up before all was sent
                connection.sendall(sent)
            with contextlib.suppress(ConnectionResetError):
                while piece := connection.recv(65536):
                    came += piece
        head, _, body = bytes(came).partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        named = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
        return Answer(int(first.split()[1]) if first else 0, named, body.decode("utf-8", "replace"))

    def post(self, path: str, fields: str, *lines: str) -> Answer:
        body = fields.encode()
        kind = "Content-Type: application/x-www-form-urlencoded"
        return self.raw(f"POST {path} HTTP/1.1", kind, f"Content-Length: {len(body)}", *lines, body=body)

    def token(self, name: str) -> str:
        return self.studio.people.sign_in(name, PASSWORD, name)


def with_password(studio: Studio, name: str, role: str = "leader") -> Person:
    """Return somebody new who has chosen a password."""
    _, given = studio.people.add(name, role)
    person = studio.people.person(studio.people.sign_in(name, given, "here"))
    assert person is not None
    found = studio.people.person(studio.people.change_password(person, given, PASSWORD, "here"))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("hostile")
    studio = Studio(Settings(home=home, accounts=True, content=ROOT, port=1, _env_file=None), whoever_asks)
    dana = with_password(studio, "dana")
    with_password(studio, "eve")
    with_password(studio, TAG.casefold())
    with asking(dana):
        row = studio.record.start(
            scenario="alex-geography", title=NASTY, seed=1, opening=NASTY, notes={"beliefs": NASTY}
        )
        studio.record.append(row.id, a_turn(1, NASTY, told=(), topic=None), {"did": NASTY})
        studio.record.finish(row.id, "unfinished")
        studio.record.reflect(row.id, NASTY)
        studio.record.uses.keep_question(NASTY, ["p1"])
        link = studio.sharing.make(row.id, TAG, datetime.now().date().isoformat(), Choice())
        share = studio.sharing.links()[0].id
        studio.sharing.answer(share, 1, NASTY)
    studio.sharing.say(link, 1, NASTY, readings={})
    app = in_a_loop(lambda: build_app(studio))
    config = config_for(app, studio.settings)
    config.port = 0
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield Server(app, studio, port, dana, row.id, link)
    running.should_exit = running.force_exit = True
    thread.join(10)
    studio.whole_record.close()


# Headers ------------------------------------------------------------------------------------------------------------

METHODS = "GET HEAD OPTIONS POST PUT PATCH DELETE TRACE PROPFIND".split()
PATHS = "/ /sign-in /account /nothing /health /look.css /shared/x /export/x.md /gradio_api/upload /assets/x".split()


@pytest.mark.parametrize("method", METHODS)
def test_every_answer_has_every_header_once_and_no_name_of_the_server(server: Server, method: str) -> None:
    for path in PATHS:
        answer = server.raw(f"{method} {path} HTTP/1.1", "Content-Length: 0")
        assert answer.status, path
        for name, value in HEADERS.items():
            found = answer.all(name.lower())
            assert len(found) == 1, (method, path, name)
            assert found == [value] or name == "Content-Security-Policy", (method, path, name)
        assert answer.all("server") == []
        assert answer.all("set-cookie") == []


def test_pages_that_need_no_script_run_none(server: Server) -> None:
    cookie = f"Cookie: {COOKIE}={server.token('dana')}"
    with asking(server.dana):
        share = server.studio.sharing.links()[0].id
    for path in (
        "/sign-in",
        "/account",
        "/account/password",
        "/shares",
        f"/shares/one/{share}",
        f"/shares/of/{server.session}",
        f"{SHARED}{server.link}",
        f"{SHARED}guessed",
    ):
        answer = server.raw(f"GET {path} HTTP/1.1", *([] if path == "/sign-in" else [cookie]))
        assert answer.all("content-security-policy") == [WITHOUT_SCRIPT], path
        assert "<script" not in answer.body.lower()
        assert not re.search(r"\son\w+=[\"']", answer.body), path
    assert "script-src" in server.raw("GET / HTTP/1.1", cookie).all("content-security-policy")[0]


def test_what_nobody_expected_is_told_without_a_word_of_anybodys(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = "zanzi" + "barine"  # in two pieces: a traceback shows the line that failed

    def fail() -> Any:
        raise ValueError(words)

    monkeypatch.setattr(server.studio, "everything", fail)
    with caplog.at_level("DEBUG"):
        answer = server.raw("GET /account/everything HTTP/1.1", f"Cookie: {COOKIE}={server.token('dana')}")
    assert (answer.status, words in answer.body) == (500, False)
    assert answer.all("content-security-policy") and answer.all("cache-control") == ["no-store"]
    assert words not in caplog.text
    assert "ValueError" in caplog.text


# Other sites --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin", ["http://evil.test", "null", "", "http://127.0.0.1", "http://127.0.0.1:1", "http://127.0.0.1.evil.test"]
)
@pytest.mark.parametrize("path", ["/sign-out", "/account/delete", "/account/password", "/shares/one/x", "/sign-in"])
def test_a_form_of_another_site_does_nothing(server: Server, origin: str, path: str) -> None:
    token = server.token("dana")
    lines = [f"Origin: {origin}", f"Cookie: {COOKIE}={token}"]
    answer = server.post(path, f"password={PASSWORD}&name=dana", *lines)
    assert answer.status == 403
    assert answer.all("set-cookie") == []
    assert server.studio.people.person(token) is not None


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("https://alex.example.org", True),
        ("http://alex.example.org", False),
        ("https://evil.alex.example.org", False),
        ("https://alex.example.org.evil.test", False),
        ("https://alex.example.org:8443", False),
        ("https://x@alex.example.org", False),
        ("http://127.0.0.1:7860", True),
        ("null", False),
        ("", False),
        ("https://", False),
        ("https://[", False),
    ],
)
def test_only_pages_of_its_own_address_may_send_to_a_server_with_https(origin: str, ours: bool) -> None:
    for host in ("alex.example.org", "127.0.0.1:7860"):
        headers = [(b"host", host.encode()), (b"origin", origin.encode())]
        found = allowed_on_server({"type": "http", "path": "/sign-in", "headers": headers}, "https://alex.example.org")
        assert found == (ours and ("127" in origin) <= ("127" in host)), host


def test_without_a_host_nothing_is_answered(server: Server) -> None:
    for sent in (b"POST /sign-out HTTP/1.0\r\nOrigin: null\r\n\r\n", b"GET /account HTTP/1.1\r\n\r\n"):
        assert server.bytes(sent).status in {400, 401, 403}


# Paths --------------------------------------------------------------------------------------------------------------

TRICKS = """/Account /account/ //account /./account /account/. /%61ccount /account%2f /sign-in/../account
/sign-in/%2e%2e/account /look.css/../account /health/../account /shared/../account /shared/x/../../account
/shared/x%2f..%2f..%2faccount /assets/../account /assets/..%2f..%2faccount /sign-in%00 /sign-in%0a /sign-in; /sign-in%23
/look.css%2f..%2f..%2f..%2fetc%2fpasswd /assets/%2e%2e/%2e%2e/etc/passwd /static/..%2f..%2f..%2fetc%2fpasswd
/export/..%2f..%2falex.db /export/%2e%2e%2falex.md /gradio_api/file=/etc/passwd /gradio_api/file=alex.db
//evil.test/%2f.. /\\evil.test /%5cevil.test /account?next=//evil.test http://evil.test/account *""".split()


@pytest.mark.parametrize("path", TRICKS)
def test_no_spelling_of_a_path_opens_anything(server: Server, path: str) -> None:
    for lines in ([], ["Accept: text/html"]):
        answer = server.raw(f"GET {path} HTTP/1.1", *lines)
        assert answer.status in {303, 400, 401, 404}, answer.body
        assert answer.all("location") in ([], ["/sign-in"])
        assert "dana" not in answer.body
    eve = f"Cookie: {COOKIE}={server.token('eve')}"
    for lines in ([eve], [eve, "Accept: text/html"]):
        answer = server.raw(f"GET {path} HTTP/1.1", *lines)
        assert "root:" not in answer.body and "SQLite format" not in answer.body and "dana" not in answer.body
        assert not [where for where in answer.all("location") if "evil" in where]


@pytest.mark.parametrize(
    "host", ["127.0.0.1/sign-in?", "127.0.0.1/look.css#", "127.0.0.1:1/health", "x@127.0.0.1", "a b"]
)
def test_an_odd_host_changes_no_path(server: Server, host: str) -> None:
    assert server.raw("GET /account HTTP/1.1", host=host).status in {400, 401, 403}
    sent = f"GET /account HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert server.bytes(sent.encode()).status in {400, 401, 403}


def test_what_is_open_to_strangers_says_nothing_of_the_page(server: Server) -> None:
    for path in ("/favicon.ico", "/robots.txt", "/favicon.svg"):
        for method in ("GET", "POST", "PUT"):
            body = server.raw(f"{method} {path} HTTP/1.1", "Content-Length: 0").body
            assert "gradio_config" not in body and "dependencies" not in body


# Bytes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: xchunked",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: 0x5",
        " Folded: yes",
        "X: a\x00b",
    ],
)
def test_a_request_that_two_could_read_in_two_ways_hides_no_second_one(server: Server, lines: str) -> None:
    hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    sent = f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{lines}\r\n\r\n0\r\n\r\n{hidden}"
    answer = server.bytes(sent.encode("latin-1"))
    assert answer.status in {400, 403, 501}
    assert '"alex"' not in answer.body


def test_headers_without_end_are_cut_off(server: Server) -> None:
    endless = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(
        b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(2000)
    )
    assert server.bytes(endless).status in {0, 400, 431}
    assert server.raw("GET /health HTTP/1.1").status == 200


def test_a_body_without_end_is_cut_off(server: Server) -> None:
    head = f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 900000000\r\n"
    head += "Connection: close\r\n\r\n"
    answer = server.bytes(head.encode() + b"name=" + b"x" * 300_000)
    assert (answer.status, "too long" in answer.body) == (400, True)


def test_nobody_waits_for_somebody_who_sends_slowly(server: Server) -> None:
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
    try:
        for connection in slow[:30]:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        for connection in slow[30:]:
            head = f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 100\r\n\r\nname="
            connection.sendall(head.encode())
        assert server.raw("GET /health HTTP/1.1").status == 200
        assert server.raw("GET /account HTTP/1.1").status == 401
    finally:
        for connection in slow:
            connection.close()


def test_a_form_of_a_thousand_boxes_is_not_taken_apart(server: Server) -> None:
    answer = server.post("/sign-in", "&".join("a=" for _ in range(MOST_FIELDS + 1)))
    assert (answer.status, "too long" in answer.body) == (400, True)
    assert server.post("/sign-in", "name=x&password=y&" + "&".join("a=" for _ in range(100))).status == 403


def test_a_place_with_five_thousand_digits_is_no_place(server: Server) -> None:
    answer = server.post(f"{SHARED}{server.link}", f"turn=1&read-{'1' * 5000}=directive")
    assert (answer.status, "nothing to say" in answer.body) == (400, True)


def test_a_window_has_a_short_name(server: Server) -> None:
    named = "w" * (LONGEST_HASH + 1)
    cookie = f"Cookie: {COOKIE}={server.token('eve')}"
    body = json.dumps({"fn_index": 0, "data": [], "session_hash": named}).encode()
    kind = ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    assert server.raw("POST /gradio_api/queue/join HTTP/1.1", cookie, *kind, body=body).status == 403
    assert server.raw(f"GET /gradio_api/queue/data?session_hash={named} HTTP/1.1", cookie).status == 403
    assert server.raw(f"GET /gradio_api/heartbeat/{named} HTTP/1.1", cookie).status == 403


# Signing in ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record(f"sqlite:///{tmp_path / 'alex.db'}") as one:
        yield one


def told(try_it: Any) -> str:
    try:
        try_it()
    except AlexError as error:
        return error.fault
    return ""


def test_guesses_that_come_all_at_once_count_as_those_that_come_one_by_one(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 8)
    some = People(record.accounts)
    _, given = some.add("dana", "leader")
    with ThreadPoolExecutor(16) as at_once:
        said = list(
            at_once.map(lambda number: told(lambda: some.sign_in("dana", f"guess {number}", "here")), range(40))
        )
    tried = [one for one in said if one.startswith("That name")]
    assert len(tried) <= MOST_FOR_PAIR
    assert len(said) - len(tried) == sum(one.startswith("Too many") for one in said)
    with record.engine.connect() as connection:
        assert connection.scalar(select(func.count(FailedSignIn.id))) == len(tried)  # knocking keeps no door shut
    assert some.sign_in("dana", given, "elsewhere")


def test_a_password_of_ones_own_is_not_guessed_all_at_once_either(record: Record) -> None:
    some = People(record.accounts)
    account, given = some.add("dana", "leader")
    person = some.person_of(account.id)
    assert person is not None
    with ThreadPoolExecutor(16) as at_once:
        said = list(at_once.map(lambda _: told(lambda: some.remove_own(person, "not it", "here")), range(30)))
    assert sum(one.startswith("That is not") for one in said) <= MOST_FOR_PAIR
    assert some.person_of(account.id) is not None
    some.remove_own(person, given, "elsewhere")
    assert some.person_of(account.id) is None


def test_an_unknown_name_costs_as_much_as_a_known_one(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    some, hashes = People(record.accounts), list[str]()
    some.add("dana", "leader")
    some.known_elsewhere("carl")
    verify = passwords._hasher().verify

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            hashes.append(kept.rpartition("$")[0].rpartition("$")[0])
            return verify(kept, password)

    nobodys = passwords.hashed("x")
    monkeypatch.setattr(passwords, "_nobodys", lambda: nobodys)
    monkeypatch.setattr(passwords, "_hasher", Counting)
    assert {told(lambda name=name: some.sign_in(name, "guess", "here")) for name in ("dana", "carl", "nobody")} == {
        people.REFUSED.fault
    }
    assert len(hashes) == 3 and len(set(hashes)) == 1  # with the same settings of argon2 each time


def test_no_password_that_was_tried_stays_in_memory(record: Record) -> None:
    some = People(record.accounts)
    for number in range(MOST_FOR_PAIR + 3):
        assert told(lambda number=number: some.sign_in("dana", f"guess {number}", "here"))
    assert people.REFUSED.__traceback__ is people.TOO_MANY.__traceback__ is sharing.CLOSED.__traceback__ is None


def test_no_error_is_made_once_and_raised_again_and_again() -> None:
    """One that is keeps a traceback for each time, with every password and every word that was in hand."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id.isupper()
    ]
    assert found == []


def test_an_error_made_anew_is_the_same() -> None:
    for one in (NotAllowed("A.", "B."), UsageError("A.")):
        again = one.anew()
        assert (type(again), again.fault, again.fix, str(again)) == (type(one), one.fault, one.fix, str(one))
        assert again is not one


def test_a_token_that_somebody_planted_is_not_the_one_that_is_given(server: Server) -> None:
    planted = "p" * 43
    answer = server.post("/sign-in", f"name=eve&password={PASSWORD.replace(' ', '+')}", f"Cookie: {COOKIE}={planted}")
    assert answer.status == 303
    assert answer.all("location") == ["/"]
    (cookie,) = answer.all("set-cookie")
    assert planted not in cookie and "domain" not in cookie.lower()
    assert server.studio.people.person(planted) is None


def seen(trusted: str, peer: str, *lines: tuple[str, str], address: str = "") -> tuple[str, bool]:
    """Return from where, and whether by https, the entrance of a server takes a request to come."""
    settings = Settings(accounts=True, trusted_proxies=trusted, address=address, _env_file=None)

    async def nothing(*_: Any) -> None:
        """Answer nothing."""

    def nobody() -> Any:
        raise AssertionError

    scope: dict[str, Any] = {"type": "http", "client": (peer, 1), "scheme": "http"}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in lines]
    Entrance(nothing, nobody, settings, lambda _: False)._place(scope)
    return scope[ADDRESS], scope[SECURE]


FORWARDED = "x-forwarded-for"


@pytest.mark.parametrize(
    ("peer", "lines", "address"),
    [
        ("192.0.2.7", [(FORWARDED, "198.51.100.1")], "192.0.2.7"),
        ("10.0.0.5", [(FORWARDED, "198.51.100.1")], "198.51.100.1"),
        ("10.0.0.5", [(FORWARDED, "203.0.113.9, 198.51.100.1")], "198.51.100.1"),
        ("10.0.0.5", [(FORWARDED, "203.0.113.9"), (FORWARDED, "198.51.100.1")], "198.51.100.1"),
        ("10.0.0.5", [(FORWARDED, "203.0.113.9, 198.51.100.1, 10.0.0.6")], "198.51.100.1"),
        ("10.0.0.5", [(FORWARDED, "198.51.100.1:50000")], "198.51.100.1"),
        ("10.0.0.5", [(FORWARDED, "[2001:db8:1:2::7]:50000")], "2001:db8:1:2::/64"),
        ("10.0.0.5", [(FORWARDED, "2001:db8:1:2:ffff::8")], "2001:db8:1:2::/64"),
        ("10.0.0.5", [(FORWARDED, "::ffff:198.51.100.1")], "198.51.100.1"),
        ("10.0.0.5", [(FORWARDED, "")], "10.0.0.5"),
        ("10.0.0.5", [(FORWARDED, "unknown")], "unknown"),
    ],
)
def test_nobody_chooses_the_address_that_counts(peer: str, lines: list[tuple[str, str]], address: str) -> None:
    assert seen("10.0.0.0/8", peer, *lines)[0] == address


def test_only_a_trusted_proxy_says_that_it_was_https() -> None:
    said = ("x-forwarded-proto", "https")
    assert not seen("10.0.0.0/8", "192.0.2.7", said)[1]
    assert seen("10.0.0.0/8", "10.0.0.5", said)[1]
    assert seen("", "192.0.2.7", address="https://alex.example.org")[1]


# Markup -------------------------------------------------------------------------------------------------------------


def test_markup_in_every_box_stays_text_on_every_page(server: Server) -> None:
    named = f"Cookie: {COOKIE}={server.token(TAG.casefold())}"
    assert "&lt;img src=x onerror=alert(1)&gt;" in server.raw("GET /account HTTP/1.1", named).body
    cookie = f"Cookie: {COOKIE}={server.token('dana')}"
    with asking(server.dana):
        share = server.studio.sharing.links()[0].id
    pages = [f"/shares/one/{share}", "/shares", f"/shares/of/{server.session}", f"{SHARED}{server.link}"]
    for path in pages:
        body = server.raw(f"GET {path} HTTP/1.1", cookie).body
        assert "&lt;img" in body, path
        assert "<img" not in body and "<script" not in body and 'href="javascript' not in body
    echoed = server.post(f"/shares/of/{server.session}", f"name={TAG}&until=%22%3E{TAG}&do=preview", cookie).body
    assert "&lt;img" in echoed and "<img" not in echoed


@pytest.mark.parametrize("kind", ["md", "vtt", "jsonl", "docx", "pdf"])
def test_markup_stays_text_in_every_export(server: Server, kind: str) -> None:
    with asking(server.dana):
        file, content = server.studio.export(server.session, kind)
    assert re.fullmatch(rf"alex-\d{{4}}-\d\d-\d\d-\w{{10}}\.{kind}", file)
    if kind == "md":
        text = content.decode()
        assert not re.search(r"(?<!\\)<(?!br>)", text)
        assert not re.search(r"(?<!\\)\]\(", text)
        assert "\x1b" not in text and "\u202e" not in text
    elif kind == "vtt":
        times = re.findall(r"(?m)^\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}$", content.decode())
        assert len(times) == content.decode().count("-->") == 4  # the label, the opening, what was said, the answer
        assert "<img" not in content.decode()
    elif kind == "jsonl":
        assert all(isinstance(json.loads(line), dict) for line in content.decode().splitlines())
    elif kind == "docx":
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            assert "&lt;img" in bundle.read("word/document.xml").decode()
    else:
        from pypdf import PdfReader

        words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        assert "#import" in words and "7*7" in words


def test_everything_at_once_has_plain_names_inside(server: Server) -> None:
    with asking(server.dana):
        file, content = server.studio.everything()
    assert re.fullmatch(r"alex-everything-\d{4}-\d\d-\d\d\.zip", file)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        names = bundle.namelist()
    assert len(names) == 4
    assert all(
        re.fullmatch(r"questions\.txt|conversations/\d{4}-\d\d-\d\d-\w{10}\.(jsonl|md|json)", name) for name in names
    )


def test_a_download_has_a_plain_name_whatever_was_asked_for(server: Server) -> None:
    cookie = f"Cookie: {COOKIE}={server.token('dana')}"
    for name in ("x%0d%0aSet-Cookie:%20a=b.md", "%22;x=.md", f"{server.session}.md%0d%0a"):
        answer = server.raw(f"GET /export/{name} HTTP/1.1", cookie)
        assert answer.status == 404
        assert answer.all("set-cookie") == []
        assert answer.all("content-type") == ["text/plain; charset=utf-8"]


def test_more_names_than_there_are_stand_ins_are_hidden_all_the_same() -> None:
    typed = " ".join(f"{first}.{second}. Smith" for first in "ABCDEFGHIJ" for second in "ABCDEFGHIJ")
    days = " ".join(
        f"{day}/{month}/{year}" for day in range(10, 29) for month in range(10, 13) for year in range(1990, 2010)
    )
    for words in (typed, days):
        hidden = hider([words])(words)
        assert not set(words.split()) & set(hidden.split()) - {"Smith"}


# An endless word: what is tried at each of its letters must not go on to its end. Without a bound, each of these takes
# minutes, and no test would come back.
ENDLESS = ["A." * 50_000, "a" * 100_000, "ab." * 30_000, "a-" * 50_000, "a@" * 50_000, "1-" * 50_000, "Mr " * 30_000]


@pytest.mark.parametrize("words", ENDLESS, ids=lambda words: words[:3])
def test_an_endless_word_holds_nobody_up(words: str) -> None:
    assert isinstance(hider([words])(words), str)


# The log ------------------------------------------------------------------------------------------------------------


def test_nobody_writes_a_line_of_the_log_and_no_random_part_of_a_path_is_in_it(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    forged = '/x%0a{"at":"now","says":"forged"}'.replace(" ", "")
    secret = "s" * 43
    paths = [
        forged,
        f"/Shared/{secret}",
        f"//shared/{secret}",
        f"/{secret}",
        f"/export/{server.session}.md",
        f"/x/{secret}",
    ]
    with caplog.at_level("INFO", "alex"):
        for path in [*paths, f"/shared%2f{secret}", f"/gradio_api/{secret}", f"/gradio_api/heartbeat/{secret}"]:
            server.raw(f"GET {path} HTTP/1.1")
    lines = [JsonLines().format(record) for record in caplog.records if record.name == "alex.requests"]
    assert len(lines) == len(paths) + 3
    for line in lines:
        assert "\n" not in line
        assert set(json.loads(line)) == {"at", "level", "from", "says", "method", "route", "status", "ms"}
        assert secret not in line and server.session not in line and "forged" not in line


def test_a_whole_visit_leaves_no_secret_in_the_log(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    studio = Studio(Settings(home=tmp_path, accounts=True, content=ROOT, _env_file=None), whoever_asks)
    dana = with_password(studio, "dana.quagmire")
    with asking(dana):
        row = studio.record.start(scenario="alex-geography", title="Zanzibarine", seed=1, opening="Zanzibarine?")
        studio.record.append(row.id, a_turn(1, "Zanzibarine!", told=(), topic=None))
        link = studio.sharing.make(row.id, "Zed", datetime.now().date().isoformat(), Choice())
    studio.whole_record.close()
    named = {"ALEX_HOME": str(tmp_path), "ALEX_PORT": str(port), "ALEX_ACCOUNTS": "true", "ALEX_CONTENT": str(ROOT)}
    named |= {"ALEX_ADDRESS": f"http://localhost:{port}", "ALEX_XAPI_URL": "http://127.0.0.1:9/xapi"}
    named |= {"ALEX_XAPI_KEY": "the-key-of-it", "ALEX_XAPI_SECRET": "the-secret-of-it", "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        env={**os.environ, **named},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for(port)
        token = visit(Server(None, studio, port, dana, row.id, link))
    finally:
        running.send_signal(signal.SIGTERM)
        printed = running.communicate(timeout=60)[0]
    assert '"route": "/sign-in"' in printed and '"route": "/export/{name}"' in printed
    secrets = [
        "anzibarine",
        "quagmire",
        PASSWORD,
        "wrong horse",
        token,
        link,
        row.id,
        "the-key-of-it",
        "the-secret-of-it",
    ]
    for secret in [*secrets, *PASSWORD.split(), str(tmp_path), "Traceback"]:
        assert secret not in printed, secret


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def visit(server: Server) -> str:
    """Do on a server what people do, and what they should not; return the token that was given."""
    host = f"localhost:{server.port}"
    form = "Content-Type: application/x-www-form-urlencoded"

    def post(path: str, fields: str, *lines: str) -> Answer:
        length = f"Content-Length: {len(fields)}"
        return server.raw(f"POST {path} HTTP/1.1", form, length, *lines, body=fields.encode(), host=host)

    assert post("/sign-in", "name=dana.quagmire&password=wrong+horse").status == 403
    came = post("/sign-in", f"name=dana.quagmire&password={PASSWORD.replace(' ', '+')}")
    token = came.all("set-cookie")[0].split(";")[0].partition("=")[2]
    cookie = f"Cookie: {COOKIE}={token}"
    for path in ("/", "/account", "/shares", f"/shares/of/{server.session}", f"{SHARED}{server.link}", "/Zanzibarine"):
        assert server.raw(f"GET {path} HTTP/1.1", cookie, host=host).status in {200, 404}, path
    for path in (f"/export/{server.session}.md", "/account/everything", "/practice-log.md", "/export/x.exe"):
        server.raw(f"GET {path} HTTP/1.1", cookie, host=host)
    post(f"{SHARED}{server.link}", "turn=1&words=Zanzibarine+again")
    post(f"{SHARED}{server.link}x", "turn=1&words=Zanzibarine+again")
    event = json.dumps({"fn_index": 99999, "data": ["Zanzibarine"], "session_hash": "w1", "event_data": "Zanzibarine"})
    kind = ["Content-Type: application/json", f"Content-Length: {len(event)}"]
    server.raw("POST /gradio_api/queue/join HTTP/1.1", cookie, *kind, body=event.encode(), host=host)
    server.raw("POST /gradio_api/queue/join HTTP/1.1", cookie, *kind, body=b"{" * len(event), host=host)
    server.bytes(b"GET /Zanzibarine \x00 HTTP/9.9\r\n\r\n")
    new = "three+paper+kites+zanzibarine"
    post("/account/password", f"old=wrong+horse&new={new}&again={new}", cookie)
    assert post("/sign-out", "", cookie).status == 303
    return token


def test_the_pages_events_are_wrapped_for_whoever_asks(server: Server) -> None:
    page: Any = next(route.app for route in server.app.routes if isinstance(route, Mount))
    handlers = [one.fn for one in page.get_blocks().fns.values() if one.fn is not None]
    assert handlers and all(hasattr(one, "__wrapped__") for one in handlers)
