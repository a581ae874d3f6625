"""Two people never see each other's words: every route and every handler, tried by everybody it is not for."""

import inspect
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, update
from starlette.routing import Mount, Route
from test_record import a_turn
from web_samples import in_a_loop

from bot.errors import NotAllowed, UsageError
from bot.exports.paper import Choice
from bot.groups import Groups, Setting
from bot.people.person import Person, asking, whoever_asks
from bot.record.tables import FailedSignIn, SessionEntry, ShareEntry
from bot.settings import Settings
from bot.sharing import Sharing
from bot.studio import Studio, View
from bot.web.app import TYPES, build_app
from bot.web.entrance import COOKIE, OPEN, SHARED

SECRET = "zanzibarine"
"""Stands in everything that one leader said, wrote and asked, and nowhere else."""
BLANK = "0blank0"
PASSWORD = "copper lantern sparrow"
HERE = "http://alex.test"
PEOPLE = (
    ("dana", "leader"),
    ("eve", "leader"),
    ("carl", "coach"),
    ("ada", "admin"),
    ("cora", "coach"),
    ("lou", "leader"),
)


@dataclass
class House:
    """A server with people in it, one of whom has said something."""

    app: Any
    studio: Studio
    people: dict[str, Person]
    said: View
    token: str
    """Of a link to it."""
    portal: Any

    def client(self, who: str = "") -> TestClient:
        """Return a browser, signed in as somebody or as nobody."""
        client = TestClient(self.app, base_url=HERE, follow_redirects=False)
        client.portal = self.portal  # the one loop that Gradio's queue runs in
        if who:
            client.cookies.set(COOKIE, self.studio.people.sign_in(who, PASSWORD, who))
        return client


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, filled: Any) -> Iterator[House]:
    import shutil

    home = tmp_path_factory.mktemp("server") / "home"
    shutil.copytree(filled, home)
    studio = Studio(Settings(home=home, accounts=True, _env_file=None), whoever_asks)
    found = {}
    for name, role in PEOPLE:
        account, given = studio.people.add(name, role)
        token = studio.people.sign_in(name, given, "here")
        person = studio.people.person(token)
        assert person is not None
        studio.people.change_password(person, given, PASSWORD, "here")
        person = studio.people.person_of(account.id)
        assert person is not None
        found[name] = person
    with asking(found["dana"]):
        record, title, notes = studio.record, f"About {SECRET}", {"beliefs": SECRET}
        row = record.start(scenario="alex-geography", title=title, seed=1, opening=f"{SECRET}?", notes=notes)
        record.append(row.id, a_turn(1, f"What would {SECRET} change?", told=(), topic=None))
        record.finish(row.id, "unfinished")
        record.reflect(row.id, f"I take {SECRET} from it.")
        record.uses.keep_question(f"What is {SECRET}?", ["p1"])
        view = studio.open(row.id)
        token = studio.sharing.make(row.id, "Zed", datetime.now().date().isoformat(), Choice())
    app = in_a_loop(lambda: build_app(studio))
    with TestClient(app, base_url=HERE) as running:
        yield House(app, studio, found, view, token, running.portal)
    studio.library().close()
    studio.whole_record.close()


# Whoever is not signed in -----------------------------------------------------------------------------------------


