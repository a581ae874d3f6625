"""A PDF becomes a draft: its lines are put together again to paragraphs, headings and lists by where they stand.

A PDF says where each letter stands and nothing about headings, paragraphs or what is repeated on every page. Letters,
places and sizes come from PDFium, the reader in Chromium.
"""

import ctypes
import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.library.drafts import BULLETS, Draft, Unreadable
from bot.library.furniture import is_furniture
from bot.library.paragraphs import is_prose, looks_like_heading
from bot.listen.spelling import is_english

if TYPE_CHECKING:
    import pypdfium2

MOST_PAGES = 2000
"""A longer PDF is no article, and takes minutes."""
COLUMN = 30
"""Points: lines that begin so near to each other stand in one column."""
EDGE = 3
"""Lines at the top of a page, and at its foot, that may be running heads: the outermost, and those next to it that are
in smaller letters or stand apart from what follows."""
LARGER = 1.12
"""How many times the size of most letters those of a heading are."""
SPREAD = 1.3
"""How many times the usual step from line to line there is between two paragraphs."""
BESIDE = 25
"""Points between a bullet and what it stands before, at most."""
MOST_DRAWINGS = 3000
"""Drawings looked at on one page: a map has more, and no bullets."""
CUT = ("\x02", "\ufffe", "\xad", "-", "\u2010")
"""What a word that runs on in the next line ends with: PDFium marks a hyphen that it takes for such a one."""
SENTENCE_END = re.compile(r"[.!?:][\"”’')\]]*$")
PAGE_NUMBER = re.compile(r"[-–|\s]*(page\s*)?\d{1,4}(\s*(/|of|\|)\s*\d{1,4})?[-–|\s]*", re.IGNORECASE)
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True)
class Line:
    """A line as it stands on its page: places in points, from the foot and the left."""

    words: str
    page: int
    """From 0."""
    left: float
    right: float
    foot: float
    size: float
    """Height of its letters, in points."""
    bold: bool


def from_pdf(raw: bytes) -> Draft:
    """Return the text of a PDF, lines joined into paragraphs. Raise Unreadable if it is locked or only pictures."""
    document = _opened(raw)
    try:
        lines = _lines(document)
        front = {"title": _told(document, "Title"), "author": _told(document, "Author"), "made": _year(document)}
    finally:
        document.close()
    if not lines:
        raise Unreadable(
            "the PDF holds pictures of pages and no text.", "Run it through text recognition (OCR), or add it as Word."
        )
    lines = list(_without_running_heads(lines))
    pages = max((line.page for line in lines), default=0) + 1
    by_page = ["\n".join(line.words for line in lines if line.page == page) for page in range(pages)]
    text, guessed = _markdown(lines)
    return Draft(text, front, guessed=guessed, pages=tuple(by_page))


def _opened(raw: bytes) -> "pypdfium2.PdfDocument":
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(raw)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error) or "ecurity" in str(error):
            raise Unreadable("the PDF is locked with a password.", "Save a copy without the password.") from None
        raise
    if not count:
        raise Unreadable("the PDF has no pages.", "Save it again from the program that made it.")
    if count > MOST_PAGES:
        document.close()
        raise Unreadable(f"the PDF has more than {MOST_PAGES} pages.", "Add the part that matters.")
    return document


# What it says about itself


def _told(document: "pypdfium2.PdfDocument", name: str) -> str:
    return " ".join(str(document.get_metadata_value(name) or "").replace("\x00", "").split())


def _year(document: "pypdfium2.PdfDocument") -> str:
    """Return the year in which it was written, or nothing where a browser printed it: then it is that of the print."""
    made_by = _told(document, "Producer") + _told(document, "Creator")
    if re.search(r"skia|chrom|mozilla|firefox|safari|quartz|webkit|edge|print to pdf", made_by, re.IGNORECASE):
        return ""
    found = re.match(r"(?:D:)?((?:19|20)\d\d)", _told(document, "CreationDate"))
    return found.group(1) if found else ""


# Lines


