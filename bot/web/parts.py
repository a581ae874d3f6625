"""What all screens are made of, and how they answer an event without ever leaving the leader with nothing."""

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from bot.errors import AlexError
from bot.web.render.drawing import notice

HERE = Path(__file__).resolve().parent
ACTS = (HERE / "acts.js").read_text(encoding="utf-8")
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
UNEXPECTED = AlexError(
    "Something went wrong that the program did not expect.",
    "Everything up to your last turn is kept. Try once more; if it happens again, stop Alex and start it again.",
)
log = logging.getLogger("alex.page")

Updates = dict[Any, Any]
"""What an event changes: a new value or a new state for each component it names."""


@dataclass
class Frame:
    """What is around the screens. `session` is the conversation in the room, `reading` the one being read."""

    session: gr.Textbox
    reading: gr.Textbox
    focus: gr.Textbox
    """Where the keyboard goes after the event, as a CSS selector."""
    skipped: gr.Textbox
    """The conversation whose self-rating was skipped."""
    standing: gr.Textbox
    """How many turns the script shows: a second press of Enter, and a second window, are told apart by it."""
    nav: gr.Tabs
    strips: list[gr.HTML] = field(default_factory=list)
    notices: list[gr.HTML] = field(default_factory=list)

    def go(self, tab: str, focus: str = "") -> Updates:
        """Return what shows the screen `tab`."""
        return {self.nav: gr.Tabs(selected=tab), self.focus: focus}


def drawn(html: str = "", **named: Any) -> gr.HTML:
    """Return a block of drawn HTML whose `data-do` buttons, links and forms trigger its click event."""
    return gr.HTML(html, apply_default_css=False, js_on_load=ACTS, **named)


def quiet(words: str, **named: Any) -> gr.Button:
    """Return a button that looks like a link."""
    classes = ["quiet", *named.pop("elem_classes", [])]
    return gr.Button(words, elem_classes=classes, **named)


def calm(handler: Callable[..., Updates], box: gr.HTML, frame: Frame) -> Callable[..., Updates]:
    """Return the handler so that a fault becomes a sentence in `box`, and success clears it."""

    def answer(*values: Any) -> Updates:
        try:
            return {box: "", frame.focus: "", **handler(*values)}
        except AlexError as error:
            return {box: notice(error), frame.focus: ""}
        except Exception as error:
            report(error)
            return {box: notice(UNEXPECTED), frame.focus: ""}

    return answer


def calm_stream(handler: Callable[..., Iterator[Updates]], frame: Frame) -> Callable[..., Iterator[Updates]]:
    """Return a handler that answers in steps, so that the first step also forgets where the keyboard was sent."""

    def answer(*values: Any) -> Iterator[Updates]:
        for step in handler(*values):
            yield {frame.focus: "", **step}
        yield {frame.focus: ""}  # Gradio sends the last step twice: it must not empty a box that is being typed in again

    return answer


def report(error: Exception) -> None:
    """Log where a fault happened. Its message stays out: it may hold somebody's words."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s\n%s", type(error).__name__, where)