def every_route(app: Any) -> Iterator[tuple[str, str]]:
    """Give every route there is, Gradio's own too, as (method, path) with something in every blank."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield from every_route(route.app)
        elif included := getattr(route, "original_router", None):
            yield from every_route(included)
        elif isinstance(route, Route):
            path = re.sub(r"\{[^}]*\}", BLANK, route.path)
            for method in route.methods or {"GET"}:
                yield method, path


def test_nothing_is_open_to_somebody_unknown(house: House) -> None:
    client, tried = house.client(), 0
    for method, path in set(every_route(house.app)):
        if path in OPEN:
            continue
        answer = client.request(method, path)
        if path.startswith(SHARED):
            assert (answer.status_code, "opens nothing" in answer.text) == (404, True)
            continue
        assert answer.status_code == 401, (method, path)
        assert answer.text == ("" if method == "HEAD" else "Sign in first."), (method, path)
        tried += 1
    assert tried > 80
    page = client.get("/", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("token", ["", "x" * 43, "null", "../../etc/passwd", "é"])
def test_a_guessed_token_opens_nothing(house: House, token: str) -> None:
    sent = {b"cookie": f"{COOKIE}={token}".encode()}
    assert house.client().get("/export/x.md", headers=sent).status_code == 401


def test_what_is_open_holds_nobodys_words(house: House) -> None:
    for path in OPEN:
        assert SECRET not in house.client().get(path).text


def test_a_header_that_nobody_asked_for_signs_nobody_in(house: House) -> None:
    for header in ("Remote-User", "X-Forwarded-User", "X-Remote-User"):
        assert house.client().get("/account", headers={header: "dana"}).status_code == 401


# Whoever is somebody else -----------------------------------------------------------------------------------------

OTHERS = ("eve", "carl", "ada")


@pytest.mark.parametrize("other", ["eve", "ada"])
def test_no_route_shows_anything_to_another(house: House, other: str) -> None:
    client, asked = house.client(other), (house.said.id, f"{house.said.id}.md", share_of(house))
    for method, path in set(every_route(house.app)):
        if path in {"/sign-out", "/gradio_api/queue/data"} or "heartbeat" in path:
            continue  # the first would end the test, the others wait for ever; both are tried below
        for filled_in in {path.replace(BLANK, one) for one in asked}:
            answer = client.request(method, filled_in, content=b"{}" if method == "POST" else None)
            assert SECRET not in answer.text, (method, filled_in)
            told = answer.text.replace(filled_in, "").replace(repr(house.said.id), "")
            assert house.said.id not in told, (method, filled_in)


@pytest.mark.parametrize("other", OTHERS)
def test_downloads_are_for_their_owner_alone(house: House, other: str) -> None:
    for kind in TYPES:
        mine = house.client("dana").get(f"/export/{house.said.id}.{kind}")
        assert mine.status_code == 200
        assert SECRET in mine.text or kind in {"docx", "pdf"}
        for asked in ("", "?without=names", "?without=notes&without=thoughts"):
            refused = house.client(other).get(f"/export/{house.said.id}.{kind}{asked}")
            assert (refused.status_code, SECRET in refused.text) == (404, False)
    assert SECRET in house.client("dana").get("/practice-log.md").text
    assert SECRET not in house.client(other).get("/practice-log.md").text


def share_of(house: House) -> str:
    """Return the id of the link that Dana made."""
    with asking(house.people["dana"]):
        return house.studio.sharing.links(house.said.id)[0].id


def refused(house: House, do: Any) -> bool:
    try:
        return SECRET not in repr(do())
    except Exception as error:
        return SECRET not in str(error)


def acts_on(studio: Studio, session: str, share: str) -> dict[str, Any]:
    """Return everything that can be done to a session or with it, by name."""
    return {
        "open": lambda: studio.open(session),
        "say": lambda: studio.say(session, "Mine now."),
        "take_back": lambda: studio.take_back(session),
        "branch": lambda: studio.branch(session, 1),
        "correct": lambda: studio.correct(session, 1, 0, "own_concern"),
        "finish": lambda: studio.finish(session),
        "go_on": lambda: studio.go_on(session),
        "is_told_of": lambda: studio.is_told_of(session),
        "told of it": lambda: studio.record.is_told_of(session),
        "rate": lambda: studio.rate(session, {"listened": 4}),
        "overrule": lambda: studio.overrule(session, {"owns_concern": 4}),
        "reflect": lambda: studio.reflect(session, "Mine."),
        "debrief": lambda: studio.debrief(session),
        "memory": lambda: studio.memory(session),
        "word_it": lambda: studio.word_it(session, "You should do it."),
        "voice": lambda: studio.voice(session),
        "ask_coach": lambda: studio.ask_coach(session),
        "prose": lambda: studio.prose(session),
        "read_again": lambda: studio.read_again(session),
        "rename": lambda: studio.rename(session, "Mine"),
        "delete": lambda: studio.delete(session),
        "export": lambda: studio.export(session, "md"),
        "beside": lambda: studio.attempts.beside(session),
        "links": lambda: studio.sharing.links(session),
        "all links": lambda: studio.sharing.links(""),
        "title": lambda: studio.sharing.title(session),
        "preview": lambda: studio.sharing.preview(session, Choice()),
        "make": lambda: studio.sharing.make(session, "Me", datetime.now().date().isoformat(), Choice()),
        "make_for_group": lambda: studio.sharing.make_for_group(session, "g", "Me", "", Choice()),
        "mine": lambda: studio.sharing.mine(share),
        "session_of": lambda: studio.sharing.session_of(share),
        "answer": lambda: studio.sharing.answer(share, 1, "Mine."),
        "revoke": lambda: studio.sharing.revoke(share),
        "note": lambda: studio.record.note(session, {}),
        "branches": lambda: studio.record.branches(session),
        "sessions": studio.sessions,
        "search": lambda: studio.sessions(SECRET),
        "last_open": studio.last_open,
        "practice": lambda: [studio.attempts.practice()],
        "log": lambda: studio.attempts.log("md"),
        "citations": lambda: [*studio.record.uses.citations()],
        "questions": lambda: [*studio.record.uses.questions()],
        "forget": lambda: [studio.record.uses.forget_questions()],
    }


@pytest.mark.parametrize("other", [*OTHERS, ""])
def test_nothing_that_takes_a_session_takes_anothers(house: House, other: str) -> None:
    studio, session = house.studio, house.said.id
    acts = acts_on(studio, session, share_of(house))
    with asking(house.people.get(other)):
        if other:
            studio.record.delete_all()
        for name, act in acts.items():
            assert refused(house, act), name
    with asking(house.people["dana"]):
        assert studio.open(session) == house.said
        assert [one.words for one in studio.record.uses.questions()] == [f"What is {SECRET}?"]
        (link,) = studio.sharing.links()
        assert (link.revoked, link.remarks) == (None, ())


@pytest.mark.parametrize("other", [*OTHERS, ""])
def test_nothing_takes_anothers_of_which_nothing_is_kept(house: House, other: str) -> None:
    studio = house.studio
    with asking(house.people["dana"]):
        record = studio.record
        row = record.start(kept=False, scenario="alex-geography", title=f"About {SECRET}", seed=1, opening=SECRET)
        record.append(row.id, a_turn(1, f"What would {SECRET} change?", told=(), topic=None))
        record.uses_beside(row.id).keep_question(f"And what is {SECRET}?", ["p1"])
        said = studio.open(row.id)
        asked = len(record.uses.questions())
    with asking(house.people.get(other)):
        if other:
            studio.record.delete_all()
        for name, act in acts_on(studio, row.id, share_of(house)).items():
            assert refused(house, act), name
    if other:
        studio.forget_unkept(house.people[other].id)
        client = house.client(other)
        for path in (f"/export/{row.id}.md", f"/shares/of/{row.id}", f"/?s={row.id}", "/account/everything"):
            assert SECRET not in client.get(path).text
        fn, inputs = every_event(house)[0]
        assert event(client, fn, [f"?s={row.id}"] + [""] * (inputs - 1), f"{other}-unkept").status_code == 200
        assert SECRET not in answers(client, f"{other}-unkept")
    with asking(house.people["dana"]):
        assert studio.open(row.id) == said
        assert len(studio.record.uses.questions()) == asked
        studio.delete(row.id)
        assert len(studio.record.uses.questions()) == asked - 1


def test_only_an_administrator_looks_after_people(house: House) -> None:
    paths = {(method, path) for method, path in every_route(house.app) if path.startswith("/people")}
    assert {path for _, path in paths} == {"/people", f"/people/{BLANK}"}
    before = house.studio.people.all()
    for who in ("dana", "eve", "carl"):
        for method, path in paths:
            for filled_in in {path.replace(BLANK, one.id) for one in before}:
                data = {"do": "remove", "typed": "ada", "name": "mine", "role": "admin"} if method == "POST" else None
                answer = house.client(who).request(method, filled_in, data=data)
                assert (answer.status_code, "ada" in answer.text) == (403, False)
    for one in (house.people["eve"], house.people["carl"], None):
        with asking(one):
            for act in (
                lambda: house.studio.remove_person("ada", "ada"),
                lambda: house.studio.new_password_for("ada"),
            ):
                with pytest.raises(NotAllowed):
                    act()
    assert [(x.name, x.role, x.password) for x in house.studio.people.all()] == [
        (x.name, x.role, x.password) for x in before
    ]


def test_every_door_of_the_studio_is_tried_above(house: House) -> None:
    """A method that takes a session, added later, has to be added to the test above."""
    takes = {
        name
        for name, method in inspect.getmembers(Studio, inspect.isfunction)
        if not name.startswith("_") and "session_id" in inspect.signature(method).parameters
    }
    tried = set(re.findall(r"studio\.(\w+)\(session", inspect.getsource(acts_on)))
    assert takes <= tried
    shares = {
        name
        for name, method in inspect.getmembers(Sharing, inspect.isfunction)
        if not name.startswith("_") and {"session_id", "share_id"} & set(inspect.signature(method).parameters)
    }
    source = inspect.getsource(acts_on)
    assert shares <= set(re.findall(r"studio\.sharing\.(\w+)\((?:session|share)", source))


# Raw events, past the page ----------------------------------------------------------------------------------------


def event(client: TestClient, fn: int, values: list[Any], window: str, **more: Any) -> Any:
    asked = {"fn_index": fn, "data": values, "session_hash": window, "trigger_id": None, "event_data": None, **more}
    return client.post("/gradio_api/queue/join", json=asked)


def answers(client: TestClient, window: str) -> str:
    return client.get("/gradio_api/queue/data", params={"session_hash": window}).text


def blocks_of(house: House) -> Any:
    gradio: Any = next(route.app for route in house.app.routes if isinstance(route, Mount))
    return gradio.get_blocks()


def every_event(house: House) -> list[tuple[int, int]]:
    """Return every handler of the page: its number, and how many values it takes."""
    page = blocks_of(house)
    return [(number, len(one.inputs)) for number, one in page.fns.items() if one.fn is not None]


def test_the_owner_is_answered(house: House) -> None:
    client = house.client("dana")
    seen = ""
    for fn, inputs in every_event(house)[:1]:
        assert event(client, fn, [f"?s={house.said.id}&at=rehearse"] + [""] * (inputs - 1), "owner1").status_code == 200
        seen += answers(client, "owner1")
    assert SECRET in seen


def test_no_event_shows_or_changes_anything_of_anothers(house: House) -> None:
    client, session = house.client("eve"), house.said.id
    for fn, inputs in every_event(house):
        values = [f"?s={session}&r={session}&at=transcripts"] * inputs if fn == 0 else [session] * inputs
        joined = event(client, fn, values, f"eve{fn}")
        if joined.status_code == 200:
            assert SECRET not in answers(client, f"eve{fn}"), fn
    with asking(house.people["dana"]):
        assert house.studio.open(session) == house.said


DOES = (
    "set resume use keep correct finish rate skip overrule beside try passage found article read rename delete branch "
    "go-on debrief take-in look-again describe anew ask within remove bring-back forget standing "
    "prose second settle stay-local bring brought look-back"
).split()


def test_no_drawn_button_acts_on_anothers(house: House) -> None:
    page = blocks_of(house)
    drawn = next(
        number for number, one in page.fns.items() if one.fn and one.fn.__name__ == "act" and len(one.inputs) == 3
    )
    client, session = house.client("eve"), house.said.id
    for do in DOES:
        asked = {"do": do, "id": session, "turn": "1", "place": "0", "after": "1", "title": "Mine", "name": session}
        window = f"eve-{do}"
        assert event(client, drawn, [session, SECRET, ""], window, event_data=asked).status_code == 200
        told = answers(client, window).replace(f"“{SECRET}”", "")
        assert SECRET not in told, do
    with asking(house.people["dana"]):
        assert house.studio.open(session) == house.said


def test_nobody_listens_in_on_the_window_of_another(house: House) -> None:
    mine, theirs = house.client("dana"), house.client("eve")
    fn, inputs = every_event(house)[0]
    assert event(mine, fn, [f"?s={house.said.id}"] + [""] * (inputs - 1), "w1").status_code == 200
    assert theirs.get("/gradio_api/queue/data", params={"session_hash": "w1"}).status_code == 403
    assert theirs.get("/gradio_api/heartbeat/w1").status_code == 403
    assert event(theirs, fn, [""] * inputs, "w1").status_code == 403
    for path in ("/gradio_api/cancel", "/gradio_api/reset"):
        assert theirs.post(path, json={"session_hash": "w1", "fn_index": fn, "event_id": "x"}).status_code == 403
    assert SECRET in answers(mine, "w1")


@pytest.mark.parametrize(
    "path",
    "/gradio_api/upload /gradio_api/file=alex.db /gradio_api/run/arrive /gradio_api/call/arrive /gradio_api/runs "
    "/gradio_api/info /gradio_api/deep_link /?deep_link=x /login /file=x /monitoring".split(),
)
def test_what_the_page_does_not_need_of_gradio_is_for_nobody(house: House, path: str) -> None:
    client = house.client("ada")
    assert {client.get(path).status_code, client.post(path, content=b"{}").status_code} <= {404, 405}


def test_only_whoever_looks_after_the_library_changes_it(house: House) -> None:
    path, article = f"/arrivals/{'b' * 32}?name=a.md", b"# A\n\nWords."
    assert house.client("eve").post(path, content=article).status_code == 403
    with asking(house.people["eve"]):
        room = house.studio.reading_room
        for act in (lambda: room.remove("x"), lambda: room.describe("x", {}), lambda: room.look_again(print)):
            with pytest.raises(NotAllowed):
                act()
    assert house.client("carl").post(path, content=article).status_code == 200
    house.studio.reading_room.arrivals.clear("b" * 32)


# A conversation brought in, and a language model -------------------------------------------------------------------

BROUGHT = '[{"speaker": "Head", "text": "What do you think?"}, {"speaker": "Tom", "text": "I like it."}]'


def test_a_conversation_brought_in_needs_a_sign_in_and_is_nobody_elses(house: House) -> None:
    filled_in = {"said": BROUGHT, "leader": "Head"}
    assert house.client().post("/held-elsewhere.md", data=filled_in).status_code == 401
    assert "I like it" in house.client("eve").post("/held-elsewhere.md", data=filled_in).text
    elsewhere = house.client("eve").post("/held-elsewhere.md", data=filled_in, headers={"origin": "http://evil.test"})
    assert elsewhere.status_code == 403
    with asking(house.people["eve"]):
        assert house.studio.sessions() == []


def test_more_than_a_conversation_is_not_taken_in(house: House) -> None:
    answer = house.client("eve").post("/held-elsewhere.md", content=b"said=" + b"x" * 16_000_000)
    assert (answer.status_code, "too long" in answer.text) == (400, True)


def test_a_server_uses_a_model_or_none_as_whoever_looks_after_it_says(house: House, tmp_path: Path) -> None:
    chosen = {"model_url": "https://models.example.org/v1", "model": "big", "accounts": True}
    studio = Studio(Settings(home=tmp_path, _env_file=None).model_copy(update=chosen), whoever_asks)
    for who in ("dana", "carl"):
        with asking(house.people[who]):
            with pytest.raises(NotAllowed):
                studio.stay_local(True)
            card = studio.voice()
            assert card is not None
            assert (card.on, card.may_switch, "Since the program" in card.cost) == (True, False, False)
    with asking(None), pytest.raises(NotAllowed):
        studio.stay_local(True)
    with asking(house.people["ada"]):
        studio.stay_local(True)
        card = studio.voice()
        assert card is not None
        assert (card.on, card.may_switch) == (False, True)
    assert studio.where_words_go() == "Everything stays on this server"
    fixed = Studio(studio.settings.model_copy(update={"stay_local": True}), whoever_asks)
    with asking(house.people["ada"]), pytest.raises(UsageError, match="on this server"):
        fixed.stay_local(False)


# Links --------------------------------------------------------------------------------------------------------------


def no_longer(house: House, how: str) -> str:
    """Return a token that opens nothing: a guess, or that of a link which has ended, was withdrawn or lost its talk."""
    if how == "guessed":
        return "x" * 43
    studio, today = house.studio, datetime.now().date().isoformat()
    with asking(house.people["dana"]):
        session = studio.record.branch(house.said.id, 1).id
        token = studio.sharing.make(session, how, today, Choice())
        (link,) = studio.sharing.links(session)
        if how == "withdrawn":
            studio.sharing.revoke(link.id)
        elif how == "ended":
            ended = update(ShareEntry).where(ShareEntry.id == link.id)
            with studio.whole_record.engine.begin() as connection:
                connection.execute(ended.values(expires=datetime.now(UTC) - timedelta(seconds=1)))
        else:
            studio.record.delete(session)
    return token


@pytest.mark.parametrize("who", ["", "eve", "dana"])
@pytest.mark.parametrize("how", ["guessed", "ended", "withdrawn", "deleted"])
def test_a_link_that_is_not_open_opens_nothing_and_does_not_say_why(house: House, how: str, who: str) -> None:
    token, client = no_longer(house, how), house.client(who)
    try:
        for answer in (client.get(SHARED + token), form(client, SHARED + token, turn="1", words="Mine.")):
            assert (answer.status_code, SECRET in answer.text) == (404, False)
            assert answer.text == client.get(SHARED + "y" * 43).text
    finally:
        with asking(house.people["dana"]):
            for one in house.studio.record.branches(house.said.id):
                house.studio.record.delete(one.id)


def test_a_link_opens_one_conversation_and_nothing_beside_it(house: House) -> None:
    client = house.client()
    page = client.get(SHARED + house.token)
    assert (page.status_code, SECRET in page.text) == (200, True)
    assert page.headers["cache-control"] == "no-store"
    assert "dana" not in page.text
    assert house.said.id not in page.text
    for path in ("/", f"/export/{house.said.id}.md", "/shares", "/account", f"{SHARED}{house.token}/more", SHARED):
        assert client.get(path).status_code == 401, path
    for method in ("HEAD", "PUT", "DELETE", "OPTIONS"):
        assert client.request(method, SHARED + house.token).status_code == 401, method


def test_the_token_of_a_link_is_nowhere_in_the_database_and_in_no_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    from bot.web.logs import JsonLines

    with caplog.at_level("DEBUG"):
        house.client().get(SHARED + house.token)
        house.client().get(f"{SHARED}{house.token}/more")
    ours = [JsonLines().format(record) for record in caplog.records if not record.name.startswith("httpx")]
    assert ours
    assert not [line for line in ours if house.token in line]
    place = Path(house.studio.whole_record.place)
    assert not [path for path in place.parent.glob("alex.db*") if house.token.encode() in path.read_bytes()]


# Groups -------------------------------------------------------------------------------------------------------------

GROUP = "Quillfeatherites"
SET = Setting(GROUP, "alex-geography", "usual", "")


@dataclass
class Circle:
    """A group of Carl's that Dana is in and Lou has left, and what Dana shows it."""

    id: str
    code: str
    shown: str
    """The id of what is shown."""
    session: str
    """The conversation that is shown; Dana has another that is not."""
    link: str
    """The id of a link of Dana's."""

    def everything(self, house: House) -> str:
        """Return all that any of them could have changed."""
        with asking(house.people["dana"]):
            mine = [*house.studio.groups.joined(), *house.studio.sharing.links(), house.studio.open(self.session)]
        with asking(house.people["carl"]):
            return repr([*mine, house.studio.groups.look(self.id)])


