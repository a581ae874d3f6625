"""What is said and taken back in one breath, and a step that is only sounded out."""

import pytest

from bot.session import House, Rehearsal

ORDER = "I want new rivers plans by the end of next week."


@pytest.mark.parametrize(
    "words",
    [
        "Forget the plans by next week, I take that back.",
        "I withdraw that.",
        "I'll take all of that back.",
        "I said you'd ignored September. I don't know that.",
        "I told you it wasn't good enough. That wasn't fair.",
    ],
)
def test_an_order_or_a_verdict_that_is_withdrawn_owns_an_error(house: House, words: str) -> None:
    rehearsal = Rehearsal(house, house.scenario("alex-geography"), 1)
    rehearsal.take_turn(ORDER)
    moves = [act.segment.move for act in rehearsal.take_turn(words).acts]
    assert "own_fallibility" in moves
    assert not {"directive", "judgement"} & set(moves)


@pytest.mark.parametrize("words", [ORDER, "You've ignored September."])
def test_what_stands_is_still_an_order_or_a_verdict(house: House, words: str) -> None:
    acts = Rehearsal(house, house.scenario("alex-geography"), 1).take_turn(words).acts
    assert {"directive", "judgement"} & {act.segment.move for act in acts}


@pytest.mark.parametrize(
    "last", ["Could you live with that?", "Is that what you'd put your name to?", "How does that sound?"]
)
def test_a_question_that_sounds_out_a_step_is_answered_as_the_step(house: House, last: str) -> None:
    rehearsal = Rehearsal(house, house.scenario("alex-geography"), 1)
    turn = rehearsal.take_turn(f"The write-up goes, and on Tuesday after half-term we try it in one lesson. {last}")
    assert turn.situation.startswith("next_step"), [(act.segment.text, act.segment.move) for act in turn.acts]
