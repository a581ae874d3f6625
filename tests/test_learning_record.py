"""A learning record store is told who finished which scenario, by pseudonym, once, and nothing else of anybody."""

import base64
import copy
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from test_record import a_turn
from web_samples import in_a_loop
from xapi_rules import FakeStore, faults_in, running_store

from bot.errors import RecordError, UsageError
from bot.learning_record import telling
from bot.learning_record.statement import duration, time_at_it
from bot.learning_record.store import Outcome, Store
from bot.learning_record.telling import FIRST_PAUSE_S, LONGEST_PAUSE_S, LOOKS_EVERY_S, LearningRecord
from bot.people.person import Person, asking, whoever_asks
from bot.record.statements import REFUSED, TOLD, WAITING, Statement
from bot.record.store import Record
from bot.record.tables import StatementEntry
from bot.settings import Settings
from bot.studio import Studio
from bot.web.app import build_app
from bot.web.entrance import COOKIE
from bot.web.serve import check_learning_record

ROOT = Path(__file__).parent.parent
SECRET = "zanzibarine"
"""Stands in everything that the leader said, wrote and is called."""
ADDRESS = "https://alex.example.org"
KEY, PASSWORD = "the key", "the s3cret: of it"


@dataclass
class Room:
    """A server with one leader in it, and the store that it tells."""

    studio: Studio
    store: FakeStore
    person: Person

    @property
    def telling(self) -> LearningRecord:
        found = self.studio.learning_record
        assert found is not None
        return found

    def said(self, *words: str) -> str:
        """Keep a conversation and return its id."""
        with asking(self.person):
            record, notes = self.studio.record, {"beliefs": f"I think {SECRET}", "unsaid": SECRET}
            row = record.start(
                scenario="alex-geography", title=f"About {SECRET}", seed=1, opening=f"{SECRET}?", notes=notes
            )
            for number, one in enumerate(words, 1):
                record.append(row.id, a_turn(number, one, told=(), topic=None))
            return row.id

    def finished(self) -> str:
        """Keep a finished conversation and return its id."""
        session = self.said(f"What would {SECRET} change?", f"So {SECRET} matters.")
        with asking(self.person):
            self.studio.finish(session)
            self.studio.reflect(session, f"I take {SECRET} from it.")
        return session

    def outbox(self) -> list[tuple[str, int]]:
        """Return how each statement stands, and how often it was tried."""
        with self.studio.whole_record.engine.connect() as connection:
            rows = connection.execute(select(StatementEntry.stands, StatementEntry.tries)).all()
        return [(stands, tries) for stands, tries in rows]

    def let_time_pass(self) -> None:
        """Make everything due that waits."""
        now = datetime.now(UTC) - timedelta(seconds=1)
        with self.studio.whole_record.engine.begin() as connection:
            connection.execute(update(StatementEntry).where(StatementEntry.stands == WAITING).values(due=now))


def settings_for(home: Path, url: str, **more: Any) -> Settings:
    about = {"address": ADDRESS, "xapi_key": KEY, "xapi_secret": PASSWORD, "content": ROOT, **more}
    return Settings(home=home, xapi_url=url, _env_file=None, **about)


@pytest.fixture
def store() -> Iterator[FakeStore]:
    with running_store() as one:
        yield one


