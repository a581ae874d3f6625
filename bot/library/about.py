"""What a file says about itself: title, author, year and source, as far as it can be believed."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bot.library.furniture import is_corner
from bot.library.saved import body_of, kinds_of

NAMES = ("title", "author", "source", "year", "licence")
LONGEST_TITLE = 160
LONGEST_LINE = 400
"""In characters: nothing is told by the rest of a longer one."""
HEAD, TAIL = 40, 25
"""Lines at the top and the foot of a text that are searched."""
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
YEAR = r"((?:19|20)\d\d)"
DATE = re.compile(rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? )?{MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?)?,? {YEAR}\b", re.IGNORECASE)
FIGURES = re.compile(rf"\b(?:{YEAR}-\d\d-\d\d|\d{{1,2}}[/.]\d{{1,2}}[/.]{YEAR})\b")
PERSON = (
    r"(?:(?:Dr|Prof(?:essor)?|Sir|Dame|Mrs?|Ms|Rev)\.? )?"
    r"[A-Z][\w'’-]+(?: (?:[A-Z][\w.'’-]*|de|van|von|bin|al))*(?: [A-Z][\w'’-]+)"
)
BYLINE = re.compile(
    r"(?i:by|written by|posted by|words by|author|posted on .{4,30} by|view all posts by)"
    rf"\s*:?\s+({PERSON})(?=\s*$|\s*[,|@(–—]|\s{{2}})"
)
FROM = re.compile(r"From:\s+((?:Department|Ministry|Office|[A-Z]\w+ Council)\b[^|]{3,70})$")
SIGNED = re.compile(rf"({PERSON}), [^.!?]{{4,80}}$")
ALONE = re.compile(rf"{PERSON}$")
SOURCE = re.compile(
    r"(?i:source|(?:originally|first) published (?:in|on|at|by)|available (?:at|from))\s*:?\s+(.{3,150})$"
)
ADDRESS = re.compile(r"https?://[^\s<>\"]{6,180}")
NO_TITLE = re.compile(
    r"^(microsoft (word|powerpoint|excel)|untitled|document ?\d*|doc\d*|presentation ?\d*|powerpoint presentation"
    r"|slide \d+|layout \d+|print|about:blank|new page|title|template|no title|home( page)?)\b(?!.{25})"
    r"|\.\w{2,5}$|^https?:|[\\/]\w+[\\/]",
    re.IGNORECASE,
)
"""What programs write where a title should be."""
NO_AUTHOR = re.compile(
    r"^(python-docx|microsoft( office)?( user)?|user\d*|admin(istrator)?|owner|author|unknown|anonymous|staff|teacher"
    r"|windows|default|office|hp|dell|lenovo|pc\d*|root|none|test)\b(?!.{12})|^\W*$|^https?:|@",
    re.IGNORECASE,
)
"""What programs write where an author should be."""


def about(text: str, front: dict[str, Any], path: Path, *, guessed: bool) -> dict[str, str]:
    """Return what is known of a file, by name ('title', 'author', 'source', 'year', 'licence'); '' for what is not.

    What the file says outright comes before what its lines look like; a title is never empty. `guessed` says that its
    headings were guessed: then none is taken for the title, and a line at the top may be.
    """
    told = {str(name).lower(): " ".join(str(words).split()) for name, words in front.items() if words}
    lines = [line[:LONGEST_LINE] for line in text.split("\n")]
    edges = [*lines[:HEAD], *lines[-TAIL:]]
    heading = "" if guessed else first_heading(text)
    return {
        "title": without_site(believable(told.get("title", ""), NO_TITLE, path), lines)
        or heading
        or title_line(lines[: 3 * HEAD])
        or title_from_name(path),
        "author": believable(told.get("author", ""), NO_AUTHOR) or author_line(lines),
        "source": told.get("source", "") or source_line(edges),
        "year": told.get("year") or told.get("date", "")[:4] or year_line(edges) or told.get("made", ""),
        "licence": told.get("licence") or told.get("license", ""),
    }


def believable(said: str, not_this: re.Pattern[str], path: Path | None = None) -> str:
    """Return what a program noted as title or author, or '' where it is a file's name or what it puts there itself."""
    bare = said.strip()
    named = path is not None and re.sub(r"\W|_", "", bare).lower() == re.sub(r"\W|_", "", path.stem).lower()
    return (
        ""
        if len(bare) < 2 or len(bare) > 2 * LONGEST_TITLE or not_this.search(bare) or (named and "_" in bare)
        else bare
    )


