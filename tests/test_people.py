"""Administrators look after who may sign in: what they may do, what is noted of it, and who else may do none of it."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from test_record import a_session, say
from web_samples import NASTY, Tags, in_a_loop

from bot.doorkeeping import add, new_password, new_role, remove
from bot.errors import NotAllowed, UsageError
from bot.people import pasted
from bot.people.pasted import add_all
from bot.people.people import A_PAGE, People
from bot.people.person import LOCAL, Person, asking, whoever_asks
from bot.record import audit
from bot.record.store import Record
from bot.record.tables import AuditEntry
from bot.settings import Settings
from bot.studio import Studio
from bot.web.app import build_app
from bot.web.entrance import COOKIE

PASSWORD = "copper lantern sparrow"
HERE = "http://alex.test"
TODAY = date.today().isoformat()


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record(f"sqlite:///{tmp_path / 'home' / 'alex.db'}") as opened:
        yield opened


@pytest.fixture
def people(record: Record, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setattr("bot.people.people.hashed", lambda password: f"hash of {len(password)}")
    return People(record.accounts)


@pytest.fixture
def ada(people: People) -> Person:
    account, _ = people.add("ada", "admin")
    return Person(account.id, "ada", "admin")


def said(people: People, by: Person) -> list[tuple[str, str, str, str]]:
    return [(one.deed.by, one.deed.what, one.whom, one.deed.detail) for one in people.done(by=by)]


# The rules --------------------------------------------------------------------------------------------------------


def test_what_is_done_to_an_account_is_noted_with_who_did_it_and_no_password(people: People, ada: Person) -> None:
    account, first = people.add("Dana", "leader", by=ada)
    people.new_role("dana", "coach", by=ada)
    second = people.new_password("dana", by=ada)
    people.remove("dana", typed=" DANA ", by=ada)
    assert said(people, ada) == [
        ("ada", "removed", "dana", ""),
        ("ada", "password", "dana", ""),
        ("ada", "role", "dana", "coach"),
        ("ada", "added", "dana", "leader"),
        ("", "added", "ada", "admin"),
    ]
    told = repr(people.done(by=ada))
    assert not [secret for secret in (first, second, account.id) if secret in told]


def test_the_terminal_is_noted_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, _env_file=None)
    printed: list[str] = []
    add(settings, "dana", "leader", None, printed.append)
    new_role(settings, "dana", "admin", printed.append)
    new_password(settings, "dana", None, printed.append)
    remove(settings, "dana", printed.append)
    with Record(settings.record_url) as record:
        people = People(record.accounts)
        assert [what for _, what, _, _ in said(people, LOCAL)] == ["removed", "password", "role", "added"]
        assert {by for by, _, _, _ in said(people, LOCAL)} == {""}


def test_what_fails_is_not_noted(people: People, ada: Person) -> None:
    before = said(people, ada)
    for act in (
        lambda: people.add("ada", "leader", by=ada),
        lambda: people.add("dana", "head", by=ada),
        lambda: people.new_role("ada", "leader", by=ada),
        lambda: people.remove("nobody", by=ada),
    ):
        with pytest.raises(UsageError):
            act()
    assert said(people, ada) == before


def test_it_is_forgotten_after_a_year(people: People, ada: Person, record: Record) -> None:
    people.add("dana", "leader", by=ada)
    long_ago = datetime.now(UTC) - audit.KEPT - timedelta(hours=1)
    with record.engine.begin() as connection:
        connection.execute(update(AuditEntry).where(AuditEntry.whom == "ada").values(at=long_ago))
    people.add("eve", "leader", by=ada)
    assert [whom for _, _, whom, _ in said(people, ada)] == ["eve", "dana"]


@pytest.mark.parametrize("role", ["leader", "coach"])
def test_only_an_administrator_may(people: People, ada: Person, role: Any) -> None:
    people.add("dana", role, by=ada)
    dana, number = Person("x" * 10, "dana", role), len(people.all())
    for by in (dana, Person("y" * 10, "ann", "admin", to_change=True)):
        acts: dict[str, Callable[[], Any]] = {
            "add": partial(people.add, "eve", "leader", by=by),
            "add_all": partial(add_all, people, "eve, leader", by),
            "new_password": partial(people.new_password, "ada", by=by),
            "new_role": partial(people.new_role, "dana", "admin", by=by),
            "remove": partial(people.remove, "ada", by=by),
            "account": partial(people.account, ada.id, by=by),
            "some": partial(people.some, "", 1, by=by),
            "counts": partial(people.counts, by=by),
            "done": partial(people.done, by=by),
        }
        for name, act in acts.items():
            with pytest.raises(NotAllowed):
                act()
            assert len(people.all()) == number, name


def test_the_last_administrator_stays_one(people: People, ada: Person) -> None:
    with pytest.raises(UsageError, match="no other administrator"):
        people.new_role("ada", "coach", by=ada)
    eve, _ = people.add("eve", "admin", by=ada)
    people.new_role("ada", "coach", by=ada)
    with pytest.raises(UsageError, match="no other administrator"):
        people.new_role("eve", "leader", by=Person(eve.id, "eve", "admin"))
    with pytest.raises(UsageError, match="no other administrator"):
        people.remove("eve", by=Person("gone000000", "ada", "admin"))  # asked for before the role was taken away
    people.remove("eve")  # whoever has the terminal can make another
    assert people.counts(by=LOCAL) == {"leader": 0, "coach": 1, "admin": 0}


def test_two_administrators_who_demote_each_other_at_once_leave_one(people: People, ada: Person) -> None:
    eve, _ = people.add("eve", "admin", by=ada)
    other, faults = Person(eve.id, "eve", "admin"), []

    def demote(whom: str, by: Person) -> None:
        try:
            people.new_role(whom, "leader", by=by)
        except UsageError as fault:
            faults.append(fault)

    acts = [threading.Thread(target=demote, args=one) for one in (("eve", ada), ("ada", other))]
    for act in acts:
        act.start()
    for act in acts:
        act.join()
    assert (people.counts(by=LOCAL)["admin"], len(faults)) == (1, 1)


def test_an_account_goes_when_its_name_is_typed(people: People, ada: Person, record: Record) -> None:
    dana, _ = people.add("dana", "leader", by=ada)
    theirs = record.of(dana.id)
    say(theirs, a_session(theirs).id, "Quagmireish?")
    for typed in ("", "eve", "dan"):
        with pytest.raises(UsageError, match="not the name"):
            people.remove("dana", typed=typed, by=ada)
    people.remove("dana", typed="Dana", by=ada)
    assert theirs.sessions() == []
    with pytest.raises(UsageError, match="your own account"):
        people.remove("ada", typed="ada", by=ada)


def test_a_thousand_accounts_are_found_page_by_page(people: People, ada: Person) -> None:
    for number in range(1000):
        people.add(f"dana{number:03}_x", "leader", by=ada)
    pages = [people.some("", page, by=ada) for page in range(1, 22)]
    assert {number for _, number in pages} == {1001}
    names = [one.name for accounts, _ in pages for one in accounts]
    assert (len(names), names) == (1001, sorted(names))
    found, number = people.some(" DANA99", 1, by=ada)
    assert (number, [one.name for one in found]) == (10, [f"dana99{last}_x" for last in range(10)])
    assert people.some("a9%", 1, by=ada) == ([], 0)
    last, _ = people.some("", 99, by=ada)
    assert len(last) == 1001 % A_PAGE
    assert people.some("dana99", 99, by=ada) == (found, 10)


@pytest.mark.parametrize(
    ("line", "name", "role"),
    [
        ("Dana@School.example, leader", "dana@school.example", "leader"),
        ("carl;Coach", "carl", "coach"),
        ("Eve\tadministrator", "eve", "admin"),
        ("Okonkwo, Ann, coach", "okonkwo, ann", "coach"),
        ("  fay  ", "fay", "leader"),
        ("gus,", "gus", "leader"),
    ],
)
def test_a_line_is_a_name_and_a_role(people: People, ada: Person, line: str, name: str, role: str) -> None:
    (one,) = add_all(people, f"\n{line}\n\n", ada)
    assert (one.number, one.name, one.role, one.fault) == (2, name, role, "")
    assert people.named(name).to_change


def test_good_lines_are_added_whatever_becomes_of_others(people: People, ada: Person) -> None:
    lines = add_all(people, "dana, leader\nada, leader\n\neve, head\n, coach\ndana\nfay, coach", ada)
    assert [(one.number, one.name, bool(one.password)) for one in lines] == [
        (1, "dana", True),
        (2, "", False),
        (4, "", False),
        (5, "", False),
        (6, "", False),
        (7, "fay", True),
    ]
    assert "'head' is not a role" in lines[2].fault
    assert len({one.password for one in lines if one.password}) == 2


def test_too_many_lines_or_none_add_nobody(people: People, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pasted, "MOST_LINES", 2)
    for lines in ("", " \n ", "a\nb\nc"):
        with pytest.raises(UsageError):
            add_all(people, lines, ada)
    assert [one.name for one in people.all()] == ["ada"]


def test_the_day_on_which_somebody_was_here_is_known_and_no_more(tmp_path: Path) -> None:
    with Record(f"sqlite:///{tmp_path / 'alex.db'}") as record:
        people = People(record.accounts)
        _, given = people.add("dana", "leader")
        assert people.named("dana").seen == ""
        token = people.sign_in("dana", given, "here")
        assert people.named("dana").seen == TODAY
        record.accounts.here_on(people.named("dana").id, "2026-01-01")
        assert people.person(token) is not None
        people.sign_out(token)
        assert people.named("dana").seen == TODAY
        assert people.known_elsewhere("eve") is not None
        assert people.named("eve").seen == TODAY


# The pages --------------------------------------------------------------------------------------------------------


class Door:
    """A server with an administrator, a coach and a leader, and a browser for each."""

    def __init__(self, settings: Settings) -> None:
        self.studio = Studio(settings, whoever_asks)
        self.app = in_a_loop(lambda: build_app(self.studio))
        self.ids = {}
        for name, role in (("ada", "admin"), ("carl", "coach"), ("dana", "leader")):
            account, given = self.studio.people.add(name, role)
            token = self.studio.people.sign_in(name, given, name)
            person = self.studio.people.person(token)
            assert person is not None
            self.studio.people.change_password(person, given, PASSWORD, name)
            self.ids[name] = account.id

    def client(self, who: str = "", password: str = PASSWORD) -> TestClient:
        """Return a browser, signed in as somebody or as nobody."""
        client = TestClient(self.app, base_url=HERE, follow_redirects=False)
        if who:
            client.cookies.set(COOKIE, self.studio.people.sign_in(who, password, who))
        return client


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    one = Door(settings.model_copy(update={"accounts": True, "keep_days": 90}))
    yield one
    one.studio.library().close()
    one.studio.whole_record.close()


def password_on(page: str) -> str:
    found = re.search(r'id="given" value="([a-z-]+)"', page)
    assert found is not None
    return found[1]


def test_administrators_reach_the_page_from_their_account_and_nobody_else(door: Door) -> None:
    assert 'href="/people"' in door.client("ada").get("/account").text
    for who in ("carl", "dana"):
        client, there = door.client(who), f"/people/{door.ids['ada']}"
        assert 'href="/people"' not in client.get("/account").text
        tries = [client.get(path) for path in ("/people", there)]
        for do in ("one", "many", "role", "password", "remove"):
            data = {"do": do, "name": "mine", "lines": "mine", "role": "admin", "typed": "ada"}
            tries += [client.post(path, data=data) for path in ("/people", there, f"/people/{door.ids[who]}")]
        for answer in tries:
            assert answer.status_code == 403
            assert "ada" not in answer.text
    assert door.client().get("/people", headers={"accept": "text/html"}).headers["location"] == "/sign-in"
    assert door.client().post("/people", data={"do": "one", "name": "mine"}).status_code == 401
    assert [(one.name, one.role) for one in door.studio.people.all()] == [
        ("ada", "admin"),
        ("carl", "coach"),
        ("dana", "leader"),
    ]


def test_the_page_says_who_there_is_how_the_server_stands_and_nothing_of_what_they_do(door: Door) -> None:
    dana = Person(door.ids["dana"], "dana", "leader")
    with asking(dana):
        door.studio.say(door.studio.begin("alex-geography", seed=5).id, "Quagmireish?")
    page = door.client("ada").get("/people")
    said = " ".join(Tags(page.text).words.split())
    assert page.headers["cache-control"] == "no-store"
    for wanted in (
        "Three accounts",
        "carl Coach",
        "own password",
        "last here on",
        "The database answers.",
        "One leader, one coach, one administrator.",
        "A conversation is kept for 90 days",
        "No language model is on.",
        "Somebody in the terminal added dana, a leader.",
    ):
        assert wanted in said, wanted
    one = door.client("ada").get(f"/people/{door.ids['dana']}").text
    for told in (page.text, one):
        assert "uagmireish" not in told
        assert "Alex, " not in told


def test_one_is_added_gets_another_password_and_role_and_is_removed(door: Door) -> None:
    ada = door.client("ada")
    added = ada.post("/people", data={"do": "one", "name": "Eve", "role": "leader"})
    assert (added.status_code, "eve is added." in added.text) == (200, True)
    first = password_on(added.text)
    eve = door.studio.people.named("eve")
    assert door.client("eve", first).get("/export/x.md").status_code == 403  # they choose their own first
    changed = ada.post(f"/people/{eve.id}", data={"do": "password"}).text
    second = password_on(changed)
    assert second != first
    assert "has not chosen a password yet" in changed
    assert "The role is changed." in ada.post(f"/people/{eve.id}", data={"do": "role", "role": "coach"}).text
    assert door.studio.people.named("eve").role == "coach"
    wrong = ada.post(f"/people/{eve.id}", data={"do": "remove", "typed": "Adam"})
    assert (wrong.status_code, "not the name of this account" in wrong.text) == (400, True)
    assert "eve is removed" in ada.post(f"/people/{eve.id}", data={"do": "remove", "typed": "Eve"}).text
    assert ada.get(f"/people/{eve.id}").status_code == 404
    page = ada.get("/people").text
    for did in ("added eve, a leader", "gave eve a new password", "made eve a coach", "removed eve"):
        assert f"ada {did}." in page
    assert first not in page
    assert second not in page


def test_many_are_added_and_each_line_is_told(door: Door) -> None:
    ada = door.client("ada")
    page = ada.post("/people", data={"do": "many", "lines": f"eve, leader\ndana, leader\n{NASTY}, coach\nfay, coach"})
    assert page.status_code == 200
    told = " ".join(Tags(page.text).words.split())
    assert "dana, leader Line 2, not added There is an account 'dana' already." in told
    table = re.search(r"<textarea[^>]*>([^<]*)</textarea>", page.text)
    assert table is not None
    rows = [row.split("\t") for row in table[1].splitlines()]
    assert {"eve", "fay"} <= {name for name, _, _ in rows}
    for name, _, password in rows:
        if name in {"eve", "fay"}:
            assert door.studio.people.sign_in(name, password, "here")
    assert not {"script", "img"} & set(Tags(page.text).kinds)
    assert not {"script", "img"} & set(Tags(ada.get("/people").text).kinds)
    again = ada.post("/people", data={"do": "many", "lines": " "})
    assert (again.status_code, "nobody to add yet" in again.text) == (400, True)


def test_what_was_typed_stands_there_again_with_what_is_wrong(door: Door) -> None:
    page = door.client("ada").post("/people", data={"do": "one", "name": "dana", "role": "coach"})
    assert (page.status_code, "an account &#39;dana&#39; already" in page.text) == (400, True)
    assert 'value="dana"' in page.text
    assert '<option value="coach" selected>' in page.text


def test_the_last_administrator_is_told_and_their_own_account_is_elsewhere(door: Door) -> None:
    ada, own = door.client("ada"), f"/people/{door.ids['ada']}"
    page = ada.get(own).text
    assert "This is your own account" in page
    assert "Remove it" not in page
    told = ada.post(own, data={"do": "role", "role": "leader"})
    assert (told.status_code, "There is no other administrator." in told.text) == (400, True)
    assert ada.post(own, data={"do": "password"}).status_code == 400
    assert ada.post(own, data={"do": "remove", "typed": "ada"}).status_code == 400
    assert "no other administrator" in ada.post("/account/delete", data={"password": PASSWORD}).text
    assert ada.get("/people").status_code == 200


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(door: Door) -> None:
    door.studio.people.new_role("carl", "admin")
    carl = door.client("carl")
    assert carl.get("/people").status_code == 200
    door.client("ada").post(f"/people/{door.ids['carl']}", data={"do": "role", "role": "coach"})
    assert carl.get("/people").status_code == 403


def test_what_is_not_kept_goes_with_the_account_and_with_a_new_password(door: Door) -> None:
    dana = Person(door.ids["dana"], "dana", "leader")
    ada, there = door.client("ada"), f"/people/{door.ids['dana']}"
    for asked in ({"do": "password"}, {"do": "remove", "typed": "dana"}):
        with asking(dana):
            session = door.studio.begin("alex-geography", seed=5, kept=False).id
            assert door.studio.open(session).id == session
        assert ada.post(there, data=asked).status_code == 200
        with asking(dana), pytest.raises(UsageError):
            door.studio.open(session)


def test_a_page_elsewhere_adds_nobody(door: Door) -> None:
    evil = door.client("ada").post("/people", data={"do": "one", "name": "eve"}, headers={"origin": "http://evil.test"})
    assert evil.status_code == 403
    assert "eve" not in [one.name for one in door.studio.people.all()]


def test_where_another_system_signs_people_in_nobody_is_added_here(tmp_path: Path) -> None:
    named = Settings(home=tmp_path, sign_in_header="Remote-User", trusted_proxies="10.0.0.0/8", _env_file=None)
    studio = Studio(named, whoever_asks)
    app = in_a_loop(lambda: build_app(studio))
    studio.people.known_elsewhere("ada")
    studio.people.new_role("ada", "admin")
    client = TestClient(app, base_url=HERE, client=("10.1.2.3", 5000), headers={"Remote-User": "ada"})
    page = client.get("/people").text
    assert "Your organisation signs people in" in page
    assert "signed in by your organisation" in page
    for asked in ({"do": "one", "name": "eve"}, {"do": "many", "lines": "eve"}):
        assert client.post("/people", data=asked).status_code == 403
    assert [one.name for one in studio.people.all()] == ["ada"]
    studio.whole_record.close()
