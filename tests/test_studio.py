"""The studio: a session from its beginning to its deletion, as a page or a terminal asks for it."""

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.colleague.turn import Turn
from bot.errors import RecordError, ScenarioError, UsageError
from bot.exports.paper import Choice
from bot.record.replay import replays_exactly
from bot.settings import Settings
from bot.studio import Studio, View

ROOT = Path(__file__).parent.parent
SAID = [
    "I looked at six geography books, and the lessons match last year's. I'm worried rivers won't last.",
    "What did you do with the planning afternoon?",
    "What makes a rivers task worth doing, for you?",
    "So every child finishing matters to you. Have I got that right?",
]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our prompts with an empty library: what the coach cites is tested with the library."""
    folder = tmp_path_factory.mktemp("content")
    (folder / "prompts").symlink_to(ROOT / "prompts", target_is_directory=True)
    (folder / "knowledge" / "articles").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def shelf(content: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose library is built, which takes two seconds; the transcripts of each test are elsewhere."""
    folder = tmp_path_factory.mktemp("shelf")
    Studio(Settings(home=folder, content=content, _env_file=None)).library().ensure()
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def opened(content: Path, shelf: Path, home: Path) -> Settings:
    return Settings(home=shelf, database_url=f"sqlite:///{home / 'alex.db'}", content=content, _env_file=None)


@pytest.fixture
def studio(opened: Settings) -> Iterator[Studio]:
    one = Studio(opened)
    yield one
    one.record.close()


def begun(studio: Studio, *said: str, seed: int = 5) -> View:
    view = studio.begin("alex-geography", seed=seed)
    for words in said:
        view = studio.say(view.id, words)
    return view


def turns(view: View) -> list[Turn]:
    return [shown.turn for shown in view.turns]


def bytes_in(*folders: Path) -> bytes:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in sorted(files))


# Beginning, saying, reloading


def test_a_session_begins_with_his_line_and_nothing_else(studio: Studio) -> None:
    view = studio.begin("alex-geography", "practise", {"unsaid": "He is coasting."}, seed=5)
    assert view.opening in {line.say for line in view.scenario.lines.openings}
    assert (view.turns, view.ending, view.mode) == ((), None, "practise")
    assert view.notes == {"unsaid": "He is coasting."}
    assert view.title.startswith("Alex, ")
    assert len(view.guide.ask) == 3


def test_what_cannot_be_begun_is_refused_and_leaves_no_session(studio: Studio) -> None:
    with pytest.raises(ScenarioError, match="alex-history"):
        studio.begin("alex-history")
    with pytest.raises(UsageError, match="way to rehearse"):
        studio.begin("alex-geography", "quietly")
    assert studio.sessions() == []


def test_a_session_keeps_its_level_and_a_branch_has_it_too(studio: Studio) -> None:
    view = studio.say(studio.begin("alex-geography", seed=5, level="harder").id, SAID[0])
    usual = studio.say(studio.begin("alex-geography", seed=5).id, SAID[0])
    assert (view.level, usual.level) == ("Harder", "")
    assert turns(view)[0].state.defensiveness > turns(usual)[0].state.defensiveness
    again = studio.branch(view.id, after=0)
    assert again.level == "Harder"
    assert again.scenario.start == view.scenario.start != usual.scenario.start


def test_a_surprise_opens_the_same_way_when_it_is_opened_again(studio: Studio) -> None:
    view = studio.begin("alex-geography", seed=11, level="surprise")
    assert view.opening in {one.say for one in view.scenario.lines.surprises}
    assert studio.open(view.id).opening == view.opening


def test_each_turn_comes_with_what_it_did(studio: Studio) -> None:
    view = begun(studio, *SAID)
    assert [turn.words for turn in turns(view)] == SAID
    assert [turn.number for turn in turns(view)] == [1, 2, 3, 4]
    for shown in view.turns:
        assert shown.observation and shown.observation.quote in shown.turn.words
        assert shown.turn.voice == "authored"
    assert "Nothing you say leaves this laptop" in view.voice_note


def test_a_session_is_the_same_after_the_program_was_started_again(studio: Studio, opened: Settings) -> None:
    view = begun(studio, *SAID)
    assert Studio(opened).open(view.id) == view


