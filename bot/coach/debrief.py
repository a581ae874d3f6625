"""The debrief: what happened, in the leader's own words; a profile to think with, never a grade."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.coach.agreement import Agreement, agreement
from bot.coach.ledger import Belief, Met, Sold, ledger, met, sold
from bot.coach.maps import Guess, TheoryMap, guesses, his_map, leaders_map
from bot.coach.moments import FEWEST_WORDS, Moment, moments
from bot.coach.read_back import ReadBack
from bot.coach.rubric import Behaviour, behaviours
from bot.coach.words import CASE, CoachWords, Rubric, choose, of_the_case, person_slots, quoted, slots_of, what_he_said
from bot.colleague.endings import ending_of, ratings_by_colleague
from bot.colleague.hearing import QUESTIONS
from bot.colleague.memory import Memory
from bot.colleague.state import State
from bot.colleague.substance import stems
from bot.colleague.turn import ELSEWHERE, Turn

STRONG = 3
"""Level from which a behaviour can be named as the strength."""
TELLING_ORDER = (
    "open_to_error",
    "checks_understanding",
    "tests_theories",
    "joint_dated_step",
    "builds_on_words",
    "inquires_beliefs",
    "owns_concern",
    "causes_first",
    "gives_grounds",
    "one_question",
)
"""Which of equally strong behaviours is named: the rarer first (Le Fevre and Robinson 2015)."""


@dataclass(frozen=True)
class Strength:
    """One thing that worked."""

    text: str
    quote: str
    turn: int


@dataclass(frozen=True)
class Talk:
    """Who spoke how much, and how: words and segments counted."""

    leader_words: int
    his_words: int
    questions: int
    statements: int


@dataclass(frozen=True)
class RatingPair:
    """One question: his rating of the leader, and the leader's own, 0 to 4."""

    id: str
    ask: str
    me: str
    his: int
    mine: int | None


@dataclass(frozen=True)
class Debrief:
    """Everything to look at afterwards."""

    ending: str
    ending_name: str
    headline: str
    summary: str
    six_weeks: str
    why: str
    strength: Strength | None
    moments: tuple[Moment, ...]
    behaviours: tuple[Behaviour, ...]
    overruled: Mapping[str, int]
    """A coach's levels by behaviour, beside the program's; -1 for not shown."""
    agreement: Agreement | None
    series: tuple[State, ...]
    words: str
    marks: tuple[tuple[int, str, str], ...]
    mine: TheoryMap
    his: TheoryMap
    guesses: tuple[Guess, ...]
    ledger: tuple[Belief, ...]
    met: tuple[Met, ...]
    sold: Sold
    talk: Talk
    ratings: tuple[RatingPair, ...]
    question: str


def debrief(
    memory: Memory,
    words: CoachWords,
    rubric: Rubric,
    *,
    notes: Mapping[str, str] | None = None,
    self_rating: Mapping[str, int] | None = None,
    overruled: Mapping[str, int] | None = None,
    seed: int = 0,
    likest: Callable[[str], str | None] = lambda _: None,
    read_back: ReadBack,
) -> Debrief:
    """Return the debrief of a conversation as it stands. `likest` names the fact that a sentence is about, or None."""
    ending, notes = ending_of(memory), notes or {}
    found = behaviours(memory, rubric)
    shown = {one.id for one in found if one.score is not None and one.score >= STRONG}
    picked = moments(memory, words, seed, read_back, shown)
    return Debrief(
        ending=ending.id,
        ending_name=ending.name,
        headline=ending.headline,
        summary=_summary(memory),
        six_weeks=ending.six_weeks,
        why=ending.why,
        strength=_strength(found, memory, words, seed),
        moments=picked,
        behaviours=found,
        overruled=overruled or {},
        agreement=agreement(found, overruled or {}),
        series=(memory.scenario.start, *(turn.state for turn in memory.played)),
        words=_in_words(memory),
        marks=_marks(memory, picked),
        mine=leaders_map(memory, notes),
        his=his_map(memory, with_hidden=True),
        guesses=guesses(memory, notes, likest),
        ledger=ledger(memory),
        met=met(memory),
        sold=sold(memory),
        talk=_talk(memory),
        ratings=_ratings(memory, self_rating or {}),
        question=_question(ending.id, memory, notes, words, seed),
    )


def _strength(found: tuple[Behaviour, ...], memory: Memory, words: CoachWords, seed: int) -> Strength | None:
    strong = [one for one in found if one.score is not None and one.score >= STRONG and _is_whole(one, memory)]
    if not strong:
        return None
    best = min(strong, key=lambda one: (-(one.score or 0), TELLING_ORDER.index(one.id)))
    turn = next(turn for turn in memory.played if turn.number == best.turn)
    slots = person_slots(memory.scenario.colleague) | {"quote": quoted(best.quote), "turn": str(best.turn)}
    if effect := _what_followed(turn, memory):
        slots["effect"] = effect
    return Strength(choose(words.strengths[best.number], slots, f"{seed}:strength"), best.quote, turn.number)


def _is_whole(behaviour: Behaviour, memory: Memory) -> bool:
    """Return whether what was shown can be praised: some words, read for certain, beside nothing that pushed or hid."""
    acts = [act for turn in memory.played if turn.number == behaviour.turn for act in turn.acts]
    spoilt = any(act.segment.move in SPOILS or SPOILING_FORMS & set(act.forms) for act in acts)
    sure = any(act.segment.sure and behaviour.quote in act.segment.text for act in acts)
    return sure and len(behaviour.quote.split()) >= FEWEST_WORDS and not spoilt and _holds_up(behaviour, memory)


