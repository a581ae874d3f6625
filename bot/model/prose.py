"""What a model writes for the coach or the library has to stand up to, before it is shown."""

import re
from collections.abc import Sequence

from bot.listen.encoder import Encoder
from bot.model.checks import (
    EMPTY,
    FIGURE,
    NOT_SPEECH,
    REGISTER,
    ROLE,
    SOMEBODY,
    load_checks,
    matches,
    recites,
)
from bot.model.parts import figures, is_english, named_in, words_in
from bot.model.prompts import Asked

TOO_MANY_WORDS = "It was too long: {most} words at most."
MISQUOTED = "It put words in quotation marks that nobody said."
OTHER_MATTER = "It said something else than what it was to put into words."
MARKED = "It gave praise, a mark or a grade."
STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")
LAYOUT = re.compile(r"[*_#<>{}\[\]|`]|^\s*[-•]", re.MULTILINE)
GRADES = re.compile(
    r"\b(grade[ds]?|score[ds]?|out of (ten|five|four|\d+)|well done|great job|excellent)\b", re.IGNORECASE
)


class ProseCheck:
    """The checks for one text. `given` is everything that the model was shown and may use."""

    def __init__(self, given: Sequence[str], most_words: int, asked: Asked | None = None) -> None:
        self._given = tuple(given)
        self._most_words = most_words
        self._told = [asked.instructions] if asked else []
        self._content = load_checks()

    def fault(self, text: str) -> str:
        """Return the first thing wrong with the text, as a sentence, or ''."""
        if not any(map(str.isalnum, text)):
            return EMPTY
        if len(text.split()) > self._most_words:
            return TOO_MANY_WORDS.format(most=self._most_words)
        own = QUOTED.sub(" ", text)
        if recites(own, self._told) or matches(self._content.out_of_role, own):
            return ROLE
        if LAYOUT.search(text):
            return NOT_SPEECH
        if "!" in own or not is_english(own):
            return REGISTER
        if GRADES.search(own):
            return MARKED
        return self._invents(text, own)

    def _invents(self, text: str, own: str) -> str:
        given = "\n".join(map(even, self._given))  # so that no quotation reaches from one into the next
        if any(even(quote) not in given for quote in QUOTED.findall(text)):
            return MISQUOTED
        if figures([own]) - figures(self._given) - {1}:
            return FIGURE
        known = {word.lower() for one in self._given for word in words_in(one)} | {
            word.lower() for word in self._content.capitals
        }
        return SOMEBODY if any(word.lower() not in known for word in named_in(own)) else ""


def says_the_same(text: str, written: Sequence[str], encoder: Encoder) -> bool:
    """Return whether a text is about what was written: the cosine of the closest pair, by the mark `carried`."""
    near = (encoder.encode([text]) @ encoder.encode(list(written)).T).max()
    return bool(near >= load_checks().marks.carried.at)


def even(text: str) -> str:
    """Return the text as it is compared when it is quoted: small letters, plain marks, one space, no last stop."""
    straight = text.translate(STRAIGHT)
    return " ".join(straight.lower().split()).strip(" .,;:…?")
