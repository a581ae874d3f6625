"""What stands between the page and everything else: headers on every answer, and who may ask."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.settings import LOOPBACK
from bot.web.faults import UNEXPECTED, report

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Gradio needs inline scripts and eval; nothing may come from, or go to, anywhere else."""
WITHOUT_SCRIPT = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Of the pages where passwords are typed, and on which others' words stand: they need no script, and run none."""
SCRIPTLESS = re.compile(r"/(?:sign-in|account|shares|shared)(?:/|$)")
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
ABOUT_GRADIO = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>')
"""Tags for link previews; nobody can preview a page on a laptop."""
SECURE_ONLY = "max-age=31536000"
"""Strict-Transport-Security of a server whose address is https: a year."""
WATCHED = frozenset({"/health", "/ready"})
"""What a proxy asks a server under whatever name it knows it by."""
UNCLEAR = "That request cannot be read."
REFUSED = "This page answers only on this computer, at the address that Alex printed when it started."


class Guard:
    """Answer only requests made to one of our names from our own page, and put the headers on every answer.

    A site elsewhere can point its own name at 127.0.0.1 and so read a local page (DNS rebinding): the Host that it
    sends gives it away. A page elsewhere that posts here is given away by its Origin. A server answers to the name in
    `address`, and to loopback names, under which a proxy or a watchman may ask; without one, to any name, for there the
    cookie, which browsers keep to one name, is what counts.
    """

    def __init__(self, app: ASGIApp, *, server: bool = False, address: str = "") -> None:
        self.app = app
        self._server, self._address = server, address.rstrip("/")
        self._headers = HEADERS | ({"Strict-Transport-Security": SECURE_ONLY} if address.startswith("https:") else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return

        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers_for(scope).items():
                    headers[name] = value
            await send(message)

        try:
            await self._answer(scope, receive, send_guarded)
        except Exception as error:  # further out, its message would be printed: it may hold somebody's words
            report(error)
            if not begun and scope["type"] == "http":
                told = PlainTextResponse(str(UNEXPECTED), status_code=500, headers={"Cache-Control": "no-store"})
                await told(scope, receive, send_guarded)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _can_be_read_in_two_ways(scope):
            await PlainTextResponse(UNCLEAR, status_code=400, headers={"Connection": "close"})(scope, receive, send)
        elif allowed_on_server(scope, self._address) if self._server else allowed(scope):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)

    def _headers_for(self, scope: Scope) -> dict[str, str]:
        if self._server and SCRIPTLESS.match(scope["path"]):
            return self._headers | {"Content-Security-Policy": WITHOUT_SCRIPT}
        return self._headers


def allowed(scope: Scope) -> bool:
    """Return whether the request names us, and, where it says who sent it, comes from our own page."""
    headers = Headers(scope=scope)
    port = (scope.get("server") or ("", None))[1]
    origin = headers.get("origin")
    ours = _is_ours(f"//{headers.get('host', '')}", port)
    return ours and (origin is None or _is_ours(origin, port))


def allowed_on_server(scope: Scope, address: str) -> bool:
    """Return whether the request names this server, and, where it says who sent it, comes from our own page."""
    if scope["path"] in WATCHED:
        return True
    headers = Headers(scope=scope)
    host, origin = headers.get("host", ""), headers.get("origin")
    try:
        here = urlsplit(f"//{host}")
        ours = not address or here.hostname in {urlsplit(address).hostname, *LOOPBACK}
        return ours and (origin is None or _is_our_page(origin, address, here.netloc))
    except ValueError:
        return False


def _is_our_page(origin: str, address: str, host: str) -> bool:
    """Return whether a page of this server says that it sends; one without https does not count where that is asked."""
    parts, ours = urlsplit(origin), urlsplit(address)
    if ours.scheme == "https" and parts.scheme != "https" and parts.hostname not in LOOPBACK:
        return False
    return bool(parts.netloc) and parts.netloc in {host, ours.netloc}


def _can_be_read_in_two_ways(scope: Scope) -> bool:
    """Return whether a request says twice, differently, where it ends: a proxy before us may see two in it."""
    headers = Headers(scope=scope)
    return "content-length" in headers and "transfer-encoding" in headers


def _is_ours(address: str, port: int | None) -> bool:
    try:
        parts = urlsplit(address)
        named = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    return parts.hostname in LOOPBACK and (port is None or named == port)


class OurHead:
    """Take what Gradio says about itself, addresses included, out of the head of the page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; mend the answer if it is the page itself."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def send_mended(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                page = ABOUT_GRADIO.sub(b"", body)
                MutableHeaders(scope=start)["Content-Length"] = str(len(page))
                await send(start)
                await send({"type": "http.response.body", "body": page})

        await self.app({**scope, "headers": plain}, receive, send_mended)
