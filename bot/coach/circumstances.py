"""What is so after a turn, as plain names: 'accused_now', 'step_undated'. Tips and moments wait for them."""

from collections.abc import Callable

from bot.colleague.hearing import QUESTIONS
from bot.colleague.memory import Memory
from bot.colleague.state import Act
from bot.colleague.turn import Turn

UNDERSTOOD_ENOUGH = 40
"""From here on a question about evidence is heard as interest (the gate of what is at stake, DESIGN 4)."""
EARLY = 3
"""Turns by which a concern is better said."""

Test = Callable[[Memory], bool]
Find = Callable[[Turn], Act | None]


def sure(turn: Turn) -> tuple[Act, ...]:
    """Return the acts of which the reader is sure: what it is not sure of, the coach asks about and does not tell."""
    return tuple(act for act in turn.acts if act.segment.sure)


def _move(name: str, form: str | None = None) -> Find:
    def find(turn: Turn) -> Act | None:
        return next((a for a in sure(turn) if a.segment.move == name and (form is None or form in a.forms)), None)

    return find


def _form(name: str) -> Find:
    def find(turn: Turn) -> Act | None:
        return next((act for act in sure(turn) if name in act.forms), None)

    return find


def _worded(name: str) -> Find:
    """Find a form that the words themselves show, whatever the move was read as."""

    def find(turn: Turn) -> Act | None:
        return next((act for act in turn.acts if name in act.forms), None)

    return find


def _early_solution(turn: Turn) -> Act | None:
    return _move("suggestion", "before_cause")(turn) or _move("next_step", "before_cause")(turn)


def _empty(turn: Turn) -> Act | None:
    return next(
        (a for a in sure(turn) if a.segment.move == "acknowledgement" and "empty" in a.forms and _says_something(a)),
        None,
    )


def _says_something(act: Act) -> bool:
    return len(act.segment.text.split()) >= 3 and "understand" in act.segment.text.lower()


def _first_question(turn: Turn) -> Act | None:
    return next((act for act in turn.acts if act.segment.move in QUESTIONS), None)


def _stacked(turn: Turn) -> Act | None:
    """Find a heap of questions; of those with a mark, two at least, where there are any marks at all."""
    marked = sum(act.segment.text.rstrip().endswith("?") for act in turn.acts)
    return _first_question(turn) if "stacked" in turn.turn_forms and marked != 1 else None


def _dodged(turn: Turn) -> Act | None:
    return _first_question(turn) if "dodges" in turn.turn_forms else None


def _left(*forms: str) -> Find:
    def find(turn: Turn) -> Act | None:
        return turn.acts[0] if turn.acts and set(forms) & set(turn.turn_forms) else None

    return find


def _facade(turn: Turn) -> Act | None:
    return (turn.acts[-1] if turn.acts else None) if turn.step == "facade" else None


NOW: dict[str, Find] = {
    "ultimatum_now": _form("ultimatum"),
    "accused_now": _move("accusing_question"),
    "judged_now": _move("judgement"),
    "ordered_now": _move("directive"),
    "passed_over_now": _left("passing_over", "left_cost"),
    "dodged_now": _dodged,
    "past_hint_now": _left("past_hint"),
    "left_offer_now": _left("left_offer"),
    "left_reason_now": _left("left_reason"),
    "led_now": _move("leading_question"),
    "stacked_now": _stacked,
    "solution_early_now": _early_solution,
    "pressed_now": _form("pressed"),
    "facade_yes_now": _facade,
    "distorted_now": _form("distorted"),
    "empty_understanding_now": _empty,
    "softened_now": _move("softening"),
    "jibed_now": _form("jibe"),
    "borrowed_now": _form("borrowed"),
    "certain_now": _worded("certain"),
    "defended_now": _form("defends"),
    "repeated_now": _form("repeated"),
}
"""Found in one turn, with the act that it was."""


def concern_said(memory: Memory) -> bool:
    """Return whether the leader has said, as their own, what worries them."""
    return memory.did("own_view")


def evidence_asked(memory: Memory) -> bool:
    """Return whether anything has been put to the test."""
    return memory.did("test_idea") or memory.did("open_question", "evidence")


def _given_back_since(memory: Memory) -> bool:
    """Whether a paraphrase has been confirmed since he last told a belief."""
    last_told = max((t.number for t in memory.played if any(_layer(memory, x.fact) >= 2 for x in t.told)), default=0)
    confirmed = [t.number for t in memory.played if any("confirmed" in act.forms for act in t.acts)]
    return any(number >= last_told for number in confirmed)


def _layer(memory: Memory, fact: str) -> int:
    return memory.scenario.facts[fact].layer


def _only_facts(memory: Memory) -> bool:
    asked = [act.segment.focus for act in memory.acts if act.segment.move in {"open_question", "closed_question"}]
    return len(asked) >= 2 and not {"belief", "cause", "feeling", "consequence"} & set(asked)


def _inquiry_only(memory: Memory) -> bool:
    asked = sum(act.segment.move == "open_question" for act in memory.acts)
    return asked >= 4 and not concern_said(memory) and not memory.did("observation")


def _told_now(memory: Memory) -> bool:
    return bool(memory.last and any(_layer(memory, told.fact) >= 1 for told in memory.last.told))


def _both_views_not_set(memory: Memory) -> bool:
    """Whether both views are known and never stood side by side. Whoever has just tested one is not told so."""
    tested_now = bool(memory.last and any(act.segment.move == "test_idea" for act in memory.last.acts))
    both_known = concern_said(memory) and memory.knows_why and len(memory.played) >= 5
    return both_known and not memory.did("common_ground") and not tested_now


def _step_undated(memory: Memory) -> bool:
    return memory.did("next_step") and memory.step == "bargain" and not memory.did("next_step", "dated")


SO_FAR: dict[str, Test] = {
    "no_concern_yet": lambda m: len(m.played) >= EARLY and not concern_said(m) and not m.did("softening"),
    "concern_only_hinted": lambda m: len(m.played) >= 2 and not concern_said(m) and m.did("softening"),
    "concern_without_grounds": lambda m: (
        concern_said(m) and not m.did("own_view", "with_grounds") and not m.grounds_given
    ),
    "inquiry_only": _inquiry_only,
    "only_facts_asked": _only_facts,
    "belief_not_given_back": lambda m: m.knows_why and not _given_back_since(m),
    "not_picked_up": _told_now,
    "own_part_not_asked": lambda m: m.knows_why and len(m.played) >= 4 and not m.did("own_fallibility"),
    "evidence_not_asked": lambda m: m.state.understood >= UNDERSTOOD_ENOUGH and not evidence_asked(m),
    "both_views_not_set": _both_views_not_set,
    "trial_open_not_asked": lambda m: 6 in m.opened and m.scenario.plot.step.trial not in m.told,
    "condition_not_granted": lambda m: m.scenario.plot.step.condition in m.told and not m.condition_met,
    "step_undated": _step_undated,
}
"""True of the conversation so far."""

EVERY = frozenset(NOW) | frozenset(SO_FAR)


def circumstances(memory: Memory) -> dict[str, Act | None]:
    """Return what is so after the last turn: each name with the act behind it, where there is one."""
    found: dict[str, Act | None] = {}
    if memory.last is None:
        return found
    for name, find in NOW.items():
        if (act := find(memory.last)) is not None:
            found[name] = act
    return found | {name: None for name, test in SO_FAR.items() if test(memory)}
