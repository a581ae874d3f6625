"""The page without a browser: what is drawn, and what stands between it and everything else."""

import asyncio
import itertools
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from web_samples import (
    HELD,
    LEVELS,
    NASTY,
    NOW,
    FakeStudio,
    Tags,
    alex,
    card,
    in_a_loop,
    looking_back,
    shown,
    state,
    view,
    words_of,
)

from bot.coach.debrief import RatingPair
from bot.coach.guide import Guide, Stage
from bot.coach.maps import MapItem, TheoryMap
from bot.coach.wording import Worded
from bot.colleague.scenario import Scenario
from bot.errors import AlexError, UsageError
from bot.library.catalogue import Held, LeftOut, Standing, Taken
from bot.library.ingest import Progress
from bot.library.loading import Article
from bot.library.passages import Passage
from bot.library.search import Found
from bot.model.library import Founded
from bot.pictures import plots
from bot.reading_room import Use
from bot.record.kept import Summary
from bot.settings import Settings
from bot.web import render, serve
from bot.web.guards import HEADERS
from bot.web.render import catalogue, debrief, drawing, library, prepare, rehearse, transcripts, voice
from bot.web.sparing import Sparing
from bot.wordsmith import Question


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return alex()


# What is drawn ------------------------------------------------------------------------------------------------


def nasty_pages(scenario: Scenario) -> Iterator[tuple[str, str]]:
    odd = view(
        scenario,
        shown(1, NASTY, line=NASTY),
        shown(2, NASTY, line=NASTY, out_of_role="distress"),
        title=NASTY,
        opening=NASTY,
        notes={"beliefs": NASTY},
        voice_note=NASTY,
        his_map=TheoryMap((MapItem(NASTY, NASTY),), (MapItem(NASTY, NASTY, hidden=True),), (), more=True),
        guide=Guide("open", NASTY, NASTY, (Stage(NASTY, NASTY, "some", NASTY, 1),), NASTY, NASTY, lambda: (NASTY,)),
    )
    summary = Summary(NASTY, NASTY, NASTY, NOW, NOW, 3, None)
    article = Article(NASTY, NASTY, NASTY, NASTY, "2020", NASTY, f"# {NASTY}\n\n{NASTY}", Path(NASTY))
    passage = Passage(NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, 2, 2 + len(NASTY))
    yield "head", rehearse.head(odd)
    yield "margin", rehearse.margin(odd)
    yield "offer", rehearse.offer(Worded((NASTY, NASTY), NASTY, NASTY))
    yield "thinking", rehearse.thinking(NASTY)
    yield "messages", "".join(message["content"] for message in rehearse.messages(odd))
    yield "debrief", debrief.debrief(odd, looking_back(1, words=NASTY), LEVELS)
    yield "opening", prepare.opening(NASTY, summary)
    yield "shelf", transcripts.shelf([summary], NASTY)
    yield "nothing found", transcripts.shelf([], NASTY)
    yield "reading", transcripts.reading(odd)
    yield "results", library.results(NASTY, [Found(passage, 0.5)])
    held = Held(NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, 3, 4, NOW, Path(NASTY), frozenset())
    left = LeftOut(NASTY, NASTY, NASTY)
    uses = [Use(NOW, NASTY, NASTY, NASTY, NASTY, 4), Use(NOW, "", NASTY)]
    yield "articles", catalogue.articles([held])
    yield "article", library.article(article, passage, held, uses)
    yield "within", catalogue.within([held, held], NASTY)
    yield "taken", catalogue.taken(Taken([replace(held, author="")], [(NASTY, NASTY)], [left]), [held, held])
    yield "state", catalogue.standing(Standing(1, 1, "missing", (left,), {NASTY: NASTY}), [held], 2)
    yield "progress", catalogue.progress(Progress(1, 2, NASTY))
    yield "removed", catalogue.removed(held)
    yield "nothing in it", library.results(NASTY, [], within=NASTY)
    yield "notice", drawing.notice(UsageError(NASTY, NASTY))
    yield "strip", drawing.strip(NASTY)
    named = card(name=NASTY, place=NASTY, now=NASTY, sent=(NASTY,), kept_here=(NASTY,), cost=NASTY)
    yield "voice", voice.voice(named)
    asked = [Question(1, 0, NASTY, NASTY, NASTY, NASTY)]
    yield "other words", voice.other_words(named, prose=NASTY, asked=asked, fault=NASTY)
    yield "answered", voice.answered(named, [(Founded(NASTY, 0, NASTY), passage)])


