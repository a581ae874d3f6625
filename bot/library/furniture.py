"""Page furniture: what a web page or course site puts around an article. The patterns are in furniture.yaml."""

import re
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from bot.content import ContentModel, read_model
from bot.errors import ArticleError

TABLE = Path(__file__).with_name("furniture.yaml")
HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*$")
FENCE = re.compile(r"\s{0,3}(```|~~~)")
LEAD = re.compile(r"^[\s>*+\-–•·“\"'_]+")
"""Bullets, quotation marks and emphasis before the first letter of a line."""


class Furniture(ContentModel):
    """The table as read from its file."""

    longest_line: int = Field(gt=0)
    """In characters. A longer line is prose and is kept."""
    parts: list[str]
    """CSS selectors."""
    sections: list[str]
    endings: list[str]
    lines: list[str]
    corners: list[str]


@lru_cache(maxsize=1)
def furniture() -> Furniture:
    """Return the table. Raise ArticleError if its file cannot be used."""
    return read_model(TABLE, Furniture, ArticleError)


def without_furniture(text: str) -> str:
    """Return the Markdown `text` without lines and sections that are furniture, and without runs of empty lines.

    Text between code fences is left alone.
    """
    kept: list[str] = []
    fenced, dropping = False, 0
    for line in text.split("\n"):
        fenced ^= bool(FENCE.match(line))
        heading = None if fenced else HEADING.match(line)
        if heading:
            dropping = _dropped_level(heading, dropping)
        if not dropping and (fenced or heading or not is_furniture(line)):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def is_furniture(line: str) -> bool:
    """Return whether one line of an article belongs to the page rather than to the article."""
    bare = LEAD.sub("", line).strip()
    return bool(bare) and len(bare) <= furniture().longest_line and _line_pattern().match(bare) is not None


def is_corner(line: str) -> bool:
    """Return whether one line of a page that was saved belongs to the page: `is_furniture`, or what else sites have."""
    bare = LEAD.sub("", line).strip()
    return is_furniture(line) or (
        bool(bare) and len(bare) <= furniture().longest_line and _corner_pattern().match(bare) is not None
    )


def ends_an_article(line: str) -> bool:
    """Return whether a line stands where an article has ended: above comments, other articles or the site's foot."""
    return len(line) <= 80 and _ending_pattern().fullmatch(line.strip()) is not None


def _dropped_level(heading: re.Match[str], dropping: int) -> int:
    """Return the level of the section being dropped from this heading on, 1 to 6, or 0 for none."""
    level = len(heading.group(1))
    if dropping and level > dropping:
        return dropping
    return level if _section_pattern().fullmatch(heading.group(2).strip(" *_:")) else 0


@lru_cache(maxsize=1)
def _line_pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in furniture().lines), re.IGNORECASE)


@lru_cache(maxsize=1)
def _section_pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in furniture().sections), re.IGNORECASE)


@lru_cache(maxsize=1)
def _ending_pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in furniture().endings), re.IGNORECASE)


@lru_cache(maxsize=1)
def _corner_pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in furniture().corners), re.IGNORECASE)