@pytest.fixture
def room(tmp_path: Path, store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr(telling, "SETTLES", timedelta(0))
    studio = Studio(settings_for(tmp_path, store.url), whoever_asks)
    account, _ = studio.people.add(f"dana.{SECRET}", "leader")
    yield Room(studio, store, Person(account.id, account.name, "leader"))
    studio.whole_record.close()


# What is told


def test_a_finished_rehearsal_is_told_as_one_statement_that_a_strict_store_takes(room: Room) -> None:
    room.finished()
    assert room.telling.tell_due() == LOOKS_EVERY_S
    (told,) = room.store.told
    said = told.statement
    assert faults_in(said) == []
    assert told.line.startswith("PUT /xapi/statements?statementId=")
    assert told.named == [said["id"]]
    assert told.headers["X-Experience-API-Version"] == "1.0.3"
    assert told.headers["Content-Type"] == "application/json"
    assert base64.b64decode(told.headers["Authorization"].removeprefix("Basic ")) == f"{KEY}:{PASSWORD}".encode()
    assert said["verb"]["id"] == "http://adlnet.gov/expapi/verbs/completed"
    assert said["object"]["id"] == f"{ADDRESS}/scenarios/alex-geography"
    assert said["object"]["definition"]["type"] == "http://adlnet.gov/expapi/activities/simulation"
    assert list(said["object"]["definition"]["name"]) == list(said["object"]["definition"]["description"]) == ["en-GB"]
    assert said["actor"]["account"]["homePage"] == ADDRESS
    assert set(said["result"]) == {"completion", "duration"}
    assert said["result"]["completion"] is True
    assert room.outbox() == [(TOLD, 1)]


def test_no_byte_of_it_is_anybodys_words_or_name(room: Room) -> None:
    session = room.finished()
    room.telling.tell_due()
    (told,) = room.store.told
    lines = [shown.turn.line for shown in _opened(room, session).turns]
    for private in (SECRET, "About", "dana", room.person.id, session, room.studio.whole_record.statements.secret()):
        assert private not in told.everything
    assert not [line for line in lines if line and line in told.everything]
    assert "score" not in told.everything and "success" not in told.everything


def _opened(room: Room, session: str) -> Any:
    with asking(room.person):
        return room.studio.open(session)


def test_a_pseudonym_is_the_same_for_one_person_and_another_for_another(room: Room, tmp_path: Path) -> None:
    room.finished()
    room.finished()
    other, _ = room.studio.people.add("eve", "leader")
    Room(room.studio, room.store, Person(other.id, "eve", "leader")).finished()
    room.telling.tell_due()
    names = [told.statement["actor"]["account"]["name"] for told in room.store.told]
    assert names[0] == names[1] != names[2]
    assert len({told.statement["id"] for told in room.store.told}) == 3
    with asking(room.person):
        assert room.studio.known_as() == names[0]
    elsewhere = LearningRecord(room.studio.settings, lambda: Record(f"sqlite:///{tmp_path / 'other.db'}"))
    assert elsewhere.known_as(room.person.id) != names[0]


@pytest.mark.parametrize(
    ("took", "said"),
    [(0, "PT0S"), (0.4, "PT0S"), (59.6, "PT1M"), (734, "PT12M14S"), (3600, "PT1H"), (90_061, "PT25H1M1S")],
)
def test_how_long_it_took_is_said_as_iso_8601_has_it(took: float, said: str) -> None:
    assert duration(timedelta(seconds=took)) == said


def test_a_night_between_two_turns_counts_as_ten_minutes_and_what_came_before_not_at_all() -> None:
    begun = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    said = [begun + timedelta(hours=hours) for hours in (-30, 11, 11.05)]
    assert time_at_it(begun, said) == timedelta(minutes=13)
    assert time_at_it(begun, []) == timedelta(0)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(id="x"),
        lambda said: said.update(score=1),
        lambda said: said.update(timestamp="yesterday"),
        lambda said: said["actor"].update(name="Dana", mbox="mailto:dana@example.org"),
        lambda said: said["actor"]["account"].pop("homePage"),
        lambda said: said["verb"].update(id="completed"),
        lambda said: said["verb"].update(display={"English": "completed"}),
        lambda said: said["result"].update(duration="12 minutes"),
        lambda said: said["result"].update(duration="PT"),
        lambda said: said["result"].update(completion="true"),
        lambda said: said["result"].update(completion=1),
        lambda said: said["object"].update(definition={}),
        lambda said: said["object"].update(id="/scenarios/x"),
        lambda said: said.pop("actor"),
    ],
)
def test_the_rules_by_which_it_is_judged_are_strict(room: Room, change: Callable[[Any], Any]) -> None:
    room.finished()
    room.telling.tell_due()
    said = copy.deepcopy(room.store.told[0].statement)
    assert faults_in(said) == []
    change(said)
    assert len(faults_in(said)) >= 1


# What is not


def test_nothing_is_told_of_what_was_not_said_or_was_taken_up_again(room: Room) -> None:
    with asking(room.person):
        studio = room.studio
        studio.finish(room.said())
        taken_up = room.finished()
        studio.go_on(taken_up)
        taken_back = room.said("What now?")
        studio.finish(taken_back)
        studio.take_back(taken_back)
        only_begun_again = studio.branch(room.said("One."), 1)
        studio.finish(only_begun_again.id)
        assert not any(studio.is_told_of(one) for one in (taken_up, taken_back, only_begun_again.id))
    room.telling.tell_due()
    assert (room.store.told, room.outbox()) == ([], [])


def test_for_a_minute_nobody_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    room.finished()
    room.telling.tell_due()
    assert (room.store.told, room.outbox()) == ([], [(WAITING, 0)])


