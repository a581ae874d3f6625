"""What a question is about, what form it has, and the vectors that are kept for finding out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.colleague.asking import follows_up, form_of
from bot.colleague.learnt import is_learnt, learn
from bot.colleague.loading import scenario_names
from bot.colleague.scenario import Scenario
from bot.listen.encoder import Encoder, Matcher
from bot.listen.together import side_by_side
from bot.session import House, Rehearsal

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def alex(house: House) -> Scenario:
    return house.scenario("alex-geography")


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Who asked for that?", "who"),
        ("Do you recall by whom it was mentioned?", "who"),
        ("and when was that", "when"),
        ("How long has it been so?", "when"),
        ("Where did those come from?", "where"),
        ("how many came", "how_many"),
        ("What proportion of them came?", "how_many"),
        ("Why is that?", "why"),
        ("Would you rather sit at the front or at the back?", "which"),
        ("If you could start again, what would you do?", "would_you"),
        ("What do you make of it?", "what_think"),
        ("Tell me about the hall.", "describe"),
        ("Has anyone been in?", "whether"),
        ("What colour is it?", "what"),
    ],
)
def test_the_form_of_a_question(house: House, question: str, form: str) -> None:
    assert form_of(question, house.cues.marks) == form


@pytest.mark.parametrize(
    ("question", "line", "follows"),
    [
        ("Why?", "They finish it and they get it right.", True),
        ("In what way?", "They finish it and they get it right.", True),
        ("Who did you ask?", "I asked somebody for the file.", True),
        ("How do you mean?", "It settles them.", True),
        ("What did you make of the training slides?", "It settles them.", False),
        ("Why is it that you have never once gone back to the beginning of it?", "It settles them.", False),
    ],
)
def test_a_question_without_a_subject_carries_on(question: str, line: str, follows: bool) -> None:
    assert follows_up(question, line) is follows


@pytest.mark.parametrize(
    ("scenario", "question", "topic"),
    [
        ("owen-data", "Why did the guide need to be four pages long?", "guide"),
        ("ruth-appraisal", "Why do you think nobody else has said a word to me about it?", None),
        ("nasreen-drama", "Why do you keep coming to the sessions if they aren't helping much?", None),
    ],
)
def test_a_sharp_question_that_he_has_an_answer_to_is_answered(
    house: House, scenario: str, question: str, topic: str | None
) -> None:
    rehearsal = Rehearsal(house, house.scenario(scenario), 1)
    rehearsal.take_turn("Hello. Thanks for making time for this.")
    turn = rehearsal.take_turn(question)
    assert turn.situation == "answer" and topic in (None, turn.topic)
    assert not [told for told in turn.told if rehearsal.scenario.facts[told.fact].layer > 0]


def test_a_charge_is_not_met_by_an_answer(house: House, alex: Scenario) -> None:
    rehearsal = Rehearsal(house, alex, 1)
    rehearsal.take_turn("Hello. Thanks for making time for this.")
    assert rehearsal.take_turn("Why haven't you changed a single lesson?").situation == "accusing"


def test_a_question_about_the_leaders_part_gets_the_answer_to_that_question(house: House) -> None:
    rehearsal = Rehearsal(house, house.scenario("owen-data"), 1)
    rehearsal.take_turn("Hello. Thanks for making time for this.")
    turn = rehearsal.take_turn("Should I have asked you before I agreed to the homework service?")
    assert [told.fact for told in turn.told] in ([], ["seventh_unasked"]), turn.line


def test_a_bare_question_is_about_what_was_said_before_it_in_the_turn(house: House) -> None:
    rehearsal = Rehearsal(house, house.scenario("owen-data"), 1)
    rehearsal.take_turn("Hello. Thanks for making time for this.")
    turn = rehearsal.take_turn(
        "I got your four pages in January and I'll be honest, I skimmed them. Which bit matters?"
    )
    assert turn.topic == "guide", turn.line


def test_why_after_an_answer_is_answered_by_the_topic_that_holds_the_reason(house: House, alex: Scenario) -> None:
    rehearsal = Rehearsal(house, alex, 3)
    first = rehearsal.take_turn("What did you do last Tuesday?")
    assert first.topic == "last_tuesday"
    assert rehearsal.take_turn("Why?").topic == alex.lines.by_topic["last_tuesday"].because


def test_a_short_question_takes_its_subject_from_the_rest_of_its_turn(house: House, alex: Scenario) -> None:
    turn = Rehearsal(house, alex, 3).take_turn("I gave you an afternoon to plan with in September. How did that go?")
    assert turn.topic == "planning_afternoon"


def test_asked_for_what_nobody_wrote_he_answers_in_the_form_of_the_question(house: House, alex: Scenario) -> None:
    asked = {line.say: line.asked for line in alex.lines.by_situation["unknown"] if line.asked}
    for seed in range(3):
        turn = Rehearsal(house, alex, seed).take_turn("Who won the cup final in 1987?")
        assert {asked.get(part) for part in turn.said} & {"who"}, turn.line


def test_vectors_are_kept_and_found_again_and_a_damaged_file_costs_only_time(tmp_path: Path) -> None:
    first, texts = Encoder(), ["What did you do on Tuesday?", "Who was there?"]
    assert learn(first, texts, tmp_path, "somebody", "f1") == 2
    (kept,) = tmp_path.glob("somebody-*.npz")
    again = Encoder()
    again._run = lambda text: pytest.fail(f"{text} was worked out again")  # type: ignore[method-assign]
    assert learn(again, texts, tmp_path, "somebody", "f1") == 0
    assert np.array_equal(again.encode(texts), first.encode(texts))
    whole = kept.read_bytes()
    for damaged in (b"PK of a sort", b"", whole[: len(whole) // 2]):
        kept.write_bytes(damaged)
        third = Encoder()
        assert learn(third, texts, tmp_path, "somebody", "f1") == 2
        assert np.array_equal(third.encode(texts), first.encode(texts))


def test_of_a_scenario_that_changed_only_the_new_lines_are_worked_out(tmp_path: Path) -> None:
    learn(Encoder(), ["Who was there?", "And the others?"], tmp_path, "somebody", "f1")
    later, worked_out = Encoder(), list[str]()
    run = later._run
    later._run = lambda text: worked_out.append(text) or run(text)  # type: ignore[method-assign, func-returns-value]
    assert learn(later, ["Who was there?", "Which one?"], tmp_path, "somebody", "f2") == 1
    assert worked_out == ["Which one?"]
    assert is_learnt(later, tmp_path, "somebody", "f2") and not is_learnt(later, tmp_path, "somebody", "f1")


def test_a_vector_that_is_remembered_is_close_to_what_the_network_gave() -> None:
    encoder, texts = Encoder(), ["Who was there?", "The books are last year's.", "Finished sheets settle them."]
    kept, exact = encoder.encode(texts), np.stack([encoder._run(text) for text in texts])
    assert np.abs(kept @ kept.T - exact @ exact.T).max() < 0.002


def test_of_one_scenario_only_the_last_few_files_are_kept(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"somebody-older-{number}.npz").write_bytes(b"old")
    (tmp_path / "somebody.f1-older.npy").write_bytes(b"older still")
    learn(Encoder(), ["Who was there?"], tmp_path, "somebody", "f1")
    left = [path.name for path in tmp_path.glob("*.np*")]
    assert len(left) == 4 and any("MiniLM" in name for name in left)


def test_where_nothing_can_be_written_he_is_understood_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "vectors").write_text("in the way")
    encoder = Encoder()
    learn(encoder, ["Who was there?"], tmp_path / "vectors", "somebody", "f1")
    assert encoder.encode(["Who was there?"]).shape == (1, 384)


@pytest.mark.parametrize("name", scenario_names(ROOT / "prompts"))
def test_what_ships_has_been_learnt_in_full(house: House, tmp_path: Path, name: str) -> None:
    assert not house.learn(name, tmp_path), f"{name} has changed: run `make lines`"


def test_a_scenario_is_learnt_once_and_again_when_it_changes(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []

    def run(_: Encoder, text: str) -> np.ndarray:
        encoded.append(text)
        return np.ones(384, dtype=np.float32)

    monkeypatch.setattr(Encoder, "_run", run)
    monkeypatch.setattr("bot.colleague.learnt.SHIPPED", tmp_path / "nothing ships")
    fresh = replace(house, matcher=Matcher(), encoder=Encoder())
    assert fresh.learn("owen-data", tmp_path)
    assert len(encoded) > 1000
    assert not fresh.learn("owen-data", tmp_path)
    monkeypatch.setattr(House, "_fingerprint", lambda house, name: "another")
    assert not fresh.learn("owen-data", tmp_path), "nothing new is in it"


def test_side_by_side_keeps_the_order_and_does_not_wait_for_itself() -> None:
    assert side_by_side(lambda n: side_by_side(lambda m: m * n, range(3)), range(4)) == [
        [0, 0, 0],
        [0, 1, 2],
        [0, 2, 4],
        [0, 3, 6],
    ]


def test_a_long_text_is_read_to_the_last_of_its_places() -> None:
    encoder = Encoder()
    long = "river " * 400
    assert np.allclose(encoder.encode([long]), encoder.encode([long + "mountain " * 50]))
    assert not np.allclose(encoder.encode([long]), encoder.encode(["river " * 100]))
