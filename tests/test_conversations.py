"""Whole conversations, written by people who did not write the rules. What must hold is in each file under `expect`."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.session import House, Rehearsal

FILES = sorted((Path(__file__).parent / "conversations").glob("*.yaml"))
SEEDED = [(path, number % 2) for number, path in enumerate(FILES)]
"""Each file with one seed; `alex evaluate colleague` plays many."""


PLAYED: dict[tuple[Path, int], Rehearsal] = {}


def played_once(house: House, path: Path, seed: int) -> Rehearsal:
    """Return the conversation as it goes with this seed: nothing here changes it."""
    if (path, seed) not in PLAYED:
        PLAYED[path, seed] = played(house, yaml.safe_load(path.read_text(encoding="utf-8")), seed)
    return PLAYED[path, seed]


def played(house: House, content: dict[str, Any], seed: int) -> Rehearsal:
    rehearsal = Rehearsal(house, house.scenario(content["scenario"]), seed)
    for turn in content["turns"]:
        rehearsal.take_turn(turn["leader"])
    return rehearsal


@pytest.mark.parametrize(("path", "seed"), SEEDED, ids=[path.stem for path in FILES])
def test_what_must_hold_holds(house: House, path: Path, seed: int) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    rehearsal, expect = played_once(house, path, seed), content["expect"]
    memory, found = rehearsal.memory, content["conversation"]
    if "ending" in expect:
        assert rehearsal.ending.id in expect["ending"], found
    assert memory.deepest_told() >= expect.get("reaches_layer", -1), found
    assert memory.deepest_told() <= expect.get("not_beyond_layer", 6), found
    agreed = any(turn.step == "agreed" for turn in memory.played)
    assert "step" not in expect or agreed == (expect["step"] == "agreed"), found
    assert [kind for kind in rehearsal.steps_out if expect.get("stays_in_role")] == []


@pytest.mark.parametrize(("path", "seed"), SEEDED, ids=[path.stem for path in FILES])
def test_no_line_is_said_twice(house: House, path: Path, seed: int) -> None:
    lines = played_once(house, path, seed).memory.lines
    assert len(set(lines)) == len(lines)


def test_every_kind_of_leader_is_there() -> None:
    kinds = {path.stem.split("-")[0] for path in FILES}
    wanted = {
        "skilled",
        "hard_sell",
        "soft_sell",
        "leading",
        "repair",
        "vague",
        "injection",
        "gibberish",
        "empty",
        "long",
    }
    assert wanted | {"repeat"} <= kinds
    assert len(FILES) >= 20


def test_the_same_seed_and_words_give_the_same_conversation(house: House) -> None:
    content = yaml.safe_load(FILES[0].read_text(encoding="utf-8"))
    assert played(house, content, 7).turns == played(house, content, 7).turns


def test_rewinding_and_saying_the_same_again_gives_the_same_turn(house: House) -> None:
    content = yaml.safe_load((FILES[0].parent / "skilled-terse.yaml").read_text(encoding="utf-8"))
    first = played(house, content, 4)
    again = Rehearsal(house, first.scenario, 4, first.turns[:5], first.opening)
    assert again.take_turn(first.turns[5].words) == first.turns[5]
