"""What shows each of the ten behaviours, and how plainly: a level from 0 to 4, after prompts/rubric.yaml."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.coach.words import Signs
from bot.colleague.asking import is_echo
from bot.colleague.hearing import QUESTIONS
from bot.colleague.memory import Memory
from bot.colleague.state import Act, State
from bot.colleague.substance import stems
from bot.colleague.turn import ELSEWHERE, Turn

EARLY = 3
"""A concern said by this turn is early."""
PLAINLY_READ = 0.7
"""Confidence from which a suggestion, an order or a step counts as the first."""
FEWEST_WORDS, FEWEST_OF_A_QUESTION = 5, 3
"""Words of a sentence that can give back what somebody meant, and of one on the leader's own part."""
SAID_LATELY = 6
"""Turns in which something that he said can go into a step."""
FEWEST_ALONE, NEARLY_ALL, HALF = 2, 0.75, 0.5
"""Turns with one question, and their share of the turns with any, that make a habit."""
EASED = 6
"""Points of defensiveness that an owned mistake took off, from which it changed something."""
ARGUED = frozenset({"concern_grounded", "disagreement", "observation"})
"""Situations in which he answers a concern itself."""
PLAIN_QUESTIONS = frozenset({"open_question", "closed_question"})
TAKES_UP = PLAIN_QUESTIONS | {"paraphrase"}
PROPOSES = frozenset({"suggestion", "directive", "next_step"})
BLAMES = frozenset({"judgement", "accusing_question"})
PRESSES = frozenset({"directive"})


@dataclass(frozen=True)
class Evidence:
    """A level from 0 to 4 and the words that show it."""

    level: int
    turn: Turn
    act: Act


def _acts(memory: Memory, *moves: str) -> Iterator[tuple[Turn, Act]]:
    return ((turn, act) for turn in memory.played for act in turn.acts if act.segment.move in moves)


def _before(memory: Memory, turn: Turn) -> State:
    earlier = [one for one in memory.played if one.number < turn.number]
    return earlier[-1].state if earlier else memory.scenario.start


def _told(memory: Memory, turn: Turn, layer: int = 2) -> bool:
    return any(memory.scenario.facts[told.fact].layer >= layer for told in turn.told)


def _owns_concern(memory: Memory, signs: Signs) -> Iterator[Evidence]:
    for turn, act in _acts(memory, "own_view", "framing"):
        worried = signs.found("worry", act.segment.text)
        if act.segment.move == "framing" and not worried:
            continue
        softened = any(one.segment.move == "softening" for one in turn.acts)
        level = 1 if softened else 3 if worried and turn.number <= EARLY else 2
        yield Evidence(4 if level == 3 and _taken_up(memory, turn) else level, turn, act)
    yield from (Evidence(0, turn, act) for turn, act in _acts(memory, "judgement", "directive"))


def _gives_grounds(memory: Memory, signs: Signs) -> Iterator[Evidence]:
    for turn, act in _acts(memory, "observation", "own_view"):
        seen = signs.found("seen", act.segment.text)
        if act.segment.move == "own_view" and "with_grounds" not in act.forms:
            continue
        against = BLAMES if act.segment.move == "observation" else frozenset[str]()
        against |= PRESSES if turn.situation == ELSEWHERE else frozenset[str]()
        if any(one.segment.move in against for one in turn.acts):
            yield Evidence(1, turn, act)
        else:
            yield Evidence((4 if _taken_up(memory, turn) else 3) if seen else 2, turn, act)


def _taken_up(memory: Memory, turn: Turn) -> bool:
    """Return whether the other met a concern with something of his own: told then, or argued with no edge."""
    return _told(memory, turn) or (turn.situation in ARGUED and turn.manner == "low")


def _inquires(memory: Memory, signs: Signs) -> Iterator[Evidence]:
    for turn, act in _acts(memory, "open_question"):
        behind = act.segment.focus in {"belief", "cause", "feeling", "consequence"}
        if behind and signs.found("mind", act.segment.text):
            spoilt = any(one.segment.move in {"accusing_question", "judgement", "directive"} for one in turn.acts)
            yield Evidence(1 if spoilt else 4 if _told(memory, turn) else 3, turn, act)
        else:
            yield Evidence(2, turn, act)
    yield from (Evidence(0, turn, act) for turn, act in _acts(memory, "accusing_question"))


def _causes_first(memory: Memory, _: Signs) -> Iterator[Evidence]:
    proposed = [turn.number for turn, act in _acts(memory, *PROPOSES) if act.segment.confidence >= PLAINLY_READ]
    first = min(proposed, default=None)
    for turn, act in _acts(memory, *PLAIN_QUESTIONS):
        if act.segment.focus == "cause" and "check" not in act.forms:
            early = first is None or turn.number <= first
            yield Evidence((4 if _told(memory, turn) else 3) if early else 1, turn, act)
    for turn, act in _acts(memory, *PROPOSES):
        if act.segment.move == "directive" or "before_cause" in act.forms:
            yield Evidence(0 if act.segment.move == "directive" else 1, turn, act)


