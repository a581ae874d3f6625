"""What the reader looks at: small words and their order, meaning, and the place in the turn."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.listen.encoder import Encoder

BUCKETS = 2**14
"""Places for hashed word sequences."""
MEANING = 384
PLACE = 5
NOTHING_BEFORE = "Nothing yet."
PREVIOUS_WEIGHT = 0.5
"""How much the other person's previous line counts beside the segment."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Sighted:
    """One segment where it stands: the other's previous line, and its place among the segments of the turn."""

    text: str
    previous: str
    first: bool
    last: bool


def tokens(text: str) -> list[str]:
    """Return words and marks in lower case, apostrophes straight."""
    return re.findall(r"[a-z']+|\d+|[?!.,;:-]", text.lower().replace("’", "'").replace("‘", "'"))


def sequences(text: str) -> list[str]:
    """Return the runs of one to three tokens in `text`, and how it begins and ends."""
    words = ["<", *tokens(text), ">"]
    runs = [" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)]
    starts = ["start " + " ".join(words[1 : 1 + n]) for n in (1, 2, 3)]
    return [*runs, *starts, "end " + " ".join(words[-3:])]


def hashed(parts: Sequence[str], buckets: int = BUCKETS) -> tuple[NDArray[np.int64], Numbers]:
    """Return (places, weights) of `parts`: each place once, weights of unit length together."""
    places = np.unique(np.array([zlib.crc32(part.encode()) % buckets for part in parts], dtype=np.int64))
    return places, np.full(len(places), 1 / np.sqrt(max(len(places), 1)), dtype=np.float32)


def dense(one: Sighted, encoder: Encoder) -> Numbers:
    """Return meaning and place as one vector of 2 * 384 + 5 numbers."""
    text, before = encoder.encode([one.text, one.previous or NOTHING_BEFORE])
    words = len(one.text.split())
    place = [one.first, one.last, not one.previous, min(words, 40) / 40, "?" in one.text]
    return np.concatenate([text, before * PREVIOUS_WEIGHT, np.array(place, dtype=np.float32)]).astype(np.float32)


KINDS_OF_WORD = {
    "WH": "what how why who when where which whose",
    "AUX": "do does did is are was were have has had can could would will shall should might may must am isn't aren't "
    "wasn't haven't hasn't don't doesn't didn't can't couldn't wouldn't won't",
    "I": "i we i'm i've i'd i'll we're we've we'd we'll im ive ill",
    "YOU": "you you're you've you'd you'll youre youve your he she they it's it that that's there there's thats its",
    "AND": "and but so because or cos although though yet plus",
    "TOKEN": "right ok okay yeah yes no well sorry thanks thank fine good look listen anyway now then please",
}
"""Kinds of small words that begin a clause; any other word is '-'."""
KIND_OF = {word: kind for kind, words in KINDS_OF_WORD.items() for word in words.split()}


def gap_parts(words: Sequence[str], at: int, since: int) -> list[str]:
    """Return what speaks for or against a boundary before word `at`; `since` is where the last segment began."""
    left = [word.lower().replace("’", "'") for word in words[max(since, at - 3) : at]]
    right = [word.lower().replace("’", "'") for word in words[at : at + 4]]
    mark = left[-1][-1] if left and not left[-1][-1].isalnum() else "0"
    bare = [re.sub(r"[^a-z']", "", word) for word in right]
    length, rest = min((at - since) // 3, 6), min((len(words) - at) // 3, 6)
    parts = [f"mark {mark}", f"long {length}", f"rest {rest}", f"mark {mark} long {length}"]
    parts += [f"r {' '.join(bare[:n])}" for n in (1, 2, 3)] + [f"l {' '.join(left[-n:])}" for n in (1, 2)]
    parts += [f"m{mark} {' '.join(bare[:n])}" for n in (1, 2)] + [f"lr {left[-1] if left else ''} {bare[0] if bare else ''}"]
    shape = [KIND_OF.get(word, "-") for word in bare]
    parts += [f"shape {' '.join(shape[:n])}" for n in (1, 2, 3)] + [f"shape {mark} {' '.join(shape[:2])} {length}"]
    parts += [f"upper {mark} {words[at][:1].isupper()}", f"question behind {'?' in ' '.join(left)}"]
    return parts
