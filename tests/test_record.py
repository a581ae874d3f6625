"""The record: what was shown is kept, what may not be kept is nowhere, what is deleted is gone."""

import dataclasses
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from bot.colleague.state import NAMES, Act, State, advance
from bot.colleague.turn import ModelUse, Told, Turn
from bot.errors import RecordError, UsageError
from bot.listen.codebook import Codebook, load_codebook
from bot.listen.reading import FOCUSES, MOVES, Segment
from bot.record.kept import Kept, SessionRow
from bot.record.replay import replay, replays_exactly
from bot.record.store import Record
from bot.record.upgrade import known_revisions

ROOT = Path(__file__).parents[1]
START = State(safety=60, defensiveness=35, understood=10, insight=5, ownership=5, openness=10, facade=30)
STARTED = {"scenario": "alex-geography", "title": "Alex and geography", "seed": 7, "opening": "You wanted to see me?"}
PLAIN = settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'home' / 'alex.db'}"


@pytest.fixture
def record(url: str) -> Iterator[Record]:
    with Record(url, wait_ms=50) as opened:
        yield opened


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return load_codebook(ROOT / "prompts")


def a_session(record: Record, **changes: Any) -> SessionRow:
    return record.start(**{**STARTED, **changes})


def a_turn(number: int, words: str = "What makes a task worth doing, for you?", **changes: Any) -> Turn:
    turn = Turn(
        number=number,
        words=words,
        acts=(Act(Segment(words, "open_question", "belief", 0.1 + 0.2), ("picks_up_words",), "results"),),
        turn_forms=("stacked",),
        state=State(1 / 3, 0.1 + 0.2, 47.5, 100.0, 0.0, 1e-9, 30),
        opened=(0, 1),
        frozen=0,
        line="Results. They sit the test and they pass it.",
        situation="topic",
        manner="low",
        topic="good_task",
        told=(Told("results", elicited=True),),
        said=("Results.", "They sit the test and they pass it."),
        thought="Here it comes.",
    )
    return dataclasses.replace(turn, **changes)


def say(record: Record, session_id: str, *words: str) -> None:
    for said in words:
        record.append(session_id, a_turn(len(record.session(session_id).turns) + 1, said))


def heard(record: Record, session_id: str) -> list[str]:
    return [one.turn.words for one in record.session(session_id).turns]


def bytes_on_disk(record: Record) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(Path(record.place).parent.iterdir()))


# Kept as it was


def test_a_turn_comes_back_as_it_was_with_what_the_coach_showed(record: Record) -> None:
    session = a_session(record)
    coach = {"did": "Asked what he believes.", "tip": "Leave space.", "source": "Open-to-learning"}
    record.append(session.id, a_turn(1), coach)
    record.append(session.id, a_turn(2, topic=None, told=(), acts=(), words=""))
    kept = record.session(session.id)
    assert [one.turn for one in kept.turns] == [a_turn(1), a_turn(2, topic=None, told=(), acts=(), words="")]
    assert [one.coach for one in kept.turns] == [coach, {}]


def test_a_session_keeps_everything_that_is_known_of_it(record: Record) -> None:
    notes = {"beliefs": ["It fades by July."], "unsaid": "He is coasting."}
    session = a_session(record, mode="seven", notes=notes, scenario_hash="abc", reader_hash="def")
    record.note(session.id, notes | {"guess": "He is proud of it."})
    record.rate(session.id, {"heard": 3})
    record.reflect(session.id, "I hurried.")
    record.finish(session.id, "facade_yes")
    kept = record.session(session.id)
    assert (kept.mode, kept.seed, kept.scenario_hash, kept.reader_hash) == ("seven", 7, "abc", "def")
    assert kept.notes == notes | {"guess": "He is proud of it."}
    assert (kept.self_rating, kept.reflection, kept.ending) == ({"heard": 3}, "I hurried.", "facade_yes")
    assert kept.created == session.created
    assert kept.updated > kept.created
    assert datetime.now(UTC) - kept.created < timedelta(minutes=1)


def test_nobody_can_guess_a_session_and_no_command_takes_its_name_for_an_option(record: Record) -> None:
    names = {a_session(record).id for _ in range(20)}
    assert len(names) == 20
    assert all(len(name) == 10 and name.isascii() and name.isalnum() for name in names)


