"""The entrance of a server: who somebody is, what they may ask for before they are known, and what nobody may."""

import json
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import RecordError
from bot.people.person import Person, asking
from bot.web.faults import report

if TYPE_CHECKING:
    from bot.people.people import People
    from bot.settings import Settings

COOKIE = "alex"
"""Holds the token of a browser that is signed in. `__Host-alex` behind https: no other host can set that."""
PERSON = "alex.person"
"""Where a request says who asks."""
ADDRESS = "alex.address"
"""Where a request says from which address it comes, as far as the proxies can be trusted."""
SECURE = "alex.secure"
"""Where a request says whether the browser came by https."""

OPEN = frozenset({"/health", "/ready", "/sign-in", "/look.css", "/favicon.svg", "/favicon.ico", "/robots.txt"})
"""What anybody may ask for: it holds nobody's words."""
SHARED = "/shared/"
"""What comes after this opens one conversation to whoever has it: nobody signs in for that, and nobody is asked for."""
FOR_A_NEW_PASSWORD = frozenset({"/account/password", "/sign-out"})
"""All that is open to somebody whose password was chosen by somebody else."""
OF_GRADIO = frozenset(
    {
        "/",
        "/config",
        "/theme.css",
        "/manifest.json",
        "/gradio_api/theme.css",
        "/gradio_api/app_id",
        "/gradio_api/startup-events",
        "/gradio_api/queue/join",
        "/gradio_api/queue/data",
        "/gradio_api/cancel",
        "/gradio_api/reset",
    }
)
UNDER_GRADIO = ("/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/")
"""What the page needs of Gradio. Its uploads, files, streams and direct calls are for nobody here."""
LONGEST_EVENT = 7_500_000
"""Bytes of one event of the page: a conversation that is brought in may have 5 MB, which travel as letters."""
UNREADY = "The server cannot reach what it keeps. Everything kept is safe; try again in a moment."
MOST_HASHES, LONGEST_HASH = 20_000, 64
"""Windows of the page that are remembered with whose they are, and letters in the hash of one: Gradio makes some 11."""
WITH_PORT = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+")


class Entrance:
    """Answer only whom we know, and let nobody near the events of another.

    Gradio sends the answers to an event to whoever names the window's random hash. Here a hash belongs to the person
    who used it first.
    """

    def __init__(self, app: ASGIApp, people: "Callable[[], People]", settings: "Settings", own: Callable[[str], bool]):
        self.app = app
        self._people, self._settings, self._own = people, settings, own
        self._trusted = [
            ip_network(one.strip(), strict=False) for one in settings.trusted_proxies.split(",") if one.strip()
        ]
        self._windows: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await (self.app(scope, receive, send) if scope["type"] == "lifespan" else _nothing(scope, receive, send))
            return
        self._place(scope)
        try:
            person = await run_in_threadpool(self._whose, scope)
        except RecordError as error:
            report(error)  # what it says, where the database is, is for whoever runs the server
            await PlainTextResponse(UNREADY, status_code=503)(scope, receive, send)
            return
        scope[PERSON] = person
        path, send = scope["path"], _unstored(send)
        if path in OPEN or self._is_link(scope):
            await self.app(scope, receive, send)
        elif person is None:
            await _to_sign_in(scope)(scope, receive, send)
        elif person.to_change and path not in FOR_A_NEW_PASSWORD:
            await _see("/account/password", scope)(scope, receive, send)
        elif self._own(path):
            with asking(person):
                await self.app(scope, receive, send)
        else:
            await self._to_gradio(person, scope, receive, send)

    def _place(self, scope: Scope) -> None:
        """Note from where, and how, the browser came: what a trusted proxy says, else what the connection says."""
        headers = Headers(scope=scope)
        address = (scope.get("client") or ("", 0))[0]
        secure = scope.get("scheme") == "https" or self._settings.address.startswith("https://")
        if self._is_trusted(address):
            said = ",".join(headers.getlist("x-forwarded-for")).split(",")  # some proxies add a line, others a word
            known = [_without_port(one) for one in said if one.strip()]
            address = next((one for one in reversed(known) if not self._is_trusted(one)), address)
            secure = secure or headers.get("x-forwarded-proto", "") == "https"
        scope[ADDRESS], scope[SECURE] = _as_counted(address), secure

    def _is_link(self, scope: Scope) -> bool:
        """Return whether a request is for our page of a link; anything else under its path goes no further."""
        return scope["path"].startswith(SHARED) and scope["method"] in {"GET", "POST"} and self._own(scope["path"])

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._trusted)

    def _whose(self, scope: Scope) -> Person | None:
        headers = Headers(scope=scope)
        if header := self._settings.sign_in_header:
            peer = (scope.get("client") or ("", 0))[0]
            named = headers.getlist(header)
            return self._people().known_elsewhere(named[0]) if len(named) == 1 and self._is_trusted(peer) else None
        return self._people().person(token_of(scope))

    async def _to_gradio(self, person: Person, scope: Scope, receive: Receive, send: Send) -> None:
        path, asked = scope["path"], parse_qs(scope["query_string"].decode("latin-1"))
        if (path not in OF_GRADIO and not path.startswith(UNDER_GRADIO)) or "deep_link" in asked:
            await PlainTextResponse("There is nothing here.", status_code=404)(scope, receive, send)
            return
        windows = asked.get("session_hash", [])
        if path.startswith("/gradio_api/heartbeat/"):
            windows = [*windows, path.removeprefix("/gradio_api/heartbeat/")]
        if scope["method"] == "POST":
            body = await _body(scope, receive)
            if body is None:
                await PlainTextResponse("That is too long.", status_code=413)(scope, receive, send)
                return
            receive = _again(body, receive)
            windows = [*windows, *_windows_in(body)]
        if all(self._is_theirs(person, window) for window in windows):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse("That is not yours.", status_code=403)(scope, receive, send)

    def _is_theirs(self, person: Person, window: str) -> bool:
        if len(window) > LONGEST_HASH:
            return False
        owner = self._windows.setdefault(window, person.id)
        self._windows.move_to_end(window)
        while len(self._windows) > MOST_HASHES:
            self._windows.popitem(last=False)
        return owner == person.id


