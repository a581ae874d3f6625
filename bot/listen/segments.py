"""Segments: a turn cut where what it does changes, run-on speech without punctuation included."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.listen.network import Scores

QUOTE_MARKS = "\"'”’)]*"
ABBREVIATION = re.compile(r"(?i)(mr|mrs|ms|dr|st|e\.g|i\.e|vs|approx|etc|yr|p|pp|a\.m|p\.m)\.")
WISHES = re.compile(
    r"(?i)(?:and|but|so) i(?:['’]d| would| do)? (?:(?:really|also|just) )?(?:like|love|want|wanted) to "
    r"(?:understand|hear|know|ask|find out|learn)\b"
)
"""What begins a clause of its own, behind another: "That worries me, and I'd like to hear how you see it"."""
WORRIES = re.compile(
    r"(?i)\b(?:worr(?:y|ies|ied)|concern(?:s|ed)?|bother(?:s|ed)?|troubl(?:e|es|ed|ing)|uneasy|uncomfortable"
    r"|disappoint\w*|not (?:happy|comfortable|convinced|satisfied)|unhappy|i (?:think|feel|reckon)|seems to me"
    r"|my view|matters to me)\b"
)
"""What makes of the clause before a wish a job of its own. In 25 of 40 turns of `training/turns` coders cut before a
wish; in the other 15 what stood before it was only the way in, and in none of them a worry."""
AHEAD = 9
"""Words in which a wish is said."""


@dataclass(frozen=True)
class Cutter:
    """Cut a turn into segments: at the ends of sentences, and inside them before a wish and where `cuts` says so.

    `cuts` gives a score for each word; above `from_score` a new segment begins there.
    """

    cuts: Callable[[Sequence[str]], Scores]
    from_score: float

    def cut(self, words: str) -> list[str]:
        """Return the segments of a turn in order; joined by spaces they are the words again (spaces aside)."""
        tokens = words.split()
        if len(tokens) < 2:
            return tokens
        scores = self.cuts(tokens)
        starts = [0]
        for at in range(1, len(tokens)):
            if self._begins(tokens, at, float(scores[at])) or _wishes(tokens, starts[-1], at):
                starts.append(at)
        ends = [*starts[1:], len(tokens)]
        return [" ".join(tokens[start:end]) for start, end in zip(starts, ends, strict=True)]

    def _begins(self, tokens: Sequence[str], at: int, score: float) -> bool:
        if is_mark(tokens[at]):
            return False
        before = next((token for token in reversed(tokens[:at]) if not is_mark(token)), "")
        return bool(before) and (ends_sentence(before, tokens[at]) or score > self.from_score)


def _wishes(tokens: Sequence[str], start: int, at: int) -> bool:
    """Return whether a worry or a view stands in tokens[start:at], and a wish to hear begins behind it."""
    is_wish = WISHES.match(" ".join(tokens[at : at + AHEAD])) is not None
    return is_wish and WORRIES.search(" ".join(tokens[start:at])) is not None


def is_mark(token: str) -> bool:
    """Return whether a token has neither letter nor digit: a dash, a bracket, three dots by themselves."""
    return not any(char.isalnum() for char in token)


def ends_sentence(token: str, following: str = "") -> bool:
    """Return whether a sentence ends with this token for certain.

    "Mr.", "e.g." and "No. 5" end none; three dots, and a quotation's end, may stand inside one that goes on in small
    letters.
    """
    bare = token.rstrip(QUOTE_MARKS)
    if ABBREVIATION.fullmatch(bare) or (bare.lower() == "no." and following[:1].isdigit()):
        return False
    small = following[:1].islower()
    if small and (bare.endswith(("…", "..")) or bare != token):
        return False
    return bool(re.search(r"[.!?…]$", bare))
