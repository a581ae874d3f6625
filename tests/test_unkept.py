"""Conversations of which nothing is kept: they work as others do, nothing of them reaches the disk, and they go."""

import inspect
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import test_record as on_disk
from sqlalchemy import update
from test_record import a_session, a_turn, heard, say
from web_samples import FakeStudio, alex, in_a_loop, view, words_of

from bot.errors import UsageError
from bot.exports.paper import Choice
from bot.exports.writing import KINDS
from bot.people.person import Person, asking, whoever_asks
from bot.record import unkept
from bot.record.kept import UNKEPT
from bot.record.tables import SessionEntry
from bot.record.unkept import KeptAndUnkept, Unkept
from bot.settings import Settings
from bot.studio import Studio
from bot.web.render import debrief, drawing, rehearse, transcripts

MARK = "zanzibarine"
TODAY = datetime.now().date().isoformat()
THE_SAME = (
    on_disk.test_a_turn_comes_back_as_it_was_with_what_the_coach_showed,
    on_disk.test_a_session_keeps_everything_that_is_known_of_it,
    on_disk.test_words_that_no_database_takes_are_kept_with_a_mark_in_their_place,
    on_disk.test_a_turn_for_a_session_that_was_deleted_is_refused,
    on_disk.test_a_branch_goes_on_from_its_turn_and_leaves_its_parent_alone,
    on_disk.test_branches_are_listed_newest_first_and_may_start_from_the_opening,
    on_disk.test_a_session_that_is_not_there_is_answered_with_the_newest_three,
    on_disk.test_a_branch_stays_when_its_parent_is_deleted,
)
"""What holds of a session in memory as of any other."""


@pytest.fixture
def both(tmp_path: Path) -> Iterator[KeptAndUnkept]:
    with KeptAndUnkept(f"sqlite:///{tmp_path / 'home' / 'alex.db'}") as record:
        yield record


@pytest.fixture
def nothing(tmp_path: Path) -> Iterator[KeptAndUnkept]:
    with KeptAndUnkept(f"sqlite:///{tmp_path / 'home' / 'alex.db'}", keeps_nothing=True) as record:
        yield record