def test_no_words_of_anybodys_become_tags_or_attributes(scenario: Scenario) -> None:
    for name, page in nasty_pages(scenario):
        tags = Tags(page)
        assert "script" not in tags.kinds, name
        assert "img" not in tags.kinds, name
        assert not [one for one, _ in tags.attributes if one.startswith("on")], name
        assert "alert(1)" in tags.words, name


def test_words_in_the_script_are_left_as_they_were_written(scenario: Scenario) -> None:
    content = rehearse.messages(view(scenario, shown(1, NASTY)))[1]["content"]
    assert Tags(content).words == NASTY.replace("\n", "")
    assert "\n" not in content  # a blank line would end the block of HTML, and Markdown would begin


def test_a_name_cannot_leave_its_css_string() -> None:
    written = rehearse.css_string('A"}</style><script>')
    assert written.count('"') == 2
    assert "<" not in written
    assert rehearse.css_string("Anne-Marie St. John") == '"Anne-Marie St. John"'


def test_a_turn_out_of_role_is_clearly_not_the_colleague(scenario: Scenario) -> None:
    asked = view(scenario, shown(1, "", out_of_role="distress", kept=False, line="This is a simulation."))
    messages = rehearse.messages(asked)
    assert "aside" in messages[2]["content"]
    assert "not kept" in messages[1]["content"]
    assert "Not Alex" in words_of(transcripts.reading(asked))


def test_the_margin_waits_in_seven_minutes_and_stays_away_alone(scenario: Scenario) -> None:
    said = shown(1)
    practise = words_of(rehearse.margin(view(scenario, said)))
    assert "What your last turn did" in practise
    assert "One thing to try" in practise
    assert "What you could ask next" in practise
    seven = view(scenario, said, mode="seven")
    assert "One thing to try" not in words_of(rehearse.margin(seven))
    assert "One thing to try" in words_of(rehearse.margin(seven, asked=True))
    alone = words_of(rehearse.margin(view(scenario, said, mode="alone")))
    assert "One thing to try" not in alone
    assert "Where you are" not in alone
    assert "His theory of action" in alone


def test_what_was_not_heard_yet_is_shown_without_how_much(scenario: Scenario) -> None:
    part = (MapItem("Something.", "you asked, turn 1"),)
    some = words_of(rehearse.margin(view(scenario)))
    assert some.count("Not heard yet") == 2
    full = TheoryMap(part, part, part, more=True)
    assert "More, not heard yet" in words_of(rehearse.margin(view(scenario, his_map=full)))
    assert "not heard yet" not in words_of(rehearse.margin(view(scenario, his_map=replace(full, more=False)))).lower()


def test_a_finished_conversation_suggests_no_more_questions(scenario: Scenario) -> None:
    ended = view(scenario, shown(1), ending="stand_off")
    assert "What you could ask next" not in words_of(rehearse.margin(ended))
    assert "Open the debrief" in words_of(rehearse.closed(ended))


def test_the_clock_is_there_in_seven_minutes_only(scenario: Scenario) -> None:
    seven = rehearse.head(view(scenario, mode="seven"))
    ends = int((NOW + timedelta(minutes=7)).timestamp() * 1000)
    assert f'data-ends="{ends}"' in seven
    assert 'role="timer" aria-live="off"' in seven
    assert "timer" not in rehearse.head(view(scenario))
    assert "He is coasting." in words_of(seven)


def test_the_debrief_waits_for_an_ending(scenario: Scenario) -> None:
    assert "once you have had one" in words_of(debrief.nothing_yet(None))
    assert "Nothing has been said" in words_of(debrief.nothing_yet(view(scenario)))
    assert "still open" in words_of(debrief.nothing_yet(view(scenario, shown(1))))


def test_the_rating_can_be_skipped_until_it_is_open(scenario: Scenario) -> None:
    assert "Skip this" in words_of(debrief.rating(view(scenario), opened=False))
    rated = debrief.rating(view(scenario, rated={"listened": 3}), opened=True)
    assert "Skip this" not in words_of(rated)
    assert rated.count(" checked") == 1


def test_the_debrief_quotes_and_shows_what_never_came_out(scenario: Scenario) -> None:
    page = debrief.debrief(view(scenario, shown(1), shown(2), ending="stand_off"), looking_back(1, 2), LEVELS)
    said = words_of(page)
    assert "“What did we get wrong?”" in said
    assert "Not shown" in said
    assert "It costs me my Sundays." in said
    assert "Try again from turn 2" in said
    assert 'data-after="1"' in page
    assert said.count("Never came out") == 2  # the key, and one label for the cell
    assert page.index("They finish it.") < page.index("It costs me my Sundays.")


