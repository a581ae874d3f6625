"""Start the page: on this computer for whoever uses it, or as a server for those who sign in."""

import contextlib
import errno
import ipaddress
import json
import logging
import os
import socket
import sys
import threading
import urllib.request
import webbrowser
from typing import TYPE_CHECKING

from bot.errors import AlexError, UsageError
from bot.settings import Settings
from bot.web import memory
from bot.web.faults import report
from bot.web.logs import log_as_json

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from bot.studio import Studio

log = logging.getLogger("alex.page")
FORGETTING_EVERY_S = 10 * 60
"""How often it is looked for what may not be kept any longer, and for what is not kept and left alone."""
GRACE_S = 20
"""Seconds in which a server that is told to stop finishes what it is answering."""


def serve(settings: Settings) -> None:
    """Serve the page until Ctrl-C.

    Raise UsageError for a port that is taken, and for a server that nobody can sign in to.
    """
    if settings.is_server:
        check_people(settings)
    check_address(settings.host, settings.port)
    print(f"Alex is getting ready at {address(settings)}", flush=True)  # noqa: T201
    memory.keep_small()
    from bot.people.person import whoever_asks, whoever_uses_this_computer
    from bot.studio import Studio
    from bot.web.app import build_app

    studio = Studio(settings, whoever_asks if settings.is_server else whoever_uses_this_computer)
    if settings.is_server:
        log_as_json()
    check_learning_record(settings, studio)
    run(build_app(studio), settings, studio)


def address(settings: Settings) -> str:
    """Return where the page is, as it is typed into a browser."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def check_people(settings: Settings) -> None:
    """Raise UsageError unless somebody can sign in, and whoever signs people in elsewhere can be believed."""
    from bot.people.people import People
    from bot.record.store import Record

    if settings.sign_in_header and not settings.trusted_proxies.strip():
        raise UsageError(
            "ALEX_SIGN_IN_HEADER is set, and nobody is trusted to send it.",
            "Name the addresses of your proxy in ALEX_TRUSTED_PROXIES.",
        )
    for one in filter(None, map(str.strip, settings.trusted_proxies.split(","))):
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError:
            raise UsageError(
                f"ALEX_TRUSTED_PROXIES: {one!r} is no address.", "Write addresses or networks, as in 10.0.0.0/8."
            ) from None
    with Record(settings.record_url) as record:
        if not settings.sign_in_header and not People(record.accounts).all():
            raise UsageError(
                "There are no accounts: nobody could sign in.",
                "Make the first with `alex accounts add NAME --role admin`, then start again.",
            )


def check_learning_record(settings: Settings, studio: "Studio") -> None:
    """Raise UsageError where a learning record store is set and can be told nothing."""
    if settings.xapi_url and not settings.is_server:
        raise UsageError(
            "ALEX_XAPI_URL is set, and nobody signs in here: there is nobody to tell a learning record store of.",
            "Leave it empty, or make this a server with ALEX_ADDRESS (docs/server.md).",
        )
    studio.learning_record  # noqa: B018  (made here, so that a wrong setting is told at once)


def check_address(host: str, port: int) -> None:
    """Raise UsageError unless `port` is free there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # there, the option would let two programs share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _taken(host, port, error) from error


def run(app: "FastAPI", settings: Settings, studio: "Studio") -> None:
    """Run the server; once it listens, warm up and open the browser."""
    import uvicorn

    server = uvicorn.Server(config_for(app, settings))
    threading.Thread(target=_forget_in_time, args=(studio,), name="forgetting", daemon=True).start()
    if telling := studio.learning_record:
        threading.Thread(target=telling.go_on, args=(threading.Event(),), name="telling", daemon=True).start()
    threading.Thread(target=_once_listening, args=(server, settings, studio), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    kept = "Nothing was kept" if settings.keep_nothing else "Everything up to your last turn is kept"
    print(f"\nAlex has stopped. {kept}.", flush=True)  # noqa: T201


def config_for(app: "FastAPI", settings: Settings) -> "uvicorn.Config":
    """Return how the application is served."""
    import uvicorn

    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http="h11" if settings.is_server else "auto",  # the other takes headers without end
        timeout_graceful_shutdown=GRACE_S if settings.is_server else 3,
    )


def _once_listening(server: "uvicorn.Server", settings: Settings, studio: "Studio") -> None:
    while not server.started:
        if server.should_exit:
            return
        threading.Event().wait(0.05)
    print(f"Alex is open at {address(settings)}  (Ctrl-C stops it)", flush=True)  # noqa: T201
    if settings.open_browser and not settings.is_server and has_display():
        webbrowser.open(address(settings))
    try:
        studio.warm()
    except AlexError as error:
        log.warning("%s", error)
    except Exception as error:  # the page still works: whatever is asked for is loaded then, and says what is wrong
        report(error)
    memory.give_back()


def _forget_in_time(studio: "Studio") -> None:
    """Delete what is older than may be kept and what is not kept and left alone, now and every few minutes."""
    while True:
        try:
            studio.forget_in_time()
        except AlexError as error:
            log.warning("%s", error)
        threading.Event().wait(FORGETTING_EVERY_S)


def has_display() -> bool:
    """Return whether there is a screen to open a browser on."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _taken(host: str, port: int, error: OSError) -> UsageError:
    where = f"http://{'[::1]' if ':' in host else host}:{port}"
    if error.errno == errno.EACCES:
        return UsageError(f"Port {port} may not be used by this account.", "Set ALEX_PORT=7861.")
    if error.errno != errno.EADDRINUSE:
        return UsageError(f"{host} cannot be listened on: {error.strerror}.", "Leave ALEX_HOST at 127.0.0.1.")
    if is_alex(where):
        return UsageError(
            f"Alex is already open at {where}.", "Go there in your browser, or stop the other one first with Ctrl-C."
        )
    free = port + 1 if port < 65535 else 7860
    return UsageError(f"Port {port} is in use by another program.", f"Set ALEX_PORT={free}.")


def is_alex(where: str) -> bool:
    """Return whether what answers there is this program."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business with loopback
    try:
        with opener.open(f"{where}/health", timeout=2) as answer:
            return "alex" in json.loads(answer.read(1000))
    except (OSError, ValueError, TypeError):
        return False
