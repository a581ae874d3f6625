"""One or two moments worth trying again: the words, what they did, what he thought, another way."""

import random
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bot.coach.circumstances import NOW, SO_FAR
from bot.coach.matter import matter_of
from bot.coach.read_back import ReadBack
from bot.coach.rubric import verbatim
from bot.coach.words import (
    CASE,
    CoachWords,
    MomentWords,
    choose,
    fill,
    of_the_case,
    person_slots,
    quoted,
    slots_of,
    what_he_just_said,
    what_he_said,
)
from bot.colleague.memory import Memory
from bot.colleague.state import Act, State
from bot.colleague.turn import ELSEWHERE, Turn

A_REASON = 2
"""Layer from which what he tells is a reason, and not merely what happened."""
ASKED_ALL_THE_SAME = frozenset({"led_now", "stacked_now", "repeated_now"})
"""Questions put badly, which do no harm where he answers at length."""
AT_LENGTH = 14
"""Words from which an answer given elsewhere, of which nobody knows what it told, is one at length."""
CLOSES_ANYHOW = frozenset({"ultimatum_now", "jibed_now", "facade_yes_now"})
"""What a colleague may answer well, and remembers."""
CLOSES_EVEN_THEN = frozenset(
    {"ultimatum_now", "ordered_now", "accused_now", "judged_now", "jibed_now", "distorted_now", "passed_over_now"}
)
"""What undoes an agreement; a slip after one is none."""
WENT_BY = frozenset({"passed_over_now", "past_hint_now", "left_offer_now", "left_reason_now"})
"""Turns that leave lying what he has just said."""
OF_THE_TURN = WENT_BY | {"dodged_now", "facade_yes_now", "stacked_now"}
"""What a whole turn does, whatever its sentences are."""
FEWEST_WORDS = 4
"""Words from which what was said can be pointed at by itself."""
ALSO = 2
"""What it adds that a turn closed more doors than one, and takes off that he went on talking all the same."""
SORRY = re.compile(
    r"\b(?:sorry|apologi[sz]e|apology|unfair(?:ly)?|shouldn't have|start again|went (?:in|at) )", re.IGNORECASE
)
"""An apology for how the leader has gone about it."""
FAULT = re.compile(
    SORRY.pattern + r"|\b(?:wrong|mistake|fault|should have|ought to have|missed|misread|mine\b|unkind|my own"
    r"|(?:n't|never|not) (?:ask|know|say|see|listen)|too (?:hard|fast|quick|much|soon|sharp)|take that back)",
    re.IGNORECASE,
)
"""Words of somebody who takes back what they said a moment ago."""
MOST = 2
ALTERNATIVES = 2
NEARLY = 6
"""Words by which two wordings may differ and be as like the leader's own."""
QUOTES = re.compile(r"\{(?:quote|his_words|just_said)\}")
"""What says it of this conversation and of no other."""
ABOUT_IT = frozenset({"matter", *CASE})
"""Slots that say what it is about: of what the leader said, or of the case."""
REWORDED_AS = {
    "accused_now": "accusing_question",
    "judged_now": "judgement",
    "ordered_now": "directive",
    "ultimatum_now": "ultimatum",
    "led_now": "leading_question",
    "solution_early_now": "suggestion",
    "pressed_now": "pressed",
    "softened_now": "softening",
    "certain_now": "own_view",
    "jibed_now": "judgement",
}
"""Where the wordings for a draft serve as well: by the name that they have there."""
DEFINITE = ("your ", "the ", "that ", "those ", "these ", "this ", "my ", "our ")
"""How a matter begins that both of them know."""
COST = {
    "ultimatum_now": 12,
    "passed_over_now": 10,
    "accused_now": 9,
    "judged_now": 9,
    "ordered_now": 9,
    "facade_yes_now": 8,
    "jibed_now": 8,
    "distorted_now": 6,
    "defended_now": 7,
    "dodged_now": 6,
    "past_hint_now": 8,
    "left_offer_now": 9,
    "left_reason_now": 5,
    "certain_now": 6,
    "borrowed_now": 5,
    "led_now": 6,
    "solution_early_now": 6,
    "pressed_now": 6,
    "empty_understanding_now": 4,
    "softened_now": 4,
    "stacked_now": 3,
    "repeated_now": 3,
}
"""How much a turn of this kind closes, beside what the state shows."""


@dataclass(frozen=True)
class Moment:
    """A turn to try again from. `words` are the leader's, verbatim; `thought` is what he did not say."""

    letter: str
    turn: int
    when: str
    words: str
    line: str
    thought: str
    what: str
    alternatives: tuple[str, ...]