@pytest.fixture
def circle(house: House) -> Iterator[Circle]:
    studio, dana, carl, lou = house.studio, *(house.people[who] for who in ("dana", "carl", "lou"))
    link = share_of(house)
    with asking(carl):
        group, code = studio.groups.make(SET)
    for who in (dana, lou):
        with asking(who):
            studio.groups.join(code, "here", counts=True)
    with asking(lou):
        studio.groups.leave(group)
    with asking(dana):
        session = studio.record.branch(house.said.id, 1).id
        shown = studio.groups.share(group, session, "", Choice())
    yield Circle(group, code, shown, session, link)
    with asking(carl):
        for one in studio.groups.all():
            studio.groups.delete(one.id)
    with asking(dana):
        for kept in studio.record.branches(house.said.id):
            studio.record.delete(kept.id)
    with studio.whole_record.engine.begin() as connection:
        connection.execute(delete(FailedSignIn))  # codes that were guessed


NOT_THEIRS = ("eve", "cora", "ada", "lou")
"""Another leader, another coach, an administrator, and somebody who was in the group."""
ALL_FIELDS = {
    **vars(SET),
    **dict.fromkeys(("counts", "again", "notes", "thoughts", "names"), "yes"),
    **{"code": "bado-fega-lino", "turn": "1", "words": "Mine.", "read-0": "leading_question", "seen": "x"},
}
DOES_IN_GROUPS = (
    "",
    "join",
    "leave",
    "count",
    "uncount",
    "preview",
    "share",
    "code",
    "close",
    "set",
    "out",
    "delete",
    "revoke",
    "answer",
    "take",
    "again",
)


