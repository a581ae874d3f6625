"""Which line answers which question: by reading, by shared words, by the matcher, and where the file is missing."""

import json
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from bot.colleague.answers import mark_of, read_answers
from bot.colleague.cards import card_of, take_in
from bot.colleague.loading import fingerprint_of, load_scenario
from bot.colleague.scenario import ANSWERS, Scenario
from bot.colleague.shared_words import SharedWords
from bot.colleague.understanding import Understanding
from bot.errors import ScenarioError
from bot.session import House

NAME = "alex-geography"


@pytest.fixture(scope="module")
def alex(house: House) -> Scenario:
    return house.scenario(NAME)


@pytest.fixture
def copied(prompts: Path, tmp_path: Path) -> Path:
    (tmp_path / "prompts" / "scenarios").mkdir(parents=True)
    copytree(prompts / "scenarios" / NAME, tmp_path / "prompts" / "scenarios" / NAME)
    return tmp_path / "prompts"


def understanding_of(house: House, scenario: Scenario) -> Understanding:
    return house.understanding(scenario)


def test_every_scenario_says_for_nine_questions_in_ten_which_lines_answer(house: House, prompts: Path) -> None:
    for name in ("alex-geography", "martin-neighbour", "nasreen-drama", "owen-data", "ruth-appraisal"):
        topics = house.scenario(name).lines.topics
        known = sum(len(topic.answers) for topic in topics)
        assert known >= 0.9 * sum(len(topic.asks) for topic in topics), name
        marks = {mark_of(line.say) for topic in topics for line in topic.lines}
        named = [
            one for asked in read_answers(prompts / "scenarios" / name).values() for m in asked.values() for one in m
        ]
        assert np.mean([mark in marks for mark in named]) > 0.97, name


def test_a_question_that_was_read_gets_one_of_its_lines(house: House, alex: Scenario) -> None:
    understanding, right = understanding_of(house, alex), []
    for topic in alex.lines.topics[:20]:
        lines = [line.say for line in topic.lines]
        for question, answers in list(topic.answers.items())[:5]:
            if set(answers) & set(lines):
                right.append(lines[int(understanding.fit(question, lines).argmax())] in answers)
    assert np.mean(right) >= 0.8


def test_words_that_few_topics_hold_tell_more(alex: Scenario) -> None:
    names = [topic.id for topic in alex.lines.topics]
    asked, said = SharedWords(alex.lines.topics).shares("What happened to the guttering?").T
    assert "guttering" in alex.lines.topics[int(said.argmax())].lines[0].say.lower() or asked.max() > 0.5
    assert len(asked) == len(names)
    assert (SharedWords(alex.lines.topics).shares("?!") == 0).all()


def test_without_the_file_he_is_understood_by_meaning(copied: Path, house: House) -> None:
    before = fingerprint_of(copied, NAME)
    (copied / "scenarios" / NAME / ANSWERS).unlink()
    scenario = load_scenario(copied, NAME)
    assert fingerprint_of(copied, NAME) != before
    assert not any(topic.answers for topic in scenario.lines.topics)
    asked = understanding_of(house, scenario).topic_of("What did you do last Tuesday?")
    assert asked is not None
    assert asked.topic == "last_tuesday"


@pytest.mark.parametrize("content", ["{", "[]", '{"slides": []}', '{"slides": {"When?": "ab"}}', "\ufeff"])
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(copied: Path, content: str) -> None:
    (copied / "scenarios" / NAME / ANSWERS).write_text(content, encoding="utf-8")
    with pytest.raises(ScenarioError, match=ANSWERS) as found:
        load_scenario(copied, NAME)
    assert "Take the file out" in str(found.value)


def test_topics_questions_and_lines_that_are_gone_are_passed_over(copied: Path) -> None:
    (copied / "scenarios" / NAME / ANSWERS).write_text(
        json.dumps({"nobody": {"Who?": ["00000000"]}, "slides": {"Never asked?": ["00000000"]}}), encoding="utf-8"
    )
    assert not any(topic.answers for topic in load_scenario(copied, NAME).lines.topics)


def test_a_facilitators_card_takes_the_answers_along(house: House, prompts: Path, tmp_path: Path) -> None:
    card = card_of(prompts, house.scenario(NAME), facilitator=True)
    (tmp_path / "scenarios").mkdir()
    taken = take_in(tmp_path, card, "alex-again")
    assert [topic.answers for topic in taken.lines.topics] == [
        topic.answers for topic in house.scenario(NAME).lines.topics
    ]
    assert ANSWERS not in json.dumps(card_of(prompts, house.scenario(NAME), facilitator=False))
