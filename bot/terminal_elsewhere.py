"""Debriefing a conversation held elsewhere, in the terminal."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.elsewhere.debriefing import LookedBack, look_back, looked_back_json, paper_of, without_names
from bot.elsewhere.files import said_in_path
from bot.elsewhere.spoken import Said, leads, speakers
from bot.exports.afterwards import said_of
from bot.exports.writing import kind_of, printed, put
from bot.terminal import print_behaviours, print_debrief, print_moments


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    leader: str | None = None
    scenario: str | None = None
    without_names: bool = False
    hide: tuple[str, ...] = ()
    to: Path | None = None
    overwrite: bool = False
    as_json: bool = False


def debrief_elsewhere(prompts: Path, file: Path, asked: Asked) -> None:
    """Print the debrief of a file, and write it where that was asked for. Raise UsageError with what to do."""
    kind = kind_of(asked.to, overwrite=asked.overwrite) if asked.to else ""
    said = said_in_path(file)
    leader = asked.leader or _ask_who_leads(said, asked)
    if asked.without_names:
        said, leader = _without_names(said, leader, asked.hide)
    found = look_back(prompts, said, leader=leader, scenario=asked.scenario)
    if found.guessed:
        print(f"Taken for the leader: {found.leader}. If not, say --leader NAME.", file=sys.stderr)  # noqa: T201
    if asked.as_json:
        print(json.dumps(looked_back_json(found), ensure_ascii=False, indent=2))  # noqa: T201
    else:
        _print(found)
    if asked.to:
        print(f"Written: {put(asked.to, printed(paper_of(found, _title(file, asked)), kind))}", file=sys.stderr)  # noqa: T201


def _without_names(
    said: Sequence[Said], leader: str | None, hide: Sequence[str]
) -> tuple[tuple[Said, ...], str | None]:
    hidden = without_names(said, hide)
    renamed = {one.speaker.lower(): other.speaker for one, other in zip(said, hidden, strict=True)}
    return hidden, renamed.get(leader.lower(), leader) if leader else None


def _title(file: Path, asked: Asked) -> str:
    return "A conversation held elsewhere" if asked.without_names else file.stem


def _ask_who_leads(said: Sequence[Said], asked: Asked) -> str | None:
    """Return who leads, where it is unclear and somebody sits there to be asked; else None."""
    guess, told = leads(said)
    if told or asked.as_json or not sys.stdin.isatty():
        return None
    console, found = Console(highlight=False), speakers(said)
    console.print("[bold]Which of them leads the conversation?[/bold]")
    for place, one in enumerate(found, start=1):
        console.print(Padding(Text(f"{place}  {one.name}, {one.times} times: {one.first}"), (0, 4)))
    answer = console.input(Text(f"Number, or Enter for {guess}: ")).strip()
    return found[int(answer) - 1].name if answer.isdigit() and 0 < int(answer) <= len(found) else guess


def _print(found: LookedBack) -> None:
    if found.ours:
        print_debrief(found.debrief)
        return
    console = Console(highlight=False)
    console.print(Text(f"\n{found.leader} led. {len(found.memory.played)} turns.\n", style="bold"))
    if found.debrief.strength:
        console.print(Text.assemble(("One strength. ", "bold"), found.debrief.strength.text))
    print_moments(console, found.debrief)
    print_behaviours(console, found.debrief)
    for sentence in said_of(found.debrief, found.memory.scenario.colleague.name, found.answered):
        console.print(Text(sentence, style="dim"))
    console.print(Text(f"\n{found.debrief.question}", style="bold"))
    console.print("[dim]A profile to think with. Never a grade, never for appraisal.[/dim]")