def moments(
    memory: Memory, words: CoachWords, seed: int, read_back: ReadBack, shown: Collection[str] = ()
) -> tuple[Moment, ...]:
    """Return at most two moments, in the order they happened: those that cost most, closed doors and missed ones.

    What was answered with a reason or a step closed no door, however it was put. `shown` are the behaviours that the
    leader showed: of those nothing was missed. Where nothing was closed and nothing agreed, what was left open longest
    is a moment all the same.
    """
    missed = [one for one in _missed(memory) if not _was_there(one[1], shown)]
    found = sorted([*_closed(memory), *missed], key=lambda one: -one[0]) or _left_open(memory)
    chosen: list[tuple[str, Turn]] = []
    for _, when, turn in found:
        if (
            len(chosen) < MOST
            and when not in [w for w, _ in chosen]
            and turn.number not in [t.number for _, t in chosen]
        ):
            chosen.append((when, turn))
    chosen.sort(key=lambda one: one[1].number)
    return tuple(
        _moment(letter, when, turn, memory, words, seed, read_back)
        for letter, (when, turn) in zip("BC", chosen, strict=False)
    )


def _closed(memory: Memory) -> Iterable[tuple[float, str, Turn]]:
    before, agreed = memory.scenario.start, False
    for place, turn in enumerate(memory.played):
        kinds = [name for name, find in NOW.items() if _is_one(name, find(turn))]
        opened = _opened(turn, memory)
        if opened:
            kinds = [name for name in kinds if name in (CLOSES_ANYHOW if _settled(turn) else CLOSES_ANYHOW | WENT_BY)]
        if agreed:
            kinds = [name for name in kinds if name in CLOSES_EVEN_THEN]
        if turn.situation == ELSEWHERE and len(turn.line.split()) >= AT_LENGTH:
            kinds = [name for name in kinds if name not in ASKED_ALL_THE_SAME]
        if kinds and not _owned(memory.played[place + 1 :]):
            when = max(kinds, key=COST.__getitem__)
            also = (ALSO if len(kinds) > 1 else 0) - (ALSO if opened else 0)
            yield COST[when] + _worse(before, turn.state) / 4 + also, when, turn
        before, agreed = turn.state, agreed or turn.step == "agreed"


def _owned(after: Sequence[Turn]) -> bool:
    """Return whether a slip was taken back, at once in any words or later by an apology: it teaches nothing more."""
    at_once = any(_owns(act, FAULT) for turn in after[:1] for act in turn.acts)
    return at_once or any(_owns(act, SORRY) for turn in after for act in turn.acts)


def _owns(act: Act, words: re.Pattern[str]) -> bool:
    return _is_own(act) and bool(words.search(act.segment.text.replace("’", "'")))


def _is_own(act: Act) -> bool:
    return act.segment.move == "own_fallibility"


def _is_one(name: str, act: Act | None) -> bool:
    """Return whether an act is enough to begin again from: three words by themselves are easily misread."""
    return act is not None and (name in OF_THE_TURN or len(act.segment.text.split()) >= FEWEST_WORDS)


def _opened(turn: Turn, memory: Memory) -> bool:
    """Return whether a turn closed no door: he answered with a reason or a step, or the leader mended it at once."""
    reasons = any(memory.scenario.facts[told.fact].layer >= A_REASON for told in turn.told)
    return reasons or _settled(turn)


def _settled(turn: Turn) -> bool:
    """Return whether a turn mended its own slip, granted what he asked for, or brought a step."""
    mended = any(_owns(act, FAULT) for act in turn.acts[1:]) or (turn.acts[-1:] and _is_own(turn.acts[-1]))
    granted = any("meets_condition" in act.forms for act in turn.acts)
    return bool(mended) or granted or turn.step == "agreed"


def _worse(before: State, after: State) -> float:
    return (
        (after.defensiveness - before.defensiveness)
        + (before.understood - after.understood)
        + (after.facade - before.facade)
    )


def _missed(memory: Memory) -> Iterable[tuple[float, str, Turn]]:
    """Yield what was open and not taken, at the first turn that could have taken it and did nothing as good."""
    for when, cost in MISSED_COST.items():
        if not SO_FAR[when](memory):
            continue
        for number in range(1, len(memory.played)):
            so_far = Memory(memory.scenario, memory.opening, memory.played[:number])
            turn = memory.played[number]
            if SO_FAR[when](so_far) and not _opened(turn, memory) and not _serves(turn) and not _left_lying(turn):
                yield cost, when, turn
                break


def _left_open(memory: Memory) -> list[tuple[float, str, Turn]]:
    """Return what the last turn left open, which was open before it, where no step is agreed."""
    if len(memory.played) < 2 or memory.step == "agreed" or not memory.played[-1].acts:
        return []
    so_far = Memory(memory.scenario, memory.opening, memory.played[:-1])
    last = memory.played[-1]
    return [(cost, when, last) for when, cost in MISSED_COST.items() if SO_FAR[when](memory) and SO_FAR[when](so_far)][
        :1
    ]