def routes_of_groups(house: House, circle: Circle) -> set[tuple[str, str]]:
    """Return every route of groups and of what is shared, with the ids of Carl's group and Dana's things in it."""
    filled = {"group": circle.id, "share": circle.shown, "session": circle.session}
    found = set()
    for route in house.app.routes:
        if isinstance(route, Route) and route.path.startswith(("/groups", "/shares")):
            for others in ({}, {"share": circle.link, "session": house.said.id}):
                path = re.sub(r"\{(\w+)\}", lambda blank, by=filled | others: by[blank[1]], route.path)  # type: ignore[misc]
                found |= {(method, path) for method in route.methods or {"GET"}}
    return found


@pytest.mark.parametrize("other", [*NOT_THEIRS, ""])
def test_no_route_of_groups_shows_or_changes_anything_of_anothers(house: House, circle: Circle, other: str) -> None:
    client, before, tried = house.client(other), circle.everything(house), 0
    for method, path in sorted(routes_of_groups(house, circle)):
        for do in DOES_IN_GROUPS if method == "POST" else ("",):
            fields = ALL_FIELDS | {"do": do, "account": house.people["dana"].id}
            answer = client.request(method, path, data=fields if method == "POST" else None)
            told = answer.text.replace(f'value="{GROUP}"', "")  # what they typed into a form for a group of their own
            if path == "/groups/new" and answer.status_code == 200:
                continue  # a coach makes a group of the same name
            assert SECRET not in told, (method, path, do)
            assert GROUP not in told, (method, path, do)
            assert "dana" not in told, (method, path, do)
            assert answer.status_code in {200, 303, 400, 401, 403, 404, 405}, (method, path, do)
            if circle.id in path or circle.shown in path or circle.session in path:
                assert answer.status_code in {401, 404, 405}, (method, path, do)
            tried += 1
    assert tried > 100
    assert circle.everything(house) == before
    if other in {"cora", "ada"}:
        with asking(house.people[other]):
            for one in house.studio.groups.all():
                house.studio.groups.delete(one.id)


