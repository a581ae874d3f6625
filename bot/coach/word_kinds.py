"""What kind of word each word is, a noun, a verb, a number: by TextBlob's lexicon of English, which comes with it."""

import re
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

CONTRACTED = re.compile(r"^(?:it|that|there|here|what|who|where|how|he|she|let|one|everybody|nobody)'s$", re.IGNORECASE)
"""What ends in 's without being anybody's: a verb stands in it."""


def kinds_of(words: Sequence[str]) -> list[str]:
    """Return the kind of each word as it stands among the others: the Penn Treebank's tags ("NN", "VBZ", "JJ")."""
    if not words:
        return []
    found = [kind for _, kind in _tag()(" ".join(words), tokenize=False)]
    return ["VBZ" if CONTRACTED.match(word) else kind for word, kind in zip(words, found, strict=True)]


@cache
def _tag() -> Any:
    """Return what tags words, its lexicon read. Imported at the first draft: it takes half a second."""
    from textblob.en import tag

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves closing its lexicon to Python
        tag("Good morning.")
    return tag