def _builds(memory: Memory, _: Signs) -> Iterator[Evidence]:
    said: frozenset[str] = frozenset()
    line = memory.opening
    for turn in memory.played:
        his = stems(line) - said
        for act in turn.acts:
            takes_up = act.segment.move in TAKES_UP and "check" not in act.forms
            if takes_up and stems(act.segment.text) & his:
                yield Evidence(4 if _told(memory, turn, 1) else 3, turn, act)
            elif "confirmed" in act.forms:
                yield Evidence(2, turn, act)
        if "passing_over" in turn.turn_forms and turn.acts:
            yield Evidence(1, turn, turn.acts[0])
        said, line = said | stems(turn.words), turn.line


def _checks(memory: Memory, signs: Signs) -> Iterator[Evidence]:
    line = memory.opening
    for turn in memory.played:
        asked = any(_asks_back(act, signs) for act in turn.acts)
        for act in turn.acts:
            text = act.segment.text
            if act.segment.move == "paraphrase" and not _asks_back(act, signs) and not is_echo(text, line):
                fair = len(text.split()) >= FEWEST_WORDS and "unfounded" not in act.forms
                thin = 1 if "distorted" in act.forms or not fair else 2
                room = asked or ("confirmed" in act.forms and act is turn.acts[-1])
                yield Evidence((4 if turn.told else 3) if fair and room else thin, turn, act)
            elif "empty" in act.forms and act.segment.move == "acknowledgement" and "understand" in text.lower():
                yield Evidence(1, turn, act)
        line = turn.line


def _asks_back(act: Act, signs: Signs) -> bool:
    """Return whether this asks whether something was given back rightly."""
    return "check" in act.forms or ("?" in act.segment.text and signs.found("check", act.segment.text))


def _tests(memory: Memory, _: Signs) -> Iterator[Evidence]:
    for turn, act in _acts(memory, "test_idea"):
        yield Evidence(4 if _told(memory, turn, 5) or memory.step == "agreed" else 3, turn, act)
    for turn, act in _acts(memory, "open_question"):
        if "evidence" in act.forms:
            yield Evidence(4 if _told(memory, turn, 5) else 2, turn, act)


def _open_to_error(memory: Memory, signs: Signs) -> Iterator[Evidence]:
    for turn, act in _acts(memory, "own_fallibility"):
        asked = "invites_criticism" in act.forms
        if "defends" in act.forms:
            yield Evidence(0, turn, act)
        elif len(act.segment.text.split()) < FEWEST_OF_A_QUESTION or _asks_back(act, signs):
            yield Evidence(2, turn, act)
        elif asked:
            yield Evidence(4 if _told(memory, turn, 4) else 3, turn, act)
        else:
            eased = _before(memory, turn).defensiveness - turn.state.defensiveness >= EASED
            particular = len(act.segment.text.split()) >= FEWEST_WORDS and signs.found("fault", act.segment.text)
            yield Evidence(3 if eased or particular else 2, turn, act)


def _joint_step(memory: Memory, signs: Signs) -> Iterator[Evidence]:
    for turn, act in _acts(memory, "next_step", "test_idea"):
        if turn.step == "agreed":
            yield Evidence(4, turn, act)
        elif act.segment.move == "test_idea" and "dated" not in act.forms:
            continue
        elif turn.step == "facade" or "before_cause" in act.forms or signs.found("imposes", act.segment.text):
            yield Evidence(1, turn, act)
        else:
            whole = memory.knows_why and "?" in turn.words and _dated(turn, memory, signs) and _shared(turn, memory)
            yield Evidence(3 if whole else 2, turn, act)
    yield from (Evidence(0, turn, act) for turn, act in _acts(memory, "directive"))


def _dated(turn: Turn, memory: Memory, signs: Signs) -> bool:
    """Return whether a day has been named: in the turn, or by him just before."""
    line = next((one.line for one in reversed(memory.played) if one.number < turn.number), memory.opening)
    return any("dated" in act.forms for act in turn.acts) or signs.found("day", line)


def _shared(turn: Turn, memory: Memory) -> bool:
    """Return whether a step holds something that he brought up, not the leader."""
    earlier = [one for one in memory.played if one.number < turn.number]
    brought: set[str] = set()
    said = set(stems(memory.opening))
    for one in earlier:
        said |= stems(one.words)
        if one.number >= turn.number - SAID_LATELY:
            brought |= stems(one.line) - said
    return bool(stems(turn.words) & brought)


def _one_question(memory: Memory, _: Signs) -> Iterator[Evidence]:
    alone, company = [], []
    for turn in memory.played:
        asked = [act for act in turn.acts if act.segment.move in QUESTIONS or act.segment.text.rstrip().endswith("?")]
        if len(asked) == 1:
            alone.append((turn, asked[0]))
        elif len(asked) > 1:
            company.append((turn, asked[0]))
    share = len(alone) / max(1, len(alone) + len(company))
    habit = 3 if share >= NEARLY_ALL and len(alone) >= FEWEST_ALONE else 2 if share >= HALF else 1
    for turn, act in ((turn, act) for turn, act in alone if act.segment.move in PLAIN_QUESTIONS):
        told = habit == 3 and turn.acts[-1] is act and _told(memory, turn)
        yield Evidence(4 if told else habit, turn, act)
    yield from (Evidence(1, turn, act) for turn, act in company)


FINDERS: dict[str, Callable[[Memory, Signs], Iterable[Evidence]]] = {
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
