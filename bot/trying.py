"""`alex model check`: what works on a model's server, and whether the model is fit to play."""

from dataclasses import asdict, dataclass
from typing import Any

from bot.errors import UsageError
from bot.fitness import Fitness, fitness, load_fitness
from bot.model.trial import Tried, model_to_try, try_out
from bot.model.worder import worder_for
from bot.session import open_house
from bot.settings import Settings

NO_MODEL = "Set OPENAI_API_KEY, or ALEX_MODEL_URL and ALEX_MODEL: see .env.example."
SHOWN = 60
"""Letters of a line that are shown beside what was wrong with it."""


@dataclass(frozen=True)
class Found:
    """What was tried, and the fitness; None where the model could not be reached."""

    tried: list[Tried]
    fitness: Fitness | None


def try_model(settings: Settings, *, to_the_end: bool = False) -> Found:
    """Return what works and whether the model is fit to play. Raise UsageError where none is in use."""
    if not settings.model_set:
        raise UsageError("No language model is set.", NO_MODEL)
    if not settings.model_chosen:
        raise UsageError("Everything is to stay local, so no model is asked.", "Switch it on again first.")
    house = open_house(settings.prompts)
    scenario = house.scenario(load_fitness().scenario)
    model = model_to_try(settings)
    try:
        tried = try_out(model, house.prompts, scenario)
        if not tried[0].works:
            return Found(tried, None)
        return Found(tried, fitness(house, worder_for(model, house, scenario), to_the_end=to_the_end))
    finally:
        model.close()


def in_words(found: Found) -> str:
    """Return what was found as it is printed."""
    width = max(len(one.what) for one in found.tried)
    lines = [f"{one.what:<{width}}  {one.went}" for one in found.tried]
    fit = found.fitness
    if fit is None:
        return "\n".join([*lines, "", "It could not be tried out. The written voice needs no model."])
    held = len({one.conversation for one in fit.judged})
    good = sum(not one.kind for one in fit.judged)
    lines += ["", f"{held} short conversations, {len(fit.judged)} lines: {good} could be spoken as written."]
    lines += [f"  {kind}: in {count}" for kind, count in sorted(fit.slips.items())]
    lines += [f"  {one.conversation}: {one.why} {_start(one.line)}".rstrip() for one in fit.judged if one.kind]
    return "\n".join([*lines, *([fit.stopped] if fit.stopped else []), "", fit.says])


def as_json(found: Found) -> dict[str, Any]:
    """Return what was found as JSON."""
    fit = found.fitness
    judged = [asdict(one) for one in fit.judged] if fit else []
    return {
        "tried": [asdict(one) for one in found.tried],
        "verdict": fit.verdict if fit else None,
        "usable": round(fit.usable, 3) if fit else None,
        "slips": dict(fit.slips) if fit else {},
        "lines": judged,
    }


def _start(line: str) -> str:
    return f"“{line[:SHOWN]}{'…' if len(line) > SHOWN else ''}”" if line else ""
