"""Measuring: figures are what they say, writers kept apart stay apart, the shipped reader is as good as its card."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.listen.reader import shared_reader
from bot.listen.reading import FOCUSED, FOCUSES, MOVES
from bot.measuring.baselines import by_rules
from bot.measuring.changes import CHANGES, shaken
from bot.measuring.figures import (
    accuracy,
    boundary_f1,
    calibration_error,
    confusions,
    kappa,
    macro_f1,
    reliability,
    score,
)
from bot.measuring.reader import DOORS, Coded, is_run_on
from bot.measuring.sets import measuring_set
from bot.measuring.turns import EXAM, WATCHED, Row, Turn, rows, trained_on, turns

PAIRS = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"), ("c", "a")]


# The figures


def test_the_figures_are_those_worked_out_by_hand() -> None:
    assert accuracy(PAIRS) == pytest.approx(3 / 5)
    a = score(PAIRS, "a")
    assert (a.precision, a.recall, a.f1, a.support) == (0.5, 0.5, 0.5, 2)
    assert macro_f1(PAIRS) == pytest.approx((0.5 + 0.8 + 0.0) / 3)
    assert kappa(PAIRS) == pytest.approx((0.6 - (2 * 2 + 2 * 3) / 25) / (1 - 10 / 25))
    assert confusions(PAIRS) == [("a", "b", 1), ("c", "a", 1)]


def test_nothing_to_measure_is_no_accident() -> None:
    assert (accuracy([]), macro_f1([]), kappa([]), boundary_f1([])) == (0.0, 0.0, 0.0, 1.0)


def test_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    honest = [0.75] * 4, [True, True, True, False]
    assert calibration_error(*honest) == pytest.approx(0.0)
    assert calibration_error([1.0] * 4, [False] * 4) == pytest.approx(1.0)
    assert reliability([0.05, 0.95, 1.0], [False, True, True]) == [(0.05, 0.0, 1), (pytest.approx(0.975), 1.0, 2)]


def test_cuts_are_counted_one_by_one() -> None:
    assert boundary_f1([({3, 7}, {3}), (set(), {2})]) == pytest.approx(2 * 1 / (2 + 2))


@given(st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(MOVES)), min_size=1))
def test_figures_stay_within_their_bounds(pairs: list[tuple[str, str]]) -> None:
    assert 0 <= macro_f1(pairs) <= 1
    assert -1 <= kappa(pairs) <= 1


# The data


def test_the_writers_kept_apart_are_never_trained_on() -> None:
    assert not {*WATCHED, *EXAM} & set(trained_on())
    seen = {(row.text.lower(), row.previous.lower()) for row in rows(trained_on()) if len(row.text.split()) > 4}
    kept = [row for row in rows((*WATCHED, *EXAM)) if (row.text.lower(), row.previous.lower()) in seen]
    assert kept == []


def test_there_is_as_much_of_it_as_is_said() -> None:
    every = rows([*trained_on(), *WATCHED, *EXAM])
    assert len(every) >= 6000
    assert len({row.writer for row in every}) >= 12
    assert {row.move for row in every} == set(MOVES)
    assert {row.focus for row in every if row.focus} == set(FOCUSES)
    assert sum(row.hard for row in every) >= 0.45 * len(every)
    assert all((row.focus is not None) == (row.move in FOCUSED) for row in every)


def test_hardly_anything_is_said_twice() -> None:
    texts = [row.text.lower() for row in rows(trained_on()) if len(row.text.split()) > 4]
    assert len(set(texts)) >= 0.99 * len(texts)


def test_a_checkout_is_asked_for_where_there_is_none() -> None:
    with pytest.raises(UsageError, match="is not here"):
        measuring_set("training", "nobody.jsonl")


# The changes


@pytest.mark.parametrize("name", list(CHANGES))
@given(words=st.text(max_size=80), seed=st.integers(0, 9))
def test_a_change_never_fails(name: str, words: str, seed: int) -> None:
    assert isinstance(CHANGES[name](words, random.Random(seed)), str)


@pytest.mark.parametrize(
    ("name", "words", "changed"),
    [
        ("case", "Why Alex?", "why alex?"),
        ("punctuation", "Well, no. It's fine!", "Well no It's fine"),
        ("apostrophes", "It’s Sam's, isn't it?", "Its Sams, isnt it?"),
        ("spelling", "Your behaviour in maths.", "Your behavior in math."),
    ],
)
def test_a_change_changes_what_it_says(name: str, words: str, changed: str) -> None:
    assert CHANGES[name](words, random.Random(0)) == changed


def test_one_typo_is_one() -> None:
    dice = random.Random(3)
    for _ in range(50):
        words = CHANGES["one typo"]("something", dice)
        assert abs(len(words) - len("something")) <= 1
    assert shaken("Why?", random.Random(1))


# The readers


def row(text: str, move: str = "own_view", previous: str = "They finish.") -> Row:
    return Row("w", "v", text, previous, "", move, None, False)


def test_the_keyword_rules_do_what_such_rules_do() -> None:
    said = ["Why haven't you changed it?", "We both want that.", "Have you tried a quiz?", "Grass."]
    assert by_rules([row(one) for one in said]) == ["accusing_question", "common_ground", "suggestion", "own_view"]


def test_a_turn_is_run_on_where_a_boundary_has_no_full_stop() -> None:
    parts = ({"text": "I saw it,"}, {"text": "and you did."})
    assert is_run_on(Turn("w", "v", "", parts))
    assert not is_run_on(Turn("w", "v", "", ({"text": "I saw it."}, {"text": "And you?"})))


@pytest.fixture(scope="module")
def sample() -> Coded:
    """Every fifth turn of the watched writers."""
    reader = shared_reader()
    chosen = list(turns(WATCHED))[::5]
    texts = {(turn.writer, turn.previous, text) for turn in chosen for text in turn.texts}
    found = [one for one in rows(WATCHED) if (one.writer, one.previous, one.text) in texts]
    read = {
        (turn.previous, got.text): got
        for turn in chosen
        for got in reader.code([" ".join(text.split()) for text in turn.texts], turn.previous).segments
    }
    kept = [one for one in found if (one.previous, one.text) in read]
    return Coded(kept, [read[one.previous, one.text] for one in kept])


def test_the_shipped_reader_is_as_good_as_its_card_says(sample: Coded) -> None:
    assert len(sample.rows) >= 150
    assert accuracy(sample.pairs) >= 0.75
    assert (
        accuracy(sample.pairs)
        >= accuracy(list(zip([one.move for one in sample.rows], by_rules(sample.rows), strict=True))) + 0.25
    )
    sure = [hit for hit, got in zip(sample.right, sample.read, strict=True) if got.sure]
    assert len(sure) >= 0.4 * len(sample.rows)
    assert sum(sure) >= 0.88 * len(sure)


def test_an_open_question_is_seldom_taken_for_an_accusing_one(sample: Coded) -> None:
    asked = [pair for pair in sample.pairs if pair[0] in {"open_question", *DOORS}]
    crossed = [pair for pair in asked if "open_question" in pair and set(pair) & set(DOORS)]
    assert len(crossed) <= 0.08 * len(asked)
