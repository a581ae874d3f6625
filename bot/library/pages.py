"""On which page of its file a passage stands."""

import re
from bisect import bisect_right
from collections.abc import Sequence

TOLD_BY = 40
"""Letters that tell the beginning of a page from any other place."""
FEWEST = 12
"""Letters that a page must have: fewer stand in other places too."""


def page_starts(text: str, pages: Sequence[str]) -> str:
    """Return where in `text` each of the pages begins: offsets from 0, a space between; '' where there are no pages.

    Only letters and figures are compared: between the page and the text, lines were joined and marks were set.
    A page that is not found begins where the one before it does.
    """
    places = [place for place, sign in enumerate(text) if sign.isalnum()]
    letters = "".join(text[place] for place in places)
    starts, last = [], 0
    for page in pages:
        told = re.sub(r"[\W_]", "", page)[:TOLD_BY]
        found = letters.find(told, last) if len(told) >= FEWEST else -1
        last = max(last, found)
        starts.append(places[last] if places else 0)
    return " ".join(map(str, starts))


def page_at(starts: str, place: int) -> int:
    """Return the page, from 1, on which `place` of the text stands; 0 where there are no pages."""
    return max(1, bisect_right([int(start) for start in starts.split()], place)) if starts else 0
