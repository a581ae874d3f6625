"""Ask, look at what came, and ask once more with the reason: what every task does. Nothing unchecked gets past here."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from bot.colleague.turn import ModelUse
from bot.errors import ModelMisbehaved
from bot.model.client import LONGEST, Answer
from bot.model.prompts import Asked, Prompt
from bot.model.provider import Answers

ATTEMPTS = 2
Made = TypeVar("Made")
Got = TypeVar("Got")
Form = TypeVar("Form", bound=BaseModel)


@dataclass
class Tally:
    """What one thing took so far, in requests, tokens and dollars; None where nobody counted."""

    calls: int = 0
    sent: int | None = 0
    heard: int | None = 0
    usd: float | None = 0.0

    def add(self, model: Answers, answer: Answer) -> None:
        """Put an answer on the account."""
        self.sent = _sum(self.sent, answer.sent)
        self.heard = _sum(self.heard, answer.heard)
        cost = model.usd(answer.sent, answer.heard)
        self.usd = None if self.usd is None or cost is None else self.usd + cost

    def use(self, model: Answers, prompt: Prompt, why: str = "") -> ModelUse:
        """Return it for the record."""
        return ModelUse(model.name, model.place, prompt.mark, self.calls, self.sent, self.heard, self.usd, why)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True)
class Look(Generic[Made]):
    """What was made of an answer, with what is wrong with it in a sentence, or ''."""

    made: Made
    fault: str = ""


def worded(
    model: Answers,
    ask: Callable[[str], Asked],
    look: Callable[[str], Look[Made]],
    *,
    longest: int = LONGEST,
    within_s: float | None = None,
    tally: Tally | None = None,
) -> Made:
    """Return what `look` makes of an answer it finds nothing wrong with. Both attempts share one deadline.

    `ask` gets the reason why the first could not be used, or ''. Raise ModelError.
    """

    def get(asked: Asked, left_s: float) -> tuple[str, Answer]:
        answer = model.answer(asked, left_s, longest)
        return answer.text, answer

    return _tried(model, ask, get, look, within_s or model.timeout_s, tally or Tally())


def filled(
    model: Answers,
    ask: Callable[[str], Asked],
    form: type[Form],
    look: Callable[[Form], Look[Made]],
    *,
    within_s: float | None = None,
    tally: Tally | None = None,
) -> Made:
    """Return what `look` makes of a form that is filled in; else as `worded`."""

    def get(asked: Asked, left_s: float) -> tuple[Form, Answer]:
        return model.fill(asked, form, left_s)

    return _tried(model, ask, get, look, within_s or model.timeout_s, tally or Tally())


def _tried(
    model: Answers,
    ask: Callable[[str], Asked],
    get: Callable[[Asked, float], tuple[Got, Answer]],
    look: Callable[[Got], Look[Made]],
    within_s: float,
    tally: Tally,
) -> Made:
    until, reason = time.monotonic() + within_s, ""
    for _ in range(ATTEMPTS):
        tally.calls += 1
        got, answer = get(ask(reason), until - time.monotonic())
        tally.add(model, answer)
        found = look(got)
        reason = found.fault
        if not reason:
            model.was_used(True)
            return found.made
    model.was_used(False)
    raise could_not_be_used(model, reason)


def could_not_be_used(model: Answers, reason: str) -> ModelMisbehaved:
    """Return the error for an answer with something wrong with it."""
    return ModelMisbehaved(f"What {model.name!r} wrote could not be used: {reason[:1].lower()}{reason[1:]}")
