"""Wording: a planned line put freely by a language model, or the written line. It never fails."""

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import Scenario
from bot.colleague.voice import Spoken
from bot.errors import AlexError, ModelMisbehaved
from bot.listen.encoder import Encoder
from bot.model.checks import Checks
from bot.model.moment import Moment, shown
from bot.model.names import Names
from bot.model.prompts import Prompt, load_prompt
from bot.model.provider import Answers, shared_model
from bot.settings import Settings

ATTEMPTS = 2
MODEL, AUTHORED = "model", "authored"
STAYS_WRITTEN = frozenset(
    """off_task off_task_third other_language stage_direction silence_low silence_middle silence_high""".split()
)
"""Situations in which the leader said nothing, or something odd: the written line does, and nothing is sent."""
LOOPBACK = ("127.", "localhost", "::1")


class House(Protocol):
    """What a worder needs of the house (bot.session.House, which this room may not know)."""

    @property
    def prompts(self) -> Path:
        """Return the folder of the prompts."""

    @property
    def encoder(self) -> Encoder:
        """Return the encoder."""


@dataclass(frozen=True)
class Status:
    """Who spoke last, and why, in a sentence for the page. `voice` is '' before the first line."""

    voice: str
    says: str


class ModelWorder:
    """Word lines with a model. Called as session.Worder."""

    def __init__(self, model: Answers, prompt: Prompt, checks: Checks) -> None:
        self._model = model
        self._prompt = prompt
        self._checks = checks
        here = model.place.startswith(LOOPBACK)
        where = "on this machine" if here else f"at {model.place}; what is said goes there, names replaced"
        self.status = Status("", f"Lines are worded by {model.name!r} {where}.")

    def __call__(self, plan: Plan, words: str, memory: Memory, spoken: Spoken) -> tuple[str, str]:
        """Return (line, voice): worded by the model and 'model', or the written line and 'authored'. Never raise."""
        if plan.situation in STAYS_WRITTEN:
            self.status = Status(AUTHORED, "The last line is a written one: there was nothing to word.")
            return spoken.line, AUTHORED
        try:
            line = self._worded(Moment(plan, words, memory, spoken))
        except AlexError as error:
            self.status = Status(AUTHORED, f"The last line is a written one. {error}")
        except Exception as error:  # a rehearsal goes on, whatever is wrong in this room
            self.status = Status(
                AUTHORED, f"The last line is a written one: wording it failed ({type(error).__name__})."
            )
        else:
            self.status = Status(MODEL, f"The last line was worded by {self._model.name!r}.")
            return line, MODEL
        return spoken.line, AUTHORED

    def warm(self) -> None:
        """Do now what the first line would otherwise wait for."""
        self._checks.warm()

    def _worded(self, moment: Moment) -> str:
        """Return a line that stands up to every check. Raise ModelError. Both attempts share one deadline."""
        names = Names(moment.in_the_open, keep=moment.scenario.colleague.name)
        until, reason = time.monotonic() + self._model.timeout_s, ""
        for _ in range(ATTEMPTS):
            asked = self._prompt.render(**shown(moment, names, reason))
            answer = self._model.answer(asked, until - time.monotonic())
            line = tidy(names.restore(answer), moment.scenario.colleague.name)
            reason = self._checks.fault(line, moment)
            if not reason:
                return line
        raise ModelMisbehaved(f"What {self._model.name!r} wrote could not be used: {reason[0].lower()}{reason[1:]}")


def make_worder(settings: Settings, house: House, scenario: Scenario) -> ModelWorder | None:
    """Return what words this scenario's lines, or None where no model has been chosen. Nothing is sent yet.

    Raise PromptError if the prompt file cannot be used: a mistake in a file is shown at the start, not papered over.
    """
    if not settings.model_chosen:
        return None
    prompt = load_prompt(house.prompts, "word_line")
    return ModelWorder(shared_model(settings), prompt, _checks(scenario, house.encoder))


@lru_cache(maxsize=16)
def _checks(scenario: Scenario, encoder: Encoder) -> Checks:
    return Checks(scenario, encoder)


def tidy(answer: str, name: str) -> str:
    """Return the answer on one line, without the speaker's name or the quotation marks that models like to add."""
    line = " ".join(answer.split())
    line = re.sub(rf"^{re.escape(name)}\s*:\s*", "", line, flags=re.IGNORECASE)
    quoted = re.fullmatch(r"[\"“]([^\"“”]*)[\"”]", line)
    return quoted.group(1).strip() if quoted else line
