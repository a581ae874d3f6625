"""The page as a web application: the screens, the exports, and a sign of life."""

import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import __version__
from bot.elsewhere.files import LARGEST as LARGEST_CONVERSATION
from bot.errors import AlexError, NotAllowed, UsageError
from bot.exports.paper import Choice
from bot.library.loading import LARGEST
from bot.web.attached import attached
from bot.web.entrance import UNREADY, Entrance, whose_event
from bot.web.faults import report
from bot.web.forms import form_of
from bot.web.group_pages import add_group_pages
from bot.web.guards import Guard, OurHead
from bot.web.logs import Log
from bot.web.own_pages import add_own_pages
from bot.web.people_pages import add_people_pages
from bot.web.sharing_pages import add_sharing_pages

if TYPE_CHECKING:
    from bot.studio import Studio

TYPES = {
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
Conversation = Annotated[dict[str, str], Depends(form_of(3 * LARGEST_CONVERSATION))]
"""The form of a conversation that was brought in: in a form, a byte of a letter may take three."""
LARGEST_UPLOAD = "1mb"
AT_ONCE = 200
"""Answers that may be under way at the same time."""


def build_app(studio: "Studio") -> FastAPI:
    """Return the application. Raise ContentError if there is no scenario to rehearse."""
    app = FastAPI(title="Alex", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(OurHead)
    settings = studio.settings
    if settings.is_server:
        app.add_middleware(Entrance, people=lambda: studio.people, settings=settings, own=partial(_is_own, app))
        app.add_middleware(Log)
        add_own_pages(app, studio)
        add_sharing_pages(app, studio)
        add_group_pages(app, studio)
        add_people_pages(app, studio)
    app.add_middleware(Guard, server=settings.is_server, address=settings.address)

    @app.exception_handler(AlexError)
    def in_plain_words(_: Request, error: Exception) -> Response:
        code = 403 if isinstance(error, NotAllowed) else 400 if isinstance(error, UsageError) else 503
        return PlainTextResponse(str(error), status_code=code)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"alex": __version__}

    @app.get("/ready")
    def ready() -> Response:
        try:
            studio.whole_record.answers()
        except AlexError as error:
            report(error)
            return PlainTextResponse(UNREADY, status_code=503)
        return PlainTextResponse("ready")

    _exports(app, studio)

    @app.post("/arrivals/{batch}")
    async def arrive(batch: str, name: str, request: Request) -> Response:
        try:
            await _written(studio.reading_room.place_for(batch, name), request.stream())
        except NotAllowed as error:
            return PlainTextResponse(str(error), status_code=403)
        except TooLarge:
            return PlainTextResponse("too large", status_code=413)
        except (AlexError, OSError) as error:
            report(error)
            return PlainTextResponse("not kept", status_code=507)
        return PlainTextResponse("here")

    return _with_page(app, studio)


def _is_own(app: FastAPI, path: str) -> bool:
    """Return whether a path is one of ours, and not one of the screens'."""
    return any(route.path_regex.match(path) for route in app.routes if isinstance(route, Route))


def _exports(app: FastAPI, studio: "Studio") -> None:
    """Add the routes that answer with a file to save."""

    @app.get("/export/{name}")
    def export(name: str, without: Annotated[list[str] | None, Query()] = None) -> Response:
        session, _, kind = name.rpartition(".")
        if kind not in TYPES:
            return PlainTextResponse(f"Exports end in .{', .'.join(TYPES)}.", status_code=404)
        left_out = set(without or ())
        choice = Choice(*(part not in left_out for part in ("notes", "thoughts", "names")))
        try:
            file, content = studio.export(session, kind, choice)
        except AlexError as error:
            return PlainTextResponse(str(error), status_code=404)
        return attached(file, content, TYPES[kind])

    @app.post("/held-elsewhere.{kind}")
    def held_elsewhere(kind: str, form: Conversation) -> Response:
        try:
            content = studio.elsewhere.printed(form.get("said", ""), form.get("leader", ""), kind)
        except AlexError as error:
            return PlainTextResponse(str(error), status_code=400)
        return attached(f"conversation.{kind}", content, TYPES[kind])

    @app.get("/practice-log.{kind}")
    def practice_log(kind: str) -> Response:
        try:
            file, content = studio.attempts.log(kind)
        except AlexError as error:
            return PlainTextResponse(str(error), status_code=404)
        return attached(file, content, TYPES[kind])


class TooLarge(Exception):
    """A file goes on beyond what an article may be."""


async def _written(path: Path, pieces: AsyncIterator[bytes]) -> None:
    """Write the pieces to a new file. Nothing is left of it if they are too many or break off."""
    size = 0
    try:
        with path.open("xb") as file:
            async for piece in pieces:
                size += len(piece)
                if size > LARGEST:
                    raise TooLarge
                await run_in_threadpool(file.write, piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _with_page(app: FastAPI, studio: "Studio") -> FastAPI:
    """Mount the screens. Gradio is imported here: no other command needs to wait for it."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    import gradio as gr

    from bot.web.askers import for_whoever_asks
    from bot.web.page import build_page
    from bot.web.parts import HERE
    from bot.web.theme import look

    page = build_page(studio)
    if studio.settings.is_server:
        for_whoever_asks(page, studio.people)
    page.max_threads = AT_ONCE
    page.queue(default_concurrency_limit=None, max_size=AT_ONCE)
    script = (HERE / "page.js").read_text(encoding="utf-8")
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        ssr_mode=False,
        footer_links=[],
        run_history=False,
        show_error=False,
        favicon_path=str(HERE / "favicon.svg"),
        enable_monitoring=False,
        mcp_server=False,
        max_file_size=LARGEST_UPLOAD,
        auth_dependency=whose_event if studio.settings.is_server else None,
        root_path=studio.settings.address.rstrip("/") or None,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        theme=look(),
        css=(HERE / "look.css").read_text(encoding="utf-8"),
        head=f"<script>{script}</script>",
    )
    return app