def test_turns_are_there_after_opening_the_file_again(url: str) -> None:
    with Record(url) as first:
        session = a_session(first)
        say(first, session.id, "Have you got ten minutes?")
    with Record(url) as again:
        assert heard(again, session.id) == ["Have you got ten minutes?"]


@pytest.mark.parametrize(
    "words",
    ["Fünfzehn Jahre — “ja”", "🧑🏽‍🏫 👍", "مرحبا", "a\r\nb\n\n\tc", "word " * 2000, "'; DROP TABLE turns; --", ""],
    ids=["umlauts", "emoji", "right to left", "lines", "2,000 words", "SQL", "nothing"],
)
def test_any_words_are_kept_exactly(record: Record, words: str) -> None:
    session = a_session(record)
    say(record, session.id, words)
    assert heard(record, session.id) == [words]


def test_words_that_no_database_takes_are_kept_with_a_mark_in_their_place(record: Record) -> None:
    session = a_session(record)
    say(record, session.id, "half \ud83d an emoji, and a nought \x00")
    (turn,) = (one.turn for one in record.session(session.id).turns)
    assert turn.words == turn.acts[0].segment.text == "half \ufffd an emoji, and a nought \ufffd"


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
numbers = st.floats(0, 100)
acts = st.builds(
    Act,
    st.builds(Segment, texts, st.sampled_from(MOVES), st.one_of(st.none(), st.sampled_from(FOCUSES)), st.floats(0, 1)),
    st.lists(texts, max_size=2).map(tuple),
    st.one_of(st.none(), texts),
)
turns = st.builds(
    Turn,
    number=st.just(1),
    words=texts,
    acts=st.lists(acts, max_size=3).map(tuple),
    turn_forms=st.lists(texts, max_size=2).map(tuple),
    state=st.builds(State, *[numbers] * len(NAMES)),
    opened=st.lists(st.integers(0, 6), max_size=3).map(tuple),
    frozen=st.integers(0, 2),
    line=texts,
    situation=texts,
    manner=texts,
    topic=st.one_of(st.none(), texts),
    told=st.lists(st.builds(Told, texts, st.booleans()), max_size=2).map(tuple),
    said=st.lists(texts, max_size=2).map(tuple),
    thought=texts,
    step=texts,
    voice=texts,
    out_of_role=texts,
    kept=st.just(True),
)


@PLAIN
@given(turn=turns)
def test_every_turn_comes_back_equal(record: Record, turn: Turn) -> None:
    session = a_session(record)
    record.append(session.id, turn)
    assert [one.turn for one in record.session(session.id).turns] == [turn]


# Appended, never rewritten


@pytest.mark.parametrize("number", [1, 3])
def test_only_the_next_turn_can_be_appended(record: Record, number: int) -> None:
    session = a_session(record)
    say(record, session.id, "First.")
    with pytest.raises(RecordError, match=r"^Your last words were not kept: turn 2 comes next") as refusal:
        record.append(session.id, a_turn(number, "Again."))
    assert "Open it again from the list" in refusal.value.fix
    assert heard(record, session.id) == ["First."]


def test_a_turn_for_a_session_that_was_deleted_is_refused(record: Record) -> None:
    session = a_session(record)
    record.delete(session.id)
    with pytest.raises(RecordError, match=r"not kept: this session has been deleted"):
        record.append(session.id, a_turn(1))


def test_a_turn_taken_back_no_longer_stands_and_is_not_lost(record: Record) -> None:
    session = a_session(record)
    say(record, session.id, "One.", "Do it by Friday.")
    assert record.withdraw_last(session.id).turn.words == "Do it by Friday."
    say(record, session.id, "What would you need?")
    assert heard(record, session.id) == ["One.", "What would you need?"]
    with closing(sqlite3.connect(record.place)) as file:
        rows = file.execute("SELECT number, words, withdrawn IS NOT NULL FROM turns ORDER BY id").fetchall()
    assert rows == [(1, "One.", 0), (2, "Do it by Friday.", 1), (2, "What would you need?", 0)]


def test_with_nothing_said_there_is_nothing_to_take_back(record: Record) -> None:
    with pytest.raises(UsageError, match=r"no turn to take back"):
        record.withdraw_last(a_session(record).id)