def test_what_is_deleted_is_not_told(room: Room) -> None:
    with asking(room.person):
        room.studio.delete(room.finished())
    assert room.outbox() == []
    room.finished()
    room.studio.people.remove(room.person.name)
    assert room.outbox() == []
    room.telling.tell_due()
    assert room.store.told == []


def test_a_conversation_that_goes_on_after_it_was_told_is_not_told_again(room: Room) -> None:
    session = room.finished()
    room.telling.tell_due()
    with asking(room.person):
        room.studio.go_on(session)
        room.studio.finish(session)
        assert room.studio.is_told_of(session)
    room.telling.tell_due()
    assert len(room.store.told) == 1


def test_finishing_twice_is_told_once(room: Room) -> None:
    session = room.finished()
    with asking(room.person):
        room.studio.finish(session)
    room.telling.tell_due()
    assert len(room.store.told) == 1


def test_without_the_setting_nothing_is_kept_loaded_or_told(tmp_path: Path, store: FakeStore) -> None:
    for number, settings in enumerate(
        (Settings(home=tmp_path, accounts=True, content=ROOT, _env_file=None), settings_for(tmp_path, "", xapi_key="k"))
    ):
        studio = Studio(settings, whoever_asks)
        account, _ = studio.people.add(f"leader{number}", "leader")
        room = Room(studio, store, Person(account.id, account.name, "leader"))
        room.finished()
        assert studio.learning_record is None
        assert room.outbox() == []
        with asking(room.person):
            assert studio.known_as() == ""
        studio.whole_record.close()
    assert store.told == []
    code = (
        "import sys; from pathlib import Path; from bot.settings import Settings; from bot.studio import Studio\n"
        f"studio = Studio(Settings(home=Path({str(tmp_path)!r}), accounts=True, _env_file=None))\n"
        "assert studio.learning_record is None\n"
        "print([one for one in sys.modules if one.startswith(('bot.learning_record', 'httpx2'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_on_a_laptop_there_is_nobody_to_tell_of(tmp_path: Path, store: FakeStore) -> None:
    laptop = Settings(home=tmp_path, xapi_url=store.url, xapi_key=KEY, xapi_secret=PASSWORD, _env_file=None)
    studio = Studio(laptop)
    assert studio.learning_record is None
    with pytest.raises(UsageError, match="nobody signs in here"):
        check_learning_record(laptop, studio)
    server = Studio(settings_for(tmp_path, store.url))  # somebody at the server's own keyboard has no account
    row = server.record.start(scenario="alex-geography", title="Mine", seed=1, opening="Yes?")
    server.record.append(row.id, a_turn(1, "What now?", told=(), topic=None))
    server.finish(row.id)
    assert not server.is_told_of(row.id)
    server.whole_record.close()


# When the store does not do what it should


ANSWERS: dict[str, tuple[int | tuple[int, dict[str, str]], str, str]] = {
    "it has it": (409, TOLD, ""),
    "200": (200, TOLD, ""),
    "wrong password": (401, WAITING, "does not accept ALEX_XAPI_KEY"),
    "not allowed": (403, WAITING, "does not accept ALEX_XAPI_KEY"),
    "nothing there": (404, WAITING, "ALEX_XAPI_URL is not where"),
    "sent elsewhere": ((301, {"location": "http://elsewhere.example.org/"}), WAITING, "ALEX_XAPI_URL is not where"),
    "bad request": (400, REFUSED, "refused statement"),
    "too large": (413, REFUSED, "refused statement"),
    "too many": (429, WAITING, "it answered 429. It is tried again"),
    "broken": (500, WAITING, "it answered 500. It is tried again"),
    "away": (503, WAITING, "it answered 503. It is tried again"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_it_answers_is_one_line_of_the_log_and_nothing_is_lost(
    room: Room, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    room.finished()
    planned, stands, says = ANSWERS[answer]
    room.store.plan = [planned]
    with caplog.at_level(logging.INFO, "alex"):
        pause = room.telling.tell_due()
    assert room.outbox() == [(stands, 1)]
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("alex")]
    assert len(lines) == (1 if says else 0)
    assert says in "".join(lines)
    for private in (SECRET, "dana", PASSWORD, KEY):
        assert private not in "".join(lines)
    assert (pause is None) == ("ALEX_XAPI" in says)
    room.let_time_pass()
    room.telling.tell_due()
    assert [one.statement["id"] for one in room.store.told] == [room.store.told[0].statement["id"]] * (
        2 if stands == WAITING else 1
    )
    assert room.outbox()[0][0] == (TOLD if stands == WAITING else stands)


def test_a_store_that_hangs_or_is_not_there_is_tried_again_with_the_same_bytes(room: Room, tmp_path: Path) -> None:
    room.finished()
    hanging = Store(room.studio.settings, timeout_s=0.1)
    nowhere = Store(settings_for(tmp_path, "http://127.0.0.1:9/xapi"))
    room.store.hold.clear()
    for store, why in ((hanging, "no answer came in"), (nowhere, "could not be reached")):
        claimed = room.studio.whole_record.statements.claim(datetime.now(UTC), datetime.now(UTC))
        assert claimed is not None
        answer = store.tell(claimed.body)
        assert (answer.outcome, why in answer.why) == (Outcome.LATER, True)
        store.close()
    room.store.hold.set()
    room.let_time_pass()
    room.telling.tell_due()
    assert len({told.body for told in room.store.told}) == 1
    assert room.outbox() == [(TOLD, 3)]


def test_pauses_grow_and_a_store_that_asks_for_longer_gets_it(room: Room) -> None:
    room.finished()
    room.store.plan = [500] * 12
    pauses = []
    for _ in range(12):
        pauses.append(room.telling.tell_due() or 0)
        assert room.telling.tell_due() == LOOKS_EVERY_S  # nothing is due before the pause is over
        room.let_time_pass()
    assert pauses[:4] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S, 8 * FIRST_PAUSE_S]
    assert max(pauses) == pauses[-1] == LONGEST_PAUSE_S
    room.telling.tell_due()
    assert room.outbox() == [(TOLD, 13)]


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("600", 600, 600),
        ("999999999", LONGEST_PAUSE_S, LONGEST_PAUSE_S),
        ("in an hour", 3000, 3600),
        ("Mon, 23 Nov 2020 10:00:00 GMT", FIRST_PAUSE_S, FIRST_PAUSE_S),
        ("-5", FIRST_PAUSE_S, FIRST_PAUSE_S),
        ("soon", FIRST_PAUSE_S, FIRST_PAUSE_S),
        ("9" * 400, LONGEST_PAUSE_S, LONGEST_PAUSE_S),
    ],
)
def test_retry_after_is_kept_to_within_reason(room: Room, asked: str, least: float, most: float) -> None:
    if asked == "in an hour":
        asked = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    room.finished()
    room.store.plan = [(429, {"retry-after": asked})]
    pause = room.telling.tell_due()
    assert pause is not None
    assert least <= pause <= most


