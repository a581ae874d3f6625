"""Every way in which a model can fail, to be played at every turn of a conversation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from fastapi import Response
from model_fakes import FakeServer, broken_off, ending, for_ever, piece

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.turn import Voiced
from bot.colleague.voice import Spoken
from bot.model.address import Address
from bot.model.breaker import Breaker
from bot.model.provider import Model
from bot.model.worder import worder_for
from bot.session import House

POSITIONS = 10
LIMIT_S, SHORT_S = 6.0, 0.4
"""Longest wait for a line; and for the faults that would otherwise take all of it."""
NOWHERE = "http://127.0.0.1:9/v1"


@dataclass(frozen=True)
class Fault:
    """One way to fail: what the server does at each attempt, and what the page says of it."""

    name: str
    answers: Callable[[str], Any]
    says: str
    hangs: bool = False
    refuses: bool = False


def said(text: str) -> Iterator[str]:
    yield piece(text)
    yield ending("stop")
    yield "data: [DONE]\n\n"


def told_to_wait(_: str) -> Response:
    return Response("{}", 429, headers={"retry-after": "1"}, media_type="application/json")


def recited(prompt: str) -> Any:
    return said("You find the words for one line of Alex, who works in an English school. LEAKED")


BREAKS_OFF = Fault("half a stream", lambda _: broken_off(), "The last line is a written one.")
FAULTS = (
    Fault("timeout", lambda _: for_ever(30.0), "No answer from 'm' in", hangs=True),
    Fault("refused connection", lambda _: 500, "could not be reached", refuses=True),
    Fault("401", lambda _: 401, "did not accept the key"),
    Fault("429", told_to_wait, "takes no more requests"),
    Fault("500", lambda _: 500, "The server at 127.0.0.1 failed"),
    BREAKS_OFF,
    Fault("cut short", lambda _: iter([piece("They all finish, and they")]), "broke off in the middle"),
    Fault("endless stream", lambda _: for_ever(0.0), "did not stop talking"),
    Fault("slow endless stream", lambda _: for_ever(0.1), "No answer from 'm' in", hangs=True),
    Fault("empty", lambda _: said(""), "it was empty"),
    Fault("a form in place of speech", lambda _: said('{"line": "They all finish."}'), "speech alone"),
    Fault(
        "wrong language", lambda _: said("Ils ont tous terminé la fiche avant la fin de la leçon."), "British staffroom"
    ),
    Fault("leaked instructions", recited, "stepped out of the role"),
)


def ten_turns() -> list[str]:
    """Return what the leader says in ten turns."""
    path = Path(__file__).parent / "conversations" / "skilled-terse.yaml"
    return [turn["leader"] for turn in yaml.safe_load(path.read_text(encoding="utf-8"))["turns"]][:POSITIONS]


def good(prompt: str) -> str:
    """Return a line that stands up to the checks: the written one, with a word before it."""
    return "Well. " + prompt.split("The line as written: ")[1].split("\n", maxsplit=1)[0]


@dataclass
class Failing:
    """A model with one fault at a time; None for none. Its rests have no length, so that every turn is asked for."""

    server: FakeServer
    models: dict[str, Model]
    fault: Fault | None = None
    limit_s: float = LIMIT_S

    def worder(self, house: House) -> Any:
        """Return what words lines, by the model that the fault is for."""
        worders = {
            which: worder_for(model, house, house.scenario("alex-geography")) for which, model in self.models.items()
        }

        def word(plan: Plan, words: str, memory: Memory, spoken: Spoken) -> Voiced:
            fault = self.fault
            which = (
                "patient" if fault is None else "hangs" if fault.hangs else "nowhere" if fault.refuses else "patient"
            )
            return worders[which](plan, words, memory, spoken)

        word.warm = lambda: None  # type: ignore[attr-defined]
        return word

    def answer(self, prompt: str) -> Any:
        return self.fault.answers(prompt) if self.fault else good(prompt)


@contextmanager
def failing(server: FakeServer) -> Iterator[Failing]:
    """Give a model that fails as it is told to."""
    places = {"patient": (server.url, LIMIT_S), "hangs": (server.url, SHORT_S), "nowhere": (NOWHERE, LIMIT_S)}
    models = {which: Model(Address("m", url, "key", limit), Unresting()) for which, (url, limit) in places.items()}
    one = Failing(server, models)
    server.always = one.answer
    yield one
    for model in models.values():
        model.close()


class Unresting(Breaker):
    """Never rests, not even when it is asked to."""

    def rests_for(self) -> float:
        return 0.0
