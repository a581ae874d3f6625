"""Transcripts: every conversation that was kept; search, read, rename, export, delete, go on."""

from typing import TYPE_CHECKING

import gradio as gr

from bot.errors import UsageError
from bot.web.parts import Frame, Updates, drawn
from bot.web.render import transcripts as render
from bot.web.render.drawing import look, nothing_kept_line, strip

if TYPE_CHECKING:
    from bot.studio import Studio, View


class Transcripts:
    """The fifth screen."""

    def __init__(self, studio: "Studio", frame: Frame) -> None:
        self.studio, self.frame = studio, frame
        with gr.Column(elem_classes="screen"):
            drawn(
                look(
                    f'<h1>Transcripts</h1><p class="lead">Yours alone, on this {studio.kept_on}. '
                    "Deleting removes one for good.</p>",
                    nothing_kept_line() if studio.settings.keep_nothing else "",
                )
            )
            with gr.Row(elem_id="transcripts", equal_height=False):
                with gr.Column(scale=2, min_width=260, elem_id="shelf"):
                    self.search = gr.Textbox(
                        label="Search what was said", placeholder="A word you remember", elem_id="search-said"
                    )
                    self.shelf = drawn()
                    self.bringing = drawn(render.way_in())
                with gr.Column(scale=5, min_width=280):
                    self.reading = drawn()

    def draw(self, search: str, reading: str) -> Updates:
        """Return the list, and the conversation that is being read if there still is one."""
        kept = self.studio.sessions(search)
        opened = reading if any(one.id == reading for one in self.studio.sessions()) else ""
        changes = {self.shelf: render.shelf(kept, search, opened), self.frame.reading: opened}
        if not opened:
            over_time, levels = self.studio.attempts.practice(), self.studio.attempts.levels
            beside = render.nothing_open(any_kept=bool(kept), practice=over_time, levels=levels)
            return {**changes, self.reading: beside}
        view = self.studio.open(opened)
        return {
            **changes,
            self.reading: render.reading(view),
            self.frame.strips[4]: strip(view.scenario.colleague.name),
        }

    def find(self, search: str, reading: str) -> Updates:
        """Return the list as it is searched. What is being read stays: it may have been opened since."""
        return {self.shelf: render.shelf(self.studio.sessions(search), search, reading)}

    def read(self, session: str, search: str) -> Updates:
        """Return the conversation to read."""
        return {**self.draw(search, session), self.frame.focus: "#reading"}

    def rename(self, session: str, title: str, search: str) -> Updates:
        """Give a conversation another title."""
        if not title.strip():
            raise UsageError("A title needs at least one letter.", "Write one, then press Rename.")
        self.studio.rename(session, title.strip())
        return {**self.draw(search, session), self.frame.focus: "#reading"}

    def delete(self, session: str, search: str) -> Updates:
        """Remove a conversation for good."""
        self.studio.delete(session)
        return {**self.draw(search, ""), self.frame.focus: "#search-said textarea"}

    def go_on(self, session: str) -> "View":
        """Return the conversation to go on with: opened again if it was finished."""
        view = self.studio.open(session)
        return self.studio.go_on(session) if view.ending else view
