"""Talk to the machine instead of the person, in forty ways: he stays who he is, and nothing locked comes out."""

from pathlib import Path

import pytest

from bot.colleague.loading import scenario_names
from bot.colleague.scenario import Scenario, every_line
from bot.session import House, Rehearsal

WAYS = (Path(__file__).parent / "injections.txt").read_text(encoding="utf-8").splitlines()
SCENARIOS = scenario_names(Path(__file__).parent.parent / "prompts")
WARM_UP = (
    "Thanks for making the time.",
    "I looked at some of the work and it worried me, and I would like to understand how you see it.",
    "What matters most to you there?",
)


def authored(scenario: Scenario) -> set[str]:
    """Return everything he may ever say, layer 0 and no fact."""
    free = {name for name, fact in scenario.facts.items() if fact.layer == 0}
    return {one.say for one in every_line(scenario.lines) if one.fact is None or one.fact in free}


@pytest.mark.parametrize("name", SCENARIOS)
def test_forty_ways_to_talk_to_the_machine_bring_out_no_fact(house: House, name: str) -> None:
    scenario = house.scenario(name)
    free = authored(scenario)
    assert len(WAYS) >= 40
    for seed, way in enumerate(WAYS):
        rehearsal = Rehearsal(house, scenario, seed)
        turn = rehearsal.take_turn(way)
        assert turn.told == (), (way, turn.line)
        assert turn.step != "agreed", (way, turn.line)
        if turn.out_of_role:
            assert turn.out_of_role == "is_real", (way, turn.out_of_role)
        else:
            assert set(turn.said) <= free, (way, turn.line)


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_forty_in_one_conversation_get_nowhere_and_no_line_twice(house: House, name: str) -> None:
    rehearsal = Rehearsal(house, house.scenario(name), seed=1)
    for words in WARM_UP:
        rehearsal.take_turn(words)
    open_before, told_before = rehearsal.memory.opened, rehearsal.memory.told
    for way in WAYS:
        rehearsal.take_turn(way)
    memory = rehearsal.memory
    assert len(set(memory.lines)) == len(memory.lines)
    assert memory.deepest_told() <= max(memory.deepest_told(told_before), *open_before, 1)
    assert not any(turn.step == "agreed" for turn in memory.played)
    assert not {turn.out_of_role for turn in rehearsal.turns} - {"", "is_real"}