def test_a_branch_goes_on_from_its_turn_and_leaves_its_parent_alone(record: Record) -> None:
    parent = a_session(record, notes={"guess": "pride"})
    say(record, parent.id, "One.", "Two.", "Three.")
    record.finish(parent.id, "stand_off")
    branch = record.branch(parent.id, 2, "Another try")
    say(record, branch.id, "Three, otherwise.")
    kept = record.session(branch.id)
    assert (kept.parent_id, kept.branched_after, kept.title, kept.ending) == (parent.id, 2, "Another try", None)
    assert (kept.notes, kept.seed, kept.opening) == ({"guess": "pride"}, 7, "You wanted to see me?")
    assert heard(record, branch.id) == ["One.", "Two.", "Three, otherwise."]
    assert heard(record, parent.id) == ["One.", "Two.", "Three."]
    assert [one.turn for one in kept.turns[:2]] == [one.turn for one in record.session(parent.id).turns[:2]]


def test_branches_are_listed_newest_first_and_may_start_from_the_opening(record: Record) -> None:
    parent = a_session(record)
    say(record, parent.id, "One.")
    first, second = record.branch(parent.id, 0), record.branch(parent.id, 1)
    assert [(one.id, one.turns) for one in record.branches(parent.id)] == [(second.id, 1), (first.id, 0)]


@pytest.mark.parametrize("after", [-1, 2])
def test_a_branch_needs_a_turn_that_is_there(record: Record, after: int) -> None:
    parent = a_session(record)
    say(record, parent.id, "One.")
    with pytest.raises(UsageError, match=rf"There is no turn {after} to go on from") as refusal:
        record.branch(parent.id, after)
    assert refusal.value.fix == "The last turn is 1."


@pytest.mark.parametrize(("changes", "fault"), [({"mode": "exam"}, "'exam' is not"), ({"seed": 2**70}, "too large")])
def test_a_session_cannot_start_with_what_there_is_not(record: Record, changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        a_session(record, **changes)


# Replay


def played(codebook: Codebook, moves: list[str]) -> list[Turn]:
    turns, state = [], START
    for number, move in enumerate(moves, start=1):
        acts = (Act(Segment("Words.", move, "belief" if move == "open_question" else None, 0.37)),)
        state = advance(state, acts, (), codebook)
        turns.append(a_turn(number, "Words.", acts=acts, turn_forms=(), state=state))
    return turns


def test_replaying_the_acts_gives_the_states_that_were_kept(record: Record, codebook: Codebook) -> None:
    session = a_session(record)
    turns = played(codebook, ["open_question", "directive", "paraphrase", "own_view", "softening"] * 4)
    for turn in turns:
        record.append(session.id, turn)
    kept = record.session(session.id)
    assert replay(kept, START, codebook) == [turn.state for turn in turns]
    assert replays_exactly(kept, START, codebook)


def test_replay_notices_a_state_that_the_acts_do_not_give(record: Record, codebook: Codebook) -> None:
    session = a_session(record)
    (turn,) = played(codebook, ["open_question"])
    safer = dataclasses.replace(turn.state, safety=turn.state.safety + 1e-9)
    record.append(session.id, dataclasses.replace(turn, state=safer))
    assert not replays_exactly(record.session(session.id), START, codebook)


def test_a_turn_out_of_role_leaves_the_state_as_it_was(record: Record, codebook: Codebook) -> None:
    session = a_session(record)
    record.append(session.id, a_turn(1, "Are you real?", state=START, out_of_role="asked"))
    assert replays_exactly(record.session(session.id), START, codebook)


# Finding


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("RIVERS", ["said"]),
        ("élan", ["said"]),
        ("tests prove", ["answered"]),
        ("evening", ["named"]),
        ("100%", ["named"]),
        ("a_b", []),
        ("%", ["named"]),
        ("withdrawn words", []),
        ("  ", ["named", "answered", "said"]),
    ],
)
def test_search_finds_words_lines_and_titles_in_any_case(record: Record, search: str, found: list[str]) -> None:
    ids = {name: a_session(record).id for name in ("said", "answered", "named")}
    say(record, ids["said"], "Who remembers rivers, axb, with ÉLAN?")
    record.append(ids["answered"], a_turn(1, "Why?", line="The tests prove it."))
    say(record, ids["answered"], "Withdrawn words.")
    record.withdraw_last(ids["answered"])
    record.rename(ids["named"], "Evening try, 100% calm")
    names = {session_id: name for name, session_id in ids.items()}
    assert [names[one.id] for one in record.sessions(search)] == found


