"""What a model can do on its server, tried out: stream, fill in a form, take a long prompt, and how fast."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot.colleague.scenario import Scenario
from bot.errors import ModelError
from bot.model.address import address_from, is_here
from bot.model.breaker import Breaker
from bot.model.client import LONGEST
from bot.model.inputs import TASKS
from bot.model.moment import TURNS_SHOWN, WORDS_SHOWN
from bot.model.prompts import Asked, load_prompt
from bot.model.provider import Model
from bot.settings import Settings

PATIENCE = 3
"""Waits for one line that each thing tried out may take."""
ASKS_TO_COUNT = Asked("You count in English words.", "Count from one to twelve, nothing else.")
ASKS_FOR_A_FORM = Asked("You fill in forms.", "A plum. What fruit is it, and what colour is it?")
WAYS = {
    "json_schema": "yes, by JSON schema",
    "function_calling": "yes, by function calling",
    "prompt": "only by asking for JSON in words",
}
FILLING = " so then, I thought about what you said there and looked at it again."


class Fruit(BaseModel):
    """A fruit and its colour."""

    fruit: str
    colour: str


@dataclass(frozen=True)
class Tried:
    """One thing tried: what it is, how it went in words, and whether a line can be worded without it."""

    what: str
    went: str
    works: bool


def model_to_try(settings: Settings) -> Model:
    """Return the model of the settings, which never rests: what fails is to be seen."""
    return Model(address_from(settings), Breaker(rest_s=0.0))


def try_out(model: Model, prompts: Path, scenario: Scenario) -> list[Tried]:
    """Return what works, in the order in which it matters. Stops where the model cannot be reached."""
    reached = _reaches(model)
    if not reached.works:
        return [reached]
    return [reached, _streams(model), _fills(model), _takes_the_longest(model, prompts, scenario)]


def _reaches(model: Model) -> Tried:
    where = "this machine" if is_here(model.place) else model.place
    try:
        started = time.monotonic()
        answer = model.answer(ASKS_TO_COUNT, PATIENCE * model.timeout_s)
    except ModelError as error:
        return Tried("Reached", f"no. {error}", False)
    took = time.monotonic() - started
    counts = "tokens are counted" if answer.sent else "tokens are not counted"
    return Tried("Reached", f"yes, {model.name} at {where}; an answer in {took:.1f} s; {counts}", True)


def _streams(model: Model) -> Tried:
    def look() -> str:
        came = model.pieces(ASKS_TO_COUNT, PATIENCE * model.timeout_s)
        if len(came) <= 2:
            return "no, the answer comes whole"
        rate = (len(came) - 1) / max(came[-1] - came[0], 0.001)
        return f"yes, the first word after {came[0]:.1f} s, then {rate:.0f} pieces a second"

    return _tried("Streaming", look)


def _fills(model: Model) -> Tried:
    def look() -> str:
        model.fill(ASKS_FOR_A_FORM, Fruit, PATIENCE * model.timeout_s)
        return WAYS[model.method]

    return _tried("Structured output", look)


def _takes_the_longest(model: Model, prompts: Path, scenario: Scenario) -> Tried:
    """Try the longest prompt that a conversation can come to."""
    asked = longest_prompt(prompts, scenario)

    def look() -> str:
        answer = model.answer(asked, PATIENCE * model.timeout_s, LONGEST)
        counted = (
            f"{answer.sent:,} tokens" if answer.sent else f"{len(asked.instructions + asked.conversation):,} letters"
        )
        return f"enough: the longest prompt of a conversation ({counted}) was taken"

    return _tried("Context", look)


def longest_prompt(prompts: Path, scenario: Scenario) -> Asked:
    """Return the prompt of a line where everything has been told and everybody has said as much as is passed on."""
    speech = (FILLING * WORDS_SHOWN).split()[:WORDS_SHOWN]
    told = tuple(fact.known_as for fact in scenario.plot.facts)
    turns: dict[str, Any] = {
        "brief": (*scenario.plot.brief.situation, *scenario.plot.brief.you_know),
        "told": told,
        "turns": tuple(f"Leader: {' '.join(speech)}" for _ in range(TURNS_SHOWN)),
        "words": " ".join(speech),
    }
    return load_prompt(prompts, "word_line").render(**{**TASKS["word_line"], **turns})


def _tried(what: str, look: Callable[[], str]) -> Tried:
    try:
        went = look()
    except ModelError as error:
        return Tried(what, f"no. {error}", False)
    return Tried(what, went, not went.startswith("no"))
