"""Names taken out of what people said, on this computer, for a file or a transcript that others may read."""

import re
from collections.abc import Callable, Iterable

from bot.model.names import Names

STAND_INS = ("Perrin", "Tamsel", "Orrick", "Velda", "Junor", "Maddoc", "Elsby", "Corrin", "Hesta", "Wyndle")
"""First names that nobody in a school is likely to have."""
SHORTEST = 2
"""Letters of a word that can be a name."""


def hider(
    heard: Iterable[str], *, authored: Iterable[str] = (), also: Iterable[str] = (), keep: str = ""
) -> Callable[[str], str]:
    """Return what replaces the names found in `heard`, and the words of `also`, by stand-ins, the same each time.

    `authored` is what a scenario's author wrote, whose capitals are nobody's names; `keep` is a name that stays: the
    simulated colleague's.
    """
    heard = list(heard)
    found = Names(heard, authored, keep)
    together = "\n".join(heard).lower()
    free = (one for number in range(1, 1000) for one in _numbered(number) if one.lower() not in together)
    words = dict.fromkeys(word.lower() for name in also for word in _words(name))
    given = {word: next(free) for word in words if word != keep.lower()}
    if not given:
        return found.hide
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, given))})(?!\w)", re.IGNORECASE)
    return lambda text: pattern.sub(lambda match: given[match.group().lower()], found.hide(text))


def _words(name: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", name) if len(word) >= SHORTEST]


def _numbered(number: int) -> list[str]:
    return [one if number == 1 else f"{one}{number}" for one in STAND_INS]
