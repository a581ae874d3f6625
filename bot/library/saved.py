"""A web page that was saved as text, printed or copied: where its article begins and ends among the site's own lines.

One line of a menu ("Sport") looks like one of an article. What tells them apart is where they stand: an article is the
stretch of sentences, and short lines count as part of it inside, right above and in lists (after Kohlschütter,
Fankhauser and Nejdl, 'Boilerplate detection using shallow text features', 2010). A text in which hardly any line is
known to be a site's is left as it is.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Sequence

from bot.library.furniture import ends_an_article, is_corner, is_furniture

EVIDENCE = 5
"""How much makes a text a saved page: a line that is a site's wherever it stands counts 2, one that may be counts 1."""
SURE = 1
"""Lines of the first kind that there must be, unless there are very many of the other."""
LONG = 100
"""In characters: a line as long is a sentence, however it ends."""
MANY_WORDS = 12
"""A line of more words is one too, unless it asks."""
AFTER_THE_END = 0.3
"""Share of the page's sentences that may follow what ends an article: comments, other articles."""
SENTENCE = re.compile(r"(?:\S+\s+){3,}.*[.!?…:][\"”’')\]]*(?:\[\d+\])*$")
QUESTION = re.compile(r"[^.!?]*\?$")
"""A question by itself: as often a title or a heading as a sentence."""
SPEECH = re.compile(r"(?:\[?\d\d?:\d\d(?::\d\d)?\]?\s+)?([A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3}): \S")
ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s|\|.*\||[^\t]+\t[^\t]+|[^|]+ \| [^|]+ \| ")
"""An entry of a list or a row of a table."""
SAID = ("sentence", "speech")


def core_of(text: str) -> str:
    """Return the article in the text of a page, or the text where it is no such page."""
    lines = text.split("\n")
    kinds = kinds_of(lines)
    if not is_saved_page(lines, kinds):
        return text
    kinds = [
        "furniture" if kind == "short" and ends_an_article(line) else kind
        for line, kind in zip(lines, kinds, strict=True)
    ]
    first, last = body_of(lines, kinds)
    if first > last:
        return text
    begin = _with_headings_above(kinds, first)
    end = _with_lists_below(lines, kinds, last)
    dropped = _beside_furniture(kinds, begin, end)
    kept = [lines[place] for place in range(begin, end + 1) if place not in dropped]
    above = [line for line in lines[:begin] if len(line.split()) >= 12 and not is_corner(line)]
    return "\n".join([*(f"{line}\n" for line in above), *kept])


def kinds_of(lines: Sequence[str]) -> list[str]:
    """Return the kind of each line; 'Traffic: delays' is no speech where nobody speaks twice."""
    kinds = [kind_of(line) for line in lines]
    speakers = [SPEECH.match(line.strip()) for line, kind in zip(lines, kinds, strict=True) if kind == "speech"]
    names = [found.group(1) for found in speakers if found]
    if len(set(names)) < len(names):
        return kinds
    return [
        ("sentence" if _is_sentence(line.strip()) else "short") if kind == "speech" else kind
        for line, kind in zip(lines, kinds, strict=True)
    ]


def _is_sentence(bare: str) -> bool:
    many_words = bare.count(" ") >= MANY_WORDS and not bare.endswith("?")
    return len(bare) >= LONG or many_words or bool(SENTENCE.match(bare) and not QUESTION.match(bare))


def is_saved_page(lines: Sequence[str], kinds: Sequence[str]) -> bool:
    """Return whether enough of the lines are known to be a site's."""
    maybe = kinds.count("furniture")
    sure = sum(is_furniture(line.strip("# ")) for line, kind in zip(lines, kinds, strict=True) if kind == "furniture")
    if maybe + sure >= EVIDENCE and (sure >= SURE or maybe > 3 * EVIDENCE):
        return True
    first, last = body_of(lines, kinds)
    above, below = kinds[:first], kinds[last + 1 :]
    return maybe > 0 and min(map(_menu_lines, (above, below))) >= EVIDENCE


def _menu_lines(kinds: Sequence[str]) -> int:
    return sum(kind in ("short", "furniture") for kind in kinds)


def kind_of(line: str) -> str:
    """Return '' for an empty line, else 'furniture', 'heading', 'item', 'sentence', 'speech' or 'short'."""
    bare = line.strip()
    if not bare:
        return ""
    if bare.startswith("#"):
        return "furniture" if is_corner(bare.lstrip("# ")) else "heading"
    if is_corner(bare):
        return "furniture"
    if SPEECH.match(bare):
        return "speech"
    if _is_sentence(bare):
        return "sentence"
    return "item" if ITEM.match(bare) else "short"


def body_of(lines: Sequence[str], kinds: Sequence[str]) -> tuple[int, int]:
    """Return the places of the first and the last sentence of the article."""
    said = [place for place, kind in enumerate(kinds) if kind in SAID]
    if not said:
        return 1, 0
    filled = [place for place, kind in enumerate(kinds) if kind]
    begins = (
        place
        for rank, place in enumerate(filled)
        if kinds[place] in SAID and sum(kinds[other] in SAID for other in filled[rank : rank + 12]) >= 2
    )
    first = next(begins, said[0])
    after = list(itertools.accumulate((len(lines[place]) for place in reversed(said) if place >= first), initial=0))
    for place in range(first + 1, len(lines)):
        if ends_an_article(lines[place].strip(" #")):
            earlier = bisect_left(said, place)
            if after[len(said) - earlier] <= AFTER_THE_END * after[-1]:
                return first, said[earlier - 1]
    return first, said[-1]


def _with_headings_above(kinds: Sequence[str], first: int) -> int:
    """Return where the article begins with the lines that stand alone right above its first sentence."""
    begin, place = first, first - 1
    while place >= 0 and first - begin < 5:
        if not kinds[place]:
            place -= 1
            continue
        alone = place == 0 or not kinds[place - 1] or begin == place + 1
        if kinds[place] not in ("short", "heading", "item") or not alone:
            break
        begin = place
        place -= 1
        if begin == first - 1 and place >= 0 and kinds[place]:
            break
    return begin


def _with_lists_below(lines: Sequence[str], kinds: Sequence[str], last: int) -> int:
    """Return where the article ends with the lists and lines that belong to its last sentence."""
    filled = [place for place in range(last + 1, len(kinds)) if kinds[place]]
    end = last
    for rank, place in enumerate(filled):
        same_block = all(kinds[between] for between in range(last, place))
        above_a_list = [kinds[other] for other in filled[rank + 1 : rank + 3]] == ["item", "item"]
        joins = kinds[place] == "item" or (kinds[place] in ("short", "heading") and (same_block or above_a_list))
        if not joins or ends_an_article(lines[place].strip(" #")):
            break
        end = place
    return end


def _beside_furniture(kinds: Sequence[str], begin: int, end: int) -> set[int]:
    """Return the furniture, and the short lines in one run with it that no sentence stands next to."""
    dropped: set[int] = set()
    for place in range(begin, end + 1):
        if kinds[place] != "furniture":
            continue
        for step in (-1, 1):
            other = place + step
            while begin <= other <= end and kinds[other] == "short":
                other += step
            met = kinds[other] if begin <= other <= end else ""
            if met not in ("sentence", "speech", "item"):
                dropped |= set(range(min(place, other) + 1, max(place, other)))
    return dropped | {place for place in range(begin, end + 1) if kinds[place] == "furniture"}
