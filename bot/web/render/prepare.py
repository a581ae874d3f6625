"""What is drawn on Prepare."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from bot.coach.words import fill, person_slots
from bot.web.render.drawing import draw, look, own
from bot.web.render.shared import day_named

if TYPE_CHECKING:
    from bot.colleague.levels import Level
    from bot.colleague.scenario import Scenario
    from bot.errors import ScenarioError
    from bot.record.groups import Group
    from bot.record.kept import Summary

NOTES = {
    "beliefs": ("What I believe", "About the work, about {name}, about change."),
    "actions": ("What I have done", "What somebody watching would have seen."),
    "consequences": ("What has followed", "For pupils, for {name}, for you. Intended or not."),
    "guess": ("My guess at {his}", "What might make the present way the sensible choice?"),
    "unsaid": ("What I am thinking and would not say", "Private. Afterwards you see whether it leaked."),
}
"""The leader's notes: a title and a hint each."""
MODES = {
    "practise": ("Practise", "No clock. The coach comments after each turn."),
    "seven": ("Seven minutes", "A clock, and the coach waits until you ask."),
    "alone": ("On your own", "No clock, and no coach until the end."),
}


def choices(scenarios: Iterable["Scenario"]) -> list[tuple[str, str]]:
    """Return the colleagues to meet as (title and note on two lines, name)."""
    return [(f"{one.plot.title}\n{one.plot.note}", one.name) for one in scenarios]


def broken(faults: Iterable["ScenarioError"]) -> str:
    """Return a word on each scenario that cannot be played, for whoever wrote it; '' where all can."""
    said = [f'<p class="small">Left out: {escape(fault.fault)} {escape(fault.fix)}</p>' for fault in faults]
    return look("".join(said)) if said else ""


def mode_choices() -> list[tuple[str, str]]:
    """Return the ways to rehearse as (title and note on two lines, name)."""
    return [(f"{title}\n{note}", name) for name, (title, note) in MODES.items()]


def level_choices(levels: Iterable["Level"], scenario: "Scenario") -> list[tuple[str, str]]:
    """Return the levels as (name and note on two lines, id); without the surprise where the scenario has none."""
    slots = person_slots(scenario.colleague)
    there = [one for one in levels if not one.surprises or scenario.lines.surprises]
    return [(f"{one.name}\n{fill(one.note, slots)}", one.id) for one in there]


@dataclass(frozen=True)
class Task:
    """What is set in a group that the leader is in."""

    group: str
    what: str
    scenario: str
    level: str


def tasks(
    groups: "Iterable[Group]", scenarios: "Iterable[Scenario]", levels: "Iterable[Level]", now: datetime
) -> list[Task]:
    """Return what is set in these groups, the nearest day first, as far as it can be played and is not over."""
    titles, names = {one.name: one.plot.title for one in scenarios}, {one.id: one.name.lower() for one in levels}
    there = [one for one in groups if one.scenario in titles and one.level in names and not one.is_over(now)]
    in_order = sorted(there, key=lambda one: (one.until is None, one.until or one.created))
    return [Task(one.name, _task(one, titles, names), one.scenario, one.level) for one in in_order]


def _task(group: "Group", titles: Mapping[str, str], levels: Mapping[str, str]) -> str:
    until = f", until {day_named(group.until)}" if group.until else ""
    return f"{titles[group.scenario]}, {levels[group.level]}{until}"


def opening(name: str, unfinished: "Summary | None", tasks: Sequence[Task] = ()) -> str:
    """Return the top of the screen, with the way back into an unfinished conversation, and what is set in groups."""
    return look(draw("opening.html", name=name, unfinished=unfinished, tasks=tasks))


def brief(scenario: "Scenario") -> str:
    """Return what the leader knows beforehand."""
    return look(draw("brief.html", brief=scenario.plot.brief))


def example(scenario: "Scenario") -> str:
    """Return the worked example as a script with its notes in the margin."""
    return look(draw("example.html", example=scenario.example, name=scenario.colleague.name))


def note_words(which: str, scenario: "Scenario") -> tuple[str, str]:
    """Return the label and the hint of one of the leader's notes, with the colleague's name in them."""
    person = scenario.colleague
    label, hint = NOTES[which]
    return label.format(his=own(person.their)), hint.format(name=person.name)
