"""How it ended, and how he would rate the leader."""

from bot.colleague.memory import Memory
from bot.colleague.scenario import Ending
from bot.colleague.turn import Turn

MANY_VIEWS = 3
"""Views without grounds that together tell him what worries the leader."""
MANY_ORDERS = 3
"""Orders from which somebody this defensive stops talking altogether."""
SEES_A_PROBLEM = 6
"""Ownership (points) that a view with grounds leaves behind, and one that was taken back does not."""
MANY_SUGGESTIONS = 2
"""Suggestions that together ask for something to be done."""
MANY_LEADS = 4
"""Questions with the answer in them that together ask for a nod, and get it."""
NODS = 60
"""Readiness to say yes and do nothing, from which he nods rather than argues."""
GUARDED = 45
"""Defensiveness from which two who told each other little are at odds rather than merely not finished."""
FEWEST_TURNS = 4
"""Below this a conversation is unfinished unless something decisive happened."""


def ending_of(memory: Memory) -> Ending:
    """Return the ending of the conversation as it stands, from the scenario's seven."""
    return memory.scenario.endings[_name(memory)]


def _name(memory: Memory) -> str:
    state = memory.state
    if memory.step == "agreed":
        return "joint_step"
    if state.safety <= 25 or (state.defensiveness >= 80 and _orders(memory) >= MANY_ORDERS):
        return "shutdown"
    if memory.step == "facade" or (state.facade >= NODS and _asked_for_action(memory)):
        return "facade_yes"
    if state.defensiveness >= 58:
        return "stand_off"
    if sum(_says_something(turn) for turn in memory.played) < FEWEST_TURNS:
        return "unfinished"
    if memory.deepest_told() >= 3 and state.ownership >= 25 and state.understood >= 35:
        return "shared_problem"
    if not concern_was_put(memory):
        return "pleasant"
    told_little = state.defensiveness >= GUARDED and state.facade < NODS and memory.deepest_told() <= 1
    return "stand_off" if told_little and _argued(memory) else "unfinished"


def _says_something(turn: Turn) -> bool:
    return any(act.segment.move != "off_task" for act in turn.acts)


def concern_was_put(memory: Memory) -> bool:
    """Return whether the leader said what worries them: with grounds, as a verdict, or plainly and more than once.

    What was taken back as often as it was said leaves no problem with him, and does not count.
    """
    if memory.state.ownership < SEES_A_PROBLEM:
        return False
    views = sum(act.segment.move == "own_view" for act in memory.acts)
    return memory.did("own_view", "with_grounds") or memory.did("judgement") or views >= MANY_VIEWS


def _argued(memory: Memory) -> bool:
    """Return whether the leader stood on a side: told, judged, or gave grounds. Opinions in passing do not."""
    return memory.did("judgement") or memory.did("directive") or memory.did("own_view", "with_grounds")


def _orders(memory: Memory) -> int:
    """Return in how many turns the leader gave an order; a threat counts twice."""
    orders = [turn for turn in memory.played if any(act.segment.move == "directive" for act in turn.acts)]
    return len(orders) + memory.did("directive", "ultimatum")


def _asked_for_action(memory: Memory) -> bool:
    """Return whether the leader plainly asked for something to be done: told or pressed to, suggested it again, or led.

    Hints that are taken back as often as they are dropped ask for nothing.
    """
    acts = [act for act in memory.acts if act.segment.sure]
    asked = any(act.segment.move in {"directive", "next_step"} or "pressed" in act.forms for act in acts)
    hinted, taken_back = (sum(act.segment.move == move for act in acts) for move in ("suggestion", "softening"))
    led = sum(act.segment.move == "leading_question" for act in acts)
    return asked or led >= MANY_LEADS or (hinted >= MANY_SUGGESTIONS and hinted > taken_back)


def ratings_by_colleague(memory: Memory) -> dict[str, int]:
    """Return how he would rate the leader: rating id -> 0 to 4."""
    found = {
        "understood": _level(memory.state.understood),
        "safety": _level(memory.state.safety - 0.5 * memory.state.defensiveness + 20),
        "concern": _concern(memory),
        "step": {"agreed": 4, "bargain": 2, "facade": 0}.get(memory.step, 1 if memory.state.openness >= 30 else 0),
    }
    return {rating.id: found[rating.read_from] for rating in memory.scenario.plot.ratings}


def _level(value: float) -> int:
    """Return 0 to 4 for a value from 0 to 100."""
    return max(0, min(4, int(value // 18)))


def _concern(memory: Memory) -> int:
    if memory.did("own_view", "with_grounds"):
        return 4
    if memory.did("own_view"):
        return 3
    return 2 if memory.did("observation") or memory.did("judgement") or memory.did("directive") else 0