def test_going_on_after_a_restart_gives_what_would_have_come_without_one(studio: Studio, opened: Settings) -> None:
    whole = begun(studio, *SAID)
    half = begun(studio, *SAID[:2])
    for words in SAID[2:]:
        half = Studio(opened).say(half.id, words)
    assert turns(half) == turns(whole)
    assert [one.tip for one in half.turns] == [one.tip for one in whole.turns]


def test_the_same_seed_and_words_give_the_same_session(studio: Studio) -> None:
    assert turns(begun(studio, *SAID, seed=9)) == turns(begun(studio, *SAID, seed=9))


def test_two_sessions_do_not_hear_each_other(studio: Studio) -> None:
    first, second = begun(studio, seed=3), begun(studio, seed=3)
    for words in SAID:
        first, second = studio.say(first.id, words), studio.say(second.id, "You never take feedback.")
    alone = begun(studio, *SAID, seed=3)
    assert turns(first) == turns(alone)


def test_more_sessions_than_are_held_at_hand_lose_nothing(studio: Studio) -> None:
    from bot.studio import AT_HAND

    first = begun(studio, SAID[0])
    for number in range(AT_HAND + 2):
        studio.open(studio.begin("alex-geography", seed=number).id)
    assert turns(studio.say(first.id, SAID[1]))[:1] == turns(first)


def test_replaying_what_was_kept_gives_the_states_that_were_kept(studio: Studio) -> None:
    said = [*SAID, "Why haven't you changed it?", "", "Are you real?", "Shall we look at it together on the 14th?"]
    view = begun(studio, *said)
    kept = studio.record.session(view.id)
    assert len(kept.turns) == len(said)
    effects = view.scenario.plot.effects
    assert replays_exactly(kept, view.scenario.start, studio.house.codebook, effects)


# Taking back, branching


def test_a_turn_taken_back_returns_the_words_and_makes_room_for_others(studio: Studio) -> None:
    view = begun(studio, *SAID[:3])
    shorter, words = studio.take_back(view.id)
    assert words == SAID[2]
    assert turns(shorter) == turns(view)[:2]
    other = studio.say(view.id, "What didn't convince you about the training?")
    assert [turn.number for turn in turns(other)] == [1, 2, 3]
    again = studio.take_back(view.id)[0]
    assert turns(studio.say(again.id, SAID[2])) == turns(view)


# A reading put right


def test_a_reading_put_right_is_kept_beside_the_first_and_changes_nothing_he_said(studio: Studio) -> None:
    view = begun(studio, *SAID[:2])
    before = turns(view)
    right = studio.correct(view.id, 1, 1, "judgement")
    now = turns(right)[0].acts[1].segment
    assert (now.text, now.move, now.confidence, now.sure) == (before[0].acts[1].segment.text, "judgement", 1.0, True)
    assert right.turns[0].corrected and not right.turns[1].corrected
    assert (turns(right)[0].line, turns(right)[0].state) == (before[0].line, before[0].state)
    kept = studio.record.session(view.id)
    assert kept.turns[0].turn.acts == before[0].acts
    assert kept.turns[0].stands.acts == turns(right)[0].acts
    assert replays_exactly(kept, view.scenario.start, studio.house.codebook, view.scenario.plot.effects)


def test_what_is_said_after_a_correction_goes_by_it(studio: Studio) -> None:
    view = begun(studio, SAID[0])
    assert studio.debrief(view.id)
    studio.correct(view.id, 1, 0, "directive")
    studio.correct(view.id, 1, 1, "judgement")
    scores = {one.id: one.score for one in studio.debrief(view.id).behaviours}
    assert scores["gives_grounds"] is None
    assert scores["owns_concern"] == 0
    again = studio.say(view.id, SAID[2])
    assert [act.segment.move for act in turns(again)[0].acts][:2] == ["directive", "judgement"]


def test_a_correction_outlives_a_restart_and_goes_with_a_branch(studio: Studio, opened: Settings) -> None:
    view = begun(studio, *SAID[:2])
    studio.correct(view.id, 1, 0, "judgement")
    other = Studio(opened)
    try:
        assert turns(other.open(view.id))[0].acts[0].segment.move == "judgement"
        assert turns(other.branch(view.id, 1))[0].acts[0].segment.move == "judgement"
    finally:
        other.record.close()


