"""The coach's words, from prompts/coach.yaml and prompts/rubric.yaml, and the filling of their slots."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.coach.circumstances import EVERY, NOW
from bot.colleague.hints import hint_in
from bot.colleague.memory import Memory
from bot.colleague.scenario import Person
from bot.colleague.substance import stems
from bot.colleague.turn import ELSEWHERE, Turn
from bot.content import ContentModel, Patterns, read_model
from bot.errors import RubricError
from bot.listen.reading import MOVES

CASE = ("seen", "worry", "way", "check", "change", "brought")
"""Slots that the scenario fills (`in_words`)."""
SLOTS = frozenset(
    (*CASE, *"name he him his He Him His quote his_words just_said about turn matter effect unsaid this that".split())
)
BEHAVIOURS = (
    "owns_concern",
    "gives_grounds",
    "inquires_beliefs",
    "causes_first",
    "builds_on_words",
    "checks_understanding",
    "tests_theories",
    "open_to_error",
    "joint_dated_step",
    "one_question",
)
"""The ten behaviours in their order (Robinson and Le Fevre 2011; Sinnema et al. 2021; see rubric.yaml)."""
NEEDED: dict[str, tuple[str | int, ...]] = {
    "kinds": MOVES,
    "effects": (
        "told_action",
        "told_belief",
        "told_stake",
        "told_valid_point",
        "told_doubt",
        "told_trial",
        "told_condition",
        "confirmed_only",
        "corrected",
        "partly",
        "facade_yes",
        "real_yes",
        "guarded_no",
        "short_and_procedural",
        "played_down",
        "answered",
        "took_apology",
        "took_concern",
        "resisted_concern",
        "waved_off",
        "gave_nothing",
        "answered_easiest",
        "unmoved",
        "small_talk",
        "odd",
    ),
    "wordings": (
        "accusing_question",
        "judgement",
        "directive",
        "ultimatum",
        "leading_question",
        "suggestion",
        "softening",
        "appreciation",
        "empty",
        "stacked",
        "own_view",
        "observation",
        "pressed",
        "next_step",
        "closed_question",
        "fine",
    ),
    "questions": (
        "joint_step",
        "shutdown",
        "facade_yes",
        "stand_off",
        "shared_problem",
        "pleasant",
        "unfinished",
        "unsaid",
    ),
    "strengths": tuple(range(1, 11)),
    "moments": tuple(NOW),
    "missed": (
        "condition_not_granted",
        "trial_open_not_asked",
        "step_undated",
        "belief_not_given_back",
        "own_part_not_asked",
        "evidence_not_asked",
        "concern_without_grounds",
        "no_concern_yet",
    ),
    "door": ("shut", "ajar", "open"),
}
"""What can come up, by the section of coach.yaml that must have words for it."""
STAGES = ("problem", "his_theory", "both_theories", "next_step")
FEWEST_QUOTED, MOST_QUOTED = 2, 7
"""Words of his that are quoted back at a time."""
FEWEST_SAID, MOST_SAID = 4, 11
"""Words of his last line that are."""
JOINS = re.compile(r"^(?:and|but|so|or|well|then) ", re.IGNORECASE)
QUOTE_WORDS = 22
"""A longer quotation is cut at this many words, with three dots."""


def _slots_known(text: str) -> str:
    if unknown := sorted(set(re.findall(r"\{(\w+)\}", text)) - SLOTS):
        raise ValueError(f"{{{unknown[0]}}} is not a slot; slots are {', '.join(sorted(SLOTS))}")
    return text


Wording = Annotated[str, Field(min_length=1), AfterValidator(_slots_known)]
Wordings = Annotated[list[Wording], Field(min_length=1)]


class DoorWords(ContentModel):
    """One state of the door."""

    label: str
    says: dict[str, Wording]


class ChipWords(ContentModel):
    """The label of a move or form."""

    says: Wording
    watch: bool = False


class TipWords(ContentModel):
    """One tip: when, which behaviour it serves, what to look up in the library."""

    when: str
    behaviour: int = Field(ge=1, le=10)
    look_up: str
    says: Wordings


class StageWords(ContentModel):
    """One of the four things on the table."""

    id: Literal["problem", "his_theory", "both_theories", "next_step"]
    name: Wording
    none: str
    some: str
    done: str
    why: Wording
    ask: Wordings
    ask_more: Wordings


class HelpWords(ContentModel):
    """How a draft of one kind may be worded."""

    why: Wordings
    says: Wordings


class MomentWords(ContentModel):
    """Why a door closed or stayed shut, and what might be said instead."""

    what: Wordings
    alternatives: Wordings = Field(alias="try")


class CoachWords(ContentModel):
    """coach.yaml as written."""

    door: dict[Literal["shut", "ajar", "open"], DoorWords]
    chips: dict[str, ChipWords]
    kinds: dict[str, Wording]
    unsure: Wordings
    effects: dict[str, Wordings]
    tips: list[TipWords]
    stages: list[StageWords]
    wordings: dict[str, HelpWords]
    went_past: Wordings
    moments: dict[str, MomentWords]
    missed: dict[str, MomentWords]
    strengths: dict[int, Wordings]
    questions: dict[str, Wordings]


class BehaviourWords(ContentModel):
    """One of the ten behaviours."""

    id: str
    number: int
    name: Wording
    definition: str
    levels: list[str] = Field(min_length=5, max_length=5)
    evidence: str
    not_shown: Wording
    no_opportunity: Wording
    source: str = ""


class Signs(ContentModel):
    """Patterns by which a sentence shows more than its move."""

    worry: Patterns
    seen: Patterns
    mind: Patterns
    check: Patterns
    fault: Patterns
    imposes: Patterns
    day: Patterns

    def found(self, name: str, text: str) -> bool:
        """Return whether one of the patterns of `name` is in the text, whatever its capitals and apostrophes."""
        plain = text.replace("’", "'")
        return any(re.search(pattern, plain, re.IGNORECASE) for pattern in getattr(self, name))


class Rubric(ContentModel):
    """rubric.yaml as written."""

    signs: Signs
    levels: list[str] = Field(min_length=5, max_length=5)
    behaviours: list[BehaviourWords]


@lru_cache(maxsize=2)
def load_coach_words(prompts: Path) -> CoachWords:
    """Return the coach's words. Raise RubricError where they name what does not exist."""
    words = read_model(prompts / "coach.yaml", CoachWords, RubricError)
    named = [tip.when for tip in words.tips] + list(words.moments) + list(words.missed)
    if unknown := sorted(set(named) - EVERY):
        raise RubricError(
            "coach.yaml", f"{unknown[0]!r} is not a circumstance.", f"They are {', '.join(sorted(EVERY))}."
        )
    for section, names in NEEDED.items():
        if missing := [name for name in names if name not in getattr(words, section)]:
            raise RubricError("coach.yaml", f"there are no words for {missing[0]!r}.", f"Add it under {section}.")
    if tuple(stage.id for stage in words.stages) != STAGES:
        raise RubricError(
            "coach.yaml", "the four stages are not all there, in order.", f"They are {', '.join(STAGES)}."
        )
    return words


