"""Library: ask the articles, read them, add some, and see what each was cited for."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from bot.errors import ModelError, UsageError
from bot.web.parts import Frame, Updates, drawn, hidden
from bot.web.render import catalogue as beside
from bot.web.render import library as render
from bot.web.render.drawing import look
from bot.web.render.voice import answered
from bot.web.steps import in_steps

if TYPE_CHECKING:
    from bot.library.catalogue import Taken
    from bot.library.ingest import Progress
    from bot.studio import Studio

LEAD = "Ask a question, and read what the articles say. You get their own words, with where they stand."
REPORT = "#report"


@dataclass(frozen=True)
class Desk:
    """What stands on the screen when something is pressed."""

    question: str = ""
    within: str = ""
    """The place of the only article to look in; '' for all."""
    opened: str = ""
    """The place of the article that is open."""
    came: str = ""
    """The places of the articles that were just added, as JSON."""
    during: str = ""
    """The id of the conversation in the room: where nothing of that is kept, no question is."""


class Library:
    """The fourth screen."""

    def __init__(self, studio: "Studio", frame: Frame) -> None:
        self.studio, self.frame = studio, frame
        self.within, self.opened, self.came = hidden(), hidden(), hidden()
        self.awaited = hidden()
        """What the address asked for while the library was being filled: a passage's id, or 'list'; '' for nothing."""
        with gr.Column(elem_classes="screen"):
            drawn(look(f'<h1>Library</h1><p class="lead">{LEAD}</p>'))
            with gr.Row(elem_id="asking", equal_height=False):
                self.question = gr.Textbox(
                    label="Ask the library", placeholder="How do I check I have understood?", elem_id="question"
                )
                self.choice = drawn(elem_id="choice")
                self.search = gr.Button("Search", variant="primary", elem_id="search-library")
                self.word = gr.Button("Answer in a few words", visible=False, elem_id="answer-library")
            with gr.Row(elem_id="library", equal_height=False):
                with gr.Column(scale=3, min_width=280, elem_id="pages"):
                    self.answered = drawn()
                    self.results = drawn(render.start())
                    self.article = drawn()
                with gr.Column(scale=2, min_width=260, elem_id="catalogue"):
                    self.adding = drawn("" if studio.settings.is_server else self._adding())
                    self.report = drawn()
                    self.articles = drawn()
                    self.standing = drawn()

    def desk(self) -> list[Any]:
        """Return the components that a Desk is made of, in its order, but for the conversation in the room."""
        return [self.question, self.within, self.opened, self.came]

    # To read

    def patiently(self, handler: Callable[..., Updates]) -> Callable[..., Iterator[Updates]]:
        """Return the handler in steps, so that nobody waits without a word while the library is filled."""

        def steps(*values: Any) -> Iterator[Updates]:
            if not self.studio.reading_room.is_ready:
                yield {self.results: gr.HTML(beside.getting_ready(), visible=True)}
                yield {self.results: gr.HTML(render.start(), visible=True), **handler(*values)}
            else:
                yield handler(*values)

        return steps

    def arrive(self, passage: str) -> Updates:
        """Return the screen as an address asks for it, or the word that it is not ready."""
        if not self.studio.reading_room.is_ready:
            return {self.results: gr.HTML(beside.getting_ready(), visible=True), self.awaited: passage or "list"}
        return {**self.draw(), **(self.open_passage(passage) if passage else {}), self.awaited: ""}

    def come_late(self, awaited: str) -> Updates:
        """Return what the address asked for, if that had to wait."""
        if not awaited:
            return {}
        drawn_now = {self.results: gr.HTML(render.start(), visible=True), **self.draw(), self.awaited: ""}
        return drawn_now | (self.open_passage(awaited) if awaited != "list" else {})

    def draw(self, within: str = "", opened: str = "", *, unfolded: bool = False) -> Updates:
        """Return the list of articles, and how the library stands."""
        room = self.studio.reading_room
        shelf = room.articles()
        there = {one.place for one in shelf}
        chosen, card = within if within in there else "", self.studio.voice()
        return {
            self.adding: self._adding() if room.may_look_after else "",
            self.word: gr.Button(visible=bool(card and card.on)),
            self.articles: beside.articles(shelf, opened),
            self.choice: beside.within(shelf, chosen),
            self.within: chosen,
            self.standing: beside.standing(room.standing(), shelf, room.questions(), opened=unfolded),
        }

    def _adding(self) -> str:
        return beside.adding(*self.studio.reading_room.takes())

    def ask(self, question: str, within: str = "", during: str = "") -> Updates:
        """Return the passages that answer the question."""
        closed = {
            self.article: "",
            self.answered: gr.HTML("", visible=True),
            self.opened: "",
            self.came: "",
            self.report: "",
        }
        if not question.strip():
            return {self.results: gr.HTML(render.start(), visible=True), **closed}
        room = self.studio.reading_room
        answer = room.ask(question, within, during)
        title = room.article(within).title if within else ""
        found = render.results(question, answer.found, answer.sentences, title)
        return {self.results: gr.HTML(found, visible=True), self.articles: beside.articles(room.articles()), **closed}

    def answer(self, question: str, within: str = "", during: str = "") -> Updates:
        """Return the passages, and an answer from them that the language model worded; each sentence quotes one."""
        if not question.strip():
            raise UsageError("There is nothing to answer yet.", "Write a question, then ask again.")
        found = self.ask(question, within, during)
        try:
            sentences, fault = self.studio.answer(question, within, during), ""
        except ModelError as error:
            sentences, fault = [], str(error)
        said = answered(self.studio.voice(), sentences, fault)
        return {**found, self.answered: gr.HTML(said, visible=True), self.frame.focus: "#answered"}

    def ask_for(self, words: str, during: str = "") -> Updates:
        """Put a question into the box and answer it."""
        return {**self.ask(words, during=during), self.question: words, self.frame.focus: "#question textarea"}

    def choose(self, desk: Desk, within: str) -> Updates:
        """Look in one article from now on, or in all; ask again what was asked."""
        found = self.ask(desk.question, within, desk.during) if desk.question.strip() and not desk.opened else {}
        return {**found, self.within: within}

    def open_passage(self, which: str, question: str = "") -> Updates:
        """Return the article with the passage marked and in sight."""
        passage, place = self.studio.reading_room.passage(which)
        return {**self._opened(place, passage, back=bool(question.strip())), self.frame.focus: "#here"}

    def back(self) -> Updates:
        """Return to the passages that were found."""
        shown = {
            self.results: gr.HTML(visible=True),
            self.answered: gr.HTML(visible=True),
            self.article: "",
            self.opened: "",
        }
        return {**shown, self.frame.focus: ".passages a"}

    def open_article(self, place: str, show: str = "") -> Updates:
        """Return an article from its beginning."""
        return {**self._opened(place, show=show), self.frame.focus: "#article"}

    def _opened(self, place: str, passage: Any = None, *, back: bool = False, show: str = "") -> Updates:
        room = self.studio.reading_room
        held, whole = room.catalogue.held(place), room.article(place)
        return {
            self.articles: beside.articles(room.articles(), place),
            self.results: gr.HTML(visible=False),
            self.answered: gr.HTML(visible=False),
            self.article: render.article(whole, passage, held, room.uses(held), back=back, show=show),
            self.opened: place,
        }

    # To look after

    def steps(self, desk: Desk, asked: dict[str, str]) -> Iterator[Updates] | None:
        """Return what a press here does, step by step; None where it is nothing of this screen's."""
        place = asked.get("name", "")
        acts: dict[str, Callable[[], Iterator[Updates]]] = {
            "take-in": lambda: self._take_in(desk, asked),
            "look-again": lambda: self._look_again(desk),
            "describe": lambda: self._describe(desk, asked),
            "anew": lambda: self._make_anew(desk),
            "ask": lambda: iter([self.ask_for(asked.get("words", ""), desk.during)]),
            "within": lambda: iter([self.choose(desk, asked.get("value", ""))]),
            "remove": lambda: iter([self._remove(desk, place)]),
            "bring-back": lambda: iter([self._bring_back(desk, place)]),
            "forget": lambda: iter([self._forget(desk)]),
            "standing": lambda: self._look_at_standing(desk),
        }
        act = acts.get(asked.get("do", ""))
        return act() if act else None

    def _take_in(self, desk: Desk, asked: dict[str, str]) -> Iterator[Updates]:
        room, batch = self.studio.reading_room, asked.get("batch", "")
        large, lost = (_names(asked.get(which, "")) for which in ("large", "lost"))

        def work(tell: Callable[["Progress"], None]) -> "Taken":
            return room.take_in(batch, tell, large=large, lost=lost)

        taken = yield from in_steps(work, self._progress)
        came = json.dumps([one.place for one in taken.added])
        report = beside.taken(taken, room.articles())
        yield {**self.draw(desk.within, desk.opened), self.report: report, self.came: came, self.frame.focus: REPORT}

    def _look_again(self, desk: Desk) -> Iterator[Updates]:
        room = self.studio.reading_room
        yield {self.report: beside.says("Looking at the folders…")}
        report = yield from in_steps(room.look_again, self._progress)
        said = beside.looked(report, room.standing().left_out)
        yield {**self.draw(desk.within, desk.opened), self.report: said, self.frame.focus: REPORT}

    def _progress(self, now: "Progress") -> Updates:
        return {self.report: beside.progress(now)}

    def _describe(self, desk: Desk, asked: dict[str, str]) -> Iterator[Updates]:
        room, place = self.studio.reading_room, asked.get("place", "")
        yield {self.report: beside.says("Keeping what you wrote…")} if desk.opened == place else {}
        held = room.describe(place, asked)
        drawn_anew = self.draw(desk.within, desk.opened)
        came = _names(desk.came)
        said = beside.described(held, [one for one in room.articles() if one.place in came])
        focus = REPORT
        if desk.opened == place:
            drawn_anew |= self._opened(place, back=bool(desk.question.strip()))
            focus = "#article"
        yield {**drawn_anew, self.report: said, self.frame.focus: focus}

    def _make_anew(self, desk: Desk) -> Iterator[Updates]:
        self.studio.reading_room.make_index_anew()
        yield from self._look_at_standing(desk)

    def _look_at_standing(self, desk: Desk) -> Iterator[Updates]:
        """Show how the library stands, and again when the index is made, where it is being made."""
        yield self.draw(desk.within, desk.opened, unfolded=True)
        self.studio.reading_room.wait_for_index()
        yield {**self.draw(desk.within, desk.opened, unfolded=True), self.frame.focus: "#standing summary"}

    def _remove(self, desk: Desk, place: str) -> Updates:
        gone = self.studio.reading_room.remove(place)
        changes = self.draw(desk.within)
        if desk.opened:
            changes |= {self.article: "", self.opened: "", self.results: gr.HTML(render.start(), visible=True)}
        return {**changes, self.report: beside.removed(gone), self.came: "", self.frame.focus: REPORT}

    def _bring_back(self, desk: Desk, place: str) -> Updates:
        title = self.studio.reading_room.bring_back(place)
        changes = self.draw(desk.within, desk.opened)
        return {**changes, self.report: beside.done(f"“{title}” is back."), self.frame.focus: REPORT}

    def _forget(self, desk: Desk) -> Updates:
        self.studio.reading_room.forget_questions()
        said = beside.done("Your questions are forgotten.")
        return {**self.draw(desk.within, desk.opened), self.report: said, self.frame.focus: REPORT}


def _names(listed: str) -> list[str]:
    """Return the names in a JSON list that the page sent; none where it is no such list."""
    try:
        found = json.loads(listed or "[]")
    except ValueError:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []
