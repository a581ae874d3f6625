"""Which layers of what he holds are open. From the scenario; nothing here knows what the facts say."""

from bot.colleague.hearing import Hearing
from bot.colleague.memory import Memory
from bot.colleague.scenario import Gate, Heard, Scenario
from bot.colleague.state import State
from bot.listen.codebook import holds

FROZEN_AFTER_ULTIMATUM = 2
"""Turns (DESIGN 4)."""


def opened_after(hearing: Hearing, state: State, memory: Memory) -> tuple[tuple[int, ...], int]:
    """Return (layers open after this turn, sorted; turns for which he tells nothing new).

    `state` is the state after the turn. A layer once open stays open. Layers 3 and deeper open only once something
    of what he believes has come out: nobody is told what is at stake before anybody asked what he thinks.
    """
    if any("ultimatum" in act.forms for act in hearing.acts):
        return tuple(sorted(memory.opened)), FROZEN_AFTER_ULTIMATUM
    if memory.frozen:
        return tuple(sorted(memory.opened)), memory.frozen - 1
    new = {
        layer
        for layer, gate in memory.scenario.gates.items()
        if layer not in memory.opened and _opens(gate, hearing, state) and _ready(layer, memory)
    }
    return tuple(sorted(memory.opened | new)), 0


def unlocked(opened: tuple[int, ...], scenario: Scenario) -> frozenset[str]:
    """Return the facts of the open layers."""
    return frozenset(fact.id for fact in scenario.plot.facts if fact.layer in opened)


def _ready(layer: int, memory: Memory) -> bool:
    if layer <= 2 or layer == 4:
        return True
    return memory.knows_why


def _opens(gate: Gate, hearing: Hearing, state: State) -> bool:
    if not all(holds(condition, getattr(state, name)) for name, condition in gate.state.items()):
        return False
    return not gate.hears or any(_heard(wanted, hearing) for wanted in gate.hears)


def _heard(wanted: Heard, hearing: Hearing) -> bool:
    return any(
        act.segment.move == wanted.move
        and (not wanted.focus or act.segment.focus in wanted.focus)
        and set(wanted.form) <= set(act.forms)
        for act in hearing.acts
    )