def _holds_up(behaviour: Behaviour, memory: Memory) -> bool:
    """Return whether what the strength says of it is so: his words come back, the grounds go with a question."""
    if behaviour.id == "builds_on_words":
        earlier = [turn.line for turn in memory.played if turn.number < (behaviour.turn or 0)]
        return len(stems(behaviour.quote) & stems((earlier or [memory.opening])[-1])) >= OF_HIS_WORDS
    return behaviour.id != "gives_grounds" or memory.did("open_question") or memory.did("paraphrase")


OF_HIS_WORDS = 2
"""Words of substance that a question shares with what he has just said, from which it is made of his words."""


SPOILS = frozenset({"judgement", "directive", "accusing_question", "leading_question", "softening"})
SPOILING_FORMS = frozenset({"certain", "jibe", "borrowed"})
"""Moves and forms beside which nothing in the same turn is praised."""


def _what_followed(turn: Turn, memory: Memory) -> str:
    they = memory.scenario.colleague.they
    if turn.situation == ELSEWHERE:  # what he told or agreed to is a guess there, what he said is not
        return f"{they} answered {quoted(turn.line.rstrip('.'))}"
    if turn.step == "agreed":
        return f"{they} named what {they} would do"
    if turn.told:
        return f"{they} told you about {memory.scenario.facts[turn.told[-1].fact].about}"
    return ""


AT_COST, STEP_LAYER = 3, 6
"""Layers from which what he tells costs him something; and the one of what he would try, which is no confession."""


def _summary(memory: Memory) -> str:
    """Return two facts in one or two sentences: how far he came, and how it ended."""
    name = memory.scenario.colleague.name
    deepest = [(memory.scenario.facts[t.fact].layer, turn.number, t.fact) for turn in memory.played for t in turn.told]
    if not deepest:
        return f"In {_turns(len(memory.played))}, {name} told you nothing that he would not have told anybody.".replace(
            " he ", f" {memory.scenario.colleague.they} "
        )
    layer, number, fact = max(deepest, key=lambda one: (one[0] < STEP_LAYER, one[0], -one[1]))
    about = memory.scenario.facts[fact].about
    at_cost = ", which costs something to say." if AT_COST <= layer < STEP_LAYER else "."
    heard = f"At turn {number} {name} told you about {about}{at_cost}"
    return f"{heard} {CLOSE[memory.step]}"


CLOSE = {
    "agreed": "What happens next is something you both had a hand in.",
    "bargain": "What would happen next was on the table, and was left there.",
    "facade": "What was agreed at the end was agreed to end it.",
    "": "Nothing was fixed that either of you would do before you next speak.",
}


def _turns(count: int) -> str:
    return "one turn" if count == 1 else f"{count} turns"


def _in_words(memory: Memory) -> str:
    """Return the plot as sentences."""
    start, name = memory.scenario.start, memory.scenario.colleague.name
    said = [
        f"{name} began with {start.understood:.0f} of 100 for feeling understood, {start.defensiveness:.0f} for "
        f"defensive and {start.openness:.0f} for open to trying something."
    ]
    for turn in memory.played:
        state = turn.state
        said.append(
            f"Turn {turn.number}: understood {state.understood:.0f}, defensive {state.defensiveness:.0f}, "
            f"open {state.openness:.0f}."
        )
    return " ".join(said)


def _marks(memory: Memory, picked: tuple[Moment, ...]) -> tuple[tuple[int, str, str], ...]:
    marks = [(moment.turn, moment.letter, "try again") for moment in picked]
    before, gains = memory.scenario.start, []
    for turn in memory.played:
        gains.append((turn.state.understood - before.understood, turn.number))
        before = turn.state
    if gains and max(gains)[0] >= 5 and max(gains)[1] not in [moment.turn for moment in picked]:
        marks.append((max(gains)[1], "A", "door opened"))
    return tuple(sorted(marks))


def _talk(memory: Memory) -> Talk:
    questions = sum(act.segment.move in QUESTIONS for act in memory.acts)
    return Talk(
        leader_words=sum(len(turn.words.split()) for turn in memory.played),
        his_words=sum(len(turn.line.split()) for turn in memory.played),
        questions=questions,
        statements=len(memory.acts) - questions,
    )


def _ratings(memory: Memory, own: Mapping[str, int]) -> tuple[RatingPair, ...]:
    his = ratings_by_colleague(memory)
    return tuple(RatingPair(r.id, r.ask, r.me, his[r.id], own.get(r.id)) for r in memory.scenario.plot.ratings)


def _question(ending: str, memory: Memory, notes: Mapping[str, str], words: CoachWords, seed: int) -> str:
    person, seeded = person_slots(memory.scenario.colleague), f"{seed}:question"
    unsaid = notes.get("unsaid", "").strip()
    if unsaid:
        return choose(words.questions["unsaid"], person | {"unsaid": quoted(unsaid)}, seeded)
    slots = person | what_he_said(memory) | of_the_case(memory, "", seeded)
    particular = [text for text in words.questions[ending] if slots_of(text) & {"his_words", *CASE}]
    return choose(particular, slots, seeded) or choose(words.questions[ending], slots, seeded)