def test_what_was_not_told_is_told_after_a_restart(room: Room) -> None:
    room.finished()
    room.store.plan = [500]
    room.telling.tell_due()
    room.let_time_pass()
    again = Studio(room.studio.settings, whoever_asks)
    assert again.learning_record is not None
    again.learning_record.tell_due()
    again.whole_record.close()
    assert room.outbox() == [(TOLD, 2)]


def test_one_that_is_never_taken_does_not_stand_in_the_way_of_others(room: Room) -> None:
    room.finished()
    room.store.plan = [500]
    room.telling.tell_due()
    room.finished()
    room.telling.tell_due()
    assert sorted(room.outbox()) == [(TOLD, 1), (WAITING, 1)]


def test_two_processes_do_not_tell_the_same(room: Room) -> None:
    room.finished()
    here, there = (Record(room.studio.settings.record_url) for _ in range(2))
    now = datetime.now(UTC)
    claimed = here.statements.claim(now, now + timedelta(minutes=2))
    assert claimed is not None
    assert there.statements.claim(now, now + timedelta(minutes=2)) is None
    later = there.statements.claim(now + timedelta(minutes=3), now + timedelta(minutes=5))
    assert later is not None  # the first has died in the middle of it
    assert (later.id, later.body, later.tries) == (claimed.id, claimed.body, 2)
    for record in (here, there):
        record.close()


