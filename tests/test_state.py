"""The state table: what a turn does to the relationship, whoever says it and however often."""

from dataclasses import astuple, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.colleague.state import NAMES, Act, State, advance, effect_of
from bot.listen.codebook import Codebook, Effect
from bot.listen.reading import FOCUSED, FOCUSES, MOVES, Segment
from bot.session import House

START = State(safety=60, defensiveness=35, understood=10, insight=5, ownership=5, openness=10, facade=30)
WARM = State(safety=80, defensiveness=15, understood=60, insight=50, ownership=50, openness=45, facade=10)
MANY = settings(max_examples=60, deadline=None, database=None)


@pytest.fixture(scope="module")
def codebook(house: House) -> Codebook:
    return house.codebook


def act(move: str, *forms: str, focus: str | None = None, sure: bool = True) -> Act:
    return Act(Segment("Some words.", move, focus, 0.9 if sure else 0.4, sure), tuple(sorted(forms)))


def moved(codebook: Codebook, state: State, *acts: Act, forms: tuple[str, ...] = ()) -> dict[str, float]:
    after = advance(state, acts, forms, codebook)
    return {name: round(getattr(after, name) - getattr(state, name), 6) for name in NAMES}


FORMS = """picks_up_words confirmed partly distorted unfounded with_grounds invites_criticism owns_error empty
before_cause ultimatum evidence dated meets_condition tells repeated""".split()


@st.composite
def acts(draw: st.DrawFn) -> Act:
    move = draw(st.sampled_from(MOVES))
    focus = draw(st.sampled_from(FOCUSES)) if move in FOCUSED else None
    forms = draw(st.lists(st.sampled_from(FORMS), max_size=3, unique=True))
    return act(move, *forms, focus=focus, sure=draw(st.booleans()))


turns = st.tuples(st.lists(acts(), max_size=6), st.lists(st.sampled_from(["stacked", "passing_over"]), unique=True))
talks = st.lists(turns, min_size=1, max_size=12)


# What holds for any conversation at all


@MANY
@given(talks)
def test_every_value_stays_between_nothing_and_a_hundred(house: House, talk: list[tuple[list[Act], list[str]]]) -> None:
    state = START
    for said, forms in talk:
        state = advance(state, said, forms, house.codebook)
        assert all(0 <= value <= 100 for value in astuple(state))


@MANY
@given(talks)
def test_no_turn_moves_a_value_by_more_than_fifteen(house: House, talk: list[tuple[list[Act], list[str]]]) -> None:
    state = START
    for said, forms in talk:
        after = advance(state, said, forms, house.codebook)
        assert all(abs(getattr(after, name) - getattr(state, name)) <= 15 + 1e-9 for name in NAMES)
        state = after


@MANY
@given(talks)
def test_openness_never_runs_ahead_of_what_it_rests_on(house: House, talk: list[tuple[list[Act], list[str]]]) -> None:
    state = START
    for said, forms in talk:
        state = advance(state, said, forms, house.codebook)
        assert state.openness <= min(state.understood, state.ownership, state.insight) + 10 + 1e-9


@MANY
@given(talks)
def test_replaying_the_moves_gives_the_same_state_and_changes_nothing(
    house: House, talk: list[tuple[list[Act], list[str]]]
) -> None:
    def played() -> list[State]:
        states = [START]
        for said, forms in talk:
            states.append(advance(states[-1], iter(said), iter(forms), house.codebook))
        return states

    before = astuple(START)
    assert played() == played()
    assert astuple(START) == before


