"""A rehearsal in the terminal, and scripts played through it."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.coach.as_json import debrief_json
from bot.coach.coach import Coach
from bot.coach.debrief import Debrief
from bot.colleague.levels import USUAL, at_level, level_named
from bot.colleague.turn import Turn
from bot.errors import RecordError, UsageError
from bot.listen.lines import segment_json
from bot.session import Rehearsal, open_house
from bot.settings import Settings
from bot.studio import Studio, View

LABEL = "Simulated colleague. Practice, never appraisal."
LONGEST_SCRIPT = 400
"""Turns."""


# Playing a script -------------------------------------------------------------------------------------------------


def play(settings: Settings, name: str, script: Path | None, seed: int, *, as_json: bool, level: str = USUAL) -> None:
    """Play a script (None: from standard input) and print the conversation. Nothing of it is kept."""
    house = open_house(settings.prompts)
    coach = Coach(settings.prompts, house.codebook, reads=house.reads)
    scenario = at_level(house.scenario(name), level_named(settings.prompts, level), seed)
    rehearsal = Rehearsal(house, scenario, seed, coach=coach)
    rehearsal.warm(settings.vectors_path)
    turns = [rehearsal.take_turn(words) for words in _script(script)]
    if as_json:
        print(json.dumps(rehearsal_json(rehearsal, turns, coach), ensure_ascii=False, indent=2))  # noqa: T201
        return
    console = Console(highlight=False)
    _print_line(console, rehearsal.scenario.colleague.name, rehearsal.opening)
    for number, turn in enumerate(turns, start=1):
        _print_turn(console, rehearsal.scenario.colleague.name, turn, number)
        _print_read(console, turn)
    _print_heard(console, rehearsal)


def rehearsal_json(rehearsal: Rehearsal, turns: list[Turn], coach: Coach) -> dict[str, Any]:
    """Return a played rehearsal in the shape of the command contract (DESIGN 9)."""
    memory, seed = rehearsal.memory, rehearsal.seed
    beliefs = [fact.id for fact in rehearsal.scenario.plot.facts if fact.part == "belief"]
    return {
        "scenario": rehearsal.scenario.name,
        "opening": rehearsal.opening,
        "turns": [_turn_json(turn, number) for number, turn in enumerate(turns, start=1)],
        "ending": rehearsal.ending.id,
        "beliefs": {"total": len(beliefs), "surfaced": sum(fact in memory.told for fact in beliefs)},
        "disclosed": list(memory.told),
        "debrief": _renumbered(debrief_json(coach.debrief(memory, notes={}, self_rating={}, seed=seed)), turns),
    }


def _renumbered(found: dict[str, Any], turns: list[Turn]) -> dict[str, Any]:
    """Return the debrief with turns counted as they are printed: those that may not be kept have a number too."""
    printed = {turn.number: number for number, turn in enumerate(turns, start=1) if turn.kept}
    for one in (*found["behaviours"], *found["moments"], *([found["strength"]] if found["strength"] else [])):
        one["turn"] = printed.get(one["turn"])
    return found


def _turn_json(turn: Turn, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "leader": turn.words,
        "segments": [segment_json(act.segment) for act in turn.acts],
        "line": turn.line,
        "voice": turn.voice,
        "state": turn.state.as_numbers(),
        "disclosed": [told.fact for told in turn.told],
        "out_of_role": bool(turn.out_of_role),
    }


def _script(path: Path | None) -> list[str]:
    """Return the leader's turns: a JSON list of strings, or one turn a line."""
    try:
        content = sys.stdin.read().removeprefix("\ufeff") if path is None else path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.", "Name a file with one leader turn a line.") from None
    except (UnicodeDecodeError, IsADirectoryError, PermissionError) as error:
        raise UsageError(
            f"{path or 'The script'} cannot be read as text.", "Save it as plain text in UTF-8."
        ) from error
    turns = _turns_in(content, path)
    if len(turns) > LONGEST_SCRIPT:
        raise UsageError(f"The script has {len(turns)} turns; {LONGEST_SCRIPT} is the most.", "Cut it in two.")
    return turns


def _turns_in(content: str, path: Path | None) -> list[str]:
    if content.lstrip().startswith("["):
        try:
            turns = json.loads(content)
        except json.JSONDecodeError:
            turns = None
        if isinstance(turns, list):
            if not all(isinstance(turn, str) for turn in turns):
                name = path or "The script"
                raise UsageError(f"{name} holds something that is not text.", "Write a JSON list of strings.")
            return turns
    return content.splitlines()


# Talking ----------------------------------------------------------------------------------------------------------

HELP = "Type what you would say. /coach  /word <draft>  /read  /was <n> <move>  /back  /where  /finish  /quit"