@pytest.mark.parametrize("other", [*NOT_THEIRS, "dana", ""])
def test_nothing_that_takes_a_group_takes_anothers(house: House, circle: Circle, other: str) -> None:
    groups, group, shown, before = house.studio.groups, circle.id, circle.shown, circle.everything(house)
    dana = house.people["dana"].id
    acts: dict[str, Any] = {
        "change": lambda: groups.change(group, Setting("Mine", "alex-geography", "harder", "")),
        "new_code": lambda: groups.new_code(group),
        "close": lambda: groups.close(group),
        "take_out": lambda: groups.take_out(group, dana),
        "delete": lambda: groups.delete(group),
        "one": lambda: groups.one(group),
        "look": lambda: groups.look(group),
        "open": lambda: groups.open(group, shown),
        "say": lambda: groups.say(group, shown, 1, "Mine.", readings={}),
    }
    acts_as_member: dict[str, Any] = {
        "in_one": lambda: groups.in_one(group),
        "count": lambda: groups.count(group, counts=False),
        "leave": lambda: groups.leave(group),
        "share": lambda: groups.share(group, house.said.id, "", Choice()),
        "make_for_group": lambda: house.studio.sharing.make_for_group(house.said.id, group, "Mine", "", Choice()),
    }
    takes = {
        name
        for name, method in inspect.getmembers(Groups, inspect.isfunction)
        if not name.startswith("_") and "group_id" in inspect.signature(method).parameters
    }
    assert takes <= {*acts, *acts_as_member}  # one that is added later has to be added here
    with asking(house.people.get(other)):
        for name, act in (acts if other == "dana" else acts | acts_as_member).items():
            with pytest.raises((UsageError, NotAllowed)) as told:
                act()
            assert not [word for word in (SECRET, GROUP, "dana") if word in str(told.value)], name
    assert circle.everything(house) == before


