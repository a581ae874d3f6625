"""Parts of a line: its sentences, its words, its figures."""

import re
import unicodedata
from collections.abc import Iterable

from bot.colleague.cues import plain
from bot.listen import spelling

ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()
NUMBERS = {word: number for number, word in enumerate(ONES)}
TENS = {word: 10 * ten for ten, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
LARGE = {"hundred": 100, "hundreds": 100, "thousand": 1000, "thousands": 1000, "dozen": 12, "dozens": 12}
FIGURE = re.compile(
    rf"\d+(?:[.,]\d+)*|\b(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(ONES[1:10])}))?\b"
    rf"|\b(?:{'|'.join((*NUMBERS, *LARGE))})\b"
)


def sentences(text: str) -> list[str]:
    """Return the sentences of a line, fragments included."""
    return [one.strip() for one in re.split(r"(?<=[.!?…])[\"'”’]*\s+", text) if one.strip()]


def words_in(text: str) -> list[str]:
    """Return the words as written, without the ending of a possessive."""
    return [re.sub(r"['’](s|re|ve|ll|d|m)$", "", word) for word in re.findall(r"[^\W\d_][\w'’]*", text)]


def named_in(text: str) -> frozenset[str]:
    """Return the words with a capital that do not stand at the head of a sentence."""
    return frozenset(word for one in sentences(text) for word in words_in(one)[1:] if word[0].isupper())


def figures(texts: Iterable[str]) -> frozenset[float]:
    """Return the figures in the texts, in digits or in words."""
    return frozenset(_value(match) for text in texts for match in FIGURE.findall(text.lower()))


def _value(figure: str) -> float:
    if figure[0].isdigit():
        return float(figure.replace(",", "").rstrip(".") if figure.count(".") < 2 else figure.replace(".", ""))
    if figure in LARGE:
        return float(LARGE[figure])
    ten, _, one = figure.replace("-", " ").partition(" ")
    return float(TENS.get(ten, 0) + NUMBERS.get(one or ten, 0))


def bare(line: str) -> str:
    """Return the words alone, in small letters."""
    return " ".join(re.findall(r"\w+", plain(line).lower()))


TELLING_LETTERS = 4
"""Letters of a word from which it tells the language: "on", "plus" and "die" are words in several."""
ENGLISH_SHARE = 0.5
"""Share of the telling words that must be English. Of the scenarios' 18,813 written lines one falls below."""


def is_english(line: str) -> bool:
    """Return whether a line is in English: its letters, and most of its words. Two telling words are too few to say."""
    if not all(map(plain_letter, line)):
        return False
    telling = [
        word for word in words_in(plain(line)) if len(word) >= TELLING_LETTERS and word.islower() and word.isalpha()
    ]
    known = sum(spelling.is_english(word) or word in spelling.school_words() for word in telling)
    return len(telling) < 2 or known >= ENGLISH_SHARE * len(telling)


def plain_letter(char: str) -> bool:
    """Return whether a character is one that English is written with."""
    kind = unicodedata.category(char)
    if kind.startswith("L"):
        return "LATIN" in unicodedata.name(char, "")
    return kind[0] in "PNZ" or kind == "Sc" or char in "+=\n"
