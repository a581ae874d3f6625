"""What all screens are made of, and how they answer an event without ever leaving the leader with nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from bot.errors import AlexError
from bot.web.faults import UNEXPECTED, report
from bot.web.render.drawing import notice

HERE = Path(__file__).resolve().parent
ACTS = (HERE / "acts.js").read_text(encoding="utf-8")
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}

Updates = dict[Any, Any]
"""What an event changes: a new value or a new state for each component it names."""


class Frame:
    """What is around the screens. Must be made inside Blocks."""

    def __init__(self) -> None:
        self.session = hidden()
        """The id of the conversation in the room."""
        self.reading = hidden()
        """The id of the transcript that is being read."""
        self.focus = hidden()
        """Where the keyboard goes after an event, as a CSS selector."""
        self.skipped = hidden()
        """The id of the conversation whose self-rating was skipped."""
        self.standing = hidden()
        """How many turns the script shows: a second press of Enter, and a second window, are told apart by it."""
        self.nav = gr.Tabs(elem_id="nav", selected="prepare")
        self.strips: list[gr.HTML] = []
        self.notices: list[gr.HTML] = []

    def go(self, tab: str, focus: str = "") -> Updates:
        """Return what shows the screen `tab`."""
        return {self.nav: gr.Tabs(selected=tab), self.focus: focus}


def hidden() -> gr.Textbox:
    """Return a value that the browser holds and nobody sees."""
    return gr.Textbox("", visible=False)


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
            return {box: "", frame.focus: "", **handler(*_filled(values))}
        except AlexError as error:
            return {box: notice(error), frame.focus: ""}
        except Exception as error:
            report(error)
            return {box: notice(UNEXPECTED), frame.focus: ""}

    return answer


def calm_stream(handler: Callable[..., Iterator[Updates]], frame: Frame) -> Callable[..., Iterator[Updates]]:
    """Return a handler that answers in steps, so that the first step also forgets where the keyboard was sent."""

    def answer(*values: Any) -> Iterator[Updates]:
        for step in handler(*_filled(values)):
            yield {frame.focus: "", **step}
        yield {
            frame.focus: ""
        }  # Gradio sends the last step twice: it must not empty a box that is being typed in again

    return answer


def calm_steps(
    handler: Callable[..., Iterator[Updates]], box: gr.HTML, said: gr.HTML, frame: Frame
) -> Callable[..., Iterator[Updates]]:
    """Return a handler that answers in steps so that a fault becomes a sentence in `box`.

    `said` is where it tells how far it is: that goes when a fault comes. The last step may send the keyboard somewhere.
    """

    def answer(*values: Any) -> Iterator[Updates]:
        try:
            for step in handler(*_filled(values)):
                yield {box: "", frame.focus: "", **step}
        except AlexError as error:
            yield {box: notice(error), said: "", frame.focus: ""}
        except Exception as error:
            report(error)
            yield {box: notice(UNEXPECTED), said: "", frame.focus: ""}

    return answer


def _filled(values: tuple[Any, ...]) -> list[Any]:
    """Return the values with "" for a box that nobody has opened yet."""
    return ["" if value is None else value for value in values]
