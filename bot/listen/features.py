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
PLACE = 12
NOTHING_BEFORE = "Nothing yet."
PREVIOUS_WEIGHT = 0.5
"""How much the other person's previous line counts beside the segment."""

Numbers = NDArray[np.float32]


BARE = {
    word.replace("'", ""): word
    for word in """i'm i've don't didn't doesn't haven't hasn't hadn't isn't aren't wasn't weren't can't couldn't
    wouldn't shouldn't that's there's what's you're you've you'd you'll they're they've they'd they'll
    he's she's we've let's it'd how's who's where's wouldn't mustn't needn't""".split()
}
"""Contractions that people type without their apostrophe, and that spell nothing else."""


def spelled(text: str) -> str:
    """Return the text with the apostrophes back that fast typing and dictation leave out."""
    return re.sub(r"[A-Za-z]+", lambda m: BARE.get(m.group().lower(), m.group()), text)


WARM = frozenset(
    """good great lovely brilliant excellent strong solid happy pleased positive helpful useful super fantastic
    best well better nice kind proud calm careful thoughtful generous patient skilled talented lucky glad
    wonderful impressive reliable dependable gift clever warm thorough tidy spot-on delighted grateful
    appreciate valued admire enjoy enjoyed love loved trust credit rock asset star success works worked thrive
    thriving beautifully gem steady secure""".split()
)
COLD = frozenset(
    """poor bad lazy weak wrong unacceptable unprofessional careless sloppy rude difficult resistant negative
    stubborn never nobody nothing failing failed fail failure ignored ignore refuse refused refusing bothered
    late dull boring pointless waste wasted excuse excuses worse worst shambles mess messy disappointing
    inadequate insufficient tired coasting obviously clearly frankly attitude defensive awkward childish selfish
    useless hopeless dreadful shocking disgrace embarrassing blame fault always everyone everybody undermining
    disrespectful""".split()
)
DENIAL = frozenset(
    "not no never don't didn't isn't aren't wasn't can't won't haven't hasn't couldn't wouldn't without".split()
)
MINE = frozenset("i i'm i've i'd i'll me my mine".split())
YOURS = frozenset("you you're you've you'd you'll your yours".split())
OURS = frozenset("we we're we've we'd we'll us our ours both together".split())


def tone(text: str) -> list[float]:
    """Return how warm, cold and denying the words are, and whose they speak of: seven numbers from 0 to 1."""
    words = tokens(text)
    counts = [sum(word in kind for word in words) for kind in (WARM, COLD, DENIAL, MINE, YOURS, OURS)]
    return [min(count, 3) / 3 for count in counts] + [float(counts[0] > 0 and counts[1] + counts[2] == 0)]


@dataclass(frozen=True)
class Sighted:
    """One segment where it stands: the other's previous line, and its place among the segments of the turn."""

    text: str
    previous: str
    first: bool
    last: bool


def tokens(text: str) -> list[str]:
    """Return words and marks in lower case, apostrophes straight."""
    return re.findall(r"[a-z']+|\d+|[?!.,;:-]", spelled(text.lower().replace("’", "'").replace("‘", "'")))


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
    """Return meaning, place and tone as one vector of 2 * 384 + 12 numbers."""
    text, before = encoder.encode([spelled(one.text), one.previous or NOTHING_BEFORE])
    words = len(one.text.split())
    place = [one.first, one.last, not one.previous, min(words, 40) / 40, "?" in one.text, *tone(one.text)]
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
    bare = [spelled(re.sub(r"[^a-z']", "", word)) for word in right]
    length, rest = min((at - since) // 3, 6), min((len(words) - at) // 3, 6)
    parts = [f"mark {mark}", f"long {length}", f"rest {rest}", f"mark {mark} long {length}"]
    parts += [f"r {' '.join(bare[:n])}" for n in (1, 2, 3)] + [f"l {' '.join(left[-n:])}" for n in (1, 2)]
    parts += [f"m{mark} {' '.join(bare[:n])}" for n in (1, 2)] + [
        f"lr {left[-1] if left else ''} {bare[0] if bare else ''}"
    ]
    shape = [KIND_OF.get(word, "-") for word in bare]
    parts += [f"shape {' '.join(shape[:n])}" for n in (1, 2, 3)] + [f"shape {mark} {' '.join(shape[:2])} {length}"]
    parts += [f"upper {mark} {words[at][:1].isupper()}", f"question behind {'?' in ' '.join(left)}"]
    return parts