@pytest.mark.parametrize(
    ("number", "place", "move"), [(2, 0, "judgement"), (1, 9, "judgement"), (1, 0, "blame"), (1, -1, "judgement")]
)
def test_what_is_not_there_cannot_be_put_right(studio: Studio, number: int, place: int, move: str) -> None:
    view = begun(studio, SAID[0])
    with pytest.raises(UsageError, match="not here to be put right"):
        studio.correct(view.id, number, place, move)


def test_an_export_tells_what_was_read_and_what_was_put_right(studio: Studio) -> None:
    view = begun(studio, SAID[0])
    studio.correct(view.id, 1, 1, "judgement")
    _, lines = studio.export(view.id, "jsonl")
    turn = json.loads(lines.decode().splitlines()[1])
    assert turn["segments"][1]["move"] != "judgement"
    assert turn["corrected"][1]["move"] == "judgement"
    assert "Read by the leader: As judgement; by the program as" in studio.export(view.id, "md")[1].decode()


def test_with_nothing_said_there_is_nothing_to_take_back(studio: Studio) -> None:
    with pytest.raises(UsageError, match="no turn to take back"):
        studio.take_back(begun(studio).id)


def test_a_branch_stands_where_the_first_one_stood_and_leaves_it_alone(studio: Studio) -> None:
    view = begun(studio, *SAID)
    branch = studio.branch(view.id, 2)
    assert turns(branch) == turns(view)[:2]
    assert (branch.parent_id, branch.branched_after) == (view.id, 2)
    assert branch.title.endswith("(again)")
    assert branch.opening == view.opening
    studio.say(branch.id, "You never take feedback.")
    assert turns(studio.open(view.id)) == turns(view)
    same = studio.say(studio.branch(view.id, 2).id, SAID[2])
    assert turns(same) == turns(view)[:3]


def test_branches_of_branches_keep_a_title_one_can_read(studio: Studio) -> None:
    view = begun(studio, *SAID[:2])
    again = studio.branch(studio.branch(view.id, 1).id, 1)
    assert again.title == f"{view.title} (again)"


@pytest.mark.parametrize("after", [-1, 5, 99])
def test_a_branch_from_a_turn_that_is_not_there_is_refused(studio: Studio, after: int) -> None:
    view = begun(studio, *SAID)
    with pytest.raises(UsageError, match="no turn"):
        studio.branch(view.id, after)


# Two at once, two programs


def test_four_who_speak_at_once_in_one_session_lose_nothing(studio: Studio) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(5):
            _four_speak_at_once(studio)
    finally:
        sys.setswitchinterval(interval)


def _four_speak_at_once(studio: Studio) -> None:
    view, faults, people = begun(studio, SAID[0]), list[BaseException](), ("one", "two", "three", "four")

    def speak(who: str) -> None:
        try:
            for number in range(4):
                studio.say(view.id, f"Morning, {who} {number}.")
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=speak, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    said = [turn.words for turn in turns(studio.open(view.id))]
    for who in people:
        assert [words for words in said if f" {who} " in words] == [f"Morning, {who} {number}." for number in range(4)]
    kept = studio.record.session(view.id)
    assert [one.turn.number for one in kept.turns] == list(range(1, 18))
    assert replays_exactly(kept, view.scenario.start, studio.house.codebook, view.scenario.plot.effects)


def test_a_second_program_that_spoke_in_between_is_heard(studio: Studio, opened: Settings) -> None:
    view = begun(studio, SAID[0])
    Studio(opened).say(view.id, SAID[1])
    assert [turn.words for turn in turns(studio.say(view.id, SAID[2]))] == SAID[:3]


def test_a_turn_taken_back_in_another_program_is_not_remembered_here(studio: Studio, opened: Settings) -> None:
    view = begun(studio, *SAID[:2])
    Studio(opened).take_back(view.id)
    after = studio.say(studio.open(view.id).id, SAID[2])
    assert [turn.words for turn in turns(after)] == [SAID[0], SAID[2]]


def test_another_turn_in_its_place_in_another_program_is_what_he_remembers(studio: Studio, opened: Settings) -> None:
    view = begun(studio, *SAID[:2], seed=11)
    other = Studio(opened)
    other.take_back(view.id)
    other.say(view.id, "I need you to redo it by Friday, otherwise this becomes formal.")
    studio.say(view.id, SAID[2])
    kept = studio.record.session(view.id)
    assert replays_exactly(kept, view.scenario.start, studio.house.codebook, view.scenario.plot.effects)