def test_the_debrief_of_a_conversation_without_a_turn_can_be_drawn(scenario: Scenario) -> None:
    bare = replace(looking_back(), strength=None, moments=(), marks=())
    page = debrief.debrief(view(scenario, ending="unfinished"), bare, LEVELS)
    assert "moments" not in page.split("Ten behaviours")[0].split("<nav")[1]


def test_the_plot_stands_at_the_numbers_of_the_turns(scenario: Scenario) -> None:
    aside = shown(2, out_of_role="real_or_not")
    page = debrief.debrief(view(scenario, shown(1), aside, shown(3), ending="stand_off"), looking_back(1, 3), LEVELS)
    frame = plots.Frame(wide=True, turns=3, highest=60)
    assert f"{frame.x(3):.1f},{frame.y(37):.1f}" in page


@pytest.mark.parametrize("turns", [0, 1, 7, 40])
def test_a_plot_stays_inside_its_frame(turns: int) -> None:
    series = [state(min(100, 10 + 3 * number)) for number in range(turns + 1)]
    marks = [plots.Mark(number, "A", "door opened") for number in range(1, turns + 1, 3)]
    for wide in (True, False):
        picture = plots.state_plot(series, range(turns + 1), marks, "Alex", wide=wide)
        xs = [float(value) for name, value in Tags(picture).attributes if name in {"x", "cx"} and value]
        assert min(xs) >= 0
        assert max(xs) <= plots.Frame(wide, turns, 60).size[0]


def test_labels_at_line_ends_do_not_touch() -> None:
    picture = plots.state_plot([state(10, 10, 10)] * 3, range(3), [], "Alex", wide=True)
    heights = sorted(float(high) for high in re.findall(r'y="([\d.]+)" font-size="15" font-weight="600"', picture))
    assert len(heights) == len(plots.PENS)
    assert all(below - above >= plots.APART for above, below in itertools.pairwise(heights))


def test_a_rating_that_was_skipped_shows_only_his() -> None:
    pairs = [RatingPair("listened", "He felt listened to", "", 2, None), RatingPair("step", "A step", "", 2, 2)]
    picture = plots.rating_plot(pairs, "Alex", wide=True)
    assert picture.count("<circle") == 1
    assert 'aria-label="He felt listened to: Alex 2; A step: you 2, Alex 2"' in picture


def test_nothing_found_is_said_and_nothing_asked_is_not() -> None:
    assert "Nothing in the library answers that." in words_of(library.results("otters", []))
    assert words_of(library.results("  ", [])) == ""


def test_what_only_comes_near_is_not_quoted_as_the_answer() -> None:
    passage = Passage("1", "otters", "Otters", "", "", "", "Otters hold hands.", 0, 18)
    likely, unlikely = (library.results("otters", [Found(passage, score)], [(0, 18)]) for score in (0.5, 0.49))
    assert 'class="answer"' in likely
    assert "outright" not in words_of(likely)
    assert 'class="answer"' not in unlikely
    assert "Nothing in the library answers that outright. These come nearest." in words_of(unlikely)


def test_an_article_opens_with_its_passage_marked_and_its_title_once(tmp_path: Path) -> None:
    text = "# A guide\n\n## First\n\nOne.\n\n## Second\n\nTwo *two*.\n"
    start = text.index("Two")
    whole = Article("guide", "A guide", "Ruth", "", "2020", "MIT", text, tmp_path / "guide.md")
    passage = Passage("p", "guide", "A guide", "", "", "Second", "Two *two*.", start, start + 10)
    page = library.article(whole, passage, back=True)
    assert words_of(page).count("A guide") == 1
    assert '<div class="here" id="here" tabindex="-1"><p>Two <em>two</em>.</p>' in page
    assert "<h3>First</h3>" in page
    assert "Back to what was found" in page


def test_an_article_brings_no_pictures_and_leads_nowhere() -> None:
    text = "![a](http://evil.example/x.png) [b](http://example.org?words=1) [c](javascript:alert(1)) <http://a.example>"
    page = library.from_markdown(text)
    assert {"img", "a"}.isdisjoint(Tags(page).kinds)
    assert "b (http://example.org?words=1)" in words_of(page)
    assert words_of(page).count("http://a.example") == 1


