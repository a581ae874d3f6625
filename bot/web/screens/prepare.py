"""Prepare: who to meet, what the leader thinks beforehand, how to rehearse."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from bot.colleague.levels import USUAL
from bot.web.parts import Frame, Updates, drawn, quiet
from bot.web.render import prepare as render
from bot.web.render.drawing import look, nothing_kept, nothing_kept_line, strip, told
from bot.web.render.voice import voice

if TYPE_CHECKING:
    from bot.colleague.scenario import Scenario
    from bot.studio import Studio

FIRST_TIME = (
    '<p class="small">First time? See how one conversation went, a mis-step and its repair included, with notes '
    "in the margin.</p>"
)
MOST_TASKS = 3
"""Things set in groups that are shown; all of them stand under "Your groups"."""
LINES = {"beliefs": 4, "actions": 4, "consequences": 4, "guess": 2, "unsaid": 2}


class Prepare:
    """The first screen."""

    def __init__(self, studio: "Studio", frame: Frame) -> None:
        self.studio, self.frame = studio, frame
        scenarios = studio.scenarios()
        first = scenarios[0]
        with gr.Column(elem_classes="screen"):
            self.opening = drawn(render.opening(first.colleague.name, None))
            with gr.Row(elem_classes="wide-gap", equal_height=False):
                with gr.Column(scale=1, min_width=280):
                    self.who = _choice("Who will you meet?", render.choices(scenarios), first.name, "who")
                    drawn(render.broken(studio.broken()))
                    drawn(look(FIRST_TIME))
                    with gr.Row(elem_classes="buttons"):
                        self.show_example = quiet("Read the worked example first", elem_id="show-example")
                with gr.Column(scale=1, min_width=280):
                    self.brief = drawn(render.brief(first))
            self.example = drawn(render.example(first), visible=False)
            self.notes = self._place_notes(first)
            self.level = _choice("How hard?", render.level_choices(studio.levels(), first), USUAL, "level", "across")
            modes = render.mode_choices()
            self.mode = _choice("How would you like to rehearse?", modes, modes[0][1], "mode", "across")
            self.unkept = self._place_unkept()
            self.voice = drawn("" if studio.settings.is_server else voice(studio.voice()))
            if studio.settings.tells_a_store:
                drawn(told("when you finish a scenario"))
            with gr.Row(elem_classes="buttons"):
                self.begin = gr.Button("Begin the conversation", variant="primary", elem_id="begin")

    def _place_unkept(self) -> gr.Checkbox:
        """Place the tick for a conversation of which nothing is kept; where that holds for all, a line says so."""
        always = self.studio.settings.keep_nothing
        if always:
            drawn(look(nothing_kept_line()))
        named: dict[str, Any] = {"elem_id": "keep-nothing", "elem_classes": "tick", "container": False}
        named |= {"label": "Keep nothing of this conversation", "info": f"Then n{nothing_kept('it')[1:]}"}
        return gr.Checkbox(value=always, visible=not always, interactive=True, **named)

    def _place_notes(self, scenario: "Scenario") -> dict[str, gr.Textbox]:
        said = "What you believe leads to what you do, and that has consequences. Yours first, then your guess."
        drawn(look(f'<div class="section"><h2>Your theory of action</h2><p class="small">{said}</p></div>'))
        notes = {}
        with gr.Row(elem_id="chain", equal_height=False):
            for which in ("beliefs", "actions", "consequences"):
                with gr.Column(min_width=240):
                    notes[which] = _note(which, scenario)
        with gr.Row(elem_classes="wide-gap", equal_height=False):
            for which in ("guess", "unsaid"):
                with gr.Column(min_width=280):
                    notes[which] = _note(which, scenario)
        return notes

    def refresh(self) -> Updates:
        """Return the top of the screen as it is now; what was typed stays."""
        return {
            self.opening: self._opening(self.studio.scenarios()[0]),
            self.voice: voice(self.studio.voice()),
        }

    def choose(self, name: str) -> Updates:
        """Return what changes when another colleague is chosen."""
        scenario = self.studio.scenario(name)
        changes: Updates = {
            self.opening: self._opening(scenario),
            self.brief: render.brief(scenario),
            self.example: gr.HTML(render.example(scenario)),
            self.frame.strips[0]: strip(scenario.colleague.name),
            self.level: gr.Radio(render.level_choices(self.studio.levels(), scenario)),
        }
        for which, box in self.notes.items():
            label, hint = render.note_words(which, scenario)
            changes[box] = gr.Textbox(label=label, info=hint)
        return changes

    def set(self, name: str, level: str) -> Updates:
        """Return what changes when a colleague and a level are chosen together; nothing for one that there is not."""
        scenario = next((one for one in self.studio.scenarios() if one.name == name), None)
        if scenario is None:
            return {}
        levels = render.level_choices(self.studio.levels(), scenario)
        chosen = level if level in {one for _, one in levels} else USUAL
        return {**self.choose(name), self.who: name, self.level: gr.Radio(levels, value=chosen)}

    def read_example(self) -> Updates:
        """Return what opens the worked example."""
        return {self.example: gr.HTML(visible=True), self.frame.focus: "#example"}

    def inputs(self) -> list[Any]:
        """Return what the leader chose and noted, in the order that `noted` reads."""
        return [self.who, self.mode, self.level, self.unkept, *self.notes.values()]

    def noted(self, words: tuple[str, ...]) -> dict[str, str]:
        """Return the notes by name; what was left empty is left out."""
        return {which: said.strip() for which, said in zip(self.notes, words, strict=True) if said and said.strip()}

    def _opening(self, scenario: "Scenario") -> str:
        return render.opening(scenario.colleague.name, self._unfinished(), self._tasks())

    def _tasks(self) -> list[render.Task]:
        if not self.studio.settings.is_server:
            return []
        groups = [one.group for one in self.studio.groups.joined()]
        return render.tasks(groups, self.studio.scenarios(), self.studio.levels(), datetime.now(UTC))[:MOST_TASKS]

    def _unfinished(self) -> Any:
        opened = self.studio.last_open()
        return next((one for one in self.studio.sessions() if one.id == opened), None) if opened else None


def _choice(label: str, choices: list[tuple[str, str]], value: str, which: str, *classes: str) -> gr.Radio:
    named: dict[str, Any] = {"elem_id": which, "elem_classes": ["choices", *classes]}
    return gr.Radio(choices, value=value, label=label, interactive=True, **named)


def _note(which: str, scenario: "Scenario") -> gr.Textbox:
    label, hint = render.note_words(which, scenario)
    named: dict[str, Any] = {"elem_id": f"note-{which}", "elem_classes": "speech"}
    return gr.Textbox(label=label, info=hint, lines=LINES[which], max_lines=12, interactive=True, **named)
