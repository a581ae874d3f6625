"""A whole conversation with a real start, a marked word in every field: which bytes reach the disk, and which not."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_record import a_session, a_turn, say

from bot.exports.paper import Choice
from bot.exports.writing import KINDS
from bot.people.people import People
from bot.people.person import Person, asking, whoever_asks
from bot.record.audit import SOMEBODY
from bot.record.shares import COMMENT, GUEST, Remark
from bot.record.store import Record
from bot.settings import Settings
from bot.studio import Studio

ROOT = Path(__file__).parent.parent
MARK = "zanzibarine"
"""Stands in everything that a leader fills in, and nowhere else."""
QUESTION = f"How do I check that I have understood {MARK}?"
START_S = 60
"""Longest wait, in seconds, for a server on a busy machine."""
PASSWORD = "copper lantern sparrow"


def found(*folders: Path, word: str = MARK) -> list[str]:
    """Return the files under the folders in which a word stands, in any of the ways in which text is written down."""
    ways = [word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), word.upper().encode()]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(way in path.read_bytes() for way in ways)]


# A real start -----------------------------------------------------------------------------------------------------


class Browser:
    """What a browser does with the page, without one: its events, told apart by what they are triggered by."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=address, timeout=START_S, headers={"origin": address})
        self.window, self.session = "window1", ""

    def read(self) -> None:
        """Learn from the page which events it has."""
        config = self.client.get("/config").json()
        self.parts = {one["props"]["elem_id"]: one["id"] for one in config["components"] if one["props"].get("elem_id")}
        self.events = config["dependencies"]
        self.kinds = {one["id"]: one["type"] for one in config["components"]}

    def press(self, part: str, trigger: str, *values: Any) -> str:
        """Trigger the event of a part with these values, then "" for what it takes besides; return the answer."""
        return self._ask(self._event(lambda targets: [self.parts[part], trigger] in targets), values, None)

    def act(self, do: str, **asked: str) -> str:
        """Press a drawn button on Transcripts, Debrief or Rehearse."""
        event = self._event(
            lambda targets: any(self.kinds.get(one[0]) == "html" and one[1] == "click" for one in targets), takes=3
        )
        return self._ask(event, (self.session, MARK, ""), {"do": do, **asked})

    def _event(self, holds: Callable[[list[Any]], bool], takes: int = 0) -> dict[str, Any]:
        return next(
            one
            for one in self.events
            if holds([list(target) for target in one["targets"]])
            and one["backend_fn"]
            and (not takes or len(one["inputs"]) == takes)
        )

    def _ask(self, event: dict[str, Any], values: tuple[Any, ...], asked: dict[str, str] | None) -> str:
        filled = [*values, *[""] * (len(event["inputs"]) - len(values))]
        about = {"fn_index": event["id"], "session_hash": self.window, "trigger_id": None, "event_data": asked}
        joined = self.client.post("/gradio_api/queue/join", json={"data": filled, **about})
        assert joined.status_code == 200, joined.text
        told = self.client.get("/gradio_api/queue/data", params={"session_hash": self.window}).text
        assert '"success":true' in told.replace(" ", ""), told[-2000:]
        assert "Something went wrong" not in told
        return told