@MANY
@given(st.lists(acts(), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_sentences_within_a_turn_changes_nothing(house: House, said: list[Act], dice: object) -> None:
    again = list(said)
    dice.shuffle(again)  # type: ignore[attr-defined]
    first, second = (astuple(advance(START, one, (), house.codebook)) for one in (said, again))
    assert first == pytest.approx(second)


# The table of the design, row by row: which way each value goes

UP, DOWN = 1, -1
ROWS = [
    (
        "an open question on beliefs",
        [act("open_question", focus="belief")],
        "safety+ defensiveness- understood+ insight+ openness+ facade-",
    ),
    (
        "an accurate paraphrase",
        [act("paraphrase", "confirmed")],
        "safety+ defensiveness- understood+ insight+ openness+ facade-",
    ),
    (
        "a question on his own word",
        [act("open_question", "picks_up_words", focus="action")],
        "safety+ defensiveness- understood+ insight+ ownership+ facade-",
    ),
    ("a concern with grounds", [act("own_view", "with_grounds")], "safety+ defensiveness+ insight+ ownership+"),
    ("an idea to test", [act("test_idea")], "defensiveness+ understood+ insight+ ownership+ openness+ facade-"),
    (
        "an invitation to criticise",
        [act("own_fallibility", "invites_criticism")],
        "safety+ defensiveness- understood+ insight+ ownership+ openness+ facade-",
    ),
    ("a leading question", [act("leading_question")], "safety- defensiveness+ understood- facade+"),
    ("a why-haven't-you", [act("accusing_question")], "safety- defensiveness+ understood- openness- facade+"),
    ("an ultimatum", [act("directive", "ultimatum")], "safety- defensiveness+ understood- insight- openness- facade+"),
    ("an order", [act("directive")], "safety- defensiveness+ understood- insight- openness- facade+"),
    ("a solution before any cause", [act("suggestion", "before_cause")], "defensiveness+ understood- facade+"),
    ("praise alone", [act("appreciation", "empty")], "safety+ ownership- facade+"),
    ("a hint", [act("softening")], "safety+ ownership- facade+"),
    ("an empty I totally understand", [act("acknowledgement", "empty")], "defensiveness+ understood- facade+"),
]


@pytest.mark.parametrize(("acts_made", "row"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_move_sends_each_value_the_way_the_design_says(codebook: Codebook, acts_made: list[Act], row: str) -> None:
    state = replace(START, openness=8, insight=8)
    settled = codebook.settling if not any(codebook.moves[one.segment.move].watch for one in acts_made) else {}
    change = moved(codebook, state, *acts_made)
    for entry in row.split():
        name, sign = entry[:-1], UP if entry[-1] == "+" else DOWN
        points = change[name] - settled.get(name, 0)
        assert points * sign > 0, f"{name} went by {points}"


def test_an_own_concern_is_heard_better_once_he_feels_understood(codebook: Codebook) -> None:
    concern = act("own_view", "with_grounds")
    before, after = (
        moved(codebook, replace(WARM, understood=39), concern),
        moved(codebook, replace(WARM, understood=40), concern),
    )
    assert after["ownership"] > before["ownership"]
    assert after["defensiveness"] < before["defensiveness"]
    assert after["openness"] > before["openness"] == 0


def test_stacking_questions_and_passing_over_what_he_said_cost_on_top(codebook: Codebook) -> None:
    plain = moved(codebook, WARM, act("open_question", focus="belief"))
    stacked = moved(codebook, WARM, act("open_question", focus="belief"), forms=("stacked",))
    passed = moved(codebook, WARM, act("open_question", focus="belief"), forms=("passing_over",))
    assert stacked["understood"] < plain["understood"] and stacked["facade"] > plain["facade"]
    assert passed["safety"] < plain["safety"] and passed["understood"] < stacked["understood"]


def test_trust_falls_faster_than_it_recovers(codebook: Codebook) -> None:
    hit = moved(codebook, WARM, act("directive", "ultimatum"))["safety"]
    gains = [effect.change.get("safety", 0) for effect in codebook.effects]
    assert -hit > max(gains)


def test_an_order_undoes_more_than_an_apology_mends(codebook: Codebook) -> None:
    after = advance(
        advance(WARM, [act("directive")], (), codebook), [act("own_fallibility", "owns_error")], (), codebook
    )
    assert after.defensiveness > WARM.defensiveness
    assert after.safety < WARM.safety
    assert after.facade > WARM.facade


def test_a_move_the_reader_is_unsure_of_counts_half(codebook: Codebook) -> None:
    sure = moved(codebook, WARM, act("accusing_question"))
    unsure = moved(codebook, WARM, act("accusing_question", sure=False))
    assert codebook.unsure_counts == 0.5
    assert unsure["defensiveness"] == sure["defensiveness"] / 2
    assert unsure["safety"] == sure["safety"] / 2


def test_three_good_moves_in_one_breath_are_capped_and_so_are_three_bad_ones(codebook: Codebook) -> None:
    good = moved(codebook, WARM, *[act("paraphrase", "confirmed")] * 3)
    bad = moved(codebook, WARM, *[act("judgement")] * 3)
    assert good["understood"] == 15
    assert bad["defensiveness"] == 15
    assert bad["understood"] == -15


def test_a_calm_turn_cools_him_a_little_and_a_sharp_one_does_not(codebook: Codebook) -> None:
    assert moved(codebook, START, act("social"))["defensiveness"] == -1
    assert moved(codebook, START, act("softening"))["defensiveness"] == 0


def test_saying_nothing_wins_nothing(codebook: Codebook) -> None:
    change = moved(codebook, START)
    assert {name: points for name, points in change.items() if name != "defensiveness"} == dict.fromkeys(
        set(NAMES) - {"defensiveness"}, 0
    )


def test_praise_courtesy_and_hints_never_bring_him_to_own_the_problem(codebook: Codebook) -> None:
    state = START
    for _ in range(20):
        nice = [act("appreciation"), act("social"), act("acknowledgement"), act("softening"), act("framing")]
        state = advance(state, nice, (), codebook)
    assert state.ownership <= START.ownership
    assert state.openness <= START.openness + 5


def test_a_scenarios_own_rule_comes_before_the_codebooks(codebook: Codebook) -> None:
    own = Effect(move="social", change={"safety": -7})
    after = advance(START, [act("social")], (), codebook, [own])
    assert after.safety == START.safety - 7
    assert effect_of(act("social"), START, [own, *codebook.effects]) is own


def test_a_rule_looks_at_the_state_before_the_turn_and_not_in_its_middle(codebook: Codebook) -> None:
    on_the_edge = replace(WARM, understood=35)
    together = moved(codebook, on_the_edge, act("paraphrase", "confirmed"), act("own_view", "with_grounds"))
    assert together["ownership"] == moved(codebook, on_the_edge, act("own_view", "with_grounds"))["ownership"]


def test_numbers_are_shown_to_one_decimal(codebook: Codebook) -> None:
    shown = State(1 / 3, 2 / 3, 10, 5.04, 5.06, 0, 100).as_numbers()
    assert shown == {
        "safety": 0.3,
        "defensiveness": 0.7,
        "understood": 10,
        "insight": 5.0,
        "ownership": 5.1,
        "openness": 0,
        "facade": 100,
    }
