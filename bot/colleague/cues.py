"""Cues: which form a move takes. Patterns and examples from prompts/cues.yaml, matched by words and by meaning."""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bot.colleague.scenario import QuestionForm
from bot.content import ContentModel, Pattern, read_model
from bot.errors import CodebookError
from bot.listen.codebook import MoveName
from bot.listen.encoder import Encoder, Vectors
from bot.listen.features import spelled

CUES = (
    "check",
    "ultimatum",
    "invites_criticism",
    "evidence",
    "dated",
    "not_appraisal",
    "pressing",
    "greeting",
    "goodbye",
    "thanks",
    "disagreement",
    "feeling",
    "grounds",
    "stage_direction",
    "question",
    "first_person_apology",
    "asks_openly",
    "leads",
    "borrowed",
    "jibe",
    "certain",
    "defends",
    "sounds_out",
    "takes_back",
    "reports_own_words",
    "doubts_it",
    "assents",
    "asks_a_day",
    "takes_it_away",
    "tells_step",
    "tells_doubt",
    "tells_stake",
    "tells_why",
    "agrees",
    "denies",
)
"""The cues that somebody looks for."""


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)


Cosine = Annotated[float, Field(ge=0, le=1)]
Fit = Annotated[float, Field(ge=0, le=1.3)]


class Cue(ContentModel):
    """One cue: the moves it is looked for on, patterns, examples."""

    moves: list[MoveName] = []
    words: list[Pattern] = []
    like: list[str] = []
    likeness: Cosine | None = None
    """How close to an example a sentence must be, where it is not the file's `likeness`."""

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Return all patterns as one."""
        return _any_of(self.words) if self.words else None


class ParaphraseMarks(ContentModel):
    """How close a paraphrase must come, cosines."""

    right: Cosine
    ahead: Cosine
    half: Cosine
    twisted: Cosine
    margin: Cosine


class TopicMarks(ContentModel):
    """How close a question must come to a topic, cosines; and how well a line must answer it."""

    well_answered: Fit
    answered: Fit
    nearly_answered: Fit
    found: Cosine
    near: Cosine
    plain: Cosine
    certain: Cosine
    step: Cosine
    repeated: Cosine


class CueFile(ContentModel):
    """cues.yaml as written."""

    cues: dict[str, Cue]
    likeness: Cosine
    paraphrase: ParaphraseMarks
    topic: TopicMarks
    condition: Cosine
    question_forms: dict[QuestionForm, list[Pattern]]
    """Patterns of each form of question, the first that fits counting."""
    loaded_words: list[str]
    check_words: dict[Literal["telling", "with"], frozenset[str]]
    """Words of which a check is made: those that make it one, and those that may stand with them."""
    long_speech: int

    @cached_property
    def question_patterns(self) -> dict[str, re.Pattern[str]]:
        """Return the forms of question, each with all its patterns as one."""
        return {name: _any_of(patterns) for name, patterns in self.question_forms.items()}


class Cues:
    """The cues, ready to be asked."""

    def __init__(self, content: CueFile, encoder: Encoder) -> None:
        self.marks = content
        self._encoder = encoder
        self._examples: dict[str, Vectors] = {}

    def has(self, name: str, text: str, move: str | None = None) -> bool:
        """Return whether the cue `name` is in `text`, said as `move` (None: whatever the move)."""
        cue = self.marks.cues[name]
        if move is not None and cue.moves and move not in cue.moves:
            return False
        if cue.pattern is not None and cue.pattern.search(plain(text)):
            return True
        needed = self.marks.likeness if cue.likeness is None else cue.likeness
        return bool(cue.like) and self.likeness(name, text) >= needed

    def likeness(self, name: str, text: str) -> float:
        """Return the cosine to the closest example of the cue."""
        if name not in self._examples:
            self._examples[name] = self._encoder.encode(self.marks.cues[name].like)
        return float((self._examples[name] @ self._encoder.encode([text])[0]).max())


def plain(text: str) -> str:
    """Return the text with straight apostrophes, all of them there, and single spaces."""
    return spelled(re.sub(r"\s+", " ", text.replace("’", "'").replace("‘", "'")).strip())


def load_cues(prompts: Path, encoder: Encoder) -> Cues:
    """Return the cues in the folder `prompts`. Raise CodebookError where one is missing or cannot be used."""
    content = read_model(prompts / "cues.yaml", CueFile, CodebookError)
    if missing := [name for name in CUES if name not in content.cues]:
        raise CodebookError("cues.yaml", f"the cue {missing[0]!r} is not there.", "Add it under cues.")
    return Cues(content, encoder)