# Ending, rating, debriefing


def test_a_session_is_finished_rated_and_debriefed(studio: Studio, opened: Settings) -> None:
    view = begun(studio, *SAID)
    finished = studio.finish(view.id)
    assert finished.ending in finished.scenario.endings
    studio.rate(view.id, {"listened": 4, "could_say": 2})
    studio.reflect(view.id, "Ask, then wait.")
    found = Studio(opened).debrief(view.id)
    assert found.ending == finished.ending
    assert {pair.id: pair.mine for pair in found.ratings} == {
        "listened": 4,
        "knew_concern": None,
        "could_say": 2,
        "hand_in_step": None,
    }
    assert len(found.behaviours) == 10
    again = Studio(opened).open(view.id)
    assert (again.reflection, again.rated) == ("Ask, then wait.", {"listened": 4, "could_say": 2})


def test_a_finished_session_can_be_taken_up_again(studio: Studio) -> None:
    view = begun(studio, SAID[0])
    studio.finish(view.id)
    assert studio.last_open() is None
    assert studio.go_on(view.id).ending is None
    assert studio.last_open() == view.id
    assert len(studio.say(view.id, SAID[1]).turns) == 2


def test_an_empty_session_can_be_finished_and_debriefed(studio: Studio) -> None:
    view = studio.finish(begun(studio).id)
    assert view.ending == "unfinished"
    found = studio.debrief(view.id)
    assert [one.score for one in found.behaviours] == [None] * 10
    assert (found.strength, found.moments) == (None, ())


def test_the_note_of_what_one_would_not_say_comes_back_at_the_end(studio: Studio) -> None:
    view = studio.begin("alex-geography", notes={"unsaid": "He is coasting."}, seed=2)
    assert "He is coasting." in studio.debrief(view.id).question


def test_a_draft_is_worded_and_not_said(studio: Studio) -> None:
    view = begun(studio, SAID[0])
    worded = studio.word_it(view.id, "Why haven't you changed your planning?")
    assert 1 <= len(worded.says) <= 3
    assert turns(studio.open(view.id)) == turns(view)
    with pytest.raises(UsageError, match="nothing to word"):
        studio.word_it(view.id, "  ")


# Lists, titles, exports, deletion


def test_sessions_are_listed_found_renamed_and_deleted(studio: Studio, home: Path) -> None:
    first, second = begun(studio, SAID[0]), begun(studio, "The guttering, in particular.")
    assert [one.id for one in studio.sessions()] == [second.id, first.id]
    assert [one.id for one in studio.sessions("GUTTERING, in")] == [second.id]
    studio.rename(first.id, "  Before the real one ")
    assert studio.open(first.id).title == "Before the real one"
    with pytest.raises(UsageError):
        studio.rename(first.id, "   ")
    studio.delete(second.id)
    assert [one.id for one in studio.sessions()] == [first.id]
    assert b"guttering, in particular" not in bytes_in(home)
    for use in (studio.open, studio.finish, studio.debrief, studio.delete, lambda one: studio.say(one, "Hello?")):
        with pytest.raises(UsageError, match="no session"):
            use(second.id)


def test_deleting_leaves_its_branches(studio: Studio) -> None:
    view = begun(studio, *SAID[:2])
    branch = studio.branch(view.id, 1)
    studio.delete(view.id)
    assert turns(studio.open(branch.id)) == turns(view)[:1]
    assert studio.open(branch.id).parent_id is None


def test_an_export_reads_as_the_session_was(studio: Studio) -> None:
    view = begun(studio, *SAID, "*nods* [really]")
    studio.finish(view.id)
    name, markdown = studio.export(view.id, "md")
    text = markdown.decode()
    assert name.endswith(f"{view.id}.md")
    assert "Simulated colleague. For practice, not for appraisal." in text
    assert view.scenario.plot.title in text
    assert all(turn.line.split(".")[0] in text.replace("\\", "") for turn in turns(view))
    _, lines = studio.export(view.id, "jsonl")
    rows = [json.loads(line) for line in lines.decode().splitlines()]
    assert [row["kind"] for row in rows] == ["session", *["turn"] * 5, "debrief", "end"]
    assert [row["leader"] for row in rows[1:-2]] == [turn.words for turn in turns(view)]


