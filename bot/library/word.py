"""A Word document becomes a draft: headings, lists, tables and paragraphs as they would be printed now.

Tracked changes are read as accepted: what was put in is there, what was struck out is not. Comments, running heads,
captions and hidden words are left out.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bot.library.drafts import Draft, Unreadable, one_line, table
from bot.library.paragraphs import looks_like_heading

if TYPE_CHECKING:
    import docx.document

MOST_UNPACKED = 200 * 1024 * 1024
"""In bytes. A document of words unpacks to a few hundred kilobytes; pictures stay as small as they were."""
SPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRUCK_OUT = frozenset(
    (f"{SPACE}del", f"{SPACE}moveFrom", f"{SPACE}instrText", f"{SPACE}delText", f"{SPACE}pict", f"{SPACE}drawing")
)
WRAPPED = frozenset(f"{SPACE}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml"))
"""What stands around paragraphs without being one: content controls and tracked changes."""


def from_word(raw: bytes) -> Draft:
    """Return the body of a Word document. Raise Unreadable if it is locked or would fill the memory."""
    import docx

    if raw.startswith(b"\xd0\xcf\x11\xe0"):  # what Word wraps a document in that has a password, and older ones
        raise Unreadable(
            "the document is locked with a password, or is of an older kind.", "Save it as .docx without the password."
        )
    _check_size(raw)
    document = docx.Document(io.BytesIO(raw))
    styles = _Styles(document)
    blocks = [block for element in _elements(document.element.body) for block in _block(element, styles)]
    if not any(block.startswith("#") for block in blocks):
        blocks = _bold_headings(blocks)
    text = "\n\n".join(block.replace("\x00", "") for block in blocks)
    said = document.core_properties
    return Draft(
        re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text),
        {"title": said.title or "", "author": said.author or "", "subject": said.subject or ""},
    )


def _check_size(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        words = sum(one.file_size for one in parts.infolist() if one.filename.endswith((".xml", ".rels")))
        whole = sum(one.file_size for one in parts.infolist())
    if words > MOST_UNPACKED / 2 or whole > 2 * MOST_UNPACKED:
        raise Unreadable(
            "the document unpacks to more than any document holds.",
            "Copy its words into a new document, if you know it.",
        )


class _Styles:
    """What the styles of a document say: which are headings, lists and captions, by the id that paragraphs name."""

    def __init__(self, document: "docx.document.Document") -> None:
        self._names: dict[str, str] = {}
        self._based_on: dict[str, str] = {}
        for style in document.styles.element.iterchildren(f"{SPACE}style"):
            which = style.get(f"{SPACE}styleId") or ""
            self._names[which] = _value(style, "name").lower()
            self._based_on[which] = _value(style, "basedOn")

    def kind(self, which: str) -> str:
        """Return 'title', 'heading 1' to 'heading 6', 'list', 'caption' or ''; a style is what it is based on."""
        for _ in range(10):
            name = self._names.get(which, "")
            if name in ("title", "caption") or re.fullmatch(r"heading [1-6]", name):
                return name
            if name.startswith("list") and name != "list paragraph":
                return "list"
            which = self._based_on.get(which, "")
        return ""


def _value(element: Any, name: str) -> str:
    found = element.find(f"{SPACE}{name}")
    return "" if found is None else str(found.get(f"{SPACE}val") or "")


def _elements(parent: Any) -> Iterator[Any]:
    """Yield the paragraphs and tables of a part of the document, in order, out of what they are wrapped in."""
    for child in parent.iterchildren():
        if child.tag in WRAPPED:
            yield from _elements(child)
        elif child.tag in (f"{SPACE}p", f"{SPACE}tbl"):
            yield child


def _block(element: Any, styles: _Styles) -> Iterator[str]:
    if element.tag == f"{SPACE}tbl":
        rows = [[_cell(cell) for cell in row.iterchildren(f"{SPACE}tc")] for row in element.iterchildren(f"{SPACE}tr")]
        if rows and max(map(len, rows)) > 1:
            yield table(rows)
        else:  # a table of one column is a box around paragraphs
            yield from (cell for row in rows for cell in row if cell)
        return
    words = one_line(_words(element))
    about = element.find(f"{SPACE}pPr")
    kind = "" if about is None else styles.kind(_value(about, "pStyle"))
    if not words or kind == "caption":
        return
    numbered = about is not None and about.find(f"{SPACE}numPr") is not None
    level = "" if about is None else _value(about, "outlineLvl")
    if kind == "title":
        yield f"# {words}"
    elif kind.startswith("heading") or (level.isdigit() and int(level) < 6):
        yield f"{'#' * int(kind[-1] if kind.startswith('heading') else int(level) + 1)} {words}"
    elif kind == "list" or numbered:
        yield f"- {words}"
    else:
        yield ("\x00" if _all_bold(element) else "") + words


def _cell(cell: Any) -> str:
    return one_line(" ".join(_words(paragraph) for paragraph in cell.iter(f"{SPACE}p")))


def _words(element: Any) -> str:
    """Return the words of a paragraph as they would be printed, tracked changes accepted."""
    if element.tag in STRUCK_OUT or _is_hidden(element):
        return ""
    if element.tag == f"{SPACE}t":
        return element.text or ""
    if element.tag in (f"{SPACE}tab", f"{SPACE}br", f"{SPACE}cr") and element.getparent().tag == f"{SPACE}r":
        return " "
    if element.tag == f"{SPACE}noBreakHyphen":
        return "-"
    return "".join(_words(child) for child in element.iterchildren() if isinstance(child.tag, str))


def _is_hidden(element: Any) -> bool:
    about = element.find(f"{SPACE}rPr") if element.tag == f"{SPACE}r" else None
    return about is not None and about.find(f"{SPACE}vanish") is not None


def _all_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{SPACE}r") if _words(run).strip()]
    return bool(runs) and all(
        run.find(f"{SPACE}rPr") is not None and run.find(f"{SPACE}rPr").find(f"{SPACE}b") is not None for run in runs
    )


def _bold_headings(blocks: list[str]) -> list[str]:
    """Return the blocks of a document without headings, with short bold paragraphs as such."""
    return [
        f"## {block[1:]}" if block.startswith("\x00") and looks_like_heading(block[1:]) else block for block in blocks
    ]
