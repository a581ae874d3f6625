"""The pages of a server on which administrators look after who may sign in."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from bot import __version__
from bot.errors import AlexError, NotAllowed, UsageError
from bot.people.pasted import add_all
from bot.web.entrance import PERSON
from bot.web.faults import UNEXPECTED, report
from bot.web.forms import form_of
from bot.web.render import people as render

if TYPE_CHECKING:
    from bot.people.person import Person
    from bot.studio import Studio

Form = Annotated[dict[str, str], Depends(form_of(100_000))]


def add_people_pages(pages: FastAPI, studio: "Studio") -> None:
    """Add the pages as routes. Whoever is no administrator is told so, and no more."""

    @pages.get("/people")
    def people(request: Request, q: str = "", page: str = "1") -> Response:
        person = _person(request)
        return _calmly(lambda: _listed(studio, person, q, page))

    @pages.post("/people")
    async def add(request: Request, form: Form) -> Response:
        person = _person(request)
        return await run_in_threadpool(
            _calmly, lambda: _added(studio, person, form), lambda error: _listed(studio, person, error=error, form=form)
        )

    @pages.get("/people/{account}")
    def one(request: Request, account: str) -> Response:
        person = _person(request)
        return _calmly(lambda: _one(studio, person, account))

    @pages.post("/people/{account}")
    async def change(request: Request, account: str, form: Form) -> Response:
        person = _person(request)
        return await run_in_threadpool(
            _calmly,
            lambda: _changed(studio, person, account, form),
            lambda error: _one(studio, person, account, error=error),
        )


def _listed(
    studio: "Studio",
    person: "Person",
    search: str = "",
    page: str = "1",
    *,
    error: AlexError | None = None,
    form: dict[str, str] | None = None,
) -> str:
    people, number = studio.people, int(page) if page.isdecimal() and len(page) < 6 else 1
    found = render.Found(*people.some(search, number, by=person), search, number)
    done, about = people.done(by=person), _about(studio, person)
    return render.people(found, done, about, elsewhere=_elsewhere(studio), filled=form or {}, error=error)


def _about(studio: "Studio", person: "Person") -> render.About:
    """Return how this server stands. Raise RecordError where its database does not answer."""
    studio.whole_record.answers()
    card, settings = studio.voice(), studio.settings
    model = card.name if card and card.on else ""
    return render.About(__version__, studio.people.counts(by=person), settings.keep_days, model, settings.keep_nothing)


def _added(studio: "Studio", person: "Person", form: dict[str, str]) -> str:
    """Add one, or all that were pasted, and return the page with their passwords."""
    if _elsewhere(studio):
        raise NotAllowed("Your organisation signs people in.", "Whoever comes has an account from then on.")
    if form.get("do") == "many":
        return render.added_many(add_all(studio.people, form.get("lines", ""), person))
    account, password = studio.people.add(form.get("name", ""), form.get("role", ""), by=person)
    return render.one(account, person, elsewhere=False, says=f"{account.name} is added.", password=password)


def _one(studio: "Studio", person: "Person", account: str, *, error: AlexError | None = None) -> str:
    found = studio.people.account(account, by=person)
    return render.one(found, person, elsewhere=_elsewhere(studio), error=error)


def _changed(studio: "Studio", person: "Person", account: str, form: dict[str, str]) -> str:
    """Do what is asked for to an account, and return what to show then."""
    people = studio.people
    found, says, password = people.account(account, by=person), "", ""
    if form.get("do") == "remove":
        return render.removed(studio.remove_person(found.name, form.get("typed", "")))
    if form.get("do") == "role":
        people.new_role(found.name, form.get("role", ""), by=person)
        says = "The role is changed."
    elif form.get("do") == "password" and not _elsewhere(studio):
        password = studio.new_password_for(found.name)
        says = "The password is changed, and they are signed out everywhere."
    now = people.account(account, by=person)
    return render.one(now, person, elsewhere=_elsewhere(studio), says=says, password=password)


def _elsewhere(studio: "Studio") -> bool:
    """Return whether another system signs people in."""
    return bool(studio.settings.sign_in_header)


def _person(request: Request) -> "Person":
    found: Person = request.scope[PERSON]
    return found


def _calmly(answer: Callable[[], str], again: Callable[[AlexError], str] | None = None) -> Response:
    """Return the answer, or the page `again` with what went wrong; a page of its own where that cannot be drawn."""
    try:
        return HTMLResponse(answer())
    except NotAllowed as error:
        return HTMLResponse(render.refused(error), status_code=403)
    except AlexError as error:
        if again is None:
            return HTMLResponse(render.refused(error), status_code=404 if isinstance(error, UsageError) else 503)
        shown = _calmly(partial(again, error))
        shown.status_code = 400 if shown.status_code == 200 else shown.status_code
        return shown
    except Exception as error:
        report(error)
        return HTMLResponse(render.refused(UNEXPECTED), status_code=500)
