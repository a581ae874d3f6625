"""The pages of a server beside the screens: to sign in, to sign out, and everybody's own account."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.errors import AlexError, NotAllowed, UsageError
from bot.web.attached import attached
from bot.web.entrance import ADDRESS, PERSON, SECURE, name_of_cookie, token_of
from bot.web.faults import UNEXPECTED, report
from bot.web.forms import form_of
from bot.web.render import own

if TYPE_CHECKING:
    from bot.people.person import Person
    from bot.studio import Studio

HERE = Path(__file__).resolve().parent
LONGEST_FORM = 20_000
"""Bytes."""


Form = Annotated[dict[str, str], Depends(form_of(LONGEST_FORM))]


def add_own_pages(pages: FastAPI, studio: "Studio") -> None:
    """Add the pages as routes."""
    elsewhere = bool(studio.settings.sign_in_header)

    @pages.get("/look.css")
    def css() -> Response:
        return FileResponse(HERE / "look.css", headers={"Cache-Control": "max-age=3600"})

    @pages.get("/favicon.svg")
    def favicon() -> Response:
        return FileResponse(HERE / "favicon.svg", headers={"Cache-Control": "max-age=86400"})

    @pages.get("/sign-in")
    def door(request: Request) -> Response:
        if request.scope.get(PERSON):
            return RedirectResponse("/", status_code=303)
        return HTMLResponse(own.sign_in(elsewhere=elsewhere), status_code=403 if elsewhere else 200)

    @pages.post("/sign-in")
    async def come_in(request: Request, form: Form) -> Response:
        if elsewhere:
            return HTMLResponse(own.sign_in(elsewhere=True), status_code=403)
        name = form.get("name", "")

        def let_in() -> Response:
            token = studio.people.sign_in(name, form.get("password", ""), request.scope[ADDRESS])
            return _with_token(RedirectResponse("/", status_code=303), request, token)

        return await run_in_threadpool(_calmly, let_in, lambda error: own.sign_in(name=name, error=error))

    @pages.post("/sign-out")
    def go_out(request: Request) -> Response:
        studio.sign_out(_person(request), token_of(request.scope))
        answer = RedirectResponse("/sign-in", status_code=303)
        secure = bool(request.scope[SECURE])
        answer.delete_cookie(name_of_cookie(secure), path="/", secure=secure, httponly=True, samesite="lax")
        return answer

    @pages.get("/account")
    def account(request: Request) -> Response:
        return HTMLResponse(_account(_person(request)))

    def _account(person: "Person", error: AlexError | None = None) -> str:
        kept, days = len(studio.sessions()), studio.settings.keep_days
        return own.account(person, kept, days, known_as=studio.known_as(), elsewhere=elsewhere, error=error)

    @pages.get("/account/everything")
    def everything() -> Response:
        file, content = studio.everything()
        return attached(file, content, "application/zip")

    @pages.post("/account/delete")
    async def delete(request: Request, form: Form) -> Response:
        person = _person(request)

        def go() -> Response:
            studio.remove_account(person, form.get("password", ""), request.scope[ADDRESS])
            return HTMLResponse(own.gone())

        return await run_in_threadpool(_calmly, go, lambda error: _account(person, error))

    @pages.get("/account/password")
    def password(request: Request) -> Response:
        return HTMLResponse(own.password(_person(request)))

    @pages.post("/account/password")
    async def change_password(request: Request, form: Form) -> Response:
        person = _person(request)

        def change() -> Response:
            old, new, again = (form.get(which, "") for which in ("old", "new", "again"))
            if new != again:
                raise UsageError("The two new passwords differ.", "Type the same one twice.")
            token = studio.people.change_password(person, old, new, request.scope[ADDRESS])
            return _with_token(RedirectResponse("/account", status_code=303), request, token)

        return await run_in_threadpool(_calmly, change, lambda error: own.password(person, error=error))


def _person(request: Request) -> "Person":
    found: Person = request.scope[PERSON]
    return found


def _calmly(answer: Callable[[], Response], draw: Callable[[AlexError], str]) -> Response:
    """Return the answer, or the page once more with what went wrong."""
    try:
        return answer()
    except AlexError as error:
        return HTMLResponse(draw(error), status_code=403 if isinstance(error, NotAllowed) else 400)
    except Exception as error:
        report(error)
        return HTMLResponse(draw(UNEXPECTED), status_code=500)


def _with_token(answer: Response, request: Request, token: str) -> Response:
    """Give the browser its token: for this host alone, unseen by scripts, not sent along from other sites' forms."""
    secure = bool(request.scope[SECURE])
    answer.set_cookie(name_of_cookie(secure), token, path="/", secure=secure, httponly=True, samesite="lax")
    return answer
