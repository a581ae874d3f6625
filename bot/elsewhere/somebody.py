"""Somebody of whom nobody wrote down what they believe: what they tell is taken from their own lines.

For a conversation held elsewhere, with a person of no scenario. Each line that tells something becomes a fact of its
own, in the words in which it was told, so that what is read of our colleagues can be read of them: whether a reason
was given back, whether it was gone on with, whether anything more came out.
"""

import re

from bot.colleague.cues import Cues
from bot.colleague.scenario import Fact, Part, Person, Scenario

FEWEST_WORDS = 6
"""Words of a line that tells more than yes or no."""
SPEAKS_OF_THEMSELVES = 14
"""Words from which a line in the first person tells why, whatever else is in it."""
LONGEST_QUOTED = 24
"""Words of a line that are quoted back."""
TELLS: tuple[tuple[str, int, Part], ...] = (
    ("tells_step", 6, "action"),
    ("tells_doubt", 5, "consequence"),
    ("tells_stake", 3, "consequence"),
    ("tells_why", 2, "belief"),
)
"""The cues of what a line tells, the deepest first, each with the layer and the part of a theory that it is."""
SENTENCE = re.compile(r"(?<=[.!?])\s+")
FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|me|my|we|our)\b", re.IGNORECASE)


def somebody(like: Scenario, person: Person, lines: list[str], cues: Cues) -> Scenario:
    """Return a scenario in which `person` holds what these lines of theirs tell, and nothing else.

    What a scenario needs beyond that is that of `like`; its own facts are there no more, but for those its step names.
    """
    step = like.plot.step
    kept = [fact for fact in like.plot.facts if fact.id in {step.trial, step.condition, *step.hints}]
    bare = [fact.model_copy(update={"twisted": []}) for fact in kept]
    told = [fact for place, line in enumerate(lines) if (fact := _fact(place, line, cues)) is not None]
    plot = like.plot.model_copy(update={"colleague": person, "facts": [*bare, *told]})
    return Scenario(plot, like.lines, like.example, like.fingerprint)


def told_by(place: int) -> str:
    """Return the name of the fact that their line in this place tells, where it tells one."""
    return f"their-line-{place}"


def _fact(place: int, line: str, cues: Cues) -> Fact | None:
    if len(line.split()) < FEWEST_WORDS:
        return None
    sentences = [one for one in SENTENCE.split(line) if len(one.split()) >= 3] or [line]
    for cue, layer, part in TELLS:
        if said := next((one for one in sentences if cues.has(cue, one)), None):
            return _as_fact(place, said, sentences, layer, part)
    if len(line.split()) >= SPEAKS_OF_THEMSELVES and FIRST_PERSON.search(line):
        return _as_fact(place, max(sentences, key=len), sentences, 2, "belief")
    return None


def _as_fact(place: int, said: str, sentences: list[str], layer: int, part: Part) -> Fact:
    words = " ".join(said.split()[:LONGEST_QUOTED])
    return Fact(
        id=told_by(place),
        words=words,
        about="what lies behind it",
        layer=layer,
        part=part,
        known_as=words,
        thought="",
        said_back=sentences,
        replaced="",
    )