def test_the_list_says_what_nobody_knows_and_an_article_what_removing_means() -> None:
    added = Held("articles/a.md", "a", "A", "", "", "", "", 0, 2, None, Path("a.md"), frozenset({"date"}))
    assert words_of(catalogue.articles([added])) == "One articleAAuthor and source not known yet"
    whole = Article("a", "A", "", "", "", "", "Words.", Path("a.md"))
    said = words_of(library.article(whole, None, added, []))
    assert "Added by you; the library keeps a copy. Two passages." in said
    assert "Remove it for good" in said
    assert "Nothing yet." in said
    shipped = words_of(library.article(whole, None, replace(added, place="knowledge/a.md"), []))
    assert "Comes with Alex." in shipped
    assert "is not deleted" in shipped
    folder = words_of(library.article(whole, None, replace(added, place="/x/a.md"), []))
    assert "Read from a.md, where it stays." in folder
    assert "Stop reading it" in folder


def test_what_came_in_is_said_before_what_was_left_out() -> None:
    left = LeftOut("scan.pdf", "the PDF holds pictures of pages and no text.", "Add it as Word.")
    assert "One article is in. Two files were left out." in words_of(
        catalogue.taken(Taken([HELD], [], [left, left]), [HELD])
    )
    assert words_of(catalogue.taken(Taken([], [], [left]), [])).startswith("One file was left out. scan.pdf")
    twice = words_of(catalogue.taken(Taken([], [("a.md", "A")], []), []))
    assert twice == "Nothing new came in. a.md is in the library already, as “A”."
    assert "Another article has this title" in words_of(catalogue.taken(Taken([HELD]), [HELD, HELD]))


def test_waiting_for_another_program_is_said() -> None:
    assert "Waiting for it" in words_of(catalogue.progress(Progress()))
    assert words_of(catalogue.progress(Progress(2, 3, "a" * 80 + ".pdf"))) == f"Reading 2 of 3: {'a' * 48}…"


def test_empty_shelves_are_kind() -> None:
    assert "No conversations yet" in words_of(transcripts.shelf([]))
    assert "Nothing you said or heard holds “otter”." in words_of(transcripts.shelf([], "otter"))
    assert "No articles yet" in words_of(catalogue.articles([]))


def test_the_days_are_said_as_people_say_them() -> None:
    now = datetime.now().astimezone()
    assert drawing.day(now) == f"today {now:%H:%M}"
    assert drawing.day(datetime(2019, 11, 12, 12, tzinfo=UTC)) == "12 November 2019"
    assert drawing.counted(1, "conversation", "conversations") == "One conversation"
    assert drawing.counted(30, "conversation", "conversations") == "30 conversations"


@pytest.mark.parametrize(("their", "own"), [("his", "his"), ("her", "hers"), ("their", "theirs")])
def test_pronouns_stand_alone(their: str, own: str) -> None:
    assert drawing.own(their) == own


def test_a_template_that_is_passed_too_little_is_an_error() -> None:
    with pytest.raises(Exception, match="name"):
        drawing.draw("strip.html")


def test_the_render_room_knows_no_gradio() -> None:
    folder = Path(render.__file__).parent
    assert not [path.name for path in folder.glob("*.py") if "gradio" in path.read_text(encoding="utf-8")]


# What stands between the page and everything else -------------------------------------------------------------


@pytest.fixture(scope="module")
def client(scenario: Scenario) -> Iterator[TestClient]:
    from bot.web.app import build_app

    studio = FakeStudio(scenario)
    studio.begin("alex-geography")
    studio.rename("s1", 'Ä "odd" one')
    app = in_a_loop(lambda: build_app(studio))  # type: ignore[arg-type]
    with TestClient(app, base_url="http://127.0.0.1:80") as client:
        yield client


def test_health_says_who_answers(client: TestClient) -> None:
    from bot import __version__

    assert client.get("/health").json() == {"alex": __version__}


