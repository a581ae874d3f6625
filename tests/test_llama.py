"""The whole seam against a real server: llama.cpp's own, with a model that is far too small to play anybody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from llama_server import running_llama
from pydantic import BaseModel

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import every_line
from bot.colleague.turn import AUTHORED, MODEL, Voiced
from bot.colleague.voice import Spoken
from bot.fitness import fitness
from bot.model.address import Address
from bot.model.breaker import Breaker
from bot.model.moment import Moment
from bot.model.prompts import Asked
from bot.model.provider import Model
from bot.model.worder import checks_for, worder_for
from bot.session import House, Rehearsal

SCENARIO = "alex-geography"
TALK = Path(__file__).parent / "conversations" / "skilled-terse.yaml"
PATIENT_S = 60.0
"""A wait for one line that no busy machine needs in full."""


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    with running_llama() as url:
        yield url


@pytest.fixture
def resting(llama: str) -> Iterator[Model]:
    model = Model(Address("smollm2", llama, "not-needed", PATIENT_S))
    yield model
    model.close()


@pytest.fixture
def tireless(llama: str) -> Iterator[Model]:
    model = Model(Address("smollm2", llama, "not-needed", PATIENT_S), Breaker(rest_s=0.0))
    yield model
    model.close()


class Fruit(BaseModel):
    """A fruit and its colour."""

    fruit: str
    colour: str


def test_a_whole_conversation_completes_and_every_line_is_written_or_passed_the_checks(
    house: House, resting: Model
) -> None:
    scenario = house.scenario(SCENARIO)
    worder, checks, passed = worder_for(resting, house, scenario), checks_for(scenario, house.encoder), []

    def watched(plan: Plan, words: str, memory: Memory, spoken: Spoken) -> Voiced:
        voiced = worder(plan, words, memory, spoken)
        fault = checks.fault(voiced.line, Moment(plan, words, memory, spoken)) if voiced.voice == MODEL else ""
        passed.append(voiced.line == spoken.line if voiced.voice == AUTHORED else not fault)
        return voiced

    rehearsal = Rehearsal(house, scenario, worder=watched)
    turns = yaml.safe_load(TALK.read_text(encoding="utf-8"))["turns"]
    for turn in turns:
        rehearsal.take_turn(turn["leader"])
    assert len(rehearsal.turns) == len(turns) and all(passed)
    assert rehearsal.ending.id == "joint_step"
    uses = [turn.model for turn in rehearsal.turns if turn.model]
    assert uses and all(use.prompt and use.name == "smollm2" for use in uses)
    hidden = [fact for name, fact in scenario.facts.items() if fact.layer and name not in rehearsal.memory.told]
    told = {line.say for line in every_line(scenario.lines) if line.fact in {fact.id for fact in hidden}}
    assert not [line for line in rehearsal.memory.lines for text in told if text in line]


def test_a_form_is_filled_in_by_schema_and_tokens_are_counted(tireless: Model) -> None:
    asked = Asked("You fill in forms.", "A plum is blue. Which fruit, which colour?")
    form, answer = tireless.fill(asked, Fruit, PATIENT_S)
    assert isinstance(form, Fruit) and tireless.method == "json_schema"
    assert answer.sent and answer.heard


def test_it_is_found_unfit(house: House, tireless: Model) -> None:
    found = fitness(house, worder_for(tireless, house, house.scenario(SCENARIO)))
    assert found.verdict == "unfit", found.judged
    assert found.stopped and len(found.judged) < 20
