"""The sample scenario that was made by following the guide: it loads, and behaves as the guide says it should."""

import shutil
from pathlib import Path

import pytest

from bot.colleague.loading import load_scenario
from bot.session import House, Rehearsal

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="module")
def priya(house: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    prompts = tmp_path_factory.mktemp("content") / "prompts"
    shutil.copytree(house.prompts, prompts)
    shutil.copytree(SAMPLES / "priya-phonics", prompts / "scenarios" / "priya-phonics")
    return House(**{**vars(house), "prompts": prompts})


def played(house: House, script: str, seed: int) -> Rehearsal:
    rehearsal = Rehearsal(house, house.scenario("priya-phonics"), seed)
    for words in (SAMPLES / "scripts" / script).read_text(encoding="utf-8").splitlines():
        rehearsal.take_turn(words)
    return rehearsal


@pytest.mark.parametrize("seed", [3, 8])
def test_who_asks_and_gives_back_hears_what_is_at_stake(priya: House, seed: int) -> None:
    rehearsal = played(priya, "asks.txt", seed)
    assert rehearsal.memory.deepest_told() >= 3
    assert rehearsal.ending.id in {"joint_step", "shared_problem"}


@pytest.mark.parametrize("seed", [3, 8])
def test_who_gives_orders_hears_nothing_of_what_she_believes(priya: House, seed: int) -> None:
    rehearsal = played(priya, "orders.txt", seed)
    assert rehearsal.memory.deepest_told() < 2
    assert rehearsal.ending.id in {"facade_yes", "shutdown", "stand_off"}


def test_the_sample_is_in_order_by_itself(priya: House) -> None:
    scenario = load_scenario(priya.prompts, "priya-phonics")
    assert scenario.lines.count() >= 700
    assert len(scenario.example.turns) >= 6