def _lines(document: "pypdfium2.PdfDocument") -> list[Line]:
    """Return the lines of all pages that can be read, in the order in which they were drawn."""
    import pypdfium2

    lines: list[Line] = []
    for number in range(len(document)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:  # one damaged page: the others are worth having
            continue
        lines += _lines_of(page, number)
        page.close()
    return lines


def _lines_of(page: Any, number: int) -> Iterator[Line]:
    discs = _discs(page)
    letters = page.get_textpage()
    text = letters.get_text_range() if letters.count_chars() else ""
    start = 0
    for part in re.split(r"(?<=[\n\x02\ufffe])", text):
        stripped = part.strip(" \r\n\t")
        first = start + len(part) - len(part.lstrip(" \r\n\t"))
        start += len(part)
        if words := stripped.translate(LIGATURES):
            left, foot, _, top = _box(letters, first)
            _, _, right, _ = _box(letters, first + len(stripped.rstrip("\x02\ufffe")) - 1)
            bullet = any(0 < left - where < BESIDE and foot < middle < top for where, middle in discs)
            words = f"- {words}" if bullet else BULLETS.sub("- ", words)
            yield Line(words, number, left, right, foot, round(top - foot, 1), _is_bold(letters, first))
    letters.close()


def _discs(page: Any) -> list[tuple[float, float]]:
    """Return (right edge, middle) of each drawing as small as a bullet: browsers draw them rather than set them."""
    import pypdfium2
    import pypdfium2.raw

    found = []
    for drawn in itertools.islice(
        page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH], max_depth=3), MOST_DRAWINGS
    ):
        try:
            left, bottom, right, top = drawn.get_bounds()
        except pypdfium2.PdfiumError:
            continue
        if 1.5 < right - left < 8 and 0.7 < (top - bottom) / (right - left) < 1.4:
            found.append((right, (top + bottom) / 2))
    return found


def _box(letters: Any, place: int) -> tuple[float, float, float, float]:
    """Return (left, foot, right, top) of one letter with the room that its font gives every letter."""
    import pypdfium2

    try:
        return letters.get_charbox(place, loose=True)  # type: ignore[no-any-return]
    except (pypdfium2.PdfiumError, IndexError):
        return 0.0, 0.0, 0.0, 0.0


def _is_bold(letters: Any, place: int) -> bool:
    import pypdfium2.raw

    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pypdfium2.raw.FPDFText_GetFontInfo(letters, place, name, 128, flags)
    return b"bold" in name.value.lower() or b"black" in name.value.lower() or b"heavy" in name.value.lower()


# Running heads


