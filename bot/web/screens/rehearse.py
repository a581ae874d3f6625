"""Rehearse: the script, the box, and the coach in the margin."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from bot.errors import AlexError, UsageError
from bot.web.faults import UNEXPECTED, report
from bot.web.parts import Frame, Updates, drawn, quiet
from bot.web.render import rehearse as render
from bot.web.render.drawing import notice, strip
from bot.web.render.voice import voice

if TYPE_CHECKING:
    from bot.studio import Studio, View

HINT = "Enter sends. Shift and Enter starts a new line."
BOX = "#msg textarea"


class Rehearse:
    """The second screen."""

    def __init__(self, studio: "Studio", frame: Frame) -> None:
        self.studio, self.frame = studio, frame
        self._one_at_a_time: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self.empty = drawn(render.empty_room(), elem_classes="screen")
        with (
            gr.Column(elem_classes="screen", visible=False) as self.room,
            gr.Row(elem_id="room", equal_height=False),
        ):
            with gr.Column(scale=3, min_width=280, elem_id="talk"):
                self._place_talk()
            with gr.Column(scale=2, min_width=260, elem_id="margin"):
                self.margin = drawn()

    def _place_talk(self) -> None:
        self.head = drawn()
        self.voice = drawn()
        self.script = gr.Chatbot(
            layout="panel",
            elem_id="chat",
            show_label=False,
            label="Conversation",
            buttons=["copy"],
            group_consecutive_messages=False,
            feedback_options=None,
            latex_delimiters=[],
            height=520,
        )
        self.waiting = gr.HTML("", apply_default_css=False, elem_id="waiting")
        self.notice = drawn()
        with gr.Column(elem_id="saying") as self.saying:
            self.box = gr.Textbox(
                label="What do you say?",
                lines=1,
                max_lines=10,
                elem_id="msg",
                elem_classes="speech",
                placeholder=HINT,
                interactive=True,
            )
            with gr.Row(elem_classes="buttons", elem_id="act"):
                self.say_it = gr.Button("Say it", variant="primary", elem_id="say")
                self.word_it = gr.Button("Help me word it", elem_id="word")
                self.ask = gr.Button("Ask the coach", elem_id="ask")
                self.back = quiet("Take that back", elem_id="back")
                self.finish = quiet("Finish", elem_classes=["finish"], elem_id="finish")
            self.offer = drawn()
        self.closed = drawn()

    def draw(self, view: "View | None", *, asked: bool = False) -> Updates:
        """Return the whole screen for a conversation, or for none."""
        if view is None:
            return {self.empty: gr.HTML(visible=True), self.room: gr.Column(visible=False), self.frame.session: ""}
        coached = view.mode != "alone"
        return {
            self.empty: gr.HTML(visible=False),
            self.room: gr.Column(visible=True),
            self.frame.session: view.id,
            self.frame.standing: _standing(view),
            self.frame.strips[1]: strip(view.scenario.colleague.name),
            self.head: render.head(view),
            self.voice: voice(view.voice),
            self.script: gr.Chatbot(render.messages(view), label=f"Conversation with {view.scenario.colleague.name}"),
            self.margin: render.margin(view, asked=asked),
            self.saying: gr.Column(visible=not view.ending),
            self.closed: render.closed(view) if view.ending else "",
            self.word_it: gr.Button(visible=coached),
            self.ask: gr.Button(visible=coached),
            self.waiting: "",
            self.notice: "",
            self.offer: "",
        }

    def say(self, session: str, words: str, standing: str) -> Iterator[Updates]:
        """Show the leader's words at once, then the answer. Words that were not kept go back into the box."""
        try:
            if not words.strip():
                raise UsageError("There is nothing to say yet.", "Write what you would say, then press Enter.")
            with self._one_at_a_time[session]:
                view = self.studio.open(session)
                if standing != _standing(view):
                    yield self._moved_on(view, words)
                    return
                name = view.scenario.colleague.name
                yield {
                    self.script: render.with_words(view, words),
                    self.waiting: render.thinking(name),
                    self.notice: "",
                }
                yield from self._answer(view, words)
        except AlexError as error:
            yield {self.notice: notice(error), self.waiting: ""}
        except Exception as error:
            report(error)
            yield {self.notice: notice(UNEXPECTED), self.waiting: ""}

    def _moved_on(self, view: "View", words: str) -> Updates:
        """Return the conversation as it stands. The same words again are a second press, and no second turn."""
        if view.turns and view.turns[-1].turn.words.split() == words.split():
            return self.draw_turn(view)
        error = UsageError(
            "This conversation went on in another window.", "It is shown here now; your words are in the box."
        )
        return {**self.draw_turn(view), self.notice: notice(error)}

    def _answer(self, view: "View", words: str) -> Iterator[Updates]:
        try:
            after = self.studio.say(view.id, words)
        except Exception:
            yield {self.script: render.messages(view), self.box: words}
            raise
        yield {**self.draw_turn(after), self.box: ""}

    def changed_by_turn(self) -> list[gr.blocks.Block]:
        """Return every part that saying something can change: the fewer, the less each step of an answer costs."""
        drawn_anew = [self.voice, self.script, self.margin, self.waiting, self.notice, self.offer, self.box]
        return [*drawn_anew, self.frame.standing, self.frame.focus]

    def draw_turn(self, view: "View") -> Updates:
        """Return what a new turn changes."""
        return {
            self.frame.standing: _standing(view),
            self.voice: voice(view.voice),
            self.script: render.messages(view),
            self.margin: render.margin(view),
            self.waiting: "",
            self.notice: "",
            self.offer: "",
        }

    def help_word(self, session: str, draft: str) -> Updates:
        """Return other wordings for what is in the box."""
        if not draft.strip():
            raise UsageError("There is nothing to reword yet.", "Write roughly what you mean, then ask again.")
        return {
            self.offer: render.offer(self.studio.word_it(session, draft)),
            self.voice: voice(self.studio.voice(session)),
            self.frame.focus: "#offer",
        }

    def ask_coach(self, session: str) -> Updates:
        """Return the margin with everything the coach has to say now."""
        view = self.studio.ask_coach(session)
        focus = "#coach" if view.turns and view.turns[-1].observation else "#guide"
        return {
            self.margin: render.margin(view, asked=True),
            self.voice: voice(self.studio.voice(session)),
            self.frame.focus: focus,
        }

    def take_back(self, session: str) -> Updates:
        """Return the conversation without its last turn, whose words go back into the box."""
        view, words = self.studio.take_back(session)
        return {**self.draw_turn(view), self.box: words, self.frame.focus: BOX}

    def correct(self, session: str, asked: dict[str, str]) -> Updates:
        """Return the room with a sentence read as the leader says it was meant."""
        view = self.studio.correct(session, int(asked["turn"]), int(asked["place"]), asked.get("move", ""))
        return {self.margin: render.margin(view, asked=True), self.frame.focus: "#reads"}

    def use(self, words: str) -> Updates:
        """Return the box with words that somebody suggested. They are never sent by themselves."""
        return {self.box: words, self.frame.focus: BOX}

    def keep(self) -> Updates:
        """Return the box as it is, without the offer."""
        return {self.offer: "", self.frame.focus: BOX}


def _standing(view: "View") -> str:
    """Return how many turns of it are kept."""
    return str(sum(shown.turn.kept for shown in view.turns))
