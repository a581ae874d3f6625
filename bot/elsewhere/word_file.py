"""A Word file as lines: paragraphs under bold names, tables with a column for who speaks, our own exports."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.elsewhere.lines import TIME
from bot.errors import UsageError

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

NO_WORDS = re.compile(rf"(?:{TIME}|\d+)(?:\s*[-–—>]+\s*{TIME})?")
HEADS = frozenset(
    "#,no,no.,nr,turn,line,time,timestamp,start,end,speaker,name,who,text,words,said,comment,content".split(",")
)
"""What the head of a table calls its columns."""
LONGEST_LABEL = 60


def word_lines(raw: bytes) -> str:
    """Return the text of a Word file, a line each for who speaks and what. Raise UsageError where it is none."""
    import docx
    from docx.table import Table

    try:
        document = docx.Document(io.BytesIO(raw))
        blocks = list(document.iter_inner_content())
    except Exception as error:  # the library raises whatever a broken archive makes it stumble over
        raise UsageError("The Word file cannot be opened.", "Save it once more as .docx, or as plain text.") from error
    lines: list[str] = []
    for block in blocks:
        lines += _rows(block) if isinstance(block, Table) else _paragraph(block)
    return "\n".join(lines)


def _paragraph(paragraph: "Paragraph") -> list[str]:
    text, style = paragraph.text.strip(), str(getattr(paragraph.style, "name", ""))
    if not text:
        return []
    if style.startswith(("Heading", "Title")):
        return [f"## {text}"]
    if style.startswith("Speaker "):
        return [f"**{text}**"]
    bold = _bold_head(paragraph)
    if bold and bold == text.rstrip(":"):
        return [f"**{bold}**"]
    if bold and ":" not in text[: len(bold) + 1]:
        return [f"{bold}: {text[len(bold) :].strip()}"]
    return text.split("\n")


def _bold_head(paragraph: "Paragraph") -> str:
    """Return the bold words with which a paragraph begins, where they are few enough for a name."""
    head = ""
    for run in paragraph.runs:
        if run.text.strip() and not run.bold:
            break
        head += run.text
    head = head.strip().rstrip(":").strip()
    return head if len(head) <= LONGEST_LABEL and "\n" not in head else ""


def _rows(table: "Table") -> Iterator[str]:
    """Return each row as `who: what`; times and numbers in cells of their own are no words."""
    for row in table.rows:
        cells = [" ".join(cell.text.split()) for cell in row.cells]
        told = [cell for cell in dict.fromkeys(cells) if cell and not NO_WORDS.fullmatch(cell)]
        if {cell.lower() for cell in told} <= HEADS:
            continue
        if len(told) == 1:
            yield told[0]
        elif told:
            yield f"{told[0].rstrip(':')}: {' '.join(told[1:])}"