def _without_running_heads(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines without page numbers and without what is repeated at the top or foot of the pages."""
    pages = len({line.page for line in lines})
    often = max(2, pages / 3)
    edges = _edges(lines)
    seen = {(_unnumbered(line.words), line.page) for line in lines if (line.page, line.foot) in edges}
    pages_of = Counter(words for words, _ in seen)
    usual = _usual_size(lines)
    for place, line in enumerate(lines):
        repeated = pages > 1 and pages_of[_unnumbered(line.words)] >= often
        edge = (line.page, line.foot) in edges
        if not (edge and (repeated or PAGE_NUMBER.fullmatch(line.words) or _stands_apart(lines, place, usual))):
            yield line


def _edges(lines: Sequence[Line]) -> set[tuple[int, float]]:
    """Return the places (page, foot) of the lines that stand where running heads and page numbers do."""
    usual = _usual_size(lines)
    feet: dict[int, dict[float, float]] = {}
    for line in lines:
        feet.setdefault(line.page, {})[line.foot] = line.size
    found: set[tuple[int, float]] = set()
    for page, sizes in feet.items():
        for ordered in (sorted(sizes), sorted(sizes, reverse=True)):
            for place, foot in enumerate(ordered[:EDGE]):
                inner = abs(ordered[min(place + 1, len(ordered) - 1)] - foot)
                if place == 0 or sizes[foot] < 0.9 * usual or inner > 2 * usual:
                    found.add((page, foot))
    return found


def _stands_apart(lines: Sequence[Line], place: int, usual: float) -> bool:
    """Return whether a line in smaller letters than most stands far from every other: a running head of one page."""
    line = lines[place]
    near = [one for one in lines[max(0, place - 2) : place + 3] if one is not line and one.page == line.page]
    return line.size < 0.9 * usual and all(abs(one.foot - line.foot) > 2.5 * usual for one in near)


def _unnumbered(words: str) -> str:
    return re.sub(r"\d+", "0", words).strip()


# Paragraphs


def _markdown(lines: Sequence[Line]) -> tuple[str, bool]:
    """Return the lines as Markdown, and whether no heading was told by its letters, so that they must be guessed."""
    usual = _usual_size(lines)
    blocks: list[tuple[str, str]] = []
    for block in _blocks(lines):
        words = _joined(line.words for line in block)
        blocks.append((_mark(block, words, usual), words))
    told = any(mark.startswith("#") for mark, _ in blocks)
    if not told:
        following = [*(words for _, words in blocks[1:]), ""]
        blocks = [
            ("## " if not mark and looks_like_heading(words) and is_prose(after) else mark, words)
            for (mark, words), after in zip(blocks, following, strict=True)
        ]
    return "\n\n".join(mark + words for mark, words in blocks), not told


def _usual_size(lines: Iterable[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.words)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _mark(block: Sequence[Line], words: str, usual: float) -> str:
    """Return what goes before the words of a block: '# ' to '#### ' before a heading, '' before a paragraph."""
    size = block[0].size
    if len(words) > 160 or len(block) > 5 or is_furniture(words) or not re.search(r"[^\W\d]{2}", words):
        return ""
    if size >= LARGER * usual:
        return "# " if size >= 1.7 * usual else "## " if size >= 1.3 * usual else "### "
    stands_alone = len(words) <= 90 and not re.search(r"[.,;:]$", words) and not words.startswith("- ")
    return "#### " if all(line.bold for line in block) and stands_alone else ""


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the lines of each paragraph, heading or item of a list."""
    step, usual = _usual_step(lines), _usual_size(lines)
    margins = _margins(lines)
    block: list[Line] = []
    for line in lines:
        if block and _begins(line, block, step, usual, margins[block[-1].page, round(block[-1].left / COLUMN)]):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _begins(line: Line, block: Sequence[Line], step: float, usual: float, margin: tuple[float, float]) -> bool:
    """Return whether a paragraph begins with this line."""
    last = block[-1]
    if line.words.startswith("- ") or abs(line.size - last.size) > 0.08 * last.size:
        return True
    if last.words.endswith(CUT[:3]):
        return False
    moved = line.page != last.page or line.foot > last.foot  # to the next page or column
    down = last.foot - line.foot
    if line.size >= LARGER * usual:  # a heading of several lines
        return moved or down > 1.7 * line.size
    if line.bold != last.bold and (line.bold or len(block) == 1) and last.words[-1] not in ",-":
        return True
    ended = bool(SENTENCE_END.search(last.words))
    short = _had_room_for(line, last, margin[1])
    if moved:
        return short and (ended or line.words[:1].isupper())
    indented = 0.6 * line.size < line.left - margin[0] < 3 * line.size and not block[0].words.startswith("- ")
    outdented = block[0].words.startswith("- ") and line.left < block[0].left - 1
    return down > SPREAD * step or (short and ended) or outdented or (indented and (short or ended))


def _had_room_for(line: Line, last: Line, margin: float) -> bool:
    """Return whether the first word of a line would still have stood in the one above, had no paragraph ended there."""
    letter = (last.right - last.left) / max(len(last.words), 1)
    word = len(line.words.split(" ", 1)[0]) + 1
    return last.right + word * letter < margin


def _margins(lines: Sequence[Line]) -> dict[tuple[int, int], tuple[float, float]]:
    """Return how far to the left and right the lines go that begin about there, by page and where they begin."""
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for line in lines:
        for near in (-1, 0, 1):
            key = line.page, round(line.left / COLUMN) + near
            left, right = found.get(key, (line.left, line.right))
            found[key] = min(left, line.left), max(right, line.right)
    return found


def _usual_step(lines: Sequence[Line]) -> float:
    """Return the usual way down from a line to the next, in points."""
    steps = [
        round(one.foot - two.foot, 1)
        for one, two in itertools.pairwise(lines)
        if one.page == two.page and 0 < one.foot - two.foot < 4 * max(one.size, 1) and one.size == two.size
    ]
    if not steps:
        return max((line.size for line in lines), default=12) * 1.5
    common = Counter(steps).most_common(1)[0][0]
    return min(common, statistics.median(steps)) if common > statistics.median(steps) * 1.4 else common


def _one_word(start: str, end: str) -> bool:
    """Return whether what was cut at a line's end is one word: else both halves are, and the hyphen was theirs."""
    before, after = re.search(r"[^\W\d]*$", start), re.match(r"[^\W\d]+", end)
    if before is None or after is None:
        return True
    first, second = before.group().lower(), after.group().lower()
    return is_english(first + second) or not (len(first) > 2 and is_english(first) and is_english(second))


def _joined(words: Iterable[str]) -> str:
    """Return lines as one, words cut at a line's end made whole."""
    whole = ""
    for line in words:
        if whole.endswith(CUT) and len(whole) > 1 and whole[-2].isalpha() and line[:1].islower():
            whole = whole[:-1] + ("" if _one_word(whole[:-1], line) else "-") + line
        elif whole.endswith(CUT[:3]):
            whole = whole[:-1] + "-" + line
        else:
            whole = f"{whole} {line}" if whole else line
    return " ".join(re.sub(r"[\x02\ufffe]", "-", whole).split())