def without_site(title: str, lines: Sequence[str]) -> str:
    """Return a title without the name of the site behind it, where what stands before is a line of the text."""
    parts = re.split(r"\s+(?:[|–—·»:]|-)\s+", title)
    if len(parts) < 2:
        return title
    held = {line.strip("# *").casefold() for line in lines}
    for many in range(len(parts) - 1, 0, -1):
        before = title[: title.index(parts[many])].rstrip(" |–—·»:-")
        if before.casefold() in held:
            return before
    return title


def title_line(lines: Sequence[str]) -> str:
    """Return the line above the first sentence that is most likely the title, or ''."""
    kinds = kinds_of(lines)
    first, last = body_of(lines, kinds)
    head = [
        line.strip("# ")
        for line, kind in zip(lines[:first], kinds, strict=False)
        if kind in ("short", "heading", "sentence")
    ]
    head = [line for line in head if 3 < len(line) <= LONGEST_TITLE and not is_date(line) and not BYLINE.match(line)]
    if first > last or not head:
        return ""
    top = [line.strip("# ") for line in lines[:HEAD]]
    twice = sorted((line for line in head if top.count(line) > 1 and len(line.split()) > 2), key=len, reverse=True)
    begun = [line for line in head if lines[first].strip().startswith(f"{line} ")]
    return next(iter([*_above_the_date(lines[:first]), *twice, *begun]), "") or _longest(head)


def _above_the_date(lines: Sequence[str]) -> list[str]:
    """Return the lines of three words or more right above the first date or by-line, topmost first."""
    stamped = next((place for place, line in enumerate(lines) if is_date(line) or BYLINE.match(line.strip())), 0)
    found: list[str] = []
    for line in reversed(lines[max(0, stamped - 8) : stamped]):
        bare = line.strip("# ")
        if len(bare.split()) > 2 and len(bare) <= LONGEST_TITLE and not (is_corner(bare) or FROM.match(bare)):
            found.insert(0, bare)
        elif found and not ALONE.match(bare):
            break
    return found


def _longest(head: Sequence[str]) -> str:
    best = max(head, key=len)
    return best if len(best.split()) > 1 else ""


def is_date(line: str) -> bool:
    """Return whether a line is short and holds a date."""
    return len(line) < 90 and bool(DATE.search(line) or FIGURES.search(line))


def author_line(lines: Sequence[str]) -> str:
    """Return who wrote it, from a by-line, a name beside the date, or a signature at the end; or ''."""
    filled = [line.strip("# -") for line in lines if line.strip()]
    for line in [*filled[:HEAD], *filled[-TAIL:]]:
        if found := BYLINE.match(line) or FROM.match(line):
            return found.group(1).strip()
    for place, line in enumerate(filled[:HEAD]):
        if is_date(line):
            beside = [filled[other] for other in (place - 1, place + 1) if 0 <= other < len(filled)]
            if name := next((one for one in beside if ALONE.match(one) and len(one.split()) < 5), ""):
                return name
    signed = SIGNED.match(filled[-1]) if filled else None
    return signed.group(1) if signed else ""


def source_line(lines: Iterable[str]) -> str:
    """Return where it was published, from a line that says so, or its address; or ''."""
    lines = [line.strip("# ") for line in lines]
    if said := next((found.group(1) for line in lines if (found := SOURCE.match(line))), ""):
        return said
    alone = (found.group() for line in lines if (found := ADDRESS.match(line)) and len(line) < len(found.group()) + 25)
    return next(alone, "")


def year_line(lines: Iterable[str]) -> str:
    """Return the year of the first date that stands in a short line, or ''."""
    for line in lines:
        if is_date(line):
            found = DATE.search(line) or FIGURES.search(line)
            return next(filter(None, found.groups()), "") if found else ""
    return ""


def first_heading(text: str) -> str:
    """Return the highest of the first headings of a Markdown text, the first of equals; or ''."""
    found = [(len(mark), words.strip(" *_")) for mark, words in re.findall(r"(?m)^(#{1,6}) +(.+?)[ #]*$", text)[:5]]
    return min(found, key=lambda heading: heading[0])[1] if found else ""


def title_from_name(path: Path) -> str:
    """Return the name of a file as a title."""
    words = re.sub(r"[\s_-]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:]