@pytest.mark.parametrize("path", ["/", "/health", "/export/s1.md", "/nowhere", "/theme.css"])
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    for name, expected in HEADERS.items():
        assert headers[name] == expected


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:81", "192.168.0.7", "", "[::1"])
def test_only_our_own_names_are_answered(client: TestClient, host: str) -> None:
    for path in ("/", "/health", "/export/s1.md", "/gradio_api/info"):
        refused = client.get(path, headers={"host": host})
        assert refused.status_code == 403
        assert refused.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:80", "[::1]", "LOCALHOST"])
def test_all_our_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(("origin", "status"), [("http://evil.example", 403), ("null", 403), ("http://127.0.0.1", 200)])
def test_a_page_elsewhere_cannot_act_here(client: TestClient, origin: str, status: int) -> None:
    assert client.get("/health", headers={"origin": origin}).status_code == status


def test_an_export_is_a_file_to_save(client: TestClient) -> None:
    answer = client.get("/export/s1.jsonl")
    assert answer.content == b"words"
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.headers["content-disposition"].startswith('attachment; filename="alex-- -odd- one.jsonl"')
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_to_be_left_out_of_an_export_is_left_out(client: TestClient) -> None:
    answer = client.get("/export/s1.pdf?without=names&without=thoughts&without=nothing")
    assert answer.text == "wordsChoice(notes=True, thoughts=False, names=False)"


@pytest.mark.parametrize("name", ["s1.exe", "s1", "gone.md", "..%2f..%2fetc%2fpasswd.md", ".md"])
def test_nothing_else_can_be_exported(client: TestClient, name: str) -> None:
    assert client.get(f"/export/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/gradio_api/runs", "/monitoring/summary", "/docs", "/redoc", "/openapi.json"])
def test_what_gradio_would_show_of_the_inside_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in {403, 404}


def test_the_interface_of_the_page_is_not_announced(client: TestClient) -> None:
    assert client.get("/gradio_api/info").json() == {"named_endpoints": {}, "unnamed_endpoints": {}}


def test_the_page_names_no_other_place_and_no_gradio(client: TestClient) -> None:
    source = client.get("/", headers={"accept-encoding": "gzip, br"}).text
    elsewhere = set(re.findall(r"""(?:https?:)?//[a-z0-9][^"' <>)\\]+""", source))
    assert elsewhere <= {"http://127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1:80"}
    assert "Built with Gradio" not in source
    assert '<html\n\tlang="en"' in source or '<html lang="en"' in source


# Starting -----------------------------------------------------------------------------------------------------


@pytest.fixture
def port() -> Iterator[int]:
    """A port of 127.0.0.1 that somebody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "::", "example.org"])
def test_nobody_else_is_served_without_accounts(host: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There are no accounts: nobody could sign in"):
        serve.serve(Settings(host=host, home=tmp_path, _env_file=None))


def test_a_port_that_another_program_has_is_named_with_a_free_one(port: int) -> None:
    with pytest.raises(UsageError, match=rf"Port {port} is in use by another program. Set ALEX_PORT={port + 1}"):
        serve.check_address("127.0.0.1", port)


def test_a_second_alex_says_where_the_first_is(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "is_alex", lambda where: where == f"http://127.0.0.1:{port}")
    with pytest.raises(UsageError, match=rf"Alex is already open at http://127.0.0.1:{port}\."):
        serve.check_address("127.0.0.1", port)


def test_the_last_port_sends_nobody_to_one_that_does_not_exist() -> None:
    fault = serve._taken("::1", 65535, OSError(98, "in use"))
    assert "Set ALEX_PORT=7860." in str(fault)


def test_a_scenario_folder_with_nothing_in_it_is_said(scenario: Scenario) -> None:
    from bot.web.page import build_page

    empty = FakeStudio(scenario)
    empty.scenarios = list  # type: ignore[method-assign]
    with pytest.raises(AlexError, match="no scenario to rehearse"):
        in_a_loop(lambda: build_page(empty))  # type: ignore[arg-type]


# What an answer costs -----------------------------------------------------------------------------------------


def two_outputs() -> tuple[Sparing, list[gr.HTML]]:
    """Return a page of two blocks, with an event that changes either, and another block that it does not change."""
    with Sparing() as page:
        said, blocks = gr.Textbox(), [gr.HTML(), gr.HTML(), gr.HTML()]
        said.submit(lambda words: {blocks[0]: words}, said, blocks[:2])
    return page, blocks


def test_only_what_a_handler_names_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    page, (first, second, _) = in_a_loop(two_outputs)
    (event,) = page.fns.values()
    made: list[object] = []
    monkeypatch.setattr(gr.HTML, "__init__", lambda *_, **__: made.append(1))

    def sent(answer: object) -> list[object]:
        return asyncio.run(page.postprocess_data(event, answer, None))

    assert sent({first: "new"}) == ["new", gr.skip()]
    assert sent({second: "new"}) == [gr.skip(), "new"]
    assert sent({first: "one", second: "two"}) == sent(["one", "two"]) == ["one", "two"]
    assert not made


def test_an_output_that_an_event_does_not_have_is_refused() -> None:
    page, (*_, elsewhere) = in_a_loop(two_outputs)
    (event,) = page.fns.values()
    with pytest.raises(ValueError, match="not specified as output"):
        asyncio.run(page.postprocess_data(event, {elsewhere: "new"}, None))