def talk(settings: Settings, name: str, seed: int | None, level: str = USUAL) -> None:
    """Hold a conversation in the terminal. It is kept, like one in the browser."""
    console = Console(highlight=False, soft_wrap=False)
    studio = Studio(settings)
    view = studio.begin(name, "practise", {}, seed, level)
    who = view.scenario.colleague.name
    console.print(f"\n[bold]{view.scenario.plot.place}[/bold]   [dim]{LABEL}[/dim]\n")
    for paragraph in view.scenario.plot.brief.situation:
        console.print(Padding(paragraph, (0, 4, 1, 4)))
    console.print(f"[dim]{HELP}[/dim]\n")
    if not view.is_kept:
        console.print("[dim]Nothing of this is kept: it is gone when you leave.[/dim]\n")
    _print_line(console, who, view.opening)
    _print_voice(console, view)
    while True:
        try:
            words = console.input(f"\n[green]You {len(view.turns) + 1:<4}[/green] ")
        except (EOFError, KeyboardInterrupt):
            words = "/quit"
        if words.strip() in {"/quit", "/q"}:
            kept = f"Kept as {view.id}. `alex export {view.id} --to FILE` writes it out."
            console.print(f"\n[dim]{kept if view.is_kept else 'Nothing of it was kept.'}[/dim]")
            return
        if words.strip() == "/finish":
            _finish(console, studio, view.id)
            return
        try:
            view = _one_exchange(console, studio, view, words)
        except (UsageError, RecordError) as error:
            console.print(Text(str(error), style="dim"))


def _one_exchange(console: Console, studio: Studio, view: View, words: str) -> View:
    command, _, rest = words.strip().partition(" ")
    if command == "/coach":
        _print_coach(console, studio.ask_coach(view.id))
    elif command == "/where":
        _print_where(console, view)
    elif command == "/word" and rest.strip():
        worded = studio.word_it(view.id, rest)
        console.print(Padding(Text(worded.why, style="yellow"), (1, 4, 0, 8)))
        for says in worded.says:
            console.print(Padding(Text(f"· {says}"), (0, 4, 0, 8)))
    elif command == "/read":
        _print_reading(console, view)
    elif command == "/was":
        view = _put_right(studio, view, rest)
        _print_reading(console, view)
    elif command == "/back" and view.turns:
        view, taken = studio.take_back(view.id)
        console.print(Text(f"Taken back: {taken}", style="dim"))
    elif command.startswith("/"):
        console.print(f"[dim]{HELP}[/dim]")
    else:
        view = studio.say(view.id, words)
        turn = view.turns[-1].turn
        _print_line(console, "Coach" if turn.out_of_role else view.scenario.colleague.name, turn.line)
        _print_voice(console, view)
    return view


def _print_voice(console: Console, view: View) -> None:
    """Print who spoke and why, where a language model is set."""
    if view.voice is not None:
        console.print(Text(view.voice.now, style="dim"))


def _put_right(studio: Studio, view: View, asked: str) -> View:
    """Read a sentence of the last turn as the leader says: "2 open question"."""
    place, _, move = asked.strip().partition(" ")
    if not view.turns or not place.isdigit() or not move.strip():
        raise UsageError("Say which sentence was what.", "For example: /was 1 own view. /read numbers the sentences.")
    named = move.strip().lower().replace(" ", "_")
    if named not in view.kinds:
        known = ", ".join(kind.replace("_", " ") for kind in view.kinds)
        raise UsageError(f"{move.strip()!r} is not one of the moves.", f"There are {known}.")
    return studio.correct(view.id, view.turns[-1].turn.number, int(place) - 1, named)


def _print_reading(console: Console, view: View) -> None:
    """Print each sentence of the last turn with how it was read."""
    if not view.turns:
        console.print("[dim]Nothing has been said yet.[/dim]")
        return
    shown = view.turns[-1]
    if shown.observation and shown.observation.asks:
        console.print(Padding(Text(shown.observation.asks, style="yellow"), (1, 4, 0, 8)))
    for place, act in enumerate(shown.turn.acts, start=1):
        one = act.segment
        doubt = "" if one.sure else f" Not sure; or {view.kinds.get(one.second, 'something else')}."
        named = f"{one.move.replace('_', ' ')}: {view.kinds[one.move]}."
        console.print(Padding(Text(f"{place}  {one.text}\n   {named}{doubt}"), (0, 4, 0, 8)))


def _print_turn(console: Console, who: str, turn: Turn, number: int) -> None:
    console.print()
    console.print(Padding(Text(turn.words), (0, 4, 0, 8)) if turn.words else "", end="")
    console.print(f"[green]You {number}[/green]") if not turn.words else None
    _print_line(console, "Coach" if turn.out_of_role else who, turn.line)


def _print_read(console: Console, turn: Turn) -> None:
    """Print how the turn was read, and what came out in answer."""
    read = ", ".join(act.segment.move.replace("_", " ") for act in turn.acts)
    told = "; told: " + ", ".join(one.fact for one in turn.told) if turn.told else ""
    if read or told:
        console.print(Padding(Text(read + told, style="dim"), (0, 4, 0, 8)))


