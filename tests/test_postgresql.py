"""The record on PostgreSQL: the same as on SQLite, and shared by several processes."""

import inspect
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import a_postgresql
import pytest
import test_people as rules
import test_record as on_sqlite
from sqlalchemy import create_engine, text

from bot.errors import RecordError, UsageError
from bot.people.people import People
from bot.people.person import Person
from bot.record.shares import NO_LAST_DAY, OPENED
from bot.record.statements import Statement
from bot.record.store import Record
from bot.record.unkept import KeptAndUnkept
from bot.record.upgrade import known_revisions
from bot.settings import Settings
from bot.studio import Studio

THE_SAME = (
    on_sqlite.test_a_turn_comes_back_as_it_was_with_what_the_coach_showed,
    on_sqlite.test_a_session_keeps_everything_that_is_known_of_it,
    on_sqlite.test_words_that_no_database_takes_are_kept_with_a_mark_in_their_place,
    on_sqlite.test_a_turn_for_a_session_that_was_deleted_is_refused,
    on_sqlite.test_a_branch_goes_on_from_its_turn_and_leaves_its_parent_alone,
    on_sqlite.test_branches_are_listed_newest_first_and_may_start_from_the_opening,
    on_sqlite.test_the_list_is_newest_first_with_what_it_shows_and_no_longer_than_asked,
    on_sqlite.test_a_session_that_is_not_there_is_answered_with_the_newest_three,
    on_sqlite.test_the_turns_beside_which_a_passage_was_cited_are_found_newest_first,
    on_sqlite.test_a_citation_goes_with_its_turn_and_its_session,
    on_sqlite.test_a_branch_stays_when_its_parent_is_deleted,
)
"""What must hold on both."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if a_postgresql.programs() is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed here, and .ci/run should have done so")
        pytest.skip("PostgreSQL is not installed here")
    with a_postgresql.running() as address:
        yield address


@pytest.fixture
def url(server: str) -> str:
    """An empty database of its own."""
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        name = f"alex_{connection.scalar(text('SELECT count(*) FROM pg_database'))}"
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.rsplit("/", 1)[0] + f"/{name}"


@pytest.mark.parametrize("holds", THE_SAME, ids=lambda test: test.__name__.removeprefix("test_"))
def test_it_is_as_on_sqlite(url: str, holds: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    with Record(url) as record:
        given: dict[str, Any] = {"record": record, "url": url, "monkeypatch": monkeypatch}
        holds(**{name: given[name] for name in inspect.signature(holds).parameters})


def test_search_finds_words_in_any_case(url: str) -> None:
    with Record(url) as record:
        session = on_sqlite.a_session(record, title="Ärger mit Ilse")
        on_sqlite.say(record, session.id, "Was it 100% of them?")
        assert [one.id for one in record.sessions("ÄRGER")] == [session.id]
        assert [one.id for one in record.sessions("100%")] == [session.id]
        assert record.sessions("100_") == []
        assert record.of("somebody00").sessions("Ärger") == []


def test_several_processes_may_start_on_an_empty_database_at_once(url: str) -> None:
    faults: list[BaseException] = []

    def open_it() -> None:
        try:
            Record(url).close()
        except BaseException as fault:
            faults.append(fault)

    starts = [threading.Thread(target=open_it) for _ in range(4)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert faults == []


@pytest.mark.parametrize("revision", ["0001", "0005", "0006"])
def test_a_database_of_an_earlier_release_opens_with_everything_in_it(url: str, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "bot.record:migrations")
        command.upgrade(config, revision)
        columns = (
            "scenario, title, seed, mode, opening, created, updated, scenario_hash, reader_hash, notes, self_rating"
        )
        values = "'alex-geography', 'Before', 7, 'practise', 'Yes?', now(), now(), '', '', '{}', '{}'"
        connection.execute(
            text(f"INSERT INTO sessions (id, {columns}, reflection) VALUES ('abcdefghij', {values}, 'R')")
        )
        if revision >= "0005":
            connection.execute(text("INSERT INTO questions (words, asked, passages) VALUES ('Then?', now(), '[]')"))
    engine.dispose()
    assert known_revisions()[-1] > revision
    with Record(url) as record:
        assert (record.session("abcdefghij").title, record.session("abcdefghij").reflection) == ("Before", "R")
        assert [one.words for one in record.uses.questions()] == (["Then?"] if revision >= "0005" else [])


def test_an_account_and_all_that_is_its_own_go_together(url: str) -> None:
    with Record(url) as record:
        people = People(record.accounts)
        account, given = people.add("Dana", "leader")
        token = people.sign_in("dana", given, "here")
        theirs, mine = record.of(account.id), on_sqlite.a_session(record)
        gone = on_sqlite.a_session(theirs)
        theirs.uses.keep_question("What now?", [])
        share = theirs.shares.make(gone.id, "0" * 64, "Carl", {"notes": True}, datetime.now(UTC))
        theirs.shares.note(share, OPENED)
        assert theirs.sessions() != []
        people.remove("dana")
        assert (theirs.sessions(), theirs.uses.questions(), people.person(token)) == ([], [], None)
        assert [one.id for one in record.sessions()] == [mine.id]
        assert gone.id not in str(record.sessions())
        assert (theirs.shares.all(), record.shares.found("0" * 64)) == ([], None)


def test_a_group_is_joined_practised_shown_and_left(url: str) -> None:
    with Record(url) as record:
        people = People(record.accounts)
        (dana, _), (carl, _) = people.add("Dana", "leader"), people.add("Carl", "coach")
        theirs, coachs = record.of(dana.id), record.of(carl.id)
        group = coachs.groups.make("Year 9", "alex-geography", "usual", None, "1" * 64)
        assert theirs.memberships.join("1" * 64, counts=True) == group
        session = on_sqlite.a_session(theirs, scenario="alex-geography")
        on_sqlite.say(theirs, session.id, "What matters?")
        theirs.finish(session.id, "unfinished")
        share = theirs.shares.make(session.id, "2" * 64, "Year 9", {"notes": True}, NO_LAST_DAY, group)
        with pytest.raises(UsageError, match="already"):
            theirs.shares.make(session.id, "3" * 64, "Year 9", {"notes": True}, NO_LAST_DAY, group)
        assert [(one.name, one.rehearsals) for one in coachs.groups.members(group)] == [("dana", 1)]
        assert [(one.session, one.shared) for one in coachs.groups.rehearsed(group)] == [(session.id, True)]
        assert coachs.groups.one_shown(group, share)[:2] == (dana.id, "dana")
        theirs.memberships.leave(group)
        assert (coachs.groups.members(group), coachs.groups.shown(group)) == ([], [])
        assert theirs.memberships.join("1" * 64, counts=False) == group
        assert coachs.groups.shown(group) == []
        people.remove("carl")
        assert theirs.memberships.all() == []
        assert [(one.group, one.revoked is None) for one in theirs.shares.all()] == [("", False)]


def test_a_statement_is_told_by_one_process_and_goes_with_its_session(url: str) -> None:
    with Record(url) as here, Record(url) as there:
        sessions = [on_sqlite.a_session(here).id for _ in range(20)]
        now = datetime.now(UTC)
        for number, session in enumerate(sessions):
            here.finish(session, "stand_off", Statement(f"{number:036}", {"id": number}, now))
        claimed: list[str] = []

        def claim(record: Record) -> None:
            while found := record.statements.claim(now, now + timedelta(minutes=2)):
                claimed.append(found.id)

        secrets: list[str] = []
        doing = [threading.Thread(target=claim, args=[record]) for record in (here, there, here)]
        doing += [threading.Thread(target=lambda: secrets.append(there.statements.secret())) for _ in range(4)]
        for one in doing:
            one.start()
        for one in doing:
            one.join()
        assert sorted(claimed) == [f"{number:036}" for number in range(20)]
        assert len(secrets) == 4 and set(secrets) == {here.statements.secret()}
        here.delete(sessions[0])
        here.finish(sessions[1], None)
        left = [
            there.statements.claim(now + timedelta(hours=1), now + timedelta(days=number)) for number in range(2, 22)
        ]
        assert sorted(one.id for one in left if one) == [f"{number:036}" for number in range(2, 20)]


def test_a_session_continues_on_another_process_and_back(url: str, tmp_path: Path) -> None:
    here, there = (Studio(Settings(database_url=url, home=tmp_path, _env_file=None)) for _ in range(2))
    session = here.begin("alex-geography", seed=1).id
    here.say(session, "What makes a task worth doing, for you?")
    there.say(session, "So every child finishing is what you look for?")
    view = here.say(session, "What did my training get wrong for your class?")
    assert [one.turn.number for one in view.turns] == [1, 2, 3]
    assert there.open(session) == view
    for studio in (here, there):
        studio.whole_record.close()


def test_what_was_kept_in_sqlite_goes_on_in_postgresql(url: str, tmp_path: Path) -> None:
    from test_backup import comes_back

    with Record(f"sqlite:///{tmp_path / 'a.db'}") as before, Record(url) as after:
        comes_back(before, after, tmp_path)


def test_nothing_of_what_is_not_kept_is_in_the_database_or_in_any_file_of_its_server(url: str) -> None:
    from test_unkept import MARK, filled

    with KeptAndUnkept(url) as record:
        with record.engine.connect() as connection:
            place = Path(str(connection.scalar(text("SHOW data_directory"))))
        filled(record, kept=False)
        with KeptAndUnkept(url, keeps_nothing=True) as nothing:
            filled(nothing)
        assert [one.is_kept for one in record.sessions()] == [False]
        assert written(record, place, MARK) == []
        filled(record)
        assert written(record, place, MARK) != []


def written(record: Record, place: Path, word: str) -> list[str]:
    """Return the files of a database server in which a word stands, once everything is on the disk."""
    with record.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CHECKPOINT"))
    files = [path for path in place.rglob("*") if path.is_file()]
    return [path.name for path in files if word.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    "holds",
    [
        rules.test_what_is_done_to_an_account_is_noted_with_who_did_it_and_no_password,
        rules.test_what_fails_is_not_noted,
        rules.test_it_is_forgotten_after_a_year,
        rules.test_the_last_administrator_stays_one,
        rules.test_two_administrators_who_demote_each_other_at_once_leave_one,
        rules.test_an_account_goes_when_its_name_is_typed,
    ],
    ids=lambda test: test.__name__.removeprefix("test_"),
)
def test_administrators_have_the_same_rules(url: str, holds: Callable[..., None]) -> None:
    with Record(url) as record:
        people = People(record.accounts)
        account, _ = people.add("ada", "admin")
        given: dict[str, Any] = {"record": record, "people": people, "ada": Person(account.id, "ada", "admin")}
        holds(**{name: given[name] for name in inspect.signature(holds).parameters})


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    with pytest.raises(RecordError) as told:
        Record("postgresql://alex:geheim@127.0.0.1:1/alex")
    assert "cannot be reached" in str(told.value)
    assert "geheim" not in str(told.value)
