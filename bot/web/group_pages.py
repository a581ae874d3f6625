"""The pages of a server on which groups are made, joined, looked after and shown conversations."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.colleague.levels import USUAL
from bot.errors import AlexError, NotAllowed, UsageError
from bot.exports.paper import Choice
from bot.groups import NO_COACH, Setting
from bot.web.entrance import ADDRESS, PERSON
from bot.web.forms import form_of
from bot.web.render import groups as render
from bot.web.render.shared import Filled
from bot.web.sharing_pages import calmly, choice_in, number_in, readings_in

if TYPE_CHECKING:
    from bot.people.person import Person
    from bot.sharing import Shown
    from bot.studio import Studio

Form = Annotated[dict[str, str], Depends(form_of(40_000))]


def add_group_pages(pages: FastAPI, studio: "Studio") -> None:
    """Add the pages as routes."""
    _for_members(pages, studio)
    _to_share(pages, studio)
    _for_coaches(pages, studio)
    _to_read(pages, studio)


def _for_members(pages: FastAPI, studio: "Studio") -> None:
    groups = studio.groups

    @pages.get("/groups")
    def all_groups(request: Request) -> Response:
        return calmly(lambda: HTMLResponse(_listed(studio, request)))

    @pages.post("/groups/join")
    async def join(request: Request, form: Form) -> Response:
        code, address = form.get("code", ""), request.scope[ADDRESS]

        def joined() -> Response:
            try:
                group = groups.offered(code, address)
                if form.get("do") != "join" or form.get("seen") != render.marked(group):
                    return HTMLResponse(render.joining(group, _person(request), code, _around(studio)))
                groups.join(code, address, counts=bool(form.get("counts")))
            except (NotAllowed, UsageError) as error:
                return HTMLResponse(_listed(studio, request, code=code, error=error), status_code=_status(error))
            return _to("/groups")

        return await run_in_threadpool(calmly, joined)

    @pages.post("/groups/in/{group}")
    async def as_member(group: str, form: Form) -> Response:
        def done() -> Response:
            groups.in_one(group)
            if form.get("do") == "leave":
                groups.leave(group)
            elif form.get("do") in {"count", "uncount"}:
                groups.count(group, counts=form["do"] == "count")
            return _to("/groups")

        return await run_in_threadpool(calmly, done)


def _to_share(pages: FastAPI, studio: "Studio") -> None:
    groups, sharing = studio.groups, studio.sharing

    @pages.get("/groups/in/{group}/share/{session}")
    def to_share(group: str, session: str) -> Response:
        usual = Filled("", "", Choice(notes=True, thoughts=False, names=False))
        return calmly(lambda: HTMLResponse(_sharing(studio, group, session, usual)))

    @pages.post("/groups/in/{group}/share/{session}")
    async def share(group: str, session: str, form: Form) -> Response:
        filled = Filled("", form.get("until", ""), choice_in(form))

        def shared() -> Response:
            groups.in_one(group)
            shown = sharing.preview(session, filled.choice)
            if form.get("do") != "share" or form.get("seen") != filled.parts:
                return HTMLResponse(_sharing(studio, group, session, filled, shown=shown))
            try:
                return _to(f"/shares/one/{groups.share(group, session, filled.until, filled.choice)}")
            except UsageError as error:
                page = _sharing(studio, group, session, filled, shown=shown, error=error)
                return HTMLResponse(page, status_code=400)

        return await run_in_threadpool(calmly, shared)


def _for_coaches(pages: FastAPI, studio: "Studio") -> None:
    groups = studio.groups

    @pages.get("/groups/new")
    def to_make(request: Request) -> Response:
        return calmly(lambda: HTMLResponse(_making(studio, request, Setting("", "", USUAL, ""))))

    @pages.post("/groups/new")
    async def make(request: Request, form: Form) -> Response:
        def made() -> Response:
            try:
                group, code = groups.make(_setting(form))
            except UsageError as error:
                return HTMLResponse(_making(studio, request, _setting(form), error=error), status_code=400)
            return HTMLResponse(render.group(groups.look(group), _around(studio), code=code))

        return await run_in_threadpool(calmly, made)

    @pages.get("/groups/of/{group}")
    def one(group: str) -> Response:
        return calmly(lambda: HTMLResponse(render.group(groups.look(group), _around(studio))))

    @pages.post("/groups/of/{group}")
    async def act(group: str, form: Form) -> Response:
        def acted() -> Response:
            filled = _setting(form) if form.get("do") == "set" else None
            try:
                return _acted(studio, group, form)
            except UsageError as error:
                page = render.group(groups.look(group), _around(studio), filled=filled, error=error)
                return HTMLResponse(page, status_code=400)

        return await run_in_threadpool(calmly, acted)


def _to_read(pages: FastAPI, studio: "Studio") -> None:
    groups = studio.groups

    def page(group: str, share: str, *, thanks: bool = False, error: AlexError | None = None) -> str:
        name, shown = groups.open(group, share)
        action = f"/groups/of/{group}/shared/{share}"
        return render.group_shared(name, shown, group, action, _around(studio), thanks=thanks, error=error)

    @pages.get("/groups/of/{group}/shared/{share}")
    def shared(group: str, share: str, said: str = "") -> Response:
        return calmly(lambda: HTMLResponse(page(group, share, thanks=bool(said))))

    @pages.post("/groups/of/{group}/shared/{share}")
    async def say(group: str, share: str, form: Form) -> Response:
        def said() -> Response:
            try:
                turn, again, readings = number_in(form, "turn"), bool(form.get("again")), readings_in(form)
                groups.say(group, share, turn, form.get("words", ""), again=again, readings=readings)
            except UsageError as error:
                return HTMLResponse(page(group, share, error=error), status_code=400)
            return _to(f"/groups/of/{group}/shared/{share}?said=yes")

        return await run_in_threadpool(calmly, said)


def _acted(studio: "Studio", group: str, form: dict[str, str]) -> Response:
    """Do what whoever looks after a group asks for, and return what they see then."""
    groups, do = studio.groups, form.get("do")
    groups.one(group)
    if do == "code":
        code = groups.new_code(group)
        return HTMLResponse(render.group(groups.look(group), _around(studio), code=code))
    if do == "delete":
        groups.delete(group)
        return _to("/groups")
    if do == "close":
        groups.close(group)
    elif do == "set":
        groups.change(group, _setting(form))
    elif do == "out":
        groups.take_out(group, form.get("account", ""))
    return _to(f"/groups/of/{group}")


def _listed(studio: "Studio", request: Request, *, code: str = "", error: AlexError | None = None) -> str:
    made, joined = studio.groups.all(), studio.groups.joined()
    return render.groups(_person(request), made, joined, _around(studio), code=code, error=error)


def _making(studio: "Studio", request: Request, filled: Setting, *, error: AlexError | None = None) -> str:
    if not _person(request).makes_groups:
        raise NO_COACH.anew()
    return render.making(filled, _around(studio), error=error)


def _sharing(
    studio: "Studio",
    group: str,
    session: str,
    filled: Filled,
    *,
    shown: "Shown | None" = None,
    error: AlexError | None = None,
) -> str:
    found, title = studio.groups.in_one(group).group, studio.sharing.title(session)
    return render.group_sharing(found, session, title, filled, _around(studio), shown=shown, error=error)


def _setting(form: dict[str, str]) -> Setting:
    return Setting(*(form.get(part, "") for part in ("name", "scenario", "level", "until")))


def _around(studio: "Studio") -> render.Around:
    scenarios = {one.name: one.plot.title for one in studio.scenarios()}
    levels = {one.id: one.name for one in studio.levels()}
    return render.Around(datetime.now(UTC), scenarios, levels)


def _person(request: Request) -> "Person":
    found: Person = request.scope[PERSON]
    return found


def _to(where: str) -> Response:
    return RedirectResponse(where, status_code=303)


def _status(error: AlexError) -> int:
    return 403 if isinstance(error, NotAllowed) else 400