@lru_cache(maxsize=2)
def load_rubric(prompts: Path) -> Rubric:
    """Return the rubric. Raise RubricError unless it holds the ten behaviours in order."""
    rubric = read_model(prompts / "rubric.yaml", Rubric, RubricError)
    if tuple(one.id for one in rubric.behaviours) != BEHAVIOURS:
        raise RubricError(
            "rubric.yaml", "the ten behaviours are not all there, in order.", f"They are {', '.join(BEHAVIOURS)}."
        )
    return rubric


def person_slots(person: Person) -> dict[str, str]:
    """Return the slots that name the colleague."""
    they, them, their = person.they, person.them, person.their
    small = {"name": person.name, "he": they, "him": them, "his": their}
    return small | {"He": they.capitalize(), "Him": them.capitalize(), "His": their.capitalize()}


def what_he_said(memory: Memory) -> dict[str, str]:
    """Return the slots for the fact he told last: his own words for it, verbatim and few, and what it is about."""
    if not memory.told:
        return {}
    fact = memory.scenario.facts[memory.told[-1]]
    line = next(turn for turn in reversed(memory.played) if any(told.fact == fact.id for told in turn.told))
    said = few_words(line, fact.id, memory)
    return {"about": fact.about} | ({"his_words": f"“{said}”"} if said else {})


