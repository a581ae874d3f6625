"""Levels: the same scenario on an easier day, on a harder one, or with an opening that nobody planned for."""

import random
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from bot.colleague.scenario import Gate, Layer, Scenario, SpokenLine, Surprise
from bot.colleague.state import NAMES
from bot.content import ContentModel, read_model
from bot.errors import ContentError, UsageError
from bot.listen.codebook import Condition, Effect, ValueName

USUAL = "usual"


class Level(ContentModel):
    """What a level changes. `start` and `gates` are added to the scenario's numbers."""

    id: str
    name: str
    note: str
    start: dict[ValueName, float] = {}
    gates: dict[ValueName, float] = {}
    effects: list[Effect] = []
    surprises: bool = False


class LevelFile(ContentModel):
    """levels.yaml as written."""

    levels: list[Level]


@lru_cache(maxsize=8)
def load_levels(prompts: Path) -> dict[str, Level]:
    """Return the levels by id, in the order of the file. Raise ContentError that a coach can act on."""
    found = read_model(prompts / "levels.yaml", LevelFile, ContentError)
    names = [level.id for level in found.levels]
    if USUAL not in names or len(set(names)) != len(names):
        raise ContentError("levels.yaml", f"each level needs an id of its own, and one must be {USUAL!r}.", "")
    return {level.id: level for level in found.levels}


def level_named(prompts: Path, name: str) -> Level:
    """Return a level. Raise UsageError for one that there is not."""
    levels = load_levels(prompts)
    if name not in levels:
        raise UsageError(f"{name!r} is not a level.", f"There are {', '.join(levels)}.")
    return levels[name]


def at_level(scenario: Scenario, level: Level, seed: int) -> Scenario:
    """Return the scenario as it is at this level. The same seed gives the same surprise."""
    if not (level.start or level.gates or level.effects or level.surprises):
        return scenario
    surprise = _surprise(scenario, level, seed)
    start = _added(scenario.plot.start, level.start)
    openings = scenario.lines.openings
    if surprise is not None:
        start = _added(start, surprise.change)
        openings = [SpokenLine(say=surprise.say)]
    layers = [_layer(layer, level.gates) for layer in scenario.plot.layers]
    changed = {"start": start, "layers": layers, "effects": [*level.effects, *scenario.plot.effects]}
    lines = scenario.lines.model_copy(update={"openings": openings})
    return Scenario(scenario.plot.model_copy(update=changed), lines, scenario.example, scenario.fingerprint)


def _surprise(scenario: Scenario, level: Level, seed: int) -> Surprise | None:
    if not level.surprises or not scenario.lines.surprises:
        return None
    return random.Random(f"{seed}:surprise").choice(scenario.lines.surprises)


def _added(values: Mapping[ValueName, float], more: Mapping[ValueName, float]) -> dict[str, float]:
    return {name: max(0.0, min(100.0, values.get(name, 0.0) + more.get(name, 0.0))) for name in NAMES}


def _layer(layer: Layer, more: Mapping[ValueName, float]) -> Layer:
    state = {name: _moved(condition, more.get(name, 0.0)) for name, condition in layer.opens.state.items()}
    return layer.model_copy(update={"opens": Gate(hears=layer.opens.hears, state=state)})


def _moved(condition: Condition, by: float) -> str:
    """Return ">=40" moved by 10 as ">=50"."""
    sign, mark = re.fullmatch(r"([<>]=?)(\d+(?:\.\d+)?)", condition).groups()  # type: ignore[union-attr]
    return f"{sign}{max(0.0, min(100.0, float(mark) + by)):g}"
