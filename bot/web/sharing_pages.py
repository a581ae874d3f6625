"""The pages of a server on which links are made, opened, answered and withdrawn."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.errors import AlexError, NotAllowed, UsageError
from bot.exports.paper import Choice
from bot.web.entrance import SECURE, SHARED
from bot.web.faults import UNEXPECTED, report
from bot.web.forms import form_of
from bot.web.render import shared as render

if TYPE_CHECKING:
    from bot.sharing import Shown
    from bot.studio import Studio

USUAL_DAYS = 7
Form = Annotated[dict[str, str], Depends(form_of(40_000))]


def add_sharing_pages(pages: FastAPI, studio: "Studio") -> None:
    """Add the pages as routes."""
    _for_the_owner(pages, studio)
    _for_the_guest(pages, studio)


def _for_the_owner(pages: FastAPI, studio: "Studio") -> None:
    sharing = studio.sharing

    @pages.get("/shares")
    def shares() -> Response:
        return calmly(lambda: HTMLResponse(render.shares(sharing.links(), _now())))

    @pages.get("/shares/of/{session}")
    def to_share(session: str) -> Response:
        return calmly(lambda: HTMLResponse(_making(studio, session, _usual())))

    @pages.post("/shares/of/{session}")
    async def make(session: str, request: Request, form: Form) -> Response:
        filled = _filled(form)

        def made() -> Response:
            shown = sharing.preview(session, filled.choice)
            if form.get("do") != "make" or form.get("seen") != filled.parts:
                return HTMLResponse(_making(studio, session, filled, shown=shown))
            try:
                token = sharing.make(session, filled.name, filled.until, filled.choice)
            except UsageError as error:
                return HTMLResponse(_making(studio, session, filled, shown=shown, error=error), status_code=400)
            return HTMLResponse(_making(studio, session, filled, link=_address(studio, request) + SHARED + token))

        return await run_in_threadpool(calmly, made)

    @pages.get("/shares/one/{share}")
    def one(share: str) -> Response:
        return calmly(lambda: HTMLResponse(render.share(sharing.mine(share), _now())))

    @pages.post("/shares/one/{share}")
    async def act(share: str, form: Form) -> Response:
        def acted() -> Response:
            try:
                return _acted(studio, share, form)
            except UsageError as error:
                return HTMLResponse(render.share(sharing.mine(share), _now(), error=error), status_code=400)

        return await run_in_threadpool(calmly, acted)


def _for_the_guest(pages: FastAPI, studio: "Studio") -> None:
    sharing = studio.sharing

    @pages.get(SHARED + "{token}")
    def shared(token: str, said: str = "") -> Response:
        return calmly(lambda: HTMLResponse(_seen(sharing.open(token), token, thanks=bool(said))), _guarded)

    @pages.post(SHARED + "{token}")
    async def say(token: str, form: Form) -> Response:
        def said() -> Response:
            try:
                again, readings = bool(form.get("again")), readings_in(form)
                sharing.say(token, number_in(form, "turn"), form.get("words", ""), again=again, readings=readings)
            except UsageError as error:
                return HTMLResponse(_seen(sharing.open(token), token, error=error), status_code=400)
            return RedirectResponse(f"{SHARED}{token}?said=yes", status_code=303)

        return await run_in_threadpool(calmly, said, _guarded)


def _acted(studio: "Studio", share: str, form: dict[str, str]) -> Response:
    """Do what the owner of a link asks for, and return where to go then."""
    sharing, turn = studio.sharing, number_in(form, "turn")
    session = sharing.session_of(share)
    if form.get("do") == "revoke":
        sharing.revoke(share)
    elif form.get("do") == "answer":
        sharing.answer(share, turn, form.get("words", ""))
    elif form.get("do") == "take":
        studio.correct(session, turn, number_in(form, "place"), form.get("move", ""))
    elif form.get("do") == "again":
        view = studio.branch(session, turn - 1)
        return RedirectResponse(f"/?s={view.id}&at=rehearse", status_code=303)
    at = f"#turn-{turn}" if turn else ""
    return RedirectResponse(f"/shares/one/{share}{at}", status_code=303)


def _making(
    studio: "Studio",
    session: str,
    filled: render.Filled,
    *,
    shown: "Shown | None" = None,
    link: str = "",
    error: AlexError | None = None,
) -> str:
    title, links, groups = studio.sharing.title(session), studio.sharing.links(session), studio.groups.joined()
    return render.sharing(session, title, filled, links, groups, _now(), shown=shown, link=link, error=error)


def _seen(shown: "Shown", token: str, *, thanks: bool = False, error: AlexError | None = None) -> str:
    return render.shared(shown, f"{SHARED}{token}", _now(), thanks=thanks, error=error)


def _filled(form: dict[str, str]) -> render.Filled:
    return render.Filled(form.get("name", ""), form.get("until", ""), choice_in(form))


def choice_in(form: dict[str, str]) -> Choice:
    """Return what is to be shown beside what was said."""
    return Choice(*(bool(form.get(part)) for part in ("notes", "thoughts", "names")))


def _usual() -> render.Filled:
    """Return what a new link begins with: a week, and neither private thoughts nor names."""
    until = datetime.now().date() + timedelta(days=USUAL_DAYS)
    return render.Filled("", until.isoformat(), Choice(notes=True, thoughts=False, names=False))


def readings_in(form: dict[str, str]) -> dict[int, str]:
    """Return which sentences were read otherwise: place -> move."""
    given = {name.removeprefix("read-"): move for name, move in form.items() if name.startswith("read-") and move}
    return {int(place): move for place, move in given.items() if place.isdecimal() and len(place) < 6}


def number_in(form: dict[str, str], name: str) -> int:
    """Return a number of a form; 0 for none."""
    said = form.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 6 else 0


def _address(studio: "Studio", request: Request) -> str:
    """Return where people reach this server."""
    scheme = "https" if request.scope.get(SECURE) else "http"
    return studio.settings.address.rstrip("/") or f"{scheme}://{request.headers.get('host', '')}"


def _now() -> datetime:
    return datetime.now(UTC)


def _guarded(error: AlexError) -> AlexError:
    """Return what a guest is told of a fault: nothing of what lies behind the link."""
    return error if isinstance(error, NotAllowed) else UNEXPECTED


def calmly(answer: Callable[[], Response], told: Callable[[AlexError], AlexError] = lambda error: error) -> Response:
    """Return the answer, or a page with what went wrong."""
    try:
        return answer()
    except (NotAllowed, UsageError) as error:
        return HTMLResponse(render.closed(told(error)), status_code=404)
    except AlexError as error:
        report(error)
        return HTMLResponse(render.closed(UNEXPECTED), status_code=503)
    except Exception as error:
        report(error)
        return HTMLResponse(render.closed(UNEXPECTED), status_code=500)
