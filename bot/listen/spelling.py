"""Slips of the keyboard: words that are one slip away from an English word, put right."""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from string import ascii_lowercase

from bot.listen.encoder import FOLDER
from bot.listen.features import spelled

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
SHORTEST_HELD = 4
"""Letters of the shortest words that count as meant: shorter ones are too near to each other."""
SHORTEST_SLIP, LONGEST_SLIP = 4, 24
"""Letters of the words that are put right; nobody means a longer one."""
COMMONEST = 9000
"""A slip is put right only into one of so many commonest words."""
ENDINGS = ("s", "es", "d", "ed", "er", "ing", "ly", "n't", "nt")


def mended(text: str) -> str:
    """Return the text as it was meant: apostrophes back, and the words put right that are no words.

    A slip is a letter left out, put in, changed, or swapped with the next. Words with a capital are left alone. What is
    thumbed into a phone is written out.
    """
    return WORD.sub(lambda found: thumbed().get(found.group()) or _mended(found.group()), spelled(text))


@lru_cache(maxsize=8192)
def _mended(word: str) -> str:
    if not _could_be_a_slip(word, SHORTEST_SLIP) or is_english(word) or word in school_words():
        return word
    meant = [other for other in one_slip_away(word) if english().get(other, COMMONEST) < COMMONEST]
    return min(meant, key=english().__getitem__, default=word)


def repaired(text: str, shortest: int, is_right: Callable[[str], bool], is_held: Callable[[str], bool]) -> str:
    """Return the text with words of `shortest` letters or more put right; what `is_held` is the likelier meant."""

    def put_right(word: str) -> str:
        if not _could_be_a_slip(word, shortest) or is_english(word) or is_right(word) or is_held(word):
            return word
        meant = [other for other in one_slip_away(word) if other in english()]
        return min(meant, key=lambda other: (not is_held(other), english()[other]), default=word)

    return WORD.sub(lambda found: put_right(found.group()), text)


def _could_be_a_slip(word: str, shortest: int) -> bool:
    return shortest <= len(word) <= LONGEST_SLIP and word.isascii() and word.isalpha() and word.islower()


def is_english(word: str) -> bool:
    """Return whether the encoder knows the word, with or without an ending."""
    return any(word.removesuffix(ending) in english() for ending in ("", *ENDINGS))


@lru_cache(maxsize=1)
def english() -> dict[str, int]:
    """Return the whole words that the encoder knows, with their place in its list: the commonest come first."""
    tokens = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return {token: place for token, place in tokens.items() if len(token) >= SHORTEST_HELD and token.isalpha()}


@lru_cache(maxsize=1)
def thumbed() -> dict[str, str]:
    """Return words as they are thumbed into a phone, and what they stand for."""
    lines = (FOLDER / "thumbed.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", maxsplit=1) for line in lines)


@lru_cache(maxsize=1)
def school_words() -> frozenset[str]:
    """Return words that the training turns hold more than once and the encoder does not know: staffroom and dialect."""
    return frozenset((FOLDER / "words.txt").read_text(encoding="utf-8").split())


def one_slip_away(word: str) -> Iterator[str]:
    """Yield everything that is one slip away from a word, the word itself among it."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in ascii_lowercase:
            yield before + letter + after
            yield before + letter + after[1:]
