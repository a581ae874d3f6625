"""What a line worded by a model has to stand up to before it is shown. Word lists and marks: checks.yaml."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator

from bot.colleague.cues import Cosine, plain
from bot.colleague.scenario import Fact, Scenario, every_line
from bot.colleague.substance import stems
from bot.content import ContentModel, Pattern, read_model
from bot.errors import PromptError
from bot.listen.encoder import Encoder, Vectors
from bot.model.moment import Moment
from bot.model.parts import bare, figures, is_english, named_in, sentences, words_in

FILE = Path(__file__).parent / "checks.yaml"

EMPTY = "It was empty."
TOO_LONG = "It was too long: three short sentences at most."
NOT_SPEECH = "It was not speech alone: no brackets, stars, lists or descriptions."
ROLE = "It stepped out of the role."
COACHING = "It praised or advised the other person on how they talk."
REGISTER = "It did not sound like a British staffroom: no exclamation marks, no enthusiasm, no jargon."
SAID_BEFORE = "It had been said before."
AGREED = "It agreed to more than the step allows."
DATED = "It named a day that the written line does not name."
FIGURE = "It named a figure that nobody has given."
SOMEBODY = "It named somebody or something that nobody has mentioned."
LOCKED = "It told something that the written line does not tell."
LEFT_OUT = "It left out what the written line says."

RECITED = 6
"""Words in a row that a line may not share with its own instructions: a written line shares at most four by chance."""
SAYS_YES = ("next_step_yes", "next_step_facade")
"""Situations whose lines agree to something."""


def _together(patterns: list[str]) -> list[str]:
    if not patterns:
        raise ValueError("needs at least one pattern")
    return patterns


Patterns = Annotated[list[Pattern], AfterValidator(_together)]


class Mark(ContentModel):
    """A threshold and its reason."""

    at: Cosine
    why: str


class Marks(ContentModel):
    """The thresholds, cosines."""

    locked: Mark
    near: Mark
    slack: Mark
    carried: Mark
    agreement: Mark
    repeated: Mark


class Likely(ContentModel):
    """Something known by its words or by its meaning."""

    words: Patterns
    like: list[str]


class CheckFile(ContentModel):
    """checks.yaml as written."""

    marks: Marks
    most_words: int
    most_sentences: int
    fragment: int
    agreement: Likely
    settled: Patterns
    dates: Patterns
    coaching: Patterns
    out_of_role: Patterns
    not_staffroom: Patterns
    capitals: list[str]


class Checks:
    """The checks for one scenario."""

    def __init__(self, scenario: Scenario, encoder: Encoder, content: CheckFile | None = None) -> None:
        self._scenario = scenario
        self._encoder = encoder
        self._content = content or load_checks()
        self._marks = self._content.marks
        self._colleague = scenario.colleague.name

    def fault(self, line: str, moment: Moment) -> str:
        """Return the first thing wrong with the line, as a sentence, or ''."""
        return next((says for says, wrong in self._checks if wrong(self, line, moment)), "")

    def warm(self) -> None:
        """Encode what facts are recognised by: about a second, once a process."""
        _ = self._telling_vectors, self._yes_vectors, self._own_stems, self._known_capitals

    # Its shape ----------------------------------------------------------------------------------------------------

    def _too_long(self, line: str, _: Moment) -> bool:
        whole = [one for one in sentences(line) if len(one.split()) > self._content.fragment]
        return len(line.split()) > self._content.most_words or len(whole) > self._content.most_sentences

    def _not_speech(self, line: str, _: Moment) -> bool:
        speaker = re.match(rf"(leader|{re.escape(self._colleague)})\s*:", line, re.IGNORECASE)
        return bool(speaker or re.search(r"[*_#<>{}\[\]()|`]|^\s*[-•]", line))

    def _leaves_role(self, line: str, moment: Moment) -> bool:
        """Return whether it leaves the role; "my instructions come by email" may be a written joke, and then is not."""
        patterns = self._content.out_of_role
        return bool(_found(patterns, line) - _found(patterns, moment.spoken.line))

    def _coaches(self, line: str, _: Moment) -> bool:
        return matches(self._content.coaching, line)

    def _not_staffroom(self, line: str, _: Moment) -> bool:
        return "!" in line or not is_english(line) or matches(self._content.not_staffroom, line)

    def _repeats(self, line: str, moment: Moment) -> bool:
        earlier = moment.memory.lines
        if bare(line) in map(bare, earlier):
            return True
        long = [one for one in earlier if len(one.split()) > self._content.fragment]
        return bool(long) and self._closeness(line, long) >= self._marks.repeated.at

    # What it says -------------------------------------------------------------------------------------------------

    def _agrees(self, line: str, moment: Moment) -> bool:
        """Return whether it agrees beyond the plan; what the written line says as well is not beyond it."""
        agreement, written = self._content.agreement, moment.spoken.line
        if moment.plan.step == "bargain":
            return matches(self._content.settled, line) and not matches(self._content.settled, written)
        if moment.plan.step:
            return False
        if matches(agreement.words, line):
            return not matches(agreement.words, written)
        meant = np.vstack([self._encoder.encode([written]), *(self._telling_vectors[fact] for fact in moment.telling)])
        floor = float(_nearest(meant, self._yes_vectors).max()) + self._marks.slack.at
        near = float(_nearest(self._encoder.encode(self._parts(line)), self._yes_vectors).max())
        return near >= max(self._marks.agreement.at, floor)

    def _dates(self, line: str, moment: Moment) -> bool:
        known = moment.spoken.line
        if moment.plan.step == "agreed":
            known = " ".join((known, moment.words, *(turn.words for turn in moment.memory.played)))
        return bool(_found(self._content.dates, line) - _found(self._content.dates, known))

    def _invents_a_figure(self, line: str, moment: Moment) -> bool:
        return bool(figures([line]) - figures(moment.in_the_open) - {1})

    def _invents_somebody(self, line: str, moment: Moment) -> bool:
        known = self._known_capitals | {word.lower() for text in moment.in_the_open for word in words_in(text)}
        return any(word.lower() not in known for word in named_in(line))

    def _leaks(self, line: str, moment: Moment) -> bool:
        """Return whether a sentence of it tells a fact that has not come out."""
        out = (*moment.memory.told, *moment.telling)
        return self.gives_away(line, out, moment.hidden, moment.in_the_open, moment.spoken.line)

    def gives_away(self, text: str, out: Sequence[str], hidden: Sequence[str], heard: Sequence[str], base: str) -> bool:
        """Return whether a sentence of the text tells one of the `hidden` facts.

        `out` are the facts that have been told, `heard` every text that both know, `base` what the text is made from.
        """
        parts, known = self._parts(text), frozenset().union(*map(stems, heard))
        spoken, written = self._encoder.encode(parts), self._encoder.encode(self._parts(base))
        known_as = np.vstack([self._encoder.encode([base]), *(self._telling_vectors[fact] for fact in out)])
        ours = _nearest(spoken, known_as)
        new = [stems(part) - known for part in parts]
        return any(self._tells(fact, spoken, new, np.maximum(ours, self._floor(fact, written))) for fact in hidden)

    def _floor(self, fact: str, written: Vectors) -> float:
        """Return how near to a fact the text comes that the line was made from."""
        return float(_nearest(written, self._telling_vectors[fact]).max())

    def _tells(self, fact: str, spoken: Vectors, new: list[frozenset[str]], ours: Vectors) -> bool:
        """Return whether a part tells the fact: by meaning, or by half the meaning and a word that is the fact's alone.

        What is hardly nearer to the fact than the written words are, or than to what is out already (`ours`), is no
        leak.
        """
        marks, own = self._marks, self._own_stems[fact]
        near = _nearest(spoken, self._telling_vectors[fact])
        least = np.array([marks.near.at if words & own else marks.locked.at for words in new])
        return bool(((near >= least) & (near > ours + marks.slack.at)).any())

    def _leaves_out(self, line: str, moment: Moment) -> bool:
        """Return whether what the record will say was told, or agreed, was not said."""
        if not moment.telling and not moment.plan.step:
            return False
        told = [text for fact in moment.telling for text in self._tellings[fact]]
        return self._closeness(line, [moment.spoken.line, *told]) < self._marks.carried.at

    _checks: Sequence[tuple[str, Callable[["Checks", str, Moment], bool]]] = (
        (EMPTY, lambda _, line, __: not any(map(str.isalnum, line))),
        (ROLE, _leaves_role),
        (TOO_LONG, _too_long),
        (NOT_SPEECH, _not_speech),
        (COACHING, _coaches),
        (REGISTER, _not_staffroom),
        (SAID_BEFORE, _repeats),
        (AGREED, _agrees),
        (DATED, _dates),
        (FIGURE, _invents_a_figure),
        (SOMEBODY, _invents_somebody),
        (LOCKED, _leaks),
        (LEFT_OUT, _leaves_out),
    )

    # What facts are recognised by ---------------------------------------------------------------------------------

    @cached_property
    def _tellings(self) -> dict[str, list[str]]:
        """Return the ways of telling each fact: as the leader would give it back, and as he would say it himself."""
        told: dict[str, list[str]] = {name: [] for name in self._scenario.facts}
        for line in every_line(self._scenario.lines):
            if line.fact:
                told[line.fact].append(line.say)
        return {name: [*_given_back(fact), *told[name]] for name, fact in self._scenario.facts.items()}

    @cached_property
    def _yeses(self) -> list[str]:
        """Return ways of saying yes: anybody's, and the scenario's own."""
        own = self._scenario.lines.by_situation
        return [*self._content.agreement.like, *(line.say for name in SAYS_YES for line in own[name])]

    @cached_property
    def _telling_vectors(self) -> dict[str, Vectors]:
        return {fact: self._encoder.encode(texts) for fact, texts in self._tellings.items()}

    @cached_property
    def _yes_vectors(self) -> Vectors:
        return self._encoder.encode(self._yeses)

    @cached_property
    def _own_stems(self) -> dict[str, frozenset[str]]:
        """Return the words that are a fact's alone: in no line that tells nothing, and in nothing known beforehand."""
        counted = Counter(stem for text in self._open_texts for stem in stems(text))
        own = {name: (*texts, self._scenario.facts[name].words) for name, texts in self._tellings.items()}
        return {
            name: frozenset(stem for text in texts for stem in stems(text) if not counted[stem])
            for name, texts in own.items()
        }

    @cached_property
    def _open_texts(self) -> list[str]:
        plot = self._scenario.plot
        free = [line.say for line in every_line(self._scenario.lines) if not line.fact and not line.needs]
        always = [text for fact in plot.facts if not fact.layer for text in (*_given_back(fact), fact.words)]
        return [*free, *always, *plot.brief.situation, *plot.brief.you_know, plot.brief.worth_leaving_with]

    @cached_property
    def _known_capitals(self) -> frozenset[str]:
        capitals = {word for text in self._open_texts for word in named_in(text)}
        return frozenset(word.lower() for word in (*self._content.capitals, *capitals, self._colleague))

    # Looking ------------------------------------------------------------------------------------------------------

    def _closeness(self, line: str, texts: Sequence[str]) -> float:
        """Return the cosine of the closest pair: the line or one of its sentences, and one of the texts."""
        return float(_nearest(self._encoder.encode(self._parts(line)), self._encoder.encode(texts)).max())

    def _parts(self, line: str) -> list[str]:
        """Return the line and its sentences, fragments left out."""
        whole = [one for one in sentences(line) if len(one.split()) > self._content.fragment]
        return list(dict.fromkeys([line, *whole]))


def _nearest(parts: Vectors, texts: Vectors) -> Vectors:
    """Return for each part the cosine to the closest of the texts."""
    found: Vectors = (parts @ texts.T).max(axis=1)
    return found


def matches(patterns: Sequence[str], text: str) -> bool:
    """Return whether one of the patterns is in the text."""
    return bool(_found(patterns, text))


def _found(patterns: Sequence[str], text: str) -> frozenset[str]:
    return frozenset(match.group().lower() for one in patterns for match in _compiled(one).finditer(plain(text)))


def recites(line: str, instructions: Sequence[str]) -> bool:
    """Return whether a line gives away how it was asked for: RECITED words in a row of it."""
    said, told = bare(line).split(), [f" {bare(text)} " for text in instructions]
    runs = (" ".join(said[place : place + RECITED]) for place in range(len(said) - RECITED + 1))
    return any(f" {run} " in text for run in runs for text in told)


def load_checks(path: Path = FILE) -> CheckFile:
    """Return the word lists and marks. Raise PromptError where the file cannot be used."""
    return read_model(path, CheckFile, PromptError)


def _given_back(fact: Fact) -> list[str]:
    return [fact.known_as, *fact.said_back]


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