def test_the_list_is_newest_first_with_what_it_shows_and_no_longer_than_asked(record: Record) -> None:
    older, newer = a_session(record), a_session(record, title="Later")
    say(record, older.id, "One.", "Two.")
    record.finish(older.id, "joint_step")
    first, second = record.sessions()
    assert (first.id, first.title, first.turns, first.ending) == (newer.id, "Later", 0, None)
    assert (second.id, second.scenario, second.turns, second.ending) == (older.id, "alex-geography", 2, "joint_step")
    assert second.updated > second.created
    assert [one.id for one in record.sessions(limit=1)] == [newer.id]


def test_a_session_that_is_not_there_is_answered_with_the_newest_three(record: Record) -> None:
    with pytest.raises(UsageError) as none_yet:
        record.session("nobody")
    assert none_yet.value.fix == "None has been started yet."
    ids = [a_session(record, title=f"Try {number}").id for number in range(4)]
    for ask in (record.session, record.delete, record.branches, record.withdraw_last):
        with pytest.raises(UsageError, match=r"There is no session 'nobody'") as refusal:
            ask("nobody")
        assert refusal.value.fix == f"The newest: {ids[3]} (Try 3), {ids[2]} (Try 2), {ids[1]} (Try 1)."


def test_a_title_is_changed_and_never_emptied(record: Record) -> None:
    session = a_session(record)
    record.rename(session.id, " Second try ")
    with pytest.raises(UsageError, match=r"needs a title"):
        record.rename(session.id, " ")
    assert record.session(session.id).title == "Second try"


# What the library was used for


def cited(passage: str, article: str = "A guide") -> dict[str, Any]:
    tip = {"when": "always", "says": "Say it back.", "behaviour": 6, "passage_id": passage, "title": article}
    return {"notes": {"observation": None, "tip": {**tip, "section": ""}}, "did": "He nodded."}


def turns_cited(record: Record) -> list[tuple[str, int, str]]:
    return [(one.session, one.turn, one.passage) for one in record.uses.citations()]


def test_the_turns_beside_which_a_passage_was_cited_are_found_newest_first(record: Record) -> None:
    first, second = a_session(record, title="First"), a_session(record)
    record.append(first.id, a_turn(1), cited("p1", "Fünf “Wege”"))
    record.append(first.id, a_turn(2), cited(""))
    record.append(first.id, a_turn(3), {"notes": {"observation": None, "tip": None}})
    record.append(first.id, a_turn(4), {"did": "Nothing else."})
    record.append(first.id, a_turn(5))
    record.append(second.id, a_turn(1), cited("p2"))
    assert turns_cited(record) == [(second.id, 1, "p2"), (first.id, 1, "p1")]
    oldest = record.uses.citations()[-1]
    assert (oldest.title, oldest.article, oldest.tip) == ("First", "Fünf “Wege”", "Say it back.")
    assert oldest.said.tzinfo is not None


def test_a_citation_goes_with_its_turn_and_its_session(record: Record) -> None:
    session = a_session(record)
    record.append(session.id, a_turn(1), cited("p1"))
    record.append(session.id, a_turn(2), cited("p2"))
    record.append(session.id, a_turn(3, kept=False), cited("p3"))
    record.withdraw_last(session.id)
    assert turns_cited(record) == [(session.id, 1, "p1")]
    branch = record.branch(session.id, 1)
    assert turns_cited(record) == [(session.id, 1, "p1")]
    record.correct(session.id, a_turn(1), cited("p9"))
    assert turns_cited(record) == [(session.id, 1, "p9")]
    record.correct(session.id, a_turn(1), {"notes": {"observation": None, "tip": None}})
    assert turns_cited(record) == []
    record.delete(session.id)
    assert turns_cited(record) == [(branch.id, 1, "p1")]
    record.delete(branch.id)
    assert turns_cited(record) == []


