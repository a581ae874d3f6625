"""What words look like from outside: their runs, their spelling, their tone."""

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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


def tokens(text: str) -> list[str]:
    """Return words and marks in lower case, apostrophes straight."""
    return re.findall(r"[a-z']+|\d+|[?!.,;:-]", spelled(text.lower().replace("’", "'").replace("‘", "'")))


def sequences(text: str) -> list[str]:
    """Return the runs of one to three tokens in `text`, and how it begins and ends."""
    words = ["<", *tokens(text), ">"]
    runs = [" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)]
    starts = ["start " + " ".join(words[1 : 1 + n]) for n in (1, 2, 3)]
    return [*runs, *starts, "end " + " ".join(words[-3:])]


def hashed(parts: Sequence[str], buckets: int) -> tuple[NDArray[np.int64], Numbers]:
    """Return (places, weights) of `parts`: each place once, weights of unit length together."""
    places = np.unique(np.array([zlib.crc32(part.encode()) % buckets for part in parts], dtype=np.int64))
    return places, np.full(len(places), 1 / np.sqrt(max(len(places), 1)), dtype=np.float32)
