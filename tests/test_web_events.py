"""What the page answers when something on it is used: handlers, called as Gradio calls them."""

import threading
from typing import Any

import pytest
from web_samples import HELD, FakeStudio, alex, card, in_a_loop, words_of

from bot.errors import AlexError, LibraryError, ModelUnavailable, RecordError, UsageError
from bot.wordsmith import Question


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio(alex())


@pytest.fixture
def page(studio: FakeStudio) -> Any:
    import gradio as gr

    from bot.web.page import Page

    def made() -> Any:
        with gr.Blocks():
            return Page(studio)  # type: ignore[arg-type]

    return in_a_loop(made)


def value(update: Any) -> Any:
    """Return what a component is given, whether it comes plain or as an update."""
    return update.constructor_args.get("value") if hasattr(update, "constructor_args") else update


def tab(page: Any, changes: dict[Any, Any]) -> str:
    return str(changes[page.frame.nav].constructor_args["selected"])


def test_begin_keeps_what_was_noted_and_goes_to_the_room(page: Any, studio: FakeStudio) -> None:
    changes = page.begin("alex-geography", "seven", "harder", False, "They should think.", "", "", " He likes it. ", "")
    assert tab(page, changes) == "rehearse"
    assert changes[page.frame.session] == "s1"
    assert studio.views["s1"].notes == {"beliefs": "They should think.", "guess": "He likes it."}
    assert studio.views["s1"].mode == "seven"


