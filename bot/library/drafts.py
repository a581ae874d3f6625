"""What every reader of a format makes: a draft in Markdown, with what the file says about itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

BULLETS = re.compile(r"^[•●▪◦‣·∙■□➢➤✓✔✅\uf0b7\uf0a7]\s*")


class Unreadable(Exception):
    """The file cannot become Markdown: what is wrong, and what to do about it."""

    def __init__(self, fault: str, fix: str) -> None:
        super().__init__(fault)
        self.fault = fault
        self.fix = fix


@dataclass(frozen=True)
class Draft:
    """A file as Markdown, before its furniture is taken out."""

    text: str
    front: dict[str, Any] = field(default_factory=dict)
    """What the file says about itself: title, author, source, year, licence, where it does."""
    guessed: bool = False
    """Whether the headings were guessed from short lines. None of those is the title."""
    plain: bool = False
    """Whether it is text in which nothing marks a heading."""
    pages: tuple[str, ...] = ()
    """The text of each page, where the file has pages that stay as they are: a PDF's."""


def table(rows: Iterable[list[str]]) -> str:
    """Return rows of cells as a Markdown table; the first row is its head."""
    lines = [f"| {' | '.join(one_line(cell).replace('|', '/') for cell in row)} |" for row in rows if any(row)]
    if lines:
        lines.insert(1, "|" + " --- |" * (lines[0].count("|") - 1))
    return "\n".join(lines)


def one_line(words: str) -> str:
    """Return the words with single spaces and no line breaks."""
    return " ".join(words.replace("\x0b", " ").split())
