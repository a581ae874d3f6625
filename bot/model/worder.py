"""Wording: a planned line put freely by a language model, or the written line. It never fails."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import Scenario
from bot.colleague.turn import AUTHORED, MODEL, ModelUse, Voiced
from bot.colleague.voice import Spoken
from bot.errors import AlexError
from bot.listen.encoder import Encoder
from bot.model.attempts import Look, Tally, worded
from bot.model.checks import ROLE, Checks, recites
from bot.model.moment import Moment, shown
from bot.model.names import Names
from bot.model.prompts import Asked, Prompt, load_prompt
from bot.model.provider import Answers, shared_model
from bot.settings import Settings

LONGEST_LINE = 400
"""Characters of a line that are heard; the checks allow 60 words. A model that goes on has lost the thread."""
STAYS_WRITTEN = frozenset(
    """off_task off_task_third other_language stage_direction silence_low silence_middle silence_high""".split()
)
"""Situations in which the leader said nothing, or something odd: the written line does, and nothing is sent."""


class House(Protocol):
    """What a worder needs of the house (bot.session.House, which this room may not know)."""

    @property
    def prompts(self) -> Path:
        """Return the folder of the prompts."""

    @property
    def encoder(self) -> Encoder:
        """Return the encoder."""


class ModelWorder:
    """Word lines with a model. Called as session.Worder."""

    def __init__(self, model: Answers, prompt: Prompt, checks: Checks) -> None:
        self._model = model
        self._prompt = prompt
        self._checks = checks

    def __call__(self, plan: Plan, words: str, memory: Memory, spoken: Spoken) -> Voiced:
        """Return the line as the model words it, or as it is written. Never raise."""
        if plan.situation in STAYS_WRITTEN:
            return Voiced(spoken.line)
        tally = Tally()
        try:
            line = self._worded(Moment(plan, words, memory, spoken), tally)
        except AlexError as error:
            return self._written(spoken, tally, str(error))
        except Exception as error:  # a rehearsal goes on, whatever is wrong in this room
            return self._written(spoken, tally, f"Wording it failed ({type(error).__name__}).")
        return Voiced(line, MODEL, self._use(tally))

    def warm(self) -> None:
        """Do now what the first line would otherwise wait for."""
        self._checks.warm()

    def _written(self, spoken: Spoken, tally: Tally, why: str) -> Voiced:
        return Voiced(spoken.line, AUTHORED, self._use(tally, why))

    def _use(self, tally: Tally, why: str = "") -> ModelUse:
        return tally.use(self._model, self._prompt, why)

    def prompt_of(self, moment: Moment) -> Asked:
        """Return what is sent for a line at the first attempt."""
        return self._asking(moment)[0]("")

    def first_attempt(self, moment: Moment, tally: Tally) -> tuple[str, str]:
        """Return what the model writes when it is asked once, and what is wrong with it: for trying out a model."""
        ask, look = self._asking(moment)
        tally.calls += 1
        try:
            answer = self._model.answer(ask(""), self._model.timeout_s, LONGEST_LINE)
        except AlexError as error:
            return "", error.fault
        tally.add(self._model, answer)
        found = look(answer.text)
        return found.made, found.fault

    def _worded(self, moment: Moment, tally: Tally) -> str:
        """Return a line that stands up to every check. Raise ModelError."""
        return worded(self._model, *self._asking(moment), longest=LONGEST_LINE, tally=tally)

    def _asking(self, moment: Moment) -> tuple[Callable[[str], Asked], Callable[[str], Look[str]]]:
        """Return how a line is asked for, given what was wrong with an attempt, and how an answer is looked at."""
        names = Names(moment.heard, moment.authored, keep=moment.scenario.colleague.name)
        shown_now = shown(moment, names)
        stage = [
            self._prompt.render(**shown_now).instructions,
            *(shown_now[part] for part in ("manner", "mood", "step")),
        ]

        def look(answer: str) -> Look[str]:
            line = tidy(names.restore(answer), moment.scenario.colleague.name)
            return Look(line, ROLE if recites(line, stage) else self._checks.fault(line, moment))

        return lambda reason: self._prompt.render(**{**shown_now, "reason": reason}), look


def make_worder(settings: Settings, house: House, scenario: Scenario) -> ModelWorder | None:
    """Return what words this scenario's lines, or None where no model has been chosen. Nothing is sent yet.

    Raise PromptError if the prompt file cannot be used: a mistake in a file is shown at the start, not papered over.
    """
    return worder_for(shared_model(settings), house, scenario) if settings.model_chosen else None


def worder_for(model: Answers, house: House, scenario: Scenario) -> ModelWorder:
    """Return what words this scenario's lines with a model. Raise PromptError."""
    return ModelWorder(model, load_prompt(house.prompts, "word_line"), checks_for(scenario, house.encoder))


@lru_cache(maxsize=16)
def checks_for(scenario: Scenario, encoder: Encoder) -> Checks:
    """Return the checks of a scenario, which take a second to warm up."""
    return Checks(scenario, encoder)


def tidy(answer: str, name: str) -> str:
    """Return the answer on one line, without the speaker's name or the quotation marks that models like to add."""
    line = " ".join(answer.split())
    line = re.sub(rf"^{re.escape(name)}\s*:\s*", "", line, flags=re.IGNORECASE)
    quoted = re.fullmatch(r"[\"“]([^\"“”]*)[\"”]", line)
    return quoted.group(1).strip() if quoted else line
