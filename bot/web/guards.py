"""What stands between the page and everything else: headers on every answer, and who may ask."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.settings import LOOPBACK

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

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        if allowed_on_server(scope, self._address) if self._server else allowed(scope):
            await self.app(scope, receive, send_guarded)
        else:
            await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send_guarded)


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
        return ours and (origin is None or origin == address or urlsplit(origin).netloc == here.netloc)
    except ValueError:
        return False


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
