"""Several conversations together: two tries side by side, practice over time, and the log one can keep."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import docx
import pytest
from web_samples import LEVELS, NASTY, Tags, words_of

from bot.attempts import Attempts
from bot.coach.agreement import Agreement, agreement
from bot.coach.log import load_log_words, markdown, written
from bot.coach.practice import Attempt, practice
from bot.coach.rubric import Behaviour
from bot.coach.words import load_rubric
from bot.errors import RubricError, UsageError
from bot.pictures.plots import way_plot
from bot.settings import Settings
from bot.studio import Studio, View
from bot.web.render import debrief as debrief_page
from bot.web.render import transcripts

ROOT = Path(__file__).parent.parent
PROMPTS = ROOT / "prompts"
OPENING = "I've looked at six geography books, and I'm worried that the rivers lessons won't last."
ASKED = "What makes a rivers task worth doing, for you?"
ORDERED = "You need to use the new tasks from Monday, or we take it further."
WORRIED = "What have I got wrong about your lessons? I may have misread them."


@pytest.fixture
def studio(settings: Settings) -> Iterator[Studio]:
    one = Studio(settings)
    yield one
    one.record.close()


def said(studio: Studio, view: View, *words: str) -> View:
    for one in words:
        view = studio.say(view.id, one)
    return studio.finish(view.id)


def two_tries(studio: Studio) -> tuple[View, View]:
    first = said(studio, studio.begin("alex-geography", seed=5), OPENING, ORDERED)
    again = said(studio, studio.branch(first.id, 1), ASKED, WORRIED)
    return first, again


# Side by side -------------------------------------------------------------------------------------------------


def test_two_tries_part_where_other_words_were_said(studio: Studio) -> None:
    first, again = two_tries(studio)
    for asked in (first, again):
        compared = studio.attempts.beside(asked.id)
        assert compared is not None
        assert (compared.first.id, compared.again.id) == (first.id, again.id)
        assert compared.tries.shared == 1
        rows = [
            (row.number, row.first and row.first.words, row.again and row.again.words) for row in compared.tries.rows
        ]
        assert rows == [(2, ORDERED, ASKED), (3, None, WORRIED)]


def test_what_was_done_differently_is_named_and_the_better_comes_first(studio: Studio) -> None:
    _, again = two_tries(studio)
    compared = studio.attempts.beside(again.id)
    assert compared is not None
    changes = {one.name: one for one in compared.tries.changes}
    open_to_error = next(one for name, one in changes.items() if "wrong" in name.lower() or "error" in name.lower())
    assert open_to_error.up
    assert open_to_error.before in {"not shown", "no opportunity"}
    ups = [one.up for one in compared.tries.changes]
    assert ups == sorted(ups, reverse=True)


def test_a_conversation_tried_once_has_nothing_beside_it(studio: Studio) -> None:
    assert studio.attempts.beside(said(studio, studio.begin("alex-geography", seed=5), OPENING).id) is None
    with pytest.raises(UsageError):
        studio.attempts.beside("nobody")


def test_any_of_several_tries_can_be_laid_beside_another(studio: Studio) -> None:
    first, again = two_tries(studio)
    third = said(studio, studio.branch(first.id, 1), WORRIED)
    by_itself = studio.attempts.beside(third.id)
    assert by_itself is not None
    assert by_itself.first.id == first.id
    assert [one.id for one in by_itself.others] == [again.id]
    chosen = studio.attempts.beside(third.id, again.id)
    assert chosen is not None
    assert (chosen.first.id, chosen.again.id) == (again.id, third.id)


def test_a_try_whose_first_was_deleted_stands_alone(studio: Studio) -> None:
    first, again = two_tries(studio)
    studio.delete(first.id)
    assert studio.attempts.beside(again.id) is None


def test_the_page_lays_both_beside_each_other_with_words_left_as_words(studio: Studio) -> None:
    first = said(studio, studio.begin("alex-geography", seed=5), OPENING, NASTY)
    again = said(studio, studio.branch(first.id, 1), ASKED)
    compared = studio.attempts.beside(again.id)
    assert compared is not None
    page = debrief_page.tries(compared, "Alex")
    read = words_of(page)
    assert "Both tries, side by side" in read
    assert ASKED in read
    assert " ".join(NASTY.split()) in read
    assert "The first turn is the same in both." in read
    assert not [tag for tag in Tags(page).kinds if tag in {"script", "img", "iframe"}]


# Over time ----------------------------------------------------------------------------------------------------


def attempt(day: int, *levels: int | None, reflection: str = "") -> Attempt:
    ids = [(one.id, one.name) for one in load_rubric(PROMPTS).behaviours]
    found = tuple(
        Behaviour(
            place,
            name,
            said,
            level,
            "shown" if level is not None else "not shown",
            LEVELS[level] if level is not None else "",
            ASKED if level is not None else "",
            1 if level is not None else None,
            "",
        )
        for place, ((name, said), level) in enumerate(zip(ids, (*levels, *[None] * (10 - len(levels))), strict=True), 1)
    )
    started = datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(days=day)
    return Attempt(
        f"a{day}", f"Day {day}", started, "Alex", "Geography tasks", "A stand-off", 6, found, reflection=reflection
    )


def test_each_behaviour_goes_through_the_attempts_in_the_order_of_time() -> None:
    found = practice([attempt(3, 3, 1), attempt(1, None, 1), attempt(2, 2, 1)])
    assert [one.id for one in found.attempts] == ["a1", "a2", "a3"]
    assert found.ways[0].levels == (None, 2, 3)
    assert (found.ways[0].first, found.ways[0].latest) == (2, 3)
    assert found.ways[9].first is None


def test_what_was_well_done_lately_is_not_what_to_practise_next() -> None:
    found = practice([attempt(day, 3, 4, 0, 1, 2, 2, 2, 2, 2, 2) for day in range(4)])
    assert found.well == (found.ways[0].name, found.ways[1].name)
    assert found.next == (found.ways[2].name, found.ways[3].name)


def test_nothing_is_said_over_time_before_there_is_any(studio: Studio) -> None:
    assert studio.attempts.practice() == practice([])
    said_none = transcripts.nothing_open(any_kept=False, practice=practice([]), levels=LEVELS)
    assert "Over time" not in words_of(said_none)


def test_only_finished_conversations_count(studio: Studio) -> None:
    two_tries(studio)
    studio.say(studio.begin("alex-geography", seed=6).id, ASKED)
    found = studio.attempts.practice()
    assert len(found.attempts) == 2
    assert [one.again for one in found.attempts] == [False, True]
    page = words_of(transcripts.nothing_open(any_kept=True, practice=found, levels=studio.attempts.levels))
    assert "Two finished conversations" in page
    assert all(way.name in page for way in found.ways)


def test_a_way_is_drawn_with_its_gaps_and_said_in_words() -> None:
    drawn = str(way_plot([1, None, 3, 4], "Gives grounds: undermined, then not shown"))
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 3
    assert 'aria-label="Gives grounds: undermined, then not shown"' in drawn


# The log ------------------------------------------------------------------------------------------------------


def test_the_log_says_what_it_is_not_for_and_quotes_each_level() -> None:
    kept = practice([attempt(1, 2), attempt(2, 3, reflection="I talked *too* much.")])
    text = markdown(kept, load_log_words(PROMPTS))
    assert "never" in text or "no evidence for an award" in text
    assert text.count(ASKED) == 2
    assert "I talked \\*too\\* much." in text
    assert "Unite." in text
    assert "Reflect." in text


def test_the_log_as_a_word_file_says_the_same() -> None:
    kept = practice([attempt(1, 2), attempt(2, 3, reflection="I talked too much.")])
    words = load_log_words(PROMPTS)
    document = docx.Document(io.BytesIO(written(kept, words, "docx")))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert words.notice.split(".")[0] in text
    assert "2 November 2026, with Alex" in text
    assert text.count(ASKED) == 2
    assert "I talked too much." in text


def test_a_log_of_nothing_or_of_another_kind_is_refused(studio: Studio) -> None:
    with pytest.raises(UsageError):
        studio.attempts.log("md")
    with pytest.raises(UsageError):
        written(practice([attempt(1, 2)]), load_log_words(PROMPTS), "exe")


def test_a_log_with_a_behaviour_missing_is_an_error_that_names_them(tmp_path: Path) -> None:
    text = (PROMPTS / "practice.yaml").read_text(encoding="utf-8").replace("  one_question:", "  other_question:")
    (tmp_path / "practice.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RubricError, match="each of the ten"):
        load_log_words(tmp_path)


# A coach's own view -------------------------------------------------------------------------------------------


def test_a_coachs_levels_stand_beside_the_programs_and_count_over_time(studio: Studio) -> None:
    view = said(studio, studio.begin("alex-geography", seed=5), OPENING)
    read = {one.id: one.score for one in studio.debrief(view.id).behaviours}
    studio.overrule(view.id, {"owns_concern": 1, "tests_theories": -1, "one_question": 4})
    found = studio.debrief(view.id)
    assert {one.id: one.score for one in found.behaviours} == read
    assert found.agreement is not None
    assert found.agreement.judged == 3
    ways = {way.id: way.latest for way in studio.attempts.practice().ways}
    assert (ways["owns_concern"], ways["tests_theories"], ways["one_question"]) == (1, None, 4)
    assert ways["gives_grounds"] == read["gives_grounds"]


def test_agreement_counts_the_same_and_the_near() -> None:
    found = attempt(1, 2, 3, None, 4).behaviours
    ids = [one.id for one in found]
    judged = agreement(found, {ids[0]: 2, ids[1]: 4, ids[2]: 0, ids[3]: 1})
    assert judged == Agreement(judged=4, same=1, near=2)
    assert agreement(found, {}) is None


@pytest.mark.parametrize("levels", [{"owns_concern": 5}, {"owns_concern": -2}, {"charm": 2}])
def test_a_level_that_there_is_not_is_refused_and_loses_nothing(studio: Studio, levels: dict[str, int]) -> None:
    view = said(studio, studio.begin("alex-geography", seed=5), OPENING)
    studio.overrule(view.id, {"owns_concern": 2})
    with pytest.raises(UsageError):
        studio.overrule(view.id, levels)
    assert studio.debrief(view.id).overruled == {"owns_concern": 2}


# The first guess ----------------------------------------------------------------------------------------------


def test_the_first_guess_is_laid_over_what_was_true(studio: Studio) -> None:
    notes = {"guess": "He took the training for people who find planning hard. He has a new boat."}
    view = studio.begin("alex-geography", notes=notes, seed=5)
    said(studio, view, OPENING)
    found = studio.debrief(view.id).guesses
    assert [one.text for one in found] == [
        "He took the training for people who find planning hard.",
        "He has a new boat.",
    ]
    assert found[0].fact
    assert not found[1].fact


def test_attempts_need_nothing_but_a_record_and_a_coach(studio: Studio) -> None:
    first, again = two_tries(studio)
    alone = Attempts(studio.record, studio.coach, studio.memory, PROMPTS)
    compared = alone.beside(again.id)
    assert compared is not None
    assert compared.first.id == first.id
