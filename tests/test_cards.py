"""Scenarios on their way in and out: cards of both kinds, and a start for a scenario of one's own."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.colleague.cards import card_of, read_card, take_in
from bot.colleague.loading import load_scenario, scenario_names
from bot.colleague.scenario import Scenario
from bot.colleague.starting import start_scenario
from bot.errors import ScenarioError, UsageError
from bot.settings import PACKAGE

SHIPPED = PACKAGE.parent / "prompts"
NAME = "alex-geography"


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """Return a folder of prompts with one scenario and the template."""
    for name in (NAME, "_template"):
        shutil.copytree(SHIPPED / "scenarios" / name, tmp_path / "scenarios" / name)
    return tmp_path


@pytest.fixture
def alex(prompts: Path) -> Scenario:
    return load_scenario(prompts, NAME)


def written(folder: Path, card: dict[str, Any]) -> Path:
    path = folder / "card.json"
    path.write_text(json.dumps(card), encoding="utf-8")
    return path


# Out


def test_a_card_has_the_shape_of_the_third_version(prompts: Path, alex: Scenario) -> None:
    card = card_of(prompts, alex, facilitator=False)
    assert (card["spec"], card["spec_version"]) == ("chara_card_v3", "3.0")
    lists = {"tags", "alternate_greetings", "group_only_greetings"}
    texts = {"name", "description", "personality", "scenario", "first_mes", "mes_example", "creator_notes"}
    texts |= {"system_prompt", "post_history_instructions", "creator", "character_version"}
    assert all(isinstance(card["data"][name], list) for name in lists)
    assert all(isinstance(card["data"][name], str) for name in texts)
    assert "never appraisal" in card["data"]["creator_notes"]


def test_a_public_card_tells_nothing_that_has_to_be_earned(prompts: Path, alex: Scenario) -> None:
    text = json.dumps(card_of(prompts, alex, facilitator=False), ensure_ascii=False)
    hidden = [fact for fact in alex.plot.facts if fact.layer > 0]
    assert [fact.id for fact in hidden if fact.known_as in text or fact.words in text or fact.id in text] == []
    assert not any(line.say in text for topic in alex.lines.topics for line in topic.lines if line.fact)


def test_a_facilitators_card_comes_back_as_the_same_scenario(prompts: Path, alex: Scenario, tmp_path: Path) -> None:
    path = written(tmp_path, card_of(prompts, alex, facilitator=True))
    taken = take_in(prompts, read_card(path), "alex-again")
    assert taken.plot.model_copy(update={"name": NAME}) == alex.plot
    assert (taken.lines, taken.example) == (alex.lines, alex.example)
    assert scenario_names(prompts) == ["alex-again", NAME]


def test_what_another_program_wrote_comes_out_again(prompts: Path, alex: Scenario, tmp_path: Path) -> None:
    card = card_of(prompts, alex, facilitator=True)
    card["data"]["extensions"]["depth_prompt"] = {"depth": 4}
    card["data"]["nickname"] = "Al"
    card["data"]["personality"] = "Dry."
    card["data"]["character_book"] = {"entries": []}
    card["made_by"] = "another program"
    taken = take_in(prompts, read_card(written(tmp_path, card)), "alex-again")
    for facilitator in (True, False):
        again = card_of(prompts, taken, facilitator=facilitator)
        assert again["made_by"] == "another program"
        assert (again["data"]["nickname"], again["data"]["personality"]) == ("Al", "Dry.")
        assert again["data"]["extensions"]["depth_prompt"] == {"depth": 4}
        assert again["data"]["character_book"] == {"entries": []}
    assert "files" not in card_of(prompts, taken, facilitator=False)["data"]["extensions"]["alex"]


# In, refused


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a card in JSON"),
        (b"{", "not a card in JSON"),
        (b"[]", "version 3"),
        (b'{"spec": "chara_card_v2", "data": {}}', "version 3"),
        (b'{"spec": "chara_card_v3", "data": []}', "version 3"),
        (b"[" * 100_000, "not a card in JSON"),
        (b"\xff\xfe\x00", "not a card in JSON"),
    ],
)
def test_what_is_no_card_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        read_card(path)


def test_a_card_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file"):
        read_card(tmp_path / "nobody.json")


def test_a_public_card_holds_nothing_to_take_in(prompts: Path, alex: Scenario) -> None:
    with pytest.raises(UsageError, match="facilitator"):
        take_in(prompts, card_of(prompts, alex, facilitator=False), "alex-again")


@pytest.mark.parametrize("name", [NAME, "Alex", "../alex", "a b", "", "-a", "a--b"])
def test_a_name_that_is_taken_or_no_name_is_refused(prompts: Path, alex: Scenario, name: str) -> None:
    card = card_of(prompts, alex, facilitator=True)
    with pytest.raises(UsageError):
        take_in(prompts, card, name or "Not A Name")
    assert scenario_names(prompts) == [NAME]


def test_a_card_whose_scenario_does_not_hold_together_leaves_nothing_behind(prompts: Path, alex: Scenario) -> None:
    card = card_of(prompts, alex, facilitator=True)
    card["data"]["extensions"]["alex"]["files"]["lines.yaml"]["topics"][0]["lines"][0]["fact"] = "nothing_known"
    with pytest.raises(ScenarioError, match="nothing_known"):
        take_in(prompts, card, "alex-again")
    assert not (prompts / "scenarios" / "alex-again").exists()


# A scenario of one's own


@pytest.mark.parametrize("pronouns", ["he", "she", "they"])
def test_a_new_scenario_holds_together_from_the_first_minute(prompts: Path, pronouns: str) -> None:
    start_scenario(prompts, "priya-phonics", "Priya", pronouns)
    made = load_scenario(prompts, "priya-phonics")
    assert (made.colleague.name, made.colleague.they) == ("Priya", pronouns)
    text = "".join(path.read_text(encoding="utf-8") for path in (prompts / "scenarios/priya-phonics").glob("*.yaml"))
    assert "<COLLEAGUE>" not in text
    assert "Alex" not in text
    assert made.lines.count() >= 250


@pytest.mark.parametrize(
    ("name", "colleague", "pronouns", "says"),
    [
        (NAME, "Priya", "she", "already"),
        ("Priya", "Priya", "she", "small letters"),
        ("priya", "", "she", "first name"),
        ("priya", "P: [", "she", "first name"),
        ("priya", "Priya", "it", "pronouns"),
    ],
)
def test_what_cannot_be_started_is_refused_in_plain_words(
    prompts: Path, name: str, colleague: str, pronouns: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        start_scenario(prompts, name, colleague, pronouns)


def test_the_template_is_no_scenario_to_play(prompts: Path) -> None:
    assert "_template" not in scenario_names(prompts)
    assert "_template" not in scenario_names(SHIPPED)
