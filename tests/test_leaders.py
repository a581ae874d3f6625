"""Simulated leaders: they hear and get what their kind deserves, and the same seed gives the same conversation."""

from pathlib import Path

import pytest

from bot.colleague.loading import scenario_names
from bot.colleague.state import NAMES, State
from bot.errors import ScenarioError, UsageError
from bot.measuring.colleague import AT_STAKE, Played, agreement, play, table
from bot.measuring.courses import Walked, courses, draw
from bot.measuring.leaders import KINDS, LISTS, words_of
from bot.session import House

SCENARIOS = scenario_names(Path(__file__).parent.parent / "prompts")
KIND = {kind.name: kind for kind in KINDS}
CALM = State(**dict.fromkeys(NAMES, 10.0))
WARM = State(**dict.fromkeys(NAMES, 30.0))


@pytest.mark.parametrize("name", SCENARIOS)
def test_who_asks_well_hears_what_is_at_stake_and_who_orders_does_not(house: House, name: str) -> None:
    skilled, hard = play(house, name, KIND["skilled"], 2)[1], play(house, name, KIND["hard_sell"], 2)[1]
    assert skilled.deepest >= AT_STAKE
    assert hard.deepest < AT_STAKE
    assert hard.ending in {"facade_yes", "stand_off", "shutdown"}
    assert skilled.worth > hard.worth


@pytest.mark.parametrize("name", SCENARIOS)
def test_being_nice_and_vague_earns_no_step_in_twenty_turns(house: House, name: str) -> None:
    rehearsal, played = play(house, name, KIND["vague"], 3)
    assert played.agreed_at is None
    assert played.twice == 0
    assert len(rehearsal.memory.played) == 20


@pytest.mark.parametrize("name", SCENARIOS)
def test_asking_alone_brings_no_step(house: House, name: str) -> None:
    played = play(house, name, KIND["inquiry_only"], 1)[1]
    assert played.agreed_at is None
    assert played.deepest >= 2


def test_the_same_seed_gives_the_same_conversation_and_another_does_not(house: House) -> None:
    first, again, other = (play(house, SCENARIOS[0], KIND["terse"], seed)[0].memory.lines for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_a_list_of_sentences_that_is_missing_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios" / "somebody"
    folder.mkdir(parents=True)
    (folder / "leaders.yaml").write_text("".join(f"{name}: [One.]\n" for name in LISTS if name != "grant"))
    with pytest.raises(ScenarioError) as refusal:
        words_of(tmp_path, "somebody")
    assert "'grant'" in refusal.value.fault


def made(kind: str, ending: str, deepest: int = 0) -> Played:
    return Played("somewhere", kind, 0, ending, deepest, None, (CALM,), twice=0, out_of_role=0)


def test_the_table_ranks_kinds_by_how_it_went() -> None:
    worths = ("joint_step", "shared_problem", "unfinished", "facade_yes", "shutdown")
    ranked = sorted((kind for kind in KINDS if kind.skill is not None), key=lambda kind: -(kind.skill or 0))
    good = [made(kind.name, worths[min(place // 3, 4)]) for place, kind in enumerate(ranked)]
    bad = [made(kind.name, worths[min(place // 3, 4)]) for place, kind in enumerate(reversed(ranked))]
    assert agreement(good) > 0.9
    assert agreement(bad) < -0.9
    assert "shutdown 1" in table(good)


def test_a_conversation_that_has_ended_stands_still_in_its_course() -> None:
    found = courses([Walked("short", (CALM, WARM)), Walked("short", (CALM, CALM, WARM)), Walked("other", (CALM,))])
    assert found["short"]["safety"] == [10, 20, 30]
    assert found["other"]["safety"] == [10]


def test_the_courses_are_drawn_and_a_strange_ending_is_refused(tmp_path: Path) -> None:
    walked = [Walked("short", (CALM, WARM)), Walked("other", (CALM, CALM))]
    draw(walked, "Somewhere", tmp_path / "courses.svg")
    drawn = (tmp_path / "courses.svg").read_text(encoding="utf-8")
    assert drawn.count("<svg") == 1
    with pytest.raises(UsageError):
        draw(walked, "Somewhere", tmp_path / "courses.doc")