def test_whoever_looks_after_a_group_sees_what_is_shown_to_it_and_nothing_beside(house: House, circle: Circle) -> None:
    client, at = house.client("carl"), f"/groups/of/{circle.id}"
    page = client.get(at).text
    assert ("dana" in page, GROUP in page) == (True, True)
    for secret in (SECRET, "lou", house.said.id, circle.session):
        assert secret not in page
    read = client.get(f"{at}/shared/{circle.shown}").text
    assert (SECRET in read, circle.session in read, house.said.id in read) == (True, False, False)
    with asking(house.people["carl"]):
        second, _ = house.studio.groups.make(SET)
    elsewhere = (circle.link, circle.session, house.said.id, BLANK)
    paths = [f"{at}/shared/{share}" for share in elsewhere] + [f"/groups/of/{second}/shared/{circle.shown}"]
    paths += [f"/shares/one/{circle.shown}", f"/shares/of/{circle.session}", f"/export/{circle.session}.md"]
    paths += [f"/groups/in/{circle.id}/share/{circle.session}", f"/groups/in/{circle.id}/share/{house.said.id}"]
    for path in paths:
        for answer in (client.get(path), form(client, path, **ALL_FIELDS)):
            assert (answer.status_code in {404, 405}, SECRET in answer.text) == (True, False), path
    assert SECRET not in client.get("/account/everything").content.decode("latin-1")


def test_no_link_opens_what_is_shown_to_a_group(house: House, circle: Circle) -> None:
    from sqlalchemy import select

    with house.studio.whole_record.engine.connect() as connection:
        token = connection.scalar(select(ShareEntry.token).where(ShareEntry.id == circle.shown))
    for guess in (token, circle.shown, circle.code, circle.id):
        answer = house.client().get(f"{SHARED}{guess}")
        assert (answer.status_code, SECRET in answer.text) == (404, False)


@pytest.mark.parametrize("how", ["withdrawn", "left", "deleted", "taken out", "no coach any more"])
def test_what_is_not_shown_any_more_is_gone_from_the_pages(house: House, circle: Circle, how: str) -> None:
    client, studio = house.client("carl"), house.studio
    at = f"/groups/of/{circle.id}/shared/{circle.shown}"
    assert SECRET in client.get(at).text
    try:
        if how == "taken out":
            form(client, f"/groups/of/{circle.id}", do="out", account=house.people["dana"].id)
        elif how == "no coach any more":
            studio.people.new_role("carl", "leader")
        with asking(house.people["dana"]):
            if how == "withdrawn":
                studio.sharing.revoke(circle.shown)
            elif how == "left":
                studio.groups.leave(circle.id)
            elif how == "deleted":
                studio.record.delete(circle.session)
        for answer in (client.get(at), form(client, at, turn="1", words="Mine.")):
            assert (answer.status_code, SECRET in answer.text) == (404, False)
        page = client.get(f"/groups/of/{circle.id}").text
        assert circle.shown not in page
        assert ("dana" in page) == (how in {"withdrawn", "deleted"})
    finally:
        studio.people.new_role("carl", "coach")