def test_a_question_is_kept_once_and_the_oldest_go(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.record.uses.MOST_QUESTIONS", 3)
    for words in ("one?", "two?", "three?", "  two? ", "four?", "half a \ud800 pair?", "half a \ud800 pair?"):
        record.uses.keep_question(words, ["p1", "p2"])
    kept = record.uses.questions()
    assert [one.words for one in kept] == ["half a \ufffd pair?", "four?", "two?"]
    assert kept[0].passages == ("p1", "p2")
    record.uses.keep_question("Unmistakable? " * 500, [])
    assert len(record.uses.questions()[0].words) == 300
    assert record.uses.forget_questions() == 3
    assert b"Unmistakable" not in bytes_on_disk(record)
    record.uses.keep_question("Unmistakable?", ["p"])
    record.delete_all()
    assert record.uses.questions() == []
    assert b"Unmistakable" not in bytes_on_disk(record)


def made_by_an_earlier_release(revision: str, made_now: Path, to: Path) -> None:
    """Write a database as the release of `revision` had it, with what it could hold of one made now."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, inspect, text

    engine = create_engine(f"sqlite:///{to}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "bot.record:migrations")
        command.upgrade(config, revision)
        connection.execute(text("ATTACH :now AS now"), {"now": str(made_now)})
        for table in {"sessions", "turns", "questions"} & set(inspect(connection).get_table_names()):
            columns = ", ".join(column["name"] for column in inspect(connection).get_columns(table))
            connection.execute(text(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM now.{table}"))
    engine.dispose()


@pytest.mark.parametrize("revision", known_revisions()[:-1])
def test_a_database_of_each_earlier_release_opens_with_everything_in_it(
    url: str, tmp_path: Path, revision: str
) -> None:
    with Record(url) as record:
        session, asked_of = a_session(record, title="From before"), ModelUse("a", "b", "c", 1, 2, 3, None)
        record.append(session.id, a_turn(1, "What matters?"), cited("p1"))
        record.append(session.id, a_turn(2, "And then?", model=asked_of))
        record.uses.keep_question("Then?", ["p1"])
        kept, now = record.session(session.id), Path(record.place)
    earlier = tmp_path / "earlier.db"
    made_by_an_earlier_release(revision, now, earlier)
    with Record(f"sqlite:///{earlier}") as record:
        found = record.session(session.id)
        assert [one.turn.model for one in found.turns] == [None, asked_of if revision >= "0006" else None]
        assert _without_model(found) == _without_model(kept)
        assert turns_cited(record) == [(session.id, 1, "p1")]
        record.uses.keep_question("Now?", ["p1"])
        asked = [one.words for one in record.uses.questions()]
        assert asked == (["Now?", "Then?"] if revision >= "0005" else ["Now?"])
        assert heard(record, session.id) == ["What matters?", "And then?"]


def _without_model(kept: Kept) -> Kept:
    turns = (dataclasses.replace(one, turn=dataclasses.replace(one.turn, model=None)) for one in kept.turns)
    return dataclasses.replace(kept, turns=tuple(turns))


# Nowhere


def test_deleted_words_are_in_no_file(record: Record) -> None:
    stays, goes = a_session(record, title="Stays here"), a_session(record, title="Vanishing title")
    for number in range(1, 13):
        for session, words in ((stays, f"staying {number}"), (goes, f"vanishing {number} " * number**2)):
            record.append(session.id, a_turn(number, words), {"tip": words})
    record.withdraw_last(goes.id)
    record.reflect(goes.id, "vanishing thought")
    assert b"anishing" in bytes_on_disk(record)
    record.delete(goes.id)
    assert b"anishing" not in bytes_on_disk(record)
    assert [one.id for one in record.sessions()] == [stays.id]
    assert len(heard(record, stays.id)) == 12


def test_rows_that_sqlite_had_moved_between_pages_leave_nothing_behind(record: Record) -> None:
    chance = Random(0)  # an order in which overwriting on deletion alone leaves a copy behind
    ids = {f"mark{number:02d}x": a_session(record).id for number in range(20)}
    said = dict.fromkeys(ids, 0)
    for step in range(1, 341):
        mark = chance.choice(list(ids))
        said[mark] += 1
        words = f"{mark} " * chance.choice([1, 2, 5, 20, 80, 400])
        record.append(ids[mark], a_turn(said[mark], words, line=words), {"did": words})
        if chance.random() < 0.1:
            record.reflect(ids[mark], words)
        if step % 20 == 0:
            mark = chance.choice(list(ids))
            record.delete(ids.pop(mark))
            assert mark.encode() not in bytes_on_disk(record)


def test_a_branch_stays_when_its_parent_is_deleted(record: Record) -> None:
    parent = a_session(record)
    say(record, parent.id, "One.")
    branch = record.branch(parent.id, 1)
    record.delete(parent.id)
    assert record.session(branch.id).parent_id is None
    assert heard(record, branch.id) == ["One."]


def test_delete_all_leaves_nothing(record: Record) -> None:
    for session in (a_session(record), a_session(record)):
        say(record, session.id, "Unmistakable words.")
        record.branch(session.id, 1)
    record.delete_all()
    assert record.sessions() == []
    assert b"Unmistakable" not in bytes_on_disk(record)


def test_a_deletion_that_someone_reading_holds_up_says_so_and_the_next_one_finishes_it(record: Record) -> None:
    session, other = a_session(record), a_session(record)
    say(record, session.id, "Unmistakable words.")
    with closing(sqlite3.connect(record.place, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM turns").fetchall()
        with pytest.raises(RecordError, match=r"session is deleted, but its words may stay in the file for now"):
            record.delete(session.id)
    assert [one.id for one in record.sessions()] == [other.id]
    record.delete(other.id)
    assert b"Unmistakable" not in bytes_on_disk(record)


def test_a_turn_that_may_not_be_kept_is_nowhere_and_uses_no_number(record: Record) -> None:
    session = a_session(record)
    say(record, session.id, "One.")
    secret = a_turn(2, "Unmistakable distress.", line="Unmistakable help.", kept=False, out_of_role="distress")
    record.append(session.id, secret, {"did": "Unmistakable note."})
    say(record, session.id, "Two.")
    assert heard(record, session.id) == ["One.", "Two."]
    assert b"Unmistakable" not in bytes_on_disk(record)


def test_no_error_carries_the_leaders_words(record: Record) -> None:
    session = a_session(record)
    event.listen(record.engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON").close())
    record.engine.dispose()
    with pytest.raises(RecordError) as refusal:
        record.append(session.id, a_turn(1, "Unmistakable words."))
    told: BaseException | None = refusal.value
    while told is not None:
        assert "Unmistakable" not in str(told)
        told = told.__cause__


# Whatever dies

APPENDS_UNTIL_KILLED = """
import os, random, signal, sys, time
from bot.record.store import Record
from tests.test_record import a_session, a_turn

def appends(url, pipe):
    with Record(url) as record:
        session = a_session(record)
        os.write(pipe, f"{session.id}\\n".encode())
        for number in range(1, 10_000):
            record.append(session.id, a_turn(number, f"turn {number} " * 50))
            os.write(pipe, f"{session.id} {number}\\n".encode())

for attempt in range(20):
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        appends(sys.argv[1], writes)
    os.close(writes)
    with os.fdopen(reads) as told:
        print(told.readline(), told.readline(), sep="", end="")
        time.sleep(random.Random(attempt).uniform(0.0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print(told.read(), end="")
"""

APPENDS_THIRTY = """
import sys
from bot.record.store import Record
from tests.test_record import a_session, say

with Record(sys.argv[1]) as record:
    session = a_session(record)
    say(record, session.id, *[f"{session.id} {number}" for number in range(30)])
print(session.id)
"""


def running(script: str, url: str) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", script, url]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_every_turn_that_was_kept_is_there_after_twenty_kills(url: str) -> None:
    with running(APPENDS_UNTIL_KILLED, url) as script:
        told = script.communicate(timeout=120)[0].splitlines()
    assert script.returncode == 0
    promised: dict[str, int] = {}
    for session_id, *number in map(str.split, told):
        promised[session_id] = int(number[0]) if number else 0
    assert len(promised) == 20
    assert sum(promised.values()) > 20
    with Record(url) as record:
        for session_id, last in promised.items():
            numbers = [one.turn.number for one in record.session(session_id).turns]
            assert numbers == list(range(1, len(numbers) + 1))
            assert len(numbers) - last in (0, 1)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_two_processes_write_their_sessions_at_once(url: str) -> None:
    with running(APPENDS_THIRTY, url) as first, running(APPENDS_THIRTY, url) as second:
        ids = [script.communicate(timeout=60)[0].strip() for script in (first, second)]
    with Record(url) as record:
        for session_id in ids:
            assert heard(record, session_id) == [f"{session_id} {number}" for number in range(30)]


def test_a_full_disk_costs_the_last_words_only_and_says_so(record: Record) -> None:
    session = a_session(record)
    say(record, session.id, "One.", "Two.")
    event.listen(record.engine, "connect", lambda file, _: file.execute("PRAGMA max_page_count = 1").close())
    record.engine.dispose()
    with pytest.raises(RecordError) as refusal:
        record.append(session.id, a_turn(3, "A long speech. " * 20_000))
    assert refusal.value.fault == "Your last words were not kept: the disk is full. Everything before them is safe."
    assert refusal.value.fix == "Free some space and say it again."
    assert heard(record, session.id) == ["One.", "Two."]
    say(record, session.id, "Three, shorter.")
    assert heard(record, session.id)[2:] == ["Three, shorter."]


def test_a_read_only_file_can_be_read_and_refuses_words(record: Record) -> None:
    session = a_session(record)
    event.listen(record.engine, "connect", lambda file, _: file.execute("PRAGMA query_only = ON").close())
    record.engine.dispose()
    with pytest.raises(RecordError, match=r"^Your last words were not kept: the file is read-only"):
        record.append(session.id, a_turn(1))
    assert heard(record, session.id) == []


def test_a_locked_file_refuses_words_and_names_the_reason(record: Record) -> None:
    session = a_session(record)
    with closing(sqlite3.connect(record.place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordError, match=r"not kept: another program is holding the file"):
            record.append(session.id, a_turn(1))
    say(record, session.id, "Now it is free.")


# What cannot be opened


@pytest.mark.parametrize("content", [b"Dear diary, " * 900, b"hi", b"PK\x03\x04" + bytes(4096)])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "alex.db"
    file.write_bytes(content)
    with pytest.raises(RecordError, match=r"alex\.db is not a database\. The file was left as it is") as refusal:
        Record(f"sqlite:///{file}")
    assert "Move that file away" in refusal.value.fix
    assert [path.name for path in tmp_path.iterdir()] == ["alex.db"]
    assert file.read_bytes() == content


def test_a_database_from_a_newer_version_is_left_alone(url: str) -> None:
    with Record(url) as record:
        a_session(record)
    file = Path(record.place)
    with closing(sqlite3.connect(file)) as later:
        later.execute("UPDATE alembic_version SET version_num = '0999'")
        later.commit()
    before = file.read_bytes()
    with pytest.raises(RecordError, match=r"newer version of Alex") as refusal:
        Record(url)
    assert refusal.value.fix.startswith("Update Alex")
    assert file.read_bytes() == before


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    before = file.read_bytes()
    with pytest.raises(RecordError, match=r"database of another program"):
        Record(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    with pytest.raises(RecordError, match=r"the folder .*home cannot be made"):
        Record(f"sqlite:///{tmp_path / 'home' / 'alex.db'}")


def test_a_folder_in_the_files_place_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"cannot be opened"):
        Record(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("url", ["", "alex.db", "sqlite://", "sqlite:///:memory:", "cobol://host/alex"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Record(url)


def test_the_tables_are_the_ones_that_the_numbered_steps_make(record: Record) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from bot.record.tables import Base

    with record.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_words_are_on_the_disk_at_each_commit(record: Record) -> None:
    with record.engine.connect() as connection:
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        kept = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("foreign_keys", "secure_delete")]
    assert told == ["wal", 2]
    assert kept == [1, 1]


def test_a_damaged_turn_is_named(record: Record) -> None:
    session = a_session(record)
    say(record, session.id, "One.")
    with closing(sqlite3.connect(record.place)) as file:
        file.execute("""UPDATE turns SET state = '{"safety": "?"}'""")
        file.commit()
    with pytest.raises(RecordError, match=r"Turn 1 of the session .* is damaged"):
        record.session(session.id)
