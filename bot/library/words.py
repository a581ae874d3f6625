"""The words of a question: which of them tell what it is about, and slips of the keyboard put right."""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from string import ascii_lowercase

from bot.library.vocabulary import vocabulary
from bot.listen.encoder import FOLDER

MOST_WORDS = 24
"""Words of a question that are looked up."""
SHORTEST_SLIP = 5
"""In letters: one slip away from a shorter word there are too many others."""
ENDINGS = ("s", "es", "d", "ed", "er", "ing", "ly", "n't", "nt")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
COMMON_WORDS = frozenset(
    """a about after all also am an and any are as at be been before being between but by can cant could day did
    didnt do does doesnt doing done dont down each every for from get go going got had has have having he her here
    him his how i if im in into is isnt it its ive just made make may me might more most must my need no not of
    off on one only or other our out over own same say shall she should so some someone something such tell than
    that thats the their them then there these they thing things this those time to today too up us very was way
    we were what whats when where which who whom whose why will with wont would yet you your i'm i've i'd i'll
    we're we've we'd we'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's they're they've
    they'd they'll that's there's what's who's how's where's let's isn't aren't wasn't weren't don't doesn't
    didn't haven't hasn't hadn't won't wouldn't can't couldn't shouldn't mustn't""".split()
)
"""Words that say nothing about what a question is about."""


def telling_words(question: str) -> list[str]:
    """Return the words of a question that say what it is about, in lower case, each once, in order."""
    words = (word.lower().replace("’", "'") for word in WORD.findall(question))
    telling = (word.removesuffix("'s") for word in words if word not in COMMON_WORDS)
    return list(dict.fromkeys(telling))[:MOST_WORDS]


def repaired(question: str, is_held: Callable[[str], bool]) -> str:
    """Return the question with words that are one slip away from an English word put right.

    A slip is a letter left out, put in, changed, or swapped with the next. A word that the library holds (`is_held`)
    is right, and a word that it holds is the likelier one meant. Names, with their capital, are left alone. With one
    slip a question in tests/library/calibration.yaml, 106 of 122 find their article so, and 93 without.
    """
    return WORD.sub(lambda found: _repaired(found.group(), is_held), question)


def _repaired(word: str, is_held: Callable[[str], bool]) -> str:
    if len(word) < SHORTEST_SLIP or not (word.isascii() and word.isalpha() and word.islower()):
        return word
    if _is_english(word) or word in COMMON_WORDS or word in vocabulary() or is_held(word):
        return word
    meant = [other for other in _one_slip_away(word) if other in _english()]
    return min(meant, key=lambda other: (not is_held(other), _english()[other]), default=word)


def _is_english(word: str) -> bool:
    return any(word.removesuffix(ending) in _english() for ending in ("", *ENDINGS))


@lru_cache(maxsize=1)
def _english() -> dict[str, int]:
    """Return the whole words that the encoder knows, with their place in its list: the commonest come first."""
    tokens = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return {token: place for token, place in tokens.items() if len(token) >= SHORTEST_SLIP - 1 and token.isalpha()}


def _one_slip_away(word: str) -> Iterator[str]:
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in ascii_lowercase:
            yield before + letter + after
            yield before + letter + after[1:]