def test_words_are_shown_at_once_and_the_box_is_emptied_with_the_answer(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    first, last = page.rehearse.say("s1", "What matters?", "0")
    assert "What matters?" in first[page.rehearse.script][-1]["content"]
    assert "Alex is thinking." in first[page.rehearse.waiting]
    assert page.rehearse.box not in first
    assert last[page.rehearse.box] == ""
    assert last[page.rehearse.waiting] == ""
    assert last[page.frame.standing] == "1"
    assert len(last[page.rehearse.script]) == 3


@pytest.mark.parametrize("fault", [ModelUnavailable("No answer came.", "Say it again."), ValueError("secret words")])
def test_words_that_were_not_kept_go_back_into_the_box(page: Any, studio: FakeStudio, fault: Exception) -> None:
    studio.begin("alex-geography")
    studio.fault = fault
    steps = list(page.rehearse.say("s1", "What matters?", "0"))
    assert steps[1][page.rehearse.box] == "What matters?"
    assert len(steps[1][page.rehearse.script]) == 1
    assert steps[2][page.rehearse.waiting] == ""
    said = words_of(steps[2][page.rehearse.notice])
    assert "secret" not in said
    assert said.startswith("No answer came. Say it again." if isinstance(fault, AlexError) else "Something went wrong")


def test_a_second_press_is_no_second_turn(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    list(page.rehearse.say("s1", "What matters?", "0"))
    (again,) = page.rehearse.say("s1", "What  matters?", "0")
    assert len(studio.views["s1"].turns) == 1
    assert again[page.rehearse.notice] == ""
    assert again[page.frame.standing] == "1"


def test_another_window_is_told_that_the_conversation_went_on(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    list(page.rehearse.say("s1", "What matters?", "0"))
    (stale,) = page.rehearse.say("s1", "Something else.", "0")
    assert "went on in another window" in words_of(stale[page.rehearse.notice])
    assert page.rehearse.box not in stale
    assert len(studio.views["s1"].turns) == 1


def test_an_empty_box_says_what_to_do(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    (only,) = page.rehearse.say("s1", " \n ", "0")
    assert "nothing to say yet" in words_of(only[page.rehearse.notice])
    with pytest.raises(UsageError, match="nothing to reword"):
        page.rehearse.help_word("s1", "  ")


def test_many_presses_at_once_are_one_turn(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    presses = [threading.Thread(target=lambda: list(page.rehearse.say("s1", "What matters?", "0"))) for _ in range(8)]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert len(studio.views["s1"].turns) == 1


def test_suggested_words_are_put_into_the_box_and_never_sent(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    changes = page.act("s1", "", "", {"do": "use", "words": "What matters?"})
    assert changes[page.rehearse.box] == "What matters?"
    assert studio.views["s1"].turns == ()


def test_taking_back_puts_the_words_into_the_box(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    list(page.rehearse.say("s1", "What matters?", "0"))
    changes = page.rehearse.take_back("s1")
    assert changes[page.rehearse.box] == "What matters?"
    assert changes[page.frame.standing] == "0"


def test_the_rest_of_the_debrief_opens_when_the_rating_is_answered(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    list(page.rehearse.say("s1", "What matters?", "0"))
    finished = page.finish("s1")
    assert tab(page, finished) == "debrief"
    assert finished[page.debrief.body] == ""
    answers = {"do": "rate", "listened": "3", "knew_concern": "9", "hand_in_step": "", "else": "1"}
    opened = page.act("s1", "", "", answers)
    assert studio.views["s1"].rated == {"listened": 3}
    assert "You both stayed where you were." in words_of(opened[page.debrief.body])


def test_a_skipped_rating_stays_skipped_and_is_not_kept(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    page.finish("s1")
    opened = page.act("s1", "", "", {"do": "skip"})
    assert "You both stayed where you were." in words_of(opened[page.debrief.body])
    assert studio.views["s1"].rated == {}
    assert page.debrief.draw("s1", opened[page.frame.skipped])[page.debrief.body]
    assert not page.debrief.draw("s1", "")[page.debrief.body]


def test_trying_again_branches_and_keeps_the_first_attempt(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    for number in range(3):
        list(page.rehearse.say("s1", f"Question {number}", str(number)))
    page.finish("s1")
    changes = page.act("s1", "", "", {"do": "try", "after": "1"})
    assert changes[page.frame.session] == "s2"
    assert tab(page, changes) == "rehearse"
    assert (len(studio.views["s1"].turns), len(studio.views["s2"].turns)) == (3, 1)


def test_the_address_brings_back_conversation_and_screen(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    changes = page.arrive("?s=s1&at=rehearse")
    assert (changes[page.frame.session], tab(page, changes)) == ("s1", "rehearse")
    assert tab(page, page.arrive("?s=s1&at=elsewhere")) == "prepare"
    assert tab(page, page.arrive("")) == "prepare"
    lost = page.arrive("?s=gone&at=rehearse")
    assert lost[page.frame.session] == ""
    assert "not here any more" in words_of(lost[page.frame.notices[1]])


def test_the_address_opens_a_passage_and_a_transcript(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    assert 'id="here"' in value(page.arrive("?at=library&p=p1")[page.library.article])
    read = page.arrive("?at=transcripts&r=s1")
    assert "Alex, first attempt" in words_of(read[page.transcripts.reading])
    assert page.arrive("?at=transcripts&r=gone")[page.frame.reading] == ""


def test_prepare_offers_the_unfinished_conversation(page: Any, studio: FakeStudio) -> None:
    assert "Go on where you left off" not in page.prepare.refresh()[page.prepare.opening]
    studio.begin("alex-geography")
    list(page.rehearse.say("s1", "What matters?", "0"))
    assert "Go on where you left off" in page.prepare.refresh()[page.prepare.opening]
    assert page.act("", "", "", {"do": "resume", "id": "s1"})[page.frame.session] == "s1"


def test_the_library_answers_or_says_that_it_cannot(page: Any) -> None:
    assert "Listen first." in words_of(value(page.library.ask("listen")[page.library.results]))
    assert "Nothing in the library" in words_of(value(page.library.ask("otters")[page.library.results]))
    assert "Nothing in “A guide”" in words_of(value(page.library.ask("otters", HELD.place)[page.library.results]))
    assert "Ask, or read" in words_of(value(page.library.ask("  ")[page.library.results]))
    with pytest.raises(UsageError, match="no longer in the library"):
        page.library.open_passage("gone")
    with pytest.raises(UsageError, match="no longer in the library"):
        page.library.ask("listen", "articles/gone.md")


def test_nobody_waits_for_the_first_filling_without_a_word(page: Any, studio: FakeStudio) -> None:
    studio.reading_room.is_ready = False
    first, last = page.library.patiently(page.library.draw)("", "")
    assert "reading its articles" in words_of(value(first[page.library.results]))
    assert "Ask, or read" in words_of(value(last[page.library.results]))
    assert "One article" in words_of(last[page.library.articles])
    first, last = page.library.patiently(page.library.ask)("listen", "")
    assert "Listen first." in words_of(value(last[page.library.results]))
    came = page.arrive("?at=library&p=p1")
    assert "reading its articles" in words_of(value(came[page.library.results]))
    assert 'id="here"' in value(page.library.come_late(came[page.library.awaited])[page.library.article])
    assert "One article" in words_of(page.library.come_late("list")[page.library.articles])
    assert page.library.come_late("") == {}


def steps(page: Any, asked: dict[str, str], **desk: str) -> list[dict[Any, Any]]:
    named = ("question", "within", "opened", "came")
    return list(page.act_in_library("", "", *(desk.get(name, "") for name in named), asked))


def test_files_are_read_step_by_step_and_what_came_of_them_is_said(page: Any) -> None:
    sent = {"do": "take-in", "batch": "b" * 32, "large": '["huge.pdf"]', "lost": '["folder"]'}
    first, last = steps(page, sent)
    assert words_of(first[page.library.report]) == "Reading 1 of 2: guide.md…"
    said = words_of(last[page.library.report])
    assert "One article is in. Two files were left out." in said
    assert "huge.pdf: too large. Cut it." in said
    assert "twice.md is in the library already" in said
    assert last[page.frame.focus] == "#report"
    assert HELD.place in last[page.library.came]


def test_files_that_cannot_be_taken_in_leave_a_sentence_and_no_progress(page: Any, studio: FakeStudio) -> None:
    from bot.web.parts import calm_steps

    studio.reading_room.fault = LibraryError("Another program is filling the library.", "Wait.")
    answer = calm_steps(page.act_in_library, page.frame.notices[3], page.library.report, page.frame)
    *_, last = answer("", "", "", "", "", "", {"do": "take-in", "batch": "b" * 32, "large": "not JSON"})
    assert "Another program is filling the library. Wait." in words_of(last[page.frame.notices[3]])
    assert last[page.library.report] == ""
    studio.reading_room.fault = ValueError("secret words")
    *_, last = answer("", "", "", "", "", "", {"do": "take-in", "batch": "b" * 32})
    assert "secret" not in words_of(last[page.frame.notices[3]])


def test_what_is_known_of_an_article_is_kept_and_shown(page: Any, studio: FakeStudio) -> None:
    asked = {"do": "describe", "place": HELD.place, "author": "Ruth", "date": "2020"}
    last = steps(page, asked, opened=HELD.place)[-1]
    assert studio.reading_room.described == asked
    assert "Kept: what you wrote about “A guide”." in words_of(last[page.library.report])
    assert last[page.frame.focus] == "#article"
    assert steps(page, asked)[-1][page.frame.focus] == "#report"


def test_an_article_that_is_removed_closes_and_can_be_brought_back(page: Any) -> None:
    last = steps(page, {"do": "remove", "name": HELD.place}, opened=HELD.place, within=HELD.place)[-1]
    assert value(last[page.library.article]) == ""
    assert last[page.library.within] == ""
    assert "“A guide” is removed, and its copy deleted." in words_of(last[page.library.report])
    assert "No articles yet" in words_of(last[page.library.articles])
    with pytest.raises(UsageError, match="no longer in the library"):
        steps(page, {"do": "remove", "name": HELD.place})
    back = steps(page, {"do": "bring-back", "name": HELD.place})[-1]
    assert "“A guide” is back." in words_of(back[page.library.report])


def test_an_article_shows_what_it_was_cited_for_and_leads_there(page: Any, studio: FakeStudio) -> None:
    drawn = page.library.open_article(HELD.place)[page.library.article]
    assert "Cited for (2)" in words_of(drawn)
    assert "Your turn 4, Alex, first attempt" in words_of(drawn)
    assert "You asked, 21 November" in words_of(drawn)
    assert "The passage has changed since." in words_of(drawn)
    studio.begin("alex-geography")
    read = page.act("", "", "", {"do": "read", "id": "s1", "turn": "4"})
    assert read[page.frame.focus] == "#turn-4"
    assert tab(page, read) == "transcripts"


def test_the_choice_of_an_article_asks_again_what_was_asked(page: Any) -> None:
    again = steps(page, {"do": "within", "value": HELD.place}, question="otters")[-1]
    assert "Nothing in “A guide”" in words_of(value(again[page.library.results]))
    assert steps(page, {"do": "within", "value": HELD.place}) == [{page.library.within: HELD.place}]
    asked = steps(page, {"do": "ask", "words": "listen?"}, question="otters")[-1]
    assert asked[page.library.question] == "listen?"
    assert "Listen first." in words_of(value(asked[page.library.results]))


def test_looking_again_and_the_state_of_the_library_are_told_in_words(page: Any) -> None:
    first, second, last = steps(page, {"do": "look-again"})
    assert words_of(first[page.library.report]) == "Looking at the folders…"
    assert "Waiting for it" in words_of(second[page.library.report])
    assert "One new." in words_of(last[page.library.report])
    assert "a.doc: no. Save it." in words_of(last[page.library.standing])
    for which in ("standing", "anew"):
        shown = steps(page, {"do": which})[-1]
        assert "is in order" in words_of(shown[page.library.standing])
        assert shown[page.frame.focus] == "#standing summary"
    page.library.ask("listen")
    assert "One question of yours is kept" in words_of(page.library.draw()[page.library.standing])
    assert "forgotten" in words_of(steps(page, {"do": "forget"})[-1][page.library.report])


def test_transcripts_can_be_searched_renamed_deleted_and_taken_up(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    list(page.rehearse.say("s1", "What matters?", "0"))
    studio.finish("s1")
    assert "Nothing you said" in words_of(page.transcripts.draw("otter", "")[page.transcripts.shelf])
    page.act("s1", "", "", {"do": "rename", "id": "s1", "title": "  Second  "})
    assert studio.views["s1"].title == "Second"
    with pytest.raises(UsageError, match="A title needs"):
        page.act("s1", "", "", {"do": "rename", "id": "s1", "title": "  "})
    assert page.act("", "", "", {"do": "go-on", "id": "s1"})[page.frame.session] == "s1"
    assert studio.views["s1"].ending is None
    gone = page.act("s1", "", "", {"do": "delete", "id": "s1"})
    assert gone[page.frame.session] == ""
    assert studio.views == {}


def test_what_a_drawn_block_asks_for_must_be_something_there_is(page: Any) -> None:
    assert page.act("", "", "", {"do": "format", "id": "s1"}) == {}


def test_every_fault_becomes_a_sentence_and_keeps_its_details_to_itself(
    page: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from bot.web.parts import calm

    def broken(fault: Exception) -> Any:
        def handler() -> Any:
            raise fault

        return calm(handler, page.frame.notices[0], page.frame)()[page.frame.notices[0]]

    assert "The disk is full. Make room." in words_of(broken(RecordError("The disk is full.", "Make room.")))
    assert "secret" not in broken(ValueError("secret words"))
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text


def test_all_events_are_private(studio: FakeStudio) -> None:
    from bot.web.page import build_page

    functions = in_a_loop(lambda: build_page(studio)).fns.values()  # type: ignore[arg-type]
    assert functions
    assert {one.api_visibility for one in functions} == {"private"}


# With a language model --------------------------------------------------------------------------------------


def test_one_press_stays_local_and_every_screen_says_so(page: Any, studio: FakeStudio) -> None:
    studio.card = card()
    shown = words_of(page.prepare.refresh()[page.prepare.voice])
    assert "gpt-4.1-mini at api.openai.com" in shown and "Stay local from now on" in shown
    changes = page.act("", "", "", {"do": "stay-local", "local": "yes"})
    assert not studio.card.on
    assert "Your words stay here." in words_of(changes[page.rehearse.voice])
    assert "Use gpt-4.1-mini again" in words_of(changes[page.prepare.voice])
    page.act("", "", "", {"do": "stay-local", "local": ""})
    assert studio.card.on


def test_without_a_model_nothing_is_said_of_one(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    assert page.prepare.refresh()[page.prepare.voice] == ""
    assert page.rehearse.draw(studio.open("s1"))[page.rehearse.voice] == ""
    assert page.library.draw()[page.library.word].constructor_args["visible"] is False


def test_the_findings_as_prose_or_the_reason_why_not(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    studio.card, studio.answers = card(), ["You were both clear.", ModelUnavailable("No answer came.")]
    assert "You were both clear." in words_of(page.act("s1", "", "", {"do": "prose"})[page.debrief.other])
    failed = words_of(page.act("s1", "", "", {"do": "prose"})[page.debrief.other])
    assert "Everything above stands. No answer came." in failed


def test_a_second_reading_asks_and_offers_to_put_it_right(page: Any, studio: FakeStudio) -> None:
    studio.begin("alex-geography")
    asked = Question(1, 0, "You never look <b>back</b>.", "a verdict", "an open question", "open_question")
    studio.card, studio.answers = card(), [[asked], [], ModelUnavailable("Away.")]
    drawn = page.act("s1", "", "", {"do": "second"})[page.debrief.other]
    assert "We took it for a verdict. Was it rather an open question?" in words_of(drawn)
    assert 'data-do="settle" data-turn="1" data-place="0" data-move="open_question"' in drawn and "<b>back" not in drawn
    same = words_of(page.act("s1", "", "", {"do": "second"})[page.debrief.other])
    assert "took every sentence as we did" in same
    assert "Away." in words_of(page.act("s1", "", "", {"do": "second"})[page.debrief.other])


def test_an_answer_from_the_passages_stands_above_them(page: Any, studio: FakeStudio) -> None:
    studio.card, studio.answers = card(), [[], ModelUnavailable("Away.")]
    assert "The passages do not answer that." in words_of(value(page.library.answer("How?")[page.library.answered]))
    assert "The passages above stand. Away." in words_of(value(page.library.answer("How?")[page.library.answered]))
    with pytest.raises(UsageError, match="nothing to answer"):
        page.library.answer(" ")


def test_what_a_group_has_set_is_chosen_with_its_level(page: Any) -> None:
    chosen = page.act("", "", "", {"do": "set", "who": "alex-geography", "level": "harder"})
    assert (value(chosen[page.prepare.who]), value(chosen[page.prepare.level])) == ("alex-geography", "harder")
    assert chosen[page.frame.focus] == "#who input:checked"
    arrived = page.arrive("?at=prepare&who=alex-geography&level=impossible")
    assert (value(arrived[page.prepare.who]), value(arrived[page.prepare.level])) == ("alex-geography", "usual")
    for unknown in ("nobody", ""):
        assert page.prepare.who not in page.arrive(f"?at=prepare&who={unknown}")
        assert page.prepare.who not in page.act("", "", "", {"do": "set", "who": unknown})
