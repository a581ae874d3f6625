"""The codebook: the moves, what they do, and what each does to the relationship. Read from prompts/codebook.yaml."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.content import ContentModel, read_model
from bot.errors import CodebookError
from bot.listen.reading import FOCUSES, MOVES

VALUES = ("safety", "defensiveness", "understood", "insight", "ownership", "openness", "facade")
"""The seven values of the relationship, each 0 to 100."""

FORMS = (
    "picks_up_words",
    "confirmed",
    "sees_doubt",
    "partly",
    "distorted",
    "unfounded",
    "with_grounds",
    "invites_criticism",
    "owns_error",
    "empty",
    "before_cause",
    "ultimatum",
    "evidence",
    "dated",
    "meets_condition",
    "tells",
    "repeated",
    "pressed",
    "check",
    "stacked",
    "passing_over",
    "dodges",
    "past_hint",
    "left_offer",
    "left_cost",
    "left_reason",
)
"""What a move may be beyond itself; worked out from the conversation (bot/colleague/hearing.py)."""

CONDITION = re.compile(r"^(>=|<=|>|<)\s*(\d{1,3})$")


def _known(kind: str, allowed: tuple[str, ...]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in allowed:
            near = get_close_matches(name, allowed, n=1)
            known = f"the nearest is {near[0]!r}" if near else f"there are {', '.join(allowed)}"
            raise ValueError(f"{name!r} is not a {kind}; {known}")
        return name

    return AfterValidator(check)


def _is_condition(text: str) -> str:
    if not CONDITION.match(text):
        raise ValueError(f"{text!r} is not a condition; write one like '>=40' or '<50'")
    return text


MoveName = Annotated[str, _known("move", MOVES)]
FocusName = Annotated[str, _known("focus", FOCUSES)]
ValueName = Annotated[str, _known("value", VALUES)]
FormName = Annotated[str, _known("form", FORMS)]
Condition = Annotated[str, AfterValidator(_is_condition)]


class MoveEntry(ContentModel):
    """One move as a coach reads it."""

    name: str
    does: str
    example: str
    watch: bool = False
    """Whether it tends to close the door."""


class Effect(ContentModel):
    """One rule of the table: which segment it fits, and the points it moves each value by."""

    move: MoveName
    focus: list[FocusName] = []
    form: list[FormName] = []
    state: dict[ValueName, Condition] = {}
    change: dict[ValueName, float] = {}


class TurnEffect(ContentModel):
    """What a whole turn of a certain form does, on top of its segments."""

    form: FormName
    change: dict[ValueName, float]


class Codebook(ContentModel):
    """The codebook as read from its file."""

    moves: dict[MoveName, MoveEntry]
    forms: dict[FormName, str]
    most_in_a_turn: float = Field(gt=0)
    effects: list[Effect]
    turn_effects: list[TurnEffect]
    settling: dict[ValueName, float]
    openness_above: float
    unsure_counts: float = Field(ge=0, le=1)


def load_codebook(prompts: Path) -> Codebook:
    """Return the codebook in the folder `prompts`. Raise CodebookError where it does not hold together."""
    path = prompts / "codebook.yaml"
    codebook = read_model(path, Codebook, CodebookError)
    if missing := [move for move in MOVES if move not in codebook.moves]:
        raise CodebookError(path.name, f"the move {missing[0]!r} is not described.", "Add it under moves.")
    used = {form for effect in codebook.effects for form in effect.form} | {e.form for e in codebook.turn_effects}
    if unknown := sorted(used - codebook.forms.keys()):
        raise CodebookError(
            path.name,
            f"an effect waits for the form {unknown[0]!r}, which is not a form.",
            f"Forms are {', '.join(codebook.forms)}.",
        )
    return codebook


def holds(condition: str, value: float) -> bool:
    """Return whether `value` meets a condition like '>=40'."""
    match = CONDITION.match(condition)
    if match is None:
        raise ValueError(condition)
    sign, limit = match.group(1), float(match.group(2))
    return {">=": value >= limit, "<=": value <= limit, ">": value > limit, "<": value < limit}[sign]
