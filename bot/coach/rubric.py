"""Ten behaviours, each with a level and the leader's words for it. No words, no level."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.coach.words import Rubric, fill, person_slots
from bot.colleague.hearing import QUESTIONS
from bot.colleague.memory import Memory
from bot.colleague.state import Act, State
from bot.colleague.turn import Turn

EARLY = 3
"""A concern said by this turn is early."""
SURE_ENOUGH = 0.5
"""Below this confidence of the reader a sentence is no evidence: it is likelier to be something else."""
OPPORTUNITY_FROM = {
    "tests_theories": 4,
    "open_to_error": 3,
    "joint_dated_step": 5,
    "checks_understanding": 2,
    "builds_on_words": 2,
    "owns_concern": 2,
    "gives_grounds": 2,
}
"""Turns before which there was no chance to show it."""


ARGUED = frozenset({"concern_grounded", "disagreement", "observation"})
"""Situations in which he answers a concern itself."""


@dataclass(frozen=True)
class Evidence:
    """A level from 0 to 4 and the words that show it."""

    level: int
    turn: Turn
    act: Act


@dataclass(frozen=True)
class Behaviour:
    """One behaviour as found. `score` 0 to 4 with a verbatim `quote` and its turn, or None with a reason in `note`."""

    number: int
    id: str
    name: str
    score: int | None
    status: str
    level: str
    quote: str
    turn: int | None
    note: str

    def __post_init__(self) -> None:
        if (self.score is None) != (self.quote == ""):
            raise ValueError(f"{self.id}: a level needs the leader's words, and words need a level")


def behaviours(memory: Memory, rubric: Rubric) -> tuple[Behaviour, ...]:
    """Return the ten behaviours in order. The same turns give the same levels; the order of steps plays no part."""
    slots = person_slots(memory.scenario.colleague)
    found = []
    for entry in rubric.behaviours:
        best = _best(FINDERS[entry.id](memory))
        name = fill(entry.name, slots)
        if best is None:
            chance = len(memory.played) >= OPPORTUNITY_FROM.get(entry.id, 1)
            note = fill(entry.not_shown if chance else entry.no_opportunity, slots)
            status = "not shown" if chance else "no opportunity"
            found.append(Behaviour(entry.number, entry.id, name, None, status, "", "", None, note))
            continue
        quote = verbatim(best.act.segment.text, best.turn.words)
        level = rubric.levels[best.level]
        found.append(Behaviour(entry.number, entry.id, name, best.level, "shown", level, quote, best.turn.number, ""))
    return tuple(found)


def verbatim(segment: str, words: str) -> str:
    """Return the segment as it stands in the leader's words. Raises ValueError if it does not stand there."""
    if segment in words:
        return segment
    if segment in " ".join(words.split()):
        return segment
    raise ValueError("a quotation must be the leader's own words")


def _best(found: Iterable[Evidence]) -> Evidence | None:
    """Return the highest level, the earliest of equals."""
    sure = [one for one in found if one.act.segment.confidence >= SURE_ENOUGH]
    return max(sure, key=lambda one: (one.level, -one.turn.number), default=None)


def _acts(memory: Memory, move: str) -> Iterable[tuple[Turn, Act]]:
    return ((turn, act) for turn in memory.played for act in turn.acts if act.segment.move == move)


def _before(memory: Memory, turn: Turn) -> State:
    earlier = [one for one in memory.played if one.number < turn.number]
    return earlier[-1].state if earlier else memory.scenario.start


def _told(memory: Memory, turn: Turn, layer: int = 2) -> bool:
    return any(memory.scenario.facts[told.fact].layer >= layer for told in turn.told)


def _owns_concern(memory: Memory) -> Iterable[Evidence]:
    for turn, act in _acts(memory, "own_view"):
        softened = any(one.segment.move == "softening" for one in turn.acts)
        level = 1 if softened else 2 if turn.number > EARLY else 3
        yield Evidence(4 if level >= 2 and _taken_up(memory, turn) else level, turn, act)
    for move in ("judgement", "directive"):
        yield from (Evidence(0, turn, act) for turn, act in _acts(memory, move))


def _gives_grounds(memory: Memory) -> Iterable[Evidence]:
    for turn, act in _acts(memory, "observation"):
        blamed = any(one.segment.move in {"judgement", "accusing_question"} for one in turn.acts)
        specific = len(act.segment.text.split()) >= 6
        yield Evidence(1 if blamed else _taken(memory, turn, 3 if specific else 2), turn, act)
    for turn, act in _acts(memory, "own_view"):
        if "with_grounds" in act.forms:
            yield Evidence(_taken(memory, turn, 3 if "because" in act.segment.text.lower() else 2), turn, act)


def _taken(memory: Memory, turn: Turn, level: int) -> int:
    return 4 if level == 3 and _taken_up(memory, turn) else level


