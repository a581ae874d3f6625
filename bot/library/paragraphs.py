"""Plain lines become headings, paragraphs and speeches, so that one article reads the same from any kind of file."""

import itertools
import re
import statistics

from bot.library.furniture import is_furniture
from bot.library.saved import ITEM, kind_of

SENTENCE_END = re.compile(r"[.!:…][\"”’')\]]*$|[?][\"”’')\]]+$")
"""How no heading ends; a question may be one."""
WRAPPED = (45, 100)
"""Letters of the usual line in a text whose lines were broken to a width, as in old e-mails."""
SPEAKER = re.compile(r"[A-Z][\w.'’-]*(?: (?:[A-Z][\w.'’-]*|\d+)){0,3}:?$")
FEWEST_SPEECHES = 3
"""Names above speeches that make a text a transcript; one of them must speak twice."""


def with_headings(text: str) -> str:
    """Return plain text with `##` before each short line that stands alone above a paragraph."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text)]
    return "\n\n".join(
        f"## {block}" if looks_like_heading(block) and is_prose(following) else block
        for block, following in zip(blocks, [*blocks[1:], ""], strict=True)
    )


def looks_like_heading(block: str) -> bool:
    """Return whether a block of text is short and ends like a heading."""
    return (
        "\n" not in block
        and 2 < len(block) <= 80
        and (block[0].isupper() or block[0].isdigit())
        and not SENTENCE_END.search(block)
        and not block.endswith((",", ";", "|"))
        and not is_furniture(block)
    )


def is_prose(block: str) -> bool:
    """Return whether a block of text is a paragraph or a list rather than a short line."""
    return len(block.split()) > 12 or block.startswith("- ")


def in_paragraphs(text: str) -> str:
    """Return plain text with an empty line between paragraphs, whether its lines were broken to a width or not.

    Lists, tables and headings keep their lines.
    """
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    inner = [len(line) for block in blocks for line in block.split("\n")[:-1] if kind_of(line) != "item"]
    wrapped = bool(inner) and WRAPPED[0] <= statistics.median(inner) and max(inner) <= WRAPPED[1]
    return "\n\n".join(_joined(block) if wrapped else _apart(block) for block in blocks)


def _joined(block: str) -> str:
    """Return the lines of a paragraph as one; a line that begins an item begins a line."""
    return re.sub(rf"\n(?!{ITEM.pattern})", " ", block)


def _apart(block: str) -> str:
    """Return a block with an empty line before each line that is no item of a list."""
    lines = block.split("\n")
    parts = [lines[0]]
    for before, line in itertools.pairwise(lines):
        parts.append("\n" if ITEM.match(line) and (ITEM.match(before) or before.endswith(":")) else "\n\n")
        parts.append(line)
    return "".join(parts)


def with_speakers(text: str) -> str:
    """Return a transcript with each name right above what its bearer says, so that no passage parts them."""
    lines = text.split("\n")
    filled = [place for place, line in enumerate(lines) if line.strip()]
    names = {
        place
        for place, following in itertools.pairwise(filled)
        if SPEAKER.match(lines[place])
        and len(lines[place]) < 40
        and kind_of(lines[following]) in ("sentence", "speech")
    }
    said_by = [lines[place] for place in names]
    if len(names) < FEWEST_SPEECHES or len(set(said_by)) == len(said_by):
        return text
    kept: list[str] = []
    after_name = False
    for place, line in enumerate(lines):
        if line.strip() or not after_name:
            kept.append(f"\n{line}" if place in names else line)
        after_name = place in names or (after_name and not line.strip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept))