def what_he_just_said(memory: Memory) -> dict[str, str]:
    """Return the slot for a few words of his last line, verbatim: of what he told, offered, or left half said.

    There is none for a pleasantry or a grumble, nor where no few words stand alone.
    """
    said = hint_in(memory.lines[-1])
    last = memory.last
    if not said and not (last and (last.told or last.step == "bargain" or memory.just_gave_a_reason)):
        return {}
    clauses = [JOINS.sub("", clause.strip()) for clause in re.split(r"[.,;:!?()—]", said or memory.lines[-1])]
    fit = [clause for clause in clauses if FEWEST_SAID <= len(clause.split()) <= MOST_SAID]
    longest = max(fit, key=lambda clause: len(clause.split()), default="")
    return {"just_said": f"“{longest}”"} if longest else {}


def of_the_case(memory: Memory, near: str, seed: str) -> dict[str, str]:
    """Return the slots in which the scenario speaks of its matters: of each the phrase that shares most with `near`.

    Of a conversation held elsewhere only what was spoken of there counts.
    """
    words, dice = memory.scenario.plot.in_words, random.Random(seed)
    spoken = stems(" ".join([*(turn.words for turn in memory.played), *memory.lines])) if _elsewhere(memory) else None
    slots = {}
    for name in CASE:
        phrases = [one for one in getattr(words, name) if spoken is None or _is_spoken_of(one, spoken)]
        dice.shuffle(phrases)
        if phrases:
            slots[name] = max(phrases, key=lambda phrase: len(stems(phrase) & stems(near)))
    return slots


UNSPOKEN = 4
"""One in so many words of a phrase may be missing from a conversation held elsewhere that it is said to be about."""


def _elsewhere(memory: Memory) -> bool:
    return any(turn.situation == ELSEWHERE for turn in memory.played)


def _is_spoken_of(phrase: str, spoken: frozenset[str]) -> bool:
    about = stems(phrase)
    return bool(about) and len(about - spoken) <= len(about) // UNSPOKEN


def few_words(turn: Turn, fact: str, memory: Memory) -> str:
    """Return two to seven words with which he told the fact, as he said them, or ''."""
    words, telling = memory.scenario.facts[fact].words, memory.scenario.lines.telling
    if words.lower() in turn.line.lower():
        start = turn.line.lower().index(words.lower())
        return turn.line[start : start + len(words)]
    parts = [part for part in turn.said if telling.get(part) == fact and part in turn.line]
    clauses = [clause.strip() for part in parts for clause in re.split(r"[.,;:!?()—]", part)]
    fit = [clause for clause in clauses if FEWEST_QUOTED <= len(clause.split()) <= MOST_QUOTED]
    return max(fit, key=lambda clause: len(clause.split()), default="")


def quoted(text: str) -> str:
    """Return the words in quotation marks, cut where they are long. Never altered otherwise."""
    words = text.split()
    return f"“{' '.join(words[:QUOTE_WORDS])} …”" if len(words) > QUOTE_WORDS else f"“{' '.join(words)}”"


def fill(text: str, slots: Mapping[str, str]) -> str:
    """Return the wording with its slots filled. Raises KeyError for one that is missing."""
    return re.sub(r"\{(\w+)\}", lambda match: slots[match.group(1)], text)


def fillable(wordings: Iterable[str], slots: Mapping[str, str]) -> list[str]:
    """Return the wordings whose slots can all be filled, filled."""
    return [fill(text, slots) for text in wordings if slots_of(text) <= slots.keys()]


def slots_of(text: str) -> frozenset[str]:
    """Return the names of the slots of a wording."""
    return frozenset(re.findall(r"\{(\w+)\}", text))


def choose(wordings: Sequence[str], slots: Mapping[str, str], seed: str, used: frozenset[str] = frozenset()) -> str:
    """Return one wording, filled; one that was not `used` where there is one. The same seed chooses the same."""
    fit = fillable(wordings, slots)
    fresh = [text for text in fit if text not in used] or fit
    return random.Random(seed).choice(fresh) if fresh else ""
