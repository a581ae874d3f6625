"""How well the coach finds what leaders showed: `alex evaluate coach`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from bot.coach.rubric import Behaviour, behaviours
from bot.coach.words import Rubric, load_rubric
from bot.content import ContentModel
from bot.elsewhere.reading import memory_of
from bot.measuring.sets import measuring_set
from bot.session import House, open_house

SCENARIO = "alex-geography"
SHOWN_FROM = 3
"""Level from which a behaviour was shown (Specific, in rubric.yaml); below it, it was tried, in general or wrongly."""
Kind = Literal["shown", "left_out", "badly", "unclear"]


class Exchange(ContentModel):
    """One turn of a leader, and the answer as it was written."""

    leader: str
    alex: str


class Quoted(ContentModel):
    """Where a writer says that a behaviour is to be seen."""

    turn: int
    words: str


class Conversation(ContentModel):
    """A conversation written to hold some behaviours and leave others out."""

    conversation: str
    shown: list[str]
    left_out: list[str]
    badly: list[str]
    unclear: list[str]
    quotes: dict[str, Quoted] = Field(default_factory=dict)
    opening: str = ""
    turns: list[Exchange]

    def kind(self, behaviour: str) -> Kind | None:
        """Return what the writer made of a behaviour."""
        kinds: tuple[Kind, ...] = ("shown", "left_out", "badly", "unclear")
        return next((kind for kind in kinds if behaviour in getattr(self, kind)), None)


@dataclass(frozen=True)
class Found:
    """A conversation, and what the coach found in it."""

    path: Path
    written: Conversation
    behaviours: tuple[Behaviour, ...]


def coach_table(prompts: Path, which: str) -> str:
    """Return how often each behaviour that was put in is found, and each that was left out is not."""
    found = found_in(prompts, which)
    names = [one.id for one in found[0].behaviours]
    rows = [f"{len(found)} conversations of set {which}", f"{'behaviour':<24}{'found':>8}{'wrongly':>9}{'F1':>7}"]
    scores = []
    for name in names:
        right, missed, wrong = _counts(found, name)
        scores.append(2 * right / max(1, 2 * right + missed + wrong))
        rows.append(f"{name:<24}{right:>4} of {right + missed:<3}{wrong:>4}{scores[-1]:>9.2f}")
    return "\n".join([*rows, f"mean F1: {sum(scores) / len(scores):.3f}"])


def found_in(prompts: Path, which: str) -> list[Found]:
    """Return what the coach finds in each conversation of a set ('one' or 'two')."""
    house = open_house(prompts)
    rubric = load_rubric(prompts)
    paths = sorted(measuring_set("tests", "coaching", which).glob("*.yaml"))
    return [_found(path, house, rubric) for path in paths]


def _found(path: Path, house: House, rubric: Rubric) -> Found:
    written = Conversation.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    pairs = [("", written.opening), *((turn.leader, turn.alex) for turn in written.turns)]
    return Found(path, written, behaviours(memory_of(house, pairs, SCENARIO), rubric))


def _counts(found: list[Found], name: str) -> tuple[int, int, int]:
    """Return how often a behaviour was found rightly, missed, and found where it was not shown."""
    right = missed = wrong = 0
    for one in found:
        level = next(behaviour.score for behaviour in one.behaviours if behaviour.id == name)
        shown, kind = level is not None and level >= SHOWN_FROM, one.written.kind(name)
        right += shown and kind == "shown"
        missed += not shown and kind == "shown"
        wrong += shown and kind in {"left_out", "badly"}
    return right, missed, wrong