@pytest.mark.parametrize("how", ["guessed", "changed", "closed", "deleted"])
def test_a_code_that_joins_nothing_does_not_say_why(house: House, circle: Circle, how: str) -> None:
    with asking(house.people["carl"]):
        if how == "changed":
            house.studio.groups.new_code(circle.id)
        elif how == "closed":
            house.studio.groups.close(circle.id)
        elif how == "deleted":
            house.studio.groups.delete(circle.id)
    code = "bado-fega-lino-moru" if how == "guessed" else circle.code
    client = house.client("eve")
    told = [form(client, "/groups/join", do=do, code=code, seen="x") for do in ("", "join")]
    for answer in told:
        assert (answer.status_code, GROUP in answer.text) == (403, False)
        assert "No group has that code." in answer.text
    other = form(house.client("lou"), "/groups/join", code="ruzo-ruzo-ruzo-ruzo").text
    assert told[0].text.replace(code, "") == other.replace("ruzo-ruzo-ruzo-ruzo", "")


def test_a_group_is_joined_by_nobody_unseen(house: House, circle: Circle) -> None:
    fields = {"code": circle.code, "do": "join", "seen": "x"}
    assert form(house.client(), "/groups/join", **fields).status_code == 401
    client = house.client("eve")
    elsewhere = client.post("/groups/join", data=fields, headers={"origin": "http://evil.test"})
    assert elsewhere.status_code == 403
    assert "What carl will see" in form(client, "/groups/join", **fields).text
    assert "dana" not in form(client, "/groups/join", **fields).text
    with asking(house.people["eve"]):
        assert house.studio.groups.joined() == []


# Signing in and out -----------------------------------------------------------------------------------------------


def form(client: TestClient, path: str, **fields: str) -> Any:
    return client.post(path, data=fields, headers={"origin": HERE})


