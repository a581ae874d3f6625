"""Who said what, as it came from a file; and which of them leads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import UsageError

LEADERS = frozenset(
    """leader you me head headteacher principal manager mentor interviewer therapist counsellor counselor coach
    supervisor user q""".split()
)
"""Labels of whoever leads a conversation, in small letters; also as the last word of a label, as in 'line manager'."""
OTHERS = frozenset("other colleague alex teacher interviewee client patient employee assistant mentee them".split())
"""Labels of whoever is led."""
HOW = "Begin each line with who speaks, as in `leader:` and `other:`, or bring our JSON Lines, Word or WebVTT."
FIRST_WORDS = 12
"""Words shown of a speaker, to be known by."""


@dataclass(frozen=True)
class Said:
    """Some words of one speaker, one after another."""

    speaker: str
    words: str


@dataclass(frozen=True)
class Speaker:
    """One of those who speak, with what tells them from the others."""

    name: str
    times: int
    words: int
    questions: int
    first: str
    """How they begin."""


def speakers(said: Sequence[Said]) -> tuple[Speaker, ...]:
    """Return who speaks, in the order in which they first do."""
    names = dict.fromkeys(one.speaker for one in said)
    return tuple(_speaker(name, [one.words for one in said if one.speaker == name]) for name in names)


def leads(said: Sequence[Said]) -> tuple[str, bool]:
    """Return who leads, and whether the label says so; else it is whoever asks the most. `said` is not empty."""
    found = speakers(said)
    named = [one.name for one in found if is_leader(one.name)]
    if len(named) == 1:
        return named[0], True
    rest = [one for one in found if not is_other(one.name)]
    if len(rest) == 1:
        return rest[0].name, len(found) > 1
    return max(rest or found, key=lambda one: (one.questions / one.times, one.words)).name, False


def is_leader(label: str) -> bool:
    """Return whether a label names somebody who leads."""
    return bool(LEADERS & {label.lower(), label.lower().split()[-1]})


def is_other(label: str) -> bool:
    """Return whether a label names somebody who is led."""
    return label.lower() in OTHERS


def joined(said: Sequence[Said]) -> tuple[Said, ...]:
    """Return the same with words that follow one another from one speaker put together, and nothing empty."""
    found: list[Said] = []
    for one in said:
        words = " ".join(one.words.split())
        if words and found and found[-1].speaker == one.speaker:
            found[-1] = Said(one.speaker, f"{found[-1].words} {words}")
        elif words:
            found.append(Said(one.speaker, words))
    return tuple(found)


def paired(said: Sequence[Said], leader: str) -> list[tuple[str, str]]:
    """Return (leader's words, what was answered) in order; everybody but the leader is the other.

    The first leader's words are '' where the other begins. Raise UsageError where the leader says nothing.
    """
    pairs: list[tuple[str, str]] = []
    for one in said:
        if one.speaker == leader:
            pairs.append((one.words, ""))
        elif pairs:
            words, answer = pairs[-1]
            pairs[-1] = (words, f"{answer} {one.words}".strip())
        else:
            pairs.append(("", one.words))
    if not any(words for words, _ in pairs):
        names = ", ".join(one.name for one in speakers(said))
        raise UsageError(f"Nobody called {leader!r} speaks as the leader.", f"Those who speak: {names}. {HOW}")
    return pairs


def _speaker(name: str, said: list[str]) -> Speaker:
    first = said[0].split()
    begins = " ".join(first[:FIRST_WORDS]) + (" …" if len(first) > FIRST_WORDS else "")
    questions = sum(bool(re.search(r"\?", words)) for words in said)
    return Speaker(name, len(said), sum(len(words.split()) for words in said), questions, begins)