def _was_there(when: str, shown: Collection[str]) -> bool:
    """Return whether what would be missed was shown, at some other turn, or what it would rest on was not."""
    return SHOWN_BY.get(when) in shown or (when in RESTS_ON and RESTS_ON[when] not in shown)


SHOWN_BY = {
    "no_concern_yet": "owns_concern",
    "concern_without_grounds": "gives_grounds",
    "belief_not_given_back": "checks_understanding",
    "evidence_not_asked": "tests_theories",
    "own_part_not_asked": "open_to_error",
    "step_undated": "joint_dated_step",
}
RESTS_ON = {"concern_without_grounds": "owns_concern"}


def _serves(turn: Turn) -> bool:
    """Return whether a turn does something that is worth its place, so that nothing is missed by it."""
    return any(act.segment.move in WORTH_ITS_PLACE for act in turn.acts)


def _left_lying(turn: Turn) -> bool:
    """Return whether a turn went past what he had just said, beside which nothing else was missing."""
    return any(NOW[kind](turn) for kind in WENT_BY)


WORTH_ITS_PLACE = frozenset({"paraphrase", "test_idea", "own_fallibility"})
MISSED_COST = {
    "no_concern_yet": 8.0,
    "condition_not_granted": 7.0,
    "step_undated": 6.5,
    "trial_open_not_asked": 5.5,
    "concern_without_grounds": 5.0,
    "belief_not_given_back": 4.5,
    "evidence_not_asked": 3.5,
    "own_part_not_asked": 2.5,
}
"""How much it cost that something was not taken up, beside `COST`; our ranking."""


def _moment(
    letter: str, when: str, turn: Turn, memory: Memory, words: CoachWords, seed: int, read_back: ReadBack
) -> Moment:
    entry: MomentWords = words.moments[when] if when in words.moments else words.missed[when]
    before = Memory(memory.scenario, memory.opening, tuple(t for t in memory.played if t.number < turn.number))
    slots = person_slots(memory.scenario.colleague) | what_he_said(before) | what_he_just_said(before)
    act = NOW[when](turn) if when in NOW else (turn.acts[0] if turn.acts else None)
    if act is not None:
        slots["quote"] = quoted(verbatim(act.segment.text, turn.words))
    slots["turn"] = str(turn.number)
    quoting = [text for text in entry.what if QUOTES.search(text)]
    seeded = f"{seed}:what:{turn.number}"
    what = choose(quoting, slots, seeded) or choose(entry.what, slots, seeded)
    if when not in WENT_BY and _left_lying(turn):
        what = " ".join(filter(None, (what, choose(words.went_past, slots, f"{seed}:past:{turn.number}"))))
    said = act.segment.text if act is not None and when in NOW else ""
    slots |= of_the_case(memory, f"{said} {turn.words}", f"{seed}:case:{turn.number}")
    like_this: list[str] = []
    if when in REWORDED_AS and (matter := matter_of(said, memory.scenario)).startswith(DEFINITE):
        slots["matter"] = matter
        like_this = words.wordings[REWORDED_AS[when]].says
    wordings = [*entry.alternatives, *(text for text in like_this if "{matter}" in text)]
    offered = _offered(wordings, slots, memory, f"{seed}:try:{turn.number}", read_back)
    return Moment(letter, turn.number, when, turn.words, turn.line, turn.thought, what, offered)


def _offered(
    wordings: Sequence[str], slots: Mapping[str, str], memory: Memory, seed: str, read_back: ReadBack
) -> tuple[str, ...]:
    """Return two other ways to say it: one about the matter, one that takes up his words, wherever there are any."""
    fit = [(text, fill(text, slots)) for text in wordings if slots_of(text) <= slots.keys()]
    random.Random(seed).shuffle(fit)
    fit.sort(key=lambda one: abs(len(one[1].split()) - _usual_length(memory)) // NEARLY)
    about = read_back.first((says for text, says in fit if slots_of(text) & ABOUT_IT), 1)
    heard = read_back.first((says for _, says in sorted(fit, key=_takes_up, reverse=True) if "“" in says), 1)
    rest = (says for text, says in fit if not slots_of(text) & {"his_words", "just_said"})
    return read_back.first([*about, *heard, *rest], ALTERNATIVES)


def _takes_up(one: tuple[str, str]) -> bool:
    return "{just_said}" in one[0]


def _usual_length(memory: Memory) -> float:
    """Return how many words this leader's turns have: who speaks in short sentences is offered short ones."""
    return median(len(turn.words.split()) for turn in memory.played)