@contextmanager
def started(home: Path, scratch: Path, **named: str) -> Iterator[tuple[Browser, Path]]:
    """Run Alex as somebody would start it, with a TMPDIR of its own; give a browser and the file of what it prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {"TMPDIR": scratch, "SQLITE_TMPDIR": scratch, "GRADIO_TEMP_DIR": scratch / "gradio", "PYTHONPATH": ROOT}
    ours = {"HOME": home, "CONTENT": ROOT, "PORT": port, "OPEN_BROWSER": "false", **named}
    environment = {**os.environ, **{f"ALEX_{name}": str(value) for name, value in ours.items()}}
    printed = scratch / "printed.txt"
    with printed.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=scratch,
            env=environment | {name: str(place) for name, place in places.items()},
            stdout=log,
            stderr=log,
        )
        browser = Browser(f"http://127.0.0.1:{port}")
        try:
            _wait_for(browser, process, printed)
            yield browser, printed
        finally:
            browser.client.close()
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
    assert "Traceback" not in printed.read_text("utf-8")


def _wait_for(browser: Browser, process: subprocess.Popen[bytes], printed: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            if browser.client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
        assert process.poll() is None, printed.read_text("utf-8")
        assert time.monotonic() < until, "the server did not start in time"


def a_whole_conversation(browser: Browser, looked: Callable[[], object], *, tick: bool) -> None:
    """Fill in every field that a leader can, look at the disk after each step, and stay."""
    browser.read()
    notes = [f"{MARK} {number}" for number in range(5)]
    begun = browser.press("begin", "click", "alex-geography", "practise", "usual", tick, *notes)
    session = browser.session = _session_in(begun)
    for number, words in enumerate((f"I looked at {MARK}.", f"What makes {MARK} matter, for you?", f"Why {MARK}?")):
        assert MARK in browser.press("msg", "submit", session, words, str(number))
        looked()
    assert "More curious" in browser.press("word", "click", session, f"You should just do {MARK}.")
    browser.press("ask", "click", session)
    assert MARK in browser.press("back", "click", session)
    browser.act("correct", turn="1", place="0", move="judgement")
    assert "passage" in browser.press("question", "submit", QUESTION, "", session)
    looked()
    browser.press("finish", "click", session)
    browser.act("rate", listened="3", understood="2")
    browser.act("overrule", owns_concern="2")
    browser.press("save-reflection", "click", session, f"I take {MARK} from it.")
    browser.act("rename", id=session, title=f"About {MARK}")
    assert MARK in browser.act("read", id=session)
    assert MARK in browser.press("search-said", "input", MARK, session)
    looked()
    for kind in KINDS:
        saved = browser.client.get(f"/export/{session}.{kind}")
        assert saved.status_code == 200
        assert MARK.encode() in saved.content or kind in {"docx", "pdf"}
    assert browser.client.get("/practice-log.docx").status_code == 200
    brought = {"said": json.dumps([{"speaker": "A", "text": f"Why {MARK}?"}, {"speaker": "B", "text": "So."}])}
    assert browser.client.post("/held-elsewhere.docx", data={**brought, "leader": "A"}).status_code == 200
    looked()
    again = browser.act("branch", id=session, after="1")
    browser.session = _session_in(again)
    assert MARK in browser.press("msg", "submit", browser.session, f"Once more, {MARK}.", "1")
    looked()


def _session_in(told: str) -> str:
    """Return the id of the conversation that an answer brings: the first value of all."""
    done = next(json.loads(line[6:]) for line in told.splitlines() if "process_completed" in line)
    return str(next(one for one in done["output"]["data"] if _is_id(one)))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"(unkept-)?[A-Za-z0-9]{10}", value) is not None


@pytest.fixture
def places(tmp_path: Path, filled: Path) -> tuple[Path, Path]:
    """A home and a folder for whatever is temporary."""
    shutil.copytree(filled, tmp_path / "home")
    (tmp_path / "scratch").mkdir()
    return tmp_path / "home", tmp_path / "scratch"


def test_what_is_kept_is_on_the_disk_so_that_this_looks_in_the_right_place(places: tuple[Path, Path]) -> None:
    home, scratch = places
    with started(home, scratch) as (browser, _):
        a_whole_conversation(browser, lambda: None, tick=False)
        assert [Path(one).name for one in found(home, scratch) if one.endswith((".db", ".db-wal"))]
        asked = found(home, scratch, word="check that I have understood")
        assert asked
    assert found(scratch) == []
    assert not browser.session.startswith("unkept-")


def test_with_the_tick_nothing_of_a_conversation_reaches_the_disk(places: tuple[Path, Path]) -> None:
    home, scratch = places
    with started(home, scratch) as (browser, _):

        def looked() -> None:
            assert found(home, scratch) == []

        a_whole_conversation(browser, looked, tick=True)
        assert browser.session.startswith("unkept-")
        assert found(home, scratch, word="have understood") == []
    looked()
    assert found(home, scratch, word="have understood") == []


def test_a_server_that_keeps_nothing_keeps_accounts_and_no_words(places: tuple[Path, Path]) -> None:
    home, scratch = places
    with Record(f"sqlite:///{home / 'alex.db'}") as record:
        people = People(record.accounts)
        account, given = people.add("dana", "leader")
        people.change_password(Person(account.id, "dana", "leader"), given, PASSWORD, "here")
    with started(home, scratch, KEEP_NOTHING="true", ACCOUNTS="true") as (browser, _):

        def looked() -> None:
            assert found(home, scratch) == []

        signed = browser.client.post("/sign-in", data={"name": "dana", "password": PASSWORD})
        browser.client.cookies.set("alex", signed.cookies["alex"])
        assert "Nothing is kept. Everything stays on this server" in browser.client.get("/").text
        a_whole_conversation(browser, looked, tick=False)
        refused = browser.client.get(f"/shares/of/{browser.session}")
        assert (refused.status_code, "a link would have nothing to show" in refused.text) == (404, True)
        assert MARK.encode() in browser.client.get(f"/export/{browser.session}.md").content
        everything = browser.client.get("/account/everything")
        assert everything.status_code == 200
        looked()
        assert browser.client.post("/sign-out").status_code == 303
        signed = browser.client.post("/sign-in", data={"name": "dana", "password": PASSWORD})
        browser.client.cookies.set("alex", signed.cookies["alex"])
        assert browser.client.get(f"/export/{browser.session}.md").status_code == 404
    looked()
    with Record(f"sqlite:///{home / 'alex.db'}") as record:
        assert [one.name for one in People(record.accounts).all()] == ["dana"]
        assert record.of(account.id).sessions() == []


def test_the_terminal_keeps_nothing_either(places: tuple[Path, Path]) -> None:
    home, scratch = places
    said = f"Hello, it is about {MARK}.\nWhat makes {MARK} matter?\n/word Just do {MARK}."
    typed = f"{said}\n/back\n/finish\n3\n3\n3\n3\n"
    ours = {"ALEX_HOME": str(home), "ALEX_CONTENT": str(ROOT), "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}
    for keeps, told in (("true", "Nothing of this is kept"), ("false", "")):
        done = subprocess.run(
            [sys.executable, "-m", "bot", "rehearse", "--seed", "5"],
            cwd=scratch,
            env={**os.environ, **ours, "ALEX_KEEP_NOTHING": keeps},
            input=typed,
            capture_output=True,
            text=True,
            check=True,
        )
        assert told in done.stdout
        assert "Six weeks later" in done.stdout
        assert bool(found(home, scratch)) is (keeps == "false")


# Deleted, and gone ------------------------------------------------------------------------------------------------


@pytest.fixture
def studio(places: tuple[Path, Path]) -> Iterator[Studio]:
    one = Studio(Settings(home=places[0], content=ROOT, accounts=True, _env_file=None), whoever_asks)
    yield one
    one.library().close()
    one.whole_record.close()


def everywhere(studio: Studio, person: Person) -> str:
    """Keep a marked word wherever somebody's words can be; return the session."""
    with asking(person):
        record = studio.record
        session = a_session(record, title=f"Of {MARK}", opening=f"{MARK}?", notes={"unsaid": MARK}).id
        say(record, session, *[f"Why {MARK}, {number}? " + f"{MARK} " * 60 for number in range(40)])
        record.correct(session, a_turn(3, MARK), {"did": MARK})
        record.withdraw_last(session)
        record.rate(session, {MARK: 3})
        record.overrule(session, {MARK: 2})
        record.reflect(session, f"I take {MARK} from it.")
        record.finish(session, "unfinished")
        token = studio.sharing.make(session, f"Zed {MARK}", datetime.now().date().isoformat(), Choice())
        (link,) = studio.sharing.links(session)
        record.shares.say(link.id, [Remark(1, COMMENT, f"Good {MARK}.")], GUEST)
        assert MARK in repr(studio.sharing.open(token))
        record.uses.keep_question(f"What is {MARK}?", ["p1"])
        studio.export(session, "docx")
    return session