def _taken_up(memory: Memory, turn: Turn) -> bool:
    """Return whether the other met a concern with something of his own: told then, or argued with no edge."""
    return _told(memory, turn) or (turn.situation in ARGUED and turn.manner == "low")


def _inquires(memory: Memory) -> Iterable[Evidence]:
    for turn, act in _acts(memory, "open_question"):
        if act.segment.focus in {"belief", "cause", "feeling", "consequence"}:
            spoilt = any(one.segment.move in {"accusing_question", "judgement", "directive"} for one in turn.acts)
            yield Evidence(1 if spoilt else 4 if _told(memory, turn) else 3, turn, act)
        else:
            yield Evidence(2, turn, act)
    yield from (Evidence(0, turn, act) for turn, act in _acts(memory, "accusing_question"))


def _causes_first(memory: Memory) -> Iterable[Evidence]:
    first = next(
        (t.number for t in memory.played for a in t.acts if a.segment.move in {"suggestion", "directive", "next_step"}),
        None,
    )
    for turn, act in _acts(memory, "open_question"):
        if act.segment.focus in {"cause", "belief", "consequence"} and (first is None or turn.number < first):
            yield Evidence(4 if _told(memory, turn) else 3, turn, act)
        elif act.segment.focus in {"cause", "belief"}:
            yield Evidence(2, turn, act)
    for move, level in (("suggestion", 1), ("next_step", 1), ("directive", 0)):
        for turn, act in _acts(memory, move):
            if move == "directive" or "before_cause" in act.forms:
                yield Evidence(level, turn, act)


def _builds(memory: Memory) -> Iterable[Evidence]:
    for turn in memory.played:
        for act in turn.acts:
            if "picks_up_words" in act.forms and act.segment.move in {"open_question", "closed_question"}:
                yield Evidence(4 if _told(memory, turn, 1) else 3, turn, act)
            elif "confirmed" in act.forms:
                yield Evidence(4 if _told(memory, turn) else 3, turn, act)
        if "passing_over" in turn.turn_forms and turn.acts:
            yield Evidence(1, turn, turn.acts[0])


def _checks(memory: Memory) -> Iterable[Evidence]:
    for turn, act in _acts(memory, "paraphrase"):
        if "confirmed" in act.forms:
            yield Evidence(4 if turn.told else 3, turn, act)
        elif "partly" in act.forms:
            yield Evidence(2, turn, act)
        elif "distorted" in act.forms:
            yield Evidence(1, turn, act)
    for turn, act in _acts(memory, "acknowledgement"):
        if "empty" in act.forms and "understand" in act.segment.text.lower():
            yield Evidence(1, turn, act)


def _tests(memory: Memory) -> Iterable[Evidence]:
    for turn, act in _acts(memory, "test_idea"):
        yield Evidence(4 if _told(memory, turn, 5) or memory.step == "agreed" else 3, turn, act)
    for turn, act in _acts(memory, "open_question"):
        if "evidence" in act.forms:
            yield Evidence(4 if _told(memory, turn, 5) else 2, turn, act)


def _open_to_error(memory: Memory) -> Iterable[Evidence]:
    for turn, act in _acts(memory, "own_fallibility"):
        asked = "invites_criticism" in act.forms
        yield Evidence(4 if asked and _told(memory, turn, 4) else 3 if asked else 2, turn, act)
        if not asked and _before(memory, turn).defensiveness - turn.state.defensiveness >= 6:
            yield Evidence(3, turn, act)


def _joint_step(memory: Memory) -> Iterable[Evidence]:
    for turn, act in _acts(memory, "next_step"):
        if turn.step == "facade" or "before_cause" in act.forms:
            yield Evidence(1, turn, act)
        elif turn.step == "agreed":
            yield Evidence(4, turn, act)
        else:
            yield Evidence(3 if "dated" in act.forms and memory.knows_why else 2, turn, act)
    for turn, act in _acts(memory, "directive"):
        yield Evidence(0, turn, act)


def _one_question(memory: Memory) -> Iterable[Evidence]:
    for turn in memory.played:
        asked = [act for act in turn.acts if act.segment.move in QUESTIONS and "check" not in act.forms]
        if len(asked) == 1 and asked[0].segment.move in {"open_question", "closed_question"}:
            last = turn.acts[-1] is asked[0]
            yield Evidence(4 if last and _told(memory, turn) else 3 if last else 2, turn, asked[0])
        elif len(asked) > 1:
            yield Evidence(1, turn, asked[0])


FINDERS: dict[str, Callable[[Memory], Iterable[Evidence]]] = {
    "owns_concern": _owns_concern,
    "gives_grounds": _gives_grounds,
    "inquires_beliefs": _inquires,
    "causes_first": _causes_first,
    "builds_on_words": _builds,
    "checks_understanding": _checks,
    "tests_theories": _tests,
    "open_to_error": _open_to_error,
    "joint_dated_step": _joint_step,
    "one_question": _one_question,
}