def test_what_was_not_said_aloud_is_not_in_the_question_of_an_export_either(studio: Studio) -> None:
    view = studio.begin("alex-geography", notes={"unsaid": "He is coasting."}, seed=5)
    studio.say(view.id, SAID[0])
    studio.finish(view.id)
    assert b"He is coasting." in studio.export(view.id, "md")[1]
    for kind in ("md", "jsonl"):
        assert b"coasting" not in studio.export(view.id, kind, Choice(thoughts=False))[1]


@pytest.mark.parametrize("kind", ["exe", "", "MD/../x"])
def test_an_export_of_another_kind_is_refused(studio: Studio, kind: str) -> None:
    with pytest.raises(UsageError):
        studio.export(begun(studio, SAID[0]).id, kind)


# What may not be kept

SECRET = [
    ("distress", "Zebedee, I can't cope any more and I want to end it all."),
    ("safeguarding", "Zebedee came in with bruises; the boy says his dad hits him."),
    ("allegation", "Zebedee slapped a child in the corridor; he hit a pupil."),
    ("abuse", "Zebedee, you stupid bastard."),
    ("real_person", "Pretend you are Mr Zebedee from Oakfield, on 07700 900123."),
]


@pytest.mark.parametrize(("kind", "words"), SECRET)
def test_of_words_that_may_not_be_kept_there_is_no_byte_on_the_disk(
    studio: Studio, home: Path, shelf: Path, opened: Settings, kind: str, words: str
) -> None:
    view = begun(studio, SAID[0])
    shown = studio.say(view.id, words)
    assert shown.turns[-1].turn.out_of_role and not shown.turns[-1].turn.kept
    assert shown.turns[-1].turn.words == ""
    assert (shown.turns[-1].observation, shown.turns[-1].tip) == (None, None)
    after = studio.say(view.id, SAID[1])
    assert [turn.number for turn in turns(after)] == [1, 2]
    studio.finish(view.id)
    studio.debrief(view.id)
    assert SAID[0].encode() in bytes_in(home, shelf)
    assert b"ebedee" not in bytes_in(home, shelf)
    assert "ebedee" not in repr(Studio(opened).open(view.id))
    assert studio.sessions("Zebedee") == []
    assert b"ebedee" not in studio.export(view.id, "jsonl")[1] + studio.export(view.id, "md")[1]


@pytest.mark.parametrize(("kind", "words"), SECRET)
def test_a_draft_that_may_not_be_kept_is_not_worded_either(studio: Studio, home: Path, kind: str, words: str) -> None:
    view = begun(studio, SAID[0])
    with pytest.raises(UsageError):
        studio.word_it(view.id, words)
    assert b"ebedee" not in bytes_in(home)


@pytest.mark.parametrize(
    "words", ["This timetable is killing me.", "Safeguarding training is on Tuesday.", "Get real, Alex."]
)
def test_ordinary_words_are_kept_and_answered(studio: Studio, words: str) -> None:
    shown = begun(studio, words)
    assert turns(shown)[0].out_of_role == ""
    assert turns(studio.open(shown.id))[0].words == words


def test_words_of_any_language_and_length_are_kept_as_they_were(studio: Studio) -> None:
    said = [
        "",
        "   ",
        "🙂 👍🏽",
        "Beth wyt ti'n feddwl am y llyfrau?",
        "ماذا ترى في الكتب؟",
        "Co sądzisz o tych książkach?",
    ]
    said += ["Well, I looked at the books. " * 400, "a\x00b", "line\nbreak\r\nand\ttab"]
    view = begun(studio, *said)
    kept = [turn.words for turn in turns(studio.open(view.id))]
    assert kept == [words.replace("\x00", "\N{REPLACEMENT CHARACTER}") for words in said]
    assert all(turn.line for turn in turns(view))


def test_a_turn_that_could_not_be_kept_was_not_said(studio: Studio) -> None:
    view = begun(studio, SAID[0])
    studio.open(view.id)
    studio.record.delete(view.id)
    with pytest.raises((UsageError, RecordError)):
        studio.say(view.id, SAID[1])