def a_person(studio: Studio, name: str) -> tuple[Person, str]:
    account, password = studio.people.add(name, "leader")
    return Person(account.id, name, "leader"), password


def test_deleting_leaves_no_byte_of_it_anywhere(studio: Studio, places: tuple[Path, Path]) -> None:
    home, _ = places
    dana, password = a_person(studio, "dana")
    eve, _ = a_person(studio, "eve")
    with asking(eve):
        a_session(studio.record, title="Evenings")

    def one_session() -> None:
        studio.delete(session)
        studio.record.uses.forget_questions()

    def removed() -> None:
        studio.remove_account(dana, password, "here")

    def by_an_administrator() -> None:
        ada, _ = studio.people.add("ada", "admin")
        with asking(Person(ada.id, "ada", "admin")):
            studio.remove_person("dana", "dana")

    def in_time() -> None:
        studio.settings = studio.settings.model_copy(update={"keep_days": 1})
        with studio.whole_record.engine.begin() as connection:
            for table in ("sessions SET updated", "questions SET asked"):
                day = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S.%f")
                connection.exec_driver_sql(f"UPDATE {table} = '{day}' WHERE owner = '{dana.id}'")
        assert studio.forget_in_time() == 1

    def all_of_it() -> None:
        studio.record.delete_all()

    for go in (one_session, all_of_it, in_time, removed, by_an_administrator):
        if "dana" not in [one.name for one in studio.people.all()]:
            dana, password = a_person(studio, "dana")
        session = everywhere(studio, dana)
        assert found(home) != [], go.__name__
        with asking(dana):
            go()
        assert found(home) == [], go.__name__
    with asking(eve):
        assert found(home, word="Evenings") != []
        assert [one.title for one in studio.record.sessions()] == ["Evenings"]


def test_an_account_that_its_owner_removes_leaves_not_even_its_name(studio: Studio, places: tuple[Path, Path]) -> None:
    zed, password = a_person(studio, "zed-quagmireish")
    studio.people.sign_in("zed-quagmireish", password, "here")
    assert found(places[0], word="quagmireish") != []
    studio.remove_account(zed, password, "here")
    assert found(places[0], word="quagmireish") == []
    (done,) = studio.whole_record.accounts.done(9)
    assert (done.deed.what, done.whom) == ("added", SOMEBODY)