def _print_heard(console: Console, rehearsal: Rehearsal) -> None:
    """Print the ending, and what was heard, layer by layer."""
    memory, plot = rehearsal.memory, rehearsal.scenario.plot
    console.print(f"\n[dim]{rehearsal.ending.name}.[/dim]")
    for layer in sorted(plot.layers, key=lambda one: one.layer):
        facts = [fact.id for fact in plot.facts if fact.layer == layer.layer]
        heard = [name for name in facts if name in memory.told]
        said = ", ".join(heard) if heard else "nothing"
        console.print(Text(f"Layer {layer.layer}, {layer.name}: {said} ({len(heard)} of {len(facts)})", style="dim"))


def _print_line(console: Console, who: str, line: str) -> None:
    colour = "yellow" if who == "Coach" else "magenta"
    table = Table.grid(padding=(0, 2))
    table.add_column(width=6, style=colour)
    table.add_column(max_width=76)
    table.add_row(who, Text(line))
    console.print(table)


def _print_coach(console: Console, view: View) -> None:
    shown = view.turns[-1] if view.turns else None
    if shown and shown.observation:
        chips = " · ".join(chip.says for chip in shown.observation.chips)
        said = "\n".join(part for part in (chips, shown.observation.asks, shown.observation.effect) if part)
        console.print(Padding(Text(said, style="yellow"), (1, 4, 0, 8)))
    if shown and shown.tip:
        console.print(Padding(Text(shown.tip.says, style="yellow"), (0, 4, 0, 8)))
        if view.coach_note:
            console.print(Padding(Text(view.coach_note, style="dim"), (0, 4, 0, 8)))
        if shown.tip.title:
            console.print(Padding(Text(f"From {shown.tip.title}, {shown.tip.section}", style="dim"), (0, 4, 0, 8)))
    console.print(Padding(Text("You could ask:", style="yellow"), (1, 4, 0, 8)))
    for ask in view.guide.ask:
        console.print(Padding(Text(f"· {ask}"), (0, 4, 0, 8)))


def _print_where(console: Console, view: View) -> None:
    console.print(Padding(Text(f"{view.guide.label} {view.guide.says}", style="yellow"), (1, 4, 0, 8)))
    for stage in view.guide.stages:
        when = f", turn {stage.turn}" if stage.turn else ""
        console.print(Padding(f"{MARKS[stage.mark]} {stage.name}: {stage.status}{when}", (0, 4, 0, 8)))


MARKS = {"none": "○", "some": "◐", "done": "●"}


def _finish(console: Console, studio: Studio, session_id: str) -> None:
    view = studio.finish(session_id)
    ratings = {}
    console.print("\n[bold]First, your own view.[/bold] 0 is not at all, 4 is completely; Enter leaves one out.")
    for rating in view.scenario.plot.ratings:
        answer = console.input(f"  {rating.me}: ").strip()
        if answer in {"0", "1", "2", "3", "4"}:
            ratings[rating.id] = int(answer)
    studio.rate(session_id, ratings)
    print_debrief(studio.debrief(session_id))


def print_debrief(found: Debrief) -> None:
    """Print a debrief to read in a terminal."""
    console = Console(highlight=False)
    console.print(f"\n[bold]{found.headline}[/bold]\n{found.summary}\n")
    if found.strength:
        console.print(Text.assemble(("One strength. ", "bold"), found.strength.text, "\n"))
    console.print(Padding(Text(f"Six weeks later. {found.six_weeks}\n{found.why}", style="italic"), (0, 4)))
    print_moments(console, found)
    print_behaviours(console, found)
    for pair in found.ratings:
        mine = "" if pair.mine is None else f", you said {pair.mine}"
        console.print(f"[dim]{pair.ask}: {pair.his} of 4{mine}[/dim]")
    console.print(Text(f"\n{found.question}", style="bold"))
    console.print("[dim]A profile to think with. Never a grade, never for appraisal.[/dim]")


def print_moments(console: Console, found: Debrief) -> None:
    """Print the moments to try again."""
    for moment in found.moments:
        console.print(Text.assemble((f"\nTurn {moment.turn}", "bold"), f"  {moment.what}"))
        console.print(Padding(Text(f"You: {moment.words}\n{moment.line}"), (0, 4)))
        if moment.thought:
            console.print(Padding(Text(f"Not said: {moment.thought}", style="magenta"), (0, 4)))
        for way in moment.alternatives[:1]:
            console.print(Padding(Text(f"You might say: {way}"), (0, 4)))


def print_behaviours(console: Console, found: Debrief) -> None:
    """Print the ten behaviours as a table."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for one in found.behaviours:
        level = one.level or one.status
        table.add_row(one.name, level, Text(f"“{one.quote}” (turn {one.turn})" if one.quote else one.note))
    console.print()
    console.print(table)
