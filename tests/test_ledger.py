"""The ledger of beliefs, what was engaged with and what was bypassed, and acts of selling."""

import pytest
from web_samples import LEVELS, alex, looking_back, shown, view, words_of

from bot.coach.ledger import ledger, met, sold
from bot.colleague.memory import Memory
from bot.colleague.scenario import Scenario
from bot.colleague.state import Act
from bot.colleague.turn import Told, Turn
from bot.listen.reading import Segment
from bot.web.render import debrief as screen


@pytest.fixture(scope="module", name="alex")
def shipped() -> Scenario:
    return alex()


Said = tuple[list[Act], list[str]]
"""What was said, and the facts that were told after it."""


def act(move: str, text: str, focus: str | None = None, *forms: str) -> Act:
    return Act(Segment(text, move, focus, 0.9), forms)


def conversation(alex: Scenario, *turns: Said) -> Memory:
    """Return a conversation of given acts, and of facts told after them."""
    made = [
        Turn(
            number,
            " ".join(one.segment.text for one in acts),
            tuple(acts),
            (),
            alex.start,
            (0,),
            0,
            "They all finish, and they get it right.",
            "answer",
            "low",
            told=tuple(Told(fact, True) for fact in facts),
        )
        for number, (acts, facts) in enumerate(turns, 1)
    ]
    return Memory(alex, "You wanted a word?", tuple(made))


def test_a_view_is_the_leaders_and_taken_as_true_until_it_is_opened(alex: Scenario) -> None:
    worry = act("own_view", "I'm worried that it does not last.")
    alone = ledger(conversation(alex, ([worry], [])))
    opened = ledger(conversation(alex, ([worry], []), ([act("open_question", "How do you see it?", "belief")], [])))
    assert [(one.about, one.whose, one.words, one.tested_at) for one in alone] == [
        ("problem", "mine", "I'm worried that it does not last.", None)
    ]
    assert opened[0].tested_at == 2


def test_what_he_told_is_his_and_tested_once_somebody_asks_what_would_show_it(alex: Scenario) -> None:
    asks = act("open_question", "What makes a good task?", "belief")
    test = act("test_idea", "Shall we ask six of them in July and see?")
    told = ([asks], ["finished_is_learning"])
    assert ledger(conversation(alex, told))[0].tested_at is None
    found = ledger(conversation(alex, told, ([test], [])))[0]
    assert (found.whose, found.about, found.asked_for, found.tested_at) == ("his", "cause", True, 2)


def test_a_suggestion_is_a_belief_about_the_solution_and_an_order_too(alex: Scenario) -> None:
    acts = [
        act("suggestion", "You could try a quiz at the start."),
        act("directive", "Redo the unit by Friday, please."),
    ]
    assert {one.about for one in ledger(conversation(alex, (acts, [])))} == {"solution"}


def test_scraps_are_no_beliefs(alex: Scenario) -> None:
    assert not ledger(conversation(alex, ([act("own_view", "I think so.")], [])))


def test_going_on_with_what_he_said_engages_and_the_next_item_bypasses(alex: Scenario) -> None:
    told = ([act("open_question", "What makes a good task?", "belief")], ["finished_is_learning"])
    gives_back: Said = ([act("paraphrase", "So finishing is what counts for you.", None, "confirmed")], [])
    moves_on: Said = ([act("suggestion", "Have you thought of a quiz?")], [])
    assert [one.engaged for one in met(conversation(alex, told, gives_back))] == [True]
    assert [one.engaged for one in met(conversation(alex, told, moves_on))] == [False]
    assert met(conversation(alex, told)) == ()


def test_pressing_and_hinting_are_counted_apart(alex: Scenario) -> None:
    pressing: Said = ([act("directive", "Do it by Friday."), act("judgement", "That is not good enough.")], [])
    hinting: Said = (
        [act("leading_question", "Don't you think they could do more?"), act("appreciation", "Lovely!", None, "empty")],
        [],
    )
    found = sold(conversation(alex, pressing, hinting))
    assert (found.hard, found.soft) == ((1, 1), (2, 2))
    open_question: Said = ([act("open_question", "How do you see it?", "belief")], [])
    assert sold(conversation(alex, open_question)) == sold(conversation(alex))


def test_the_screen_says_it_in_words(alex: Scenario) -> None:
    words = words_of(screen.debrief(view(alex, shown(1), shown(2), shown(3)), looking_back(1, 2, 3), LEVELS))
    assert "taken as true" in words
    assert "bypassed" in words
    assert "Pressing (orders, verdicts, accusing questions, pushing for a yes): twice, in turns 2 and 5." in words
    assert "Hinting (leading questions, praise with nothing in it, making it small): never." in words