def _without_port(said: str) -> str:
    """Return an address of X-Forwarded-For without the port that some proxies write behind it."""
    found = WITH_PORT.fullmatch(said.strip())
    return (found[1] or found[2]) if found else said.strip()


def _as_counted(address: str) -> str:
    """Return an address as sign-ins from it are counted: of IPv6 the network, for one household has 2^64 addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    plain = found.ipv4_mapped
    return str(plain or ip_network((found, 64), strict=False))


def name_of_cookie(secure: bool) -> str:
    """Return what the cookie is called."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def token_of(scope: Scope) -> str:
    """Return the token that the browser sent, or ''."""
    cookies = cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))
    return cookies.get(name_of_cookie(bool(scope.get(SECURE))), "")


def whose_event(request: Request) -> str | None:
    """Return the id of the account that Gradio notes with an event."""
    person = request.scope.get(PERSON)
    return person.id if person else None


def _to_sign_in(scope: Scope) -> Response:
    """Return where somebody unknown is sent: a page to the sign-in, anything else nowhere."""
    if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
        return RedirectResponse("/sign-in", status_code=303)
    return PlainTextResponse("Sign in first.", status_code=401)


def _see(where: str, scope: Scope) -> Response:
    if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
        return RedirectResponse(where, status_code=303)
    return PlainTextResponse("Choose a password of your own first.", status_code=403)


async def _nothing(_scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a websocket: nothing here uses one."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def _unstored(send: Send) -> Send:
    """Return what sends an answer that no cache keeps, unless it says itself how long it may."""

    async def send_unstored(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
        await send(message)

    return send_unstored


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the body of a request, or None where it is too long for an event."""
    pieces = bytearray()
    async for piece in Request(scope, receive).stream():
        pieces += piece
        if len(pieces) > LONGEST_EVENT:
            return None
    return bytes(pieces)


def _again(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """Return what gives the body once more, and then whatever comes."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _windows_in(body: bytes) -> list[str]:
    """Return the windows that an event names. One that cannot be read names one that is nobody's."""
    try:
        asked: Any = json.loads(body) if body else {}
    except ValueError:
        return []
    named = asked.get("session_hash") if isinstance(asked, dict) else None
    return [str(named)] if named is not None else []
