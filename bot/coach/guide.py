"""Where the conversation stands, and what could be asked next. No order is owed."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from bot.coach.circumstances import concern_said, evidence_asked
from bot.coach.read_back import ReadBack
from bot.coach.words import (
    CASE,
    CoachWords,
    StageWords,
    fill,
    fillable,
    of_the_case,
    person_slots,
    slots_of,
    what_he_said,
)
from bot.colleague.memory import Memory
from bot.colleague.turn import Turn

OFFERED = 3
"""Wordings offered at a time."""


@dataclass(frozen=True)
class Stage:
    """One of the four things on the table. `mark` is 'none', 'some' or 'done'; `turn` is when it was first there."""

    id: str
    name: str
    mark: str
    status: str
    turn: int | None


@dataclass(frozen=True)
class Guide:
    """The door, the four things, and three ways to go on."""

    door: str
    label: str
    says: str
    stages: tuple[Stage, ...]
    about: str
    why: str
    offers: Callable[[], tuple[str, ...]] = field(compare=False, repr=False)

    @cached_property
    def ask(self) -> tuple[str, ...]:
        """Return what could be asked, read back; worked out when it is looked at."""
        return self.offers()


def guide(memory: Memory, words: CoachWords, seed: int, read_back: ReadBack) -> Guide:
    """Return where the leader is after the last turn."""
    door, cause = _door(memory)
    slots = person_slots(memory.scenario.colleague)
    state = words.door[door]  # type: ignore[index]
    stages = tuple(_stage(entry, memory, slots) for entry in words.stages)
    current = next((i for i, stage in enumerate(stages) if stage.mark != "done"), len(stages) - 1)
    entry, stage = words.stages[current], stages[current]
    says = state.says.get(cause, state.says["default"])

    def offers() -> tuple[str, ...]:
        return read_back.first_filled(_ask(entry, stage.mark, memory, seed), OFFERED)

    return Guide(door, state.label, fill(says, slots), stages, stage.name, fill(entry.why, slots), offers)


def read_all(memory: Memory, words: CoachWords, read_back: ReadBack) -> None:
    """Read every wording that can be filled in at this point, rather than in the turn that first offers it."""
    for entry in words.stages:
        for mark in ("none", "some"):
            wordings = _ask(entry, mark, memory, seed=0)
            read_back.first_filled(wordings, len(wordings))


def _ask(entry: StageWords, mark: str, memory: Memory, seed: int) -> dict[str, str]:
    """Return what could be asked, wording -> filled in: what takes up his words, then what is about the case first."""
    latest = memory.last.line if memory.last else ""
    slots = what_he_said(memory) | of_the_case(memory, latest, f"{seed}:case:{len(memory.turns)}")
    slots["name"] = memory.scenario.colleague.name
    wordings = entry.ask if mark == "none" else entry.ask_more
    said = {turn.words.strip().lower() for turn in memory.played}
    fit = [text for text in wordings if not said & {filled.lower() for filled in fillable([text], slots)}]
    random.Random(f"{seed}:ask:{len(memory.turns)}").shuffle(fit)
    mentioning = [text for text in fit if "his_words" in slots_of(text)]
    about_it = [text for text in fit if slots_of(text) & {*CASE}]
    chosen = dict.fromkeys([*mentioning[:1], *about_it[:1], *fit])
    return {text: fill(text, slots) for text in chosen if slots_of(text) <= slots.keys()}


def _stage(entry: StageWords, memory: Memory, slots: dict[str, str]) -> Stage:
    mark, turn = MARKS[entry.id](memory)
    status = {"none": entry.none, "some": entry.some, "done": entry.done}[mark]
    return Stage(entry.id, fill(entry.name, slots), mark, status, turn)


def _first(memory: Memory, moves: set[str], form: str | None = None) -> int | None:
    for turn in memory.played:
        if any(a.segment.move in moves and (form is None or form in a.forms) for a in turn.acts):
            return turn.number
    return None


def _problem(memory: Memory) -> tuple[str, int | None]:
    if concern_said(memory):
        return "done", _first(memory, {"own_view"})
    hinted = _first(memory, {"softening", "observation", "judgement", "directive"})
    return ("some", hinted) if hinted else ("none", None)


def _his_theory(memory: Memory) -> tuple[str, int | None]:
    told = [turn for turn in memory.played if any(memory.scenario.facts[t.fact].layer >= 2 for t in turn.told)]
    if not told:
        return "none", None
    checked = any("confirmed" in act.forms for act in memory.acts)
    return ("done" if checked and len(told) >= 2 else "some"), told[0].number


def _both_theories(memory: Memory) -> tuple[str, int | None]:
    own = _first(memory, {"own_fallibility"})
    tested = _first(memory, {"test_idea"}) or _first(memory, {"open_question"}, "evidence")
    shared = _first(memory, {"common_ground"})
    turns = [turn for turn in (own, tested, shared) if turn]
    if evidence_asked(memory) and (own or shared):
        return "done", min(turns)
    return ("some", min(turns)) if turns else ("none", None)


def _next_step(memory: Memory) -> tuple[str, int | None]:
    step = next((turn for turn in memory.played if turn.step in {"bargain", "agreed"}), None)
    if memory.step == "agreed":
        return "done", next(turn.number for turn in memory.played if turn.step == "agreed")
    tried = _first(memory, {"next_step"})
    return ("some", step.number if step else tried) if (step or tried) else ("none", None)


MARKS = {"problem": _problem, "his_theory": _his_theory, "both_theories": _both_theories, "next_step": _next_step}


def _door(memory: Memory) -> tuple[str, str]:
    """Return the door and the name of what is going on: keys of `door` in coach.yaml."""
    last, state = memory.last, memory.state
    manner = memory.scenario.manner(state)
    if memory.frozen:
        return "shut", "frozen"
    if manner == "high":
        return "shut", _shut(last)
    if memory.step == "agreed":
        return "open", "agreed"
    if memory.deepest_told() >= 3 and manner == "low":
        return "open", _open(memory, last)
    return "ajar", _ajar(last, memory)


def _shut(last: Turn | None) -> str:
    moves = {act.segment.move for act in last.acts} if last else set()
    if last and last.step == "facade":
        return "facade"
    if "directive" in moves:
        return "after_order"
    return "after_blame" if moves & {"accusing_question", "judgement"} else "default"


def _open(memory: Memory, last: Turn | None) -> str:
    if memory.step == "bargain":
        return "bargaining"
    layers = {memory.scenario.facts[told.fact].layer for told in last.told} if last else set()
    return "told_doubt" if 5 in layers else ("thinking_aloud" if layers else "default")


def _ajar(last: Turn | None, memory: Memory) -> str:
    if last is None:
        return "waiting"
    if last.situation in {"correct", "partly"}:
        return "corrected_you"
    if last.told:
        smaller = all(memory.scenario.facts[told.fact].layer == 0 for told in last.told)
        return "playing_down" if smaller else "giving_reasons"
    return "default"