def on_the_disk(folder: Path, word: str = MARK) -> list[Path]:
    """Return the files under a folder in which a word stands."""
    return [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def filled(record: KeptAndUnkept, **about: Any) -> str:
    """Keep a marked word wherever a session can hold one; return its id."""
    session = a_session(record, title=f"About {MARK}", notes={"unsaid": MARK}, **about).id
    say(record, session, f"Why {MARK}?", f"And {MARK}?", f"What of {MARK}?")
    record.correct(session, a_turn(2, f"And {MARK}?"), {"did": MARK})
    record.withdraw_last(session)
    record.rate(session, {MARK: 3})
    record.overrule(session, {"owns_concern": 2})
    record.reflect(session, f"I take {MARK} from it.")
    record.rename(session, f"Of {MARK}")
    record.finish(session, "unfinished")
    record.uses_beside(session).keep_question(f"What is {MARK}?", ["p1"])
    return session


# In memory --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("holds", THE_SAME, ids=lambda test: test.__name__.removeprefix("test_"))
def test_it_is_as_one_that_is_kept(holds: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    with Unkept() as record:
        given: dict[str, Any] = {"record": record, "monkeypatch": monkeypatch}
        holds(**{name: given[name] for name in inspect.signature(holds).parameters})


def test_the_record_keeps_one_and_not_the_other_and_lists_both(both: KeptAndUnkept, tmp_path: Path) -> None:
    here = filled(both, kept=False)
    there = a_session(both, title="Kept")
    assert here.startswith(UNKEPT)
    assert [(one.id, one.is_kept) for one in both.sessions()] == [(there.id, True), (here, False)]
    assert [one.id for one in both.sessions("zanzi")] == [here]
    assert heard(both, here) == [f"Why {MARK}?", f"And {MARK}?"]
    assert [one.words for one in both.uses.questions()] == [f"What is {MARK}?"]
    again = both.branch(here, 1)
    assert (again.is_kept, again.parent_id) == (False, here)
    assert [one.id for one in both.branches(here)] == [again.id]
    assert on_the_disk(tmp_path) == []
    filled(both)
    assert on_the_disk(tmp_path) != []


def test_deleting_one_forgets_what_was_asked_beside_it_and_leaves_others(both: KeptAndUnkept) -> None:
    here, kept = filled(both, kept=False), a_session(both, title="Kept")
    both.uses.keep_question("And what stays?", ["p1"])
    both.delete(here)
    assert [one.id for one in both.sessions()] == [kept.id]
    assert [one.words for one in both.uses.questions()] == ["And what stays?"]
    with pytest.raises(UsageError):
        both.session(here)
    filled(both, kept=False)
    both.delete_all()
    assert (both.sessions(), both.uses.questions()) == ([], [])


def test_nobody_reaches_anothers(both: KeptAndUnkept) -> None:
    dana, eve = both.of("dana"), both.of("eve")
    session = filled(dana, kept=False)
    acts: dict[str, Callable[[], Any]] = {
        "session": lambda: eve.session(session),
        "append": lambda: eve.append(session, a_turn(3)),
        "correct": lambda: eve.correct(session, a_turn(1), {}),
        "withdraw_last": lambda: eve.withdraw_last(session),
        "branch": lambda: eve.branch(session, 1),
        "branches": lambda: eve.branches(session),
        "rename": lambda: eve.rename(session, "Mine"),
        "delete": lambda: eve.delete(session),
    }
    before = dana.session(session)
    for name, act in acts.items():
        with pytest.raises(Exception, match=r"no session|deleted") as told:
            act()
        assert MARK not in str(told.value), name
    eve.unkept.touch(session)
    eve.delete_all()
    both.forget_of("eve")
    assert (eve.sessions(), eve.uses.questions(), both.sessions()) == ([], [], [])
    assert dana.session(session).turns == before.turns
    both.forget_of("dana")
    assert dana.sessions() == []


def test_many_threads_at_once_lose_nothing(both: KeptAndUnkept) -> None:
    faults: list[BaseException] = []

    def talk(owner: str) -> None:
        try:
            mine = both.of(owner)
            session = a_session(mine, kept=False).id
            for number in range(1, 16):
                mine.append(session, a_turn(number, f"{owner} says {number}."))
                assert len(mine.session(session).turns) == number
                assert [one.id for one in mine.sessions()] == [session]
        except BaseException as fault:
            faults.append(fault)

    talks = [threading.Thread(target=talk, args=(f"owner{number}",)) for number in range(8)]
    for one in talks:
        one.start()
    for one in talks:
        one.join()
    assert faults == []
    assert both.of("owner3").sessions("owner3 says 15") != []


def test_what_is_left_alone_goes_and_what_is_opened_stays(both: KeptAndUnkept) -> None:
    left, opened = filled(both, kept=False), a_session(both, kept=False).id
    kept = a_session(both).id
    long_ago = datetime.now(UTC) - unkept.UNTOUCHED - timedelta(minutes=1)
    with both.unkept.engine.begin() as connection:
        connection.execute(update(SessionEntry).values(updated=long_ago))
    with both.engine.begin() as connection:
        connection.execute(update(SessionEntry).values(updated=long_ago))
    both.session(opened)
    assert both.forget_untouched() == 1
    assert {one.id for one in both.sessions()} == {opened, kept}
    with pytest.raises(UsageError):
        both.session(left)


def test_there_are_so_many_and_the_one_left_alone_longest_makes_room(
    both: KeptAndUnkept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unkept, "MOST", 3)
    other = a_session(both.of("eve"), kept=False).id
    first, second, third = (a_session(both, kept=False).id for _ in range(3))
    both.session(first)
    fourth = a_session(both, kept=False).id
    assert {one.id for one in both.sessions()} == {first, third, fourth}
    assert [one.id for one in both.of("eve").sessions()] == [other]
    assert second not in str(both.sessions())


# Nothing at all ---------------------------------------------------------------------------------------------------


def test_where_nothing_is_kept_no_words_reach_the_disk(nothing: KeptAndUnkept, tmp_path: Path) -> None:
    filled(nothing)
    filled(nothing, kept=False)
    assert [one.is_kept for one in nothing.sessions()] == [False, False]
    assert on_the_disk(tmp_path) == []


def test_what_was_kept_before_is_read_copied_and_deleted_and_nothing_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'alex.db'}"
    with KeptAndUnkept(url) as before:
        session = a_session(before, title="Before").id
        say(before, session, "One.", "Two.")
        before.uses.keep_question("Before?", [])
        share = before.shares.make(session, "0" * 64, "Carl", {"notes": True}, datetime.now(UTC) + timedelta(days=1))
    with KeptAndUnkept(url, keeps_nothing=True) as record:
        refused: dict[str, Callable[[], Any]] = {
            "append": lambda: record.append(session, a_turn(3, MARK)),
            "correct": lambda: record.correct(session, a_turn(1, MARK), {"did": MARK}),
            "withdraw": lambda: record.withdraw_last(session),
            "rename": lambda: record.rename(session, MARK),
            "rate": lambda: record.rate(session, {MARK: 1}),
            "overrule": lambda: record.overrule(session, {MARK: 1}),
            "reflect": lambda: record.reflect(session, MARK),
            "note": lambda: record.note(session, {"unsaid": MARK}),
            "finish": lambda: record.finish(session, None),
            "question": lambda: record.uses.keep_question(MARK, []),
            "share": lambda: record.shares.make(session, "1" * 64, MARK, {}, datetime.now(UTC)),
            "remark": lambda: record.shares.say(share, [], "guest"),
        }
        for name, act in refused.items():
            with pytest.raises(UsageError, match="Nothing is kept here now"):
                act()
            assert heard(record, session) == ["One.", "Two."], name
        copy = record.branch(session, 1, "Again")
        assert (copy.is_kept, copy.parent_id, heard(record, copy.id)) == (False, None, ["One."])
        say(record, copy.id, f"Now {MARK}.")
        assert record.may_change(copy.id) and not record.may_change(session)
        record.shares.note(share, "opened")
        record.shares.revoke(share)
        assert record.shares.one(share).revoked is not None
        assert on_the_disk(tmp_path) == []
        assert record.uses.forget_questions() == 1
        record.delete(session)
        assert [one.id for one in record.sessions()] == [copy.id]


def test_whatever_else_is_written_must_say_that_it_holds_no_words() -> None:
    """An attempt that is added later is refused where nothing is kept, unless somebody has thought about it."""
    from bot.record import faults

    wordless = {name for name, one in vars(faults).items() if isinstance(one, faults.Attempt) and not one.holds_words}
    of_people = {"KEEPING_ACCOUNT", "SIGNING_IN", "GROUPING", "MINDING_LINK", "TELLING"}
    assert wordless == {"OPENING", "READING", "DELETING", "WIPING"} | of_people


# A conversation ---------------------------------------------------------------------------------------------------


@pytest.fixture
def studio(settings: Settings) -> Iterator[Studio]:
    one = Studio(settings)
    yield one
    one.library().close()
    one.whole_record.close()


def test_a_whole_conversation_works_and_leaves_nothing(studio: Studio, settings: Settings) -> None:
    begun = studio.begin("alex-geography", notes={"unsaid": MARK, "beliefs": MARK}, seed=5, kept=False)
    session = begun.id
    assert begun.is_kept is False
    for words in (
        f"I saw six books and thought of {MARK}.",
        f"What makes {MARK} worth doing, for you?",
        f"Why {MARK}?",
    ):
        studio.say(session, words)
    assert studio.word_it(session, f"You should do {MARK}.").says
    _, words = studio.take_back(session)
    assert words == f"Why {MARK}?"
    studio.correct(session, 2, 0, "leading_question")
    assert studio.last_open() == session
    assert studio.finish(session).ending is not None
    studio.rate(session, {"listened": 3})
    studio.overrule(session, {"owns_concern": 2})
    studio.reflect(session, f"I take {MARK} from it.")
    studio.rename(session, f"Of {MARK}")
    again = studio.say(studio.branch(session, 1).id, f"And {MARK}?")
    assert again.is_kept is False
    assert studio.attempts.beside(session) is not None
    assert studio.debrief(session).behaviours
    for kind in KINDS:
        name, content = studio.export(session, kind)
        assert name.endswith(f"{session}.{kind}")
        assert MARK.encode() in content or kind in {"docx", "pdf"}
    assert studio.reading_room.ask("How do I check I have understood?", beside=session).found
    assert MARK in repr(studio.sessions(MARK))
    assert on_the_disk(settings.home) == []
    assert on_the_disk(settings.home, "I have understood") == []
    other = Studio(settings)
    with pytest.raises(UsageError):
        other.open(session)
    other.whole_record.close()
    studio.delete(session)
    with pytest.raises(UsageError):
        studio.open(session)
    assert again.id in [one.id for one in studio.sessions()]


def test_a_question_beside_a_conversation_that_is_kept_is_kept(studio: Studio, settings: Settings) -> None:
    asked = "How do I check I have understood?"
    for beside, there in (("unkept-abcdefghij", False), ("", True)):
        assert studio.reading_room.ask(asked, beside=beside).found
        assert bool(on_the_disk(settings.home, asked)) is there
    studio.reading_room.forget_questions()
    assert studio.reading_room.questions() == 0


def test_a_whole_program_that_keeps_nothing_says_so(settings: Settings) -> None:
    studio = Studio(settings.model_copy(update={"keep_nothing": True}))
    view = studio.say(studio.begin("alex-geography", notes={"unsaid": MARK}, seed=5).id, f"Why {MARK}?")
    assert (view.is_kept, on_the_disk(settings.home)) == (False, [])
    assert studio.reading_room.ask("How do I check I have understood?").found
    assert (studio.reading_room.questions(), on_the_disk(settings.home, "I have understood")) == (1, [])
    assert studio.where_words_go() == "Nothing is kept. Everything stays on this laptop"
    studio.library().close()
    studio.whole_record.close()


def test_it_cannot_be_shared_and_goes_with_signing_out_or_the_account(settings: Settings) -> None:
    studio = Studio(settings.model_copy(update={"accounts": True}), whoever_asks)
    account, password = studio.people.add("dana", "leader")
    dana = Person(account.id, "dana", "leader")
    token = studio.people.sign_in("dana", password, "here")
    with asking(dana):
        session = studio.begin("alex-geography", seed=5, kept=False).id
        for act in (
            lambda: studio.sharing.title(session),
            lambda: studio.sharing.preview(session, Choice()),
            lambda: studio.sharing.make(session, "Carl", TODAY, Choice()),
        ):
            with pytest.raises(UsageError, match="a link would have nothing to show"):
                act()
        studio.everything()
    studio.sign_out(dana, token)
    assert studio.people.person(token) is None
    with asking(dana):
        with pytest.raises(UsageError):
            studio.open(session)
        session = studio.begin("alex-geography", seed=5, kept=False).id
        studio.remove_account(dana, password, "here")
        assert studio.record.sessions() == []
    studio.whole_record.close()


def test_two_threads_that_open_it_first_open_the_same(settings: Settings) -> None:
    studio, found = Studio(settings), []
    opens = [threading.Thread(target=lambda: found.append(studio.whole_record)) for _ in range(8)]
    for one in opens:
        one.start()
    for one in opens:
        one.join()
    assert len({id(one) for one in found}) == 1
    studio.whole_record.close()


# The page ---------------------------------------------------------------------------------------------------------


def test_the_tick_begins_one_of_which_nothing_is_kept_and_the_page_says_so() -> None:
    import gradio as gr

    from bot.web.page import FORGOTTEN, Page

    studio = FakeStudio(alex())

    def made() -> Any:
        with gr.Blocks():
            return Page(studio)  # type: ignore[arg-type]

    page = in_a_loop(made)
    assert "It is gone when you close Alex" in page.prepare.unkept.info
    changes = page.begin("alex-geography", "practise", "usual", True, "Mine.", "", "", "", "")
    session = changes[page.frame.session]
    assert session.startswith(UNKEPT)
    assert "Nothing of this is kept." in words_of(changes[page.rehearse.head])
    assert "goes with the conversation" in page.debrief.reflect(session, "Mine.")[page.debrief.saved]
    assert page._found("unkept-gone123456")[1][page.frame.notices[0]] == drawing.notice(FORGOTTEN)


def test_every_screen_says_it_of_such_a_conversation_and_of_no_other() -> None:
    for kept in (True, False):
        one = view(alex(), is_kept=kept, ending="stand_off")
        for drawn in (
            rehearse.head(one),
            transcripts.reading(one),
            debrief.rating(one, opened=True),
            debrief.nothing_yet(one),
        ):
            assert ("Nothing of this is kept." in drawn) is not kept


def test_on_a_server_it_is_gone_with_signing_out_and_there_is_no_share() -> None:
    drawing.where_kept("server", keeps_nothing=False)
    try:
        assert "gone when you sign out of Alex" in drawing.nothing_kept()
        assert "/shares/of" in transcripts.reading(view(alex()))
        assert "/shares/of" not in transcripts.reading(view(alex(), is_kept=False))
    finally:
        drawing.where_kept("laptop", keeps_nothing=False)