def test_signing_in_gives_a_cookie_that_no_script_sees_and_signing_out_ends_it(house: House) -> None:
    client = house.client()
    answer = form(client, "/sign-in", name=" Dana ", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert {"httponly", "path=/", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}
    token = client.cookies[COOKIE]
    assert client.get("/account").status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert form(client, "/sign-out").status_code == 303
    assert house.client().get("/account", headers={"cookie": f"{COOKIE}={token}"}).status_code == 401


def test_behind_https_the_cookie_is_for_this_host_and_https_alone(tmp_path: Any) -> None:
    studio = Studio(Settings(home=tmp_path, address="https://alex.test", _env_file=None), whoever_asks)
    _, given = studio.people.add("dana", "leader")
    app = in_a_loop(lambda: build_app(studio))
    client = TestClient(app, base_url="https://alex.test", follow_redirects=False)
    answer = client.post("/sign-in", data={"name": "dana", "password": given})
    assert answer.headers["set-cookie"].startswith(f"__Host-{COOKIE}=")
    assert "; Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    first = client.get("/", headers={"accept": "text/html"})
    assert first.headers["location"] == "/account/password"  # somebody else chose it: nothing is open yet
    assert client.get("/export/x.md").status_code == 403
    assert TestClient(app, base_url="https://evil.test").get("/sign-in").status_code == 403
    studio.whole_record.close()


def test_a_form_on_another_site_signs_nobody_in(house: House) -> None:
    for origin in ("http://evil.test", "null"):
        answer = house.client().post(
            "/sign-in", data={"name": "dana", "password": PASSWORD}, headers={"origin": origin}
        )
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_a_wrong_password_is_told_as_an_unknown_name_and_not_for_ever(house: House) -> None:
    told = set()
    for name in ("eve", "nobody-here"):
        answer = form(house.client(), "/sign-in", name=name, password="not this one")
        told.add((answer.status_code, answer.text.replace(f'value="{name}"', "")))
    assert len(told) == 1
    for _ in range(5):
        answer = form(house.client(), "/sign-in", name="eve", password="not this one")
    assert "Too many sign-ins have failed" in answer.text
    assert "Too many" in form(house.client(), "/sign-in", name="eve", password=PASSWORD).text
    assert form(house.client(), "/sign-in", name="dana", password=PASSWORD).status_code == 303


def test_markup_in_a_name_stays_text(house: House) -> None:
    page = form(house.client(), "/sign-in", name='"><script>alert(1)</script>', password="x").text
    assert "<script" not in page
    assert "alert(1)" in page


def test_a_password_that_is_changed_ends_every_other_sign_in(house: House) -> None:
    here, there = house.client("carl"), house.client("carl")
    wrong = form(here, "/account/password", old="no", new="x" * 20, again="x" * 20)
    assert "That is not your password" in wrong.text
    weak = form(here, "/account/password", old=PASSWORD, new="carl carl carl", again="carl carl carl")
    assert "easy to guess" in weak.text
    other = "seven paper kites"
    assert form(here, "/account/password", old=PASSWORD, new=other, again=other).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 401
    form(here, "/account/password", old=other, new=PASSWORD, again=PASSWORD)


def test_a_sign_in_ends_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.people import people

    client = house.client("dana")
    assert client.get("/account").status_code == 200
    monkeypatch.setattr(people, "IDLE", timedelta(0))
    assert client.get("/account").status_code == 401
    monkeypatch.undo()
    assert client.get("/account").status_code == 401


def test_a_proxy_is_believed_where_it_is_trusted_and_nowhere_else(tmp_path: Any) -> None:
    named = Settings(home=tmp_path, sign_in_header="Remote-User", trusted_proxies="10.0.0.0/8", _env_file=None)
    studio = Studio(named, whoever_asks)
    app = in_a_loop(lambda: build_app(studio))

    def asked(peer: str, **headers: str) -> Any:
        return TestClient(app, base_url=HERE, client=(peer, 5000)).get("/account", headers=headers)

    assert "signed in as dana@school" in asked("10.1.2.3", **{"Remote-User": "Dana@School"}).text
    assert asked("192.168.0.9", **{"Remote-User": "dana@school"}).status_code == 401
    assert asked("192.168.0.9", **{"Remote-User": "dana@school", "X-Forwarded-For": "10.1.2.3"}).status_code == 401
    assert asked("10.1.2.3").status_code == 401
    assert [one.name for one in studio.people.all()] == ["dana@school"]
    studio.whole_record.close()


# What is kept, and how it goes -------------------------------------------------------------------------------------


def test_everything_that_is_somebodys_is_one_file_and_nothing_of_anothers(house: House) -> None:
    def packed(who: str) -> dict[str, str]:
        answer = house.client(who).get("/account/everything")
        assert answer.headers["content-disposition"].startswith("attachment")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
            return {name: bundle.read(name).decode() for name in bundle.namelist()}

    mine = packed("dana")
    assert sorted(Path(name).suffix for name in mine) == [".json", ".jsonl", ".md", ".txt"]
    assert all(SECRET in words for words in mine.values())
    assert not any(SECRET in words for words in packed("ada").values())


def test_an_account_is_deleted_by_its_owner_and_everything_goes(house: House) -> None:
    studio = house.studio
    _, given = studio.people.add("fay", "leader")
    token = studio.people.sign_in("fay", given, "fay")
    person = studio.people.person(token)
    assert person is not None
    studio.people.change_password(person, given, PASSWORD, "fay")
    client, fay = house.client("fay"), studio.people.person_of(person.id)
    with asking(fay):
        studio.record.start(scenario="alex-geography", title="Quagmireish", seed=1, opening="Quagmireish")
        studio.record.uses.keep_question("Quagmireish?", [])
    assert "That is not your password" in form(client, "/account/delete", password="no").text
    assert "is deleted" in form(client, "/account/delete", password=PASSWORD).text
    assert client.get("/account").status_code == 401
    place = Path(studio.whole_record.place)
    assert not [path for path in place.parent.glob("alex.db*") if b"uagmireish" in path.read_bytes()]


def test_what_is_older_than_may_be_kept_goes_by_itself(tmp_path: Path) -> None:
    studio = Studio(Settings(home=tmp_path, keep_days=30, _env_file=None))
    rows = [studio.record.start(scenario="alex-geography", title=which, seed=1, opening="") for which in ("old", "new")]
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with studio.whole_record.engine.begin() as connection:
        connection.execute(update(SessionEntry).where(SessionEntry.id == rows[0].id).values(updated=long_ago))
    assert studio.forget_in_time() == 1
    assert [one.title for one in studio.record.sessions()] == ["new"]
    assert studio.forget_in_time() == 0
    studio.whole_record.close()


def test_a_database_that_is_gone_makes_it_unready_and_tells_a_stranger_nothing_of_where_it_is(tmp_path: Path) -> None:
    studio = Studio(Settings(home=tmp_path / "secretfolder", accounts=True, _env_file=None), whoever_asks)
    client = TestClient(in_a_loop(lambda: build_app(studio)), base_url=HERE)
    assert client.get("/ready").text == "ready"
    studio.whole_record.close()
    Path(studio.whole_record.place).write_bytes(b"no database any more" * 500)
    for path in ("/ready", "/account"):
        answer = client.get(path, headers={"cookie": f"{COOKIE}=x"})
        assert answer.status_code == 503
        assert "secretfolder" not in answer.text
    assert client.get("/health").status_code == 200


# What the log says ------------------------------------------------------------------------------------------------


def test_the_log_holds_no_words_no_names_and_no_tokens(house: House, caplog: pytest.LogCaptureFixture) -> None:
    from bot.web.logs import JsonLines

    with caplog.at_level("DEBUG"):
        client = house.client("dana")
        token = client.cookies[COOKIE]
        client.get(f"/export/{house.said.id}.md")
        client.get("/account", params={"q": SECRET})
        form(house.client(), "/sign-in", name="dana", password="wrong horse battery")
        fn, inputs = every_event(house)[0]
        event(client, fn, [f"?s={house.said.id}"] + [""] * (inputs - 1), "w9")
        answers(client, "w9")
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]  # that is the browser
    lines = [JsonLines().format(record) for record in ours]
    assert [line for line in lines if json.loads(line).get("route") == "/export/{name}"]
    said = "\n".join(lines)
    for secret in (SECRET, token, PASSWORD, "wrong horse", house.said.id, "dana"):
        assert secret not in said
