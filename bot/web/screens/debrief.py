"""Debrief: the leader's own rating first, then everything else."""

from typing import TYPE_CHECKING

import gradio as gr

from bot.errors import ModelError
from bot.record.kept import is_kept
from bot.web.parts import Frame, Updates, drawn
from bot.web.render import debrief as render
from bot.web.render.drawing import strip, told
from bot.web.render.voice import other_words

if TYPE_CHECKING:
    from bot.studio import Studio, View


OTHER = "#other-words"
KEPT = "For you alone. It is kept with the transcript."
NOT_KEPT = "For you alone. It goes with the conversation; an export has it."


class Debrief:
    """The third screen."""

    def __init__(self, studio: "Studio", frame: Frame) -> None:
        self.studio, self.frame = studio, frame
        with gr.Column(elem_classes="screen"):
            self.top = drawn(render.nothing_yet(None))
            self.told = drawn()
            self.body = drawn()
            self.other = drawn()
            self.tries = drawn()
            with gr.Column(visible=False, elem_id="after") as self.after:
                self.reflection = gr.Textbox(
                    label="What do you take from this?",
                    info=KEPT,
                    lines=4,
                    max_lines=14,
                    interactive=True,
                    elem_id="reflection",
                    elem_classes="speech",
                )
                with gr.Row(elem_classes="buttons"):
                    self.save = gr.Button("Save the reflection", elem_id="save-reflection")
                    self.saved = gr.HTML("", apply_default_css=False, elem_id="saved")
                self.away = drawn()

    def draw(self, session: str, skipped: str = "") -> Updates:
        """Return the screen for a conversation, open or finished, or for none."""
        view = self.studio.open(session) if session else None
        closed = {self.body: "", self.other: "", self.tries: "", self.after: gr.Column(visible=False), self.told: ""}
        if view is None or not view.ending:
            return {self.top: render.nothing_yet(view), **closed}
        opened = bool(view.rated) or session == skipped
        changes = {
            self.top: render.rating(view, opened=opened),
            self.frame.strips[2]: strip(view.scenario.colleague.name),
            self.told: told("that you finished this scenario") if self.studio.is_told_of(session) else "",
        }
        if not opened:
            return {**closed, **changes}
        return {**changes, **self._opened(view)}

    def _opened(self, view: "View") -> Updates:
        return {
            self.body: render.debrief(view, self.studio.debrief(view.id), self.studio.attempts.levels),
            self.other: other_words(view.voice),
            **self.beside(view.id),
            self.after: gr.Column(visible=True),
            self.reflection: gr.Textbox(view.reflection, info=KEPT if view.is_kept else NOT_KEPT),
            self.saved: "",
            self.away: render.taking_away(view),
        }

    def beside(self, session: str, other: str = "") -> Updates:
        """Lay another try at the same conversation beside this one, where there is one."""
        compared = self.studio.attempts.beside(session, other)
        name = self.studio.open(session).scenario.colleague.name
        return {self.tries: render.tries(compared, name) if compared else ""}

    def rate(self, session: str, answers: dict[str, str]) -> Updates:
        """Keep the leader's own rating and open the rest."""
        asked = [rating.id for rating in self.studio.open(session).scenario.plot.ratings]
        given = {name: int(answers[name]) for name in asked if answers.get(name, "") in {"0", "1", "2", "3", "4"}}
        self.studio.rate(session, given)
        return self.draw(session)

    def overrule(self, session: str, asked: dict[str, str]) -> Updates:
        """Keep a coach's levels beside the program's; an empty one leaves the program's alone."""
        known = [one.id for one in self.studio.debrief(session).behaviours]
        given = {name: int(asked[name]) for name in known if asked.get(name, "").lstrip("-").isdigit()}
        self.studio.overrule(session, given)
        return {**self.draw(session, skipped=session), self.frame.focus: "#behaviours"}

    def skip(self, session: str) -> Updates:
        """Open the rest without a rating. Nothing is kept of it."""
        return {**self.draw(session, skipped=session), self.frame.skipped: session}

    def prose(self, session: str) -> Updates:
        """Lay the findings beside the debrief as prose, or say why there is none."""
        try:
            said, fault = self.studio.prose(session), ""
        except ModelError as error:
            said, fault = "", str(error)
        return {
            self.other: other_words(self.studio.voice(session), prose=said, fault=fault),
            self.frame.focus: OTHER,
        }

    def second(self, session: str, fault: str = "") -> Updates:
        """Show what a second reader read otherwise, as questions."""
        try:
            asked = self.studio.read_again(session)
        except ModelError as error:
            asked, fault = None, str(error)
        return {
            self.other: other_words(self.studio.voice(session), asked=asked, fault=fault),
            self.frame.focus: OTHER,
        }

    def settle(self, session: str, asked: dict[str, str]) -> Updates:
        """Read a sentence as the second reader did, because the leader says so."""
        self.studio.correct(session, int(asked["turn"]), int(asked["place"]), asked.get("move", ""))
        return {**self.draw(session, skipped=session), self.frame.focus: "#moments"}

    def reflect(self, session: str, words: str) -> Updates:
        """Keep what the leader takes from it."""
        self.studio.reflect(session, words.strip())
        said = "Saved." if is_kept(session) else "It is in your exports, and goes with the conversation."
        return {self.saved: f'<p class="waiting" role="status">{said}</p>'}