def test_many_at_once_are_each_told_once(room: Room) -> None:
    for _ in range(6):
        room.finished()
    others = [LearningRecord(room.studio.settings, lambda: room.studio.whole_record) for _ in range(3)]
    threads = [threading.Thread(target=one.tell_due) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(room.store.told) == len({told.statement["id"] for told in room.store.told}) == 6
    assert set(room.outbox()) == {(TOLD, 1)}


def test_the_thread_goes_on_after_a_fault_and_stops_when_it_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop, faults = threading.Event(), [RecordError("The disk is full."), ValueError(SECRET)]
    monkeypatch.setattr(telling, "FIRST_PAUSE_S", 0.0)

    def tell() -> float | None:
        if faults:
            raise faults.pop(0)
        stop.set()
        return 0.0

    monkeypatch.setattr(room.telling, "tell_due", tell)
    with caplog.at_level(logging.INFO, "alex"):
        room.telling.go_on(stop)
    assert (faults, SECRET in caplog.text) == ([], False)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


def test_the_thread_ends_where_the_store_shuts_it_out(room: Room) -> None:
    room.finished()
    room.store.plan = [401]
    room.telling.go_on(threading.Event())
    assert room.outbox() == [(WAITING, 1)]


# Settings


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"xapi_url": "http://lrs.example.org/xapi"}, "could be read on the way"),
        ({"xapi_url": "lrs.example.org"}, "ALEX_XAPI_URL cannot be used"),
        ({"xapi_url": "https://"}, "ALEX_XAPI_URL cannot be used"),
        ({"xapi_url": "https://a:b@lrs.example.org/"}, "ALEX_XAPI_URL cannot be used"),
        ({"xapi_url": "https://lrs.example.org:99999/"}, "ALEX_XAPI_URL cannot be used"),
        ({"xapi_url": "https://lrs.example.org/\nx"}, "ALEX_XAPI_URL cannot be used"),
        ({"xapi_url": "ftp://lrs.example.org/"}, "ALEX_XAPI_URL cannot be used"),
        ({"xapi_key": ""}, "nothing to sign in to that store"),
        ({"xapi_secret": ""}, "nothing to sign in to that store"),
        ({"address": "", "accounts": True}, "ALEX_ADDRESS cannot be used"),
        ({"xapi_home": "our school"}, "ALEX_XAPI_HOME cannot be used"),
    ],
)
def test_a_setting_with_which_nobody_can_be_told_is_named(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    settings = settings_for(tmp_path, "https://lrs.example.org/xapi").model_copy(update=changed)
    with pytest.raises(UsageError, match=says) as told:
        check_learning_record(settings, Studio(settings, whoever_asks))
    assert PASSWORD not in str(told.value)


def test_the_key_is_shown_nowhere(tmp_path: Path) -> None:
    shown = repr(settings_for(tmp_path, "https://lrs.example.org/xapi"))
    assert PASSWORD not in shown and repr(KEY) not in shown


# What people are told


def test_before_and_afterwards_the_page_says_what_is_told(room: Room) -> None:
    import gradio as gr

    from bot.web.page import Page

    def made() -> tuple[gr.Blocks, Page]:
        with gr.Blocks() as blocks:
            return blocks, Page(room.studio)

    session, open_still = room.finished(), room.said("What now?")
    with asking(room.person):
        blocks, page = in_a_loop(made)
        finished, unfinished = page.debrief.draw(session), page.debrief.draw(open_still)
    before = "".join(str(part.value) for part in blocks.blocks.values() if isinstance(part, gr.HTML))
    assert "learning record is told when you finish a scenario, under a pseudonym: no score, none of your" in before
    assert "is told that you finished this scenario, under a pseudonym" in finished[page.debrief.told]
    assert unfinished[page.debrief.told] == ""
    assert room.studio.where_words_go() == "What you say stays on this server"


def test_your_account_says_what_the_store_knows_you_as(room: Room) -> None:
    studio = room.studio
    given = studio.people.new_password(room.person.name)
    token = studio.people.sign_in(room.person.name, given, "here")
    known = studio.people.person(token)
    assert known is not None
    token = studio.people.change_password(known, given, "copper lantern sparrow", "here")
    client = TestClient(in_a_loop(lambda: build_app(studio)), base_url=ADDRESS)
    page = client.get("/account", headers={"cookie": f"__Host-{COOKIE}={token}"}).text
    with asking(room.person):
        assert f'It knows you as <span class="address">{studio.known_as()}</span>' in page


def test_a_statement_is_kept_with_the_ending_or_not_at_all(room: Room) -> None:
    session = room.said("What now?")
    unwritable = Statement("x" * 8, {"id": object()}, datetime.now(UTC))
    with asking(room.person):
        with pytest.raises(Exception, match="JSON serializable"):
            room.studio.record.finish(session, "stand_off", unwritable)
        assert room.studio.record.session(session).ending is None
