"""The page as a web application: the screens, the exports, and a sign of life."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from bot import __version__
from bot.errors import AlexError
from bot.library.loading import LARGEST
from bot.web.faults import report
from bot.web.guards import Guard, OurHead

if TYPE_CHECKING:
    from bot.studio import Studio

TYPES = {"md": "text/markdown; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
LOG_TYPES = {"md": TYPES["md"], "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
LARGEST_UPLOAD = "1mb"
AT_ONCE = 200
"""Answers that may be under way at the same time."""


def build_app(studio: "Studio") -> FastAPI:
    """Return the application. Raise ContentError if there is no scenario to rehearse."""
    app = FastAPI(title="Alex", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(OurHead)
    app.add_middleware(Guard)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"alex": __version__}

    @app.get("/export/{name}")
    def export(name: str) -> Response:
        session, _, kind = name.rpartition(".")
        if kind not in TYPES:
            return PlainTextResponse("Exports end in .md or .jsonl.", status_code=404)
        try:
            file, content = studio.export(session, kind)
        except AlexError as error:
            return PlainTextResponse(str(error), status_code=404)
        return _attached(file, content, TYPES[kind])

    @app.get("/practice-log.{kind}")
    def practice_log(kind: str) -> Response:
        try:
            file, content = studio.attempts.log(kind)
        except AlexError as error:
            return PlainTextResponse(str(error), status_code=404)
        return _attached(file, content, LOG_TYPES[kind])

    @app.post("/arrivals/{batch}")
    async def arrive(batch: str, name: str, request: Request) -> Response:
        try:
            await _written(studio.reading_room.arrivals.place(batch, name), request.stream())
        except TooLarge:
            return PlainTextResponse("too large", status_code=413)
        except (AlexError, OSError) as error:
            report(error)
            return PlainTextResponse("not kept", status_code=507)
        return PlainTextResponse("here")

    return _with_page(app, studio)


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


def _attached(file: str, content: bytes, kind: str) -> Response:
    """Return a file to be saved, never shown."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "._- ") else "-" for char in file)
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file)}"
    return Response(content, media_type=kind, headers={"Content-Disposition": named, "Cache-Control": "no-store"})


def _with_page(app: FastAPI, studio: "Studio") -> FastAPI:
    """Mount the screens. Gradio is imported here: no other command needs to wait for it."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    import gradio as gr

    from bot.web.page import build_page
    from bot.web.parts import HERE
    from bot.web.theme import look

    page = build_page(studio)
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
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        theme=look(),
        css=(HERE / "look.css").read_text(encoding="utf-8"),
        head=f"<script>{script}</script>",
    )
    return app
