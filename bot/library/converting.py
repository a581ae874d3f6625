"""One function for each kind of file: its bytes become a draft in Markdown, headings, lists and tables kept.

What reads a format is imported when the first file of that format comes: together they take half a second.
"""

import io
import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import yaml

from bot.library.furniture import furniture, is_furniture

if TYPE_CHECKING:
    import docx.document
    import docx.table
    import docx.text.paragraph
    import pypdf

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
    """address article blockquote body center dd details div dl dt fieldset figure h1 h2 h3 h4 h5 h6 header hr html li
    main ol p pre section summary table tbody td th thead tr ul""".split()
)
"""Elements that begin a line of their own."""
CONTAINERS = frozenset(("article", "body", "div", "form", "html", "main", "section"))
"""Elements that may be the whole page: dropped only where they hold less than half of its words."""
LINE_BREAK = "\x0b"
BULLETS = re.compile(r"^[•●▪◦‣·∙]\s*")
SETEXT = re.compile(r"^([^\s#>|*+-].*)\n(=+|-{3,})[ \t]*$", re.MULTILINE)
SENTENCE_END = re.compile(r"[.!?:][\"”’')\]]*$")


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
    pages: tuple[str, ...] = ()
    """The text of each page, where the file has pages that stay as they are: a PDF's."""


def from_markdown(raw: bytes) -> Draft:
    """Return a Markdown file. Raise Unreadable if it is not text or its front matter is not YAML."""
    import frontmatter

    words = decoded(raw)
    try:
        post = frontmatter.loads(words)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise Unreadable(
            f"the lines between the two --- at the top cannot be read{where}.",
            "Write one name and value a line, and put quotation marks round a value that holds a colon.",
        ) from None
    text = post.content if post.metadata else words
    text = re.sub(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)", "", text, flags=re.DOTALL)
    return Draft(SETEXT.sub(_atx, text), dict(post.metadata))


def from_text(raw: bytes) -> Draft:
    """Return plain text with its bullets and headings marked."""
    draft = from_markdown(raw)
    lines = [BULLETS.sub("- ", line.strip()) for line in draft.text.split("\n")]
    return _with_headings("\n".join(lines), draft.front)


def from_web_page(raw: bytes) -> Draft:
    """Return the article of an HTML page, without the page's furniture."""
    import bs4

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # XHTML saved as .html, and text that looks like a file name: both are fine
        page: Any = bs4.BeautifulSoup(raw, "html.parser")
    front = {"title": page.title.get_text() if page.title else "", "author": _author_of(page)}
    _drop_parts(page)
    for line_break in page("br"):
        line_break.replace_with(LINE_BREAK)
    root = _article_of(page)
    heading = root.find("h1") or page.find("h1")
    if heading is not None:
        front["title"] = heading.get_text()
    return Draft("\n\n".join(_markdown_of(root)), {name: _one_line(words) for name, words in front.items()})


def from_pdf(raw: bytes) -> Draft:
    """Return the text of a PDF, lines joined into paragraphs. Raise Unreadable if it is locked or only pictures."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # the report says what matters, in words
    reader = pypdf.PdfReader(io.BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("the PDF is locked with a password.", "Save a copy without the password.")
    pages = [page.extract_text().split("\n") for page in reader.pages]
    if not any(line.strip() for page in pages for line in page):
        raise Unreadable(
            "the PDF holds pictures of pages and no text.", "Run it through text recognition (OCR), or add it as Word."
        )
    pages = _without_running_heads(pages)
    draft = _with_headings(_paragraphs([line for page in pages for line in [*page, ""]]), {"title": _title_of(reader)})
    return replace(draft, pages=tuple("\n".join(page) for page in pages))


def from_word(raw: bytes) -> Draft:
    """Return the body of a Word document: headings, lists, tables and paragraphs, in order."""
    import docx
    import docx.table

    document = docx.Document(io.BytesIO(raw))
    blocks = [
        _table([cell.text for cell in row.cells] for row in block.rows)
        if isinstance(block, docx.table.Table)
        else _word_paragraph(block)
        for block in document.iter_inner_content()
    ]
    text = "\n\n".join(block for block in blocks if block)
    return Draft(re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text))


def decoded(raw: bytes) -> str:
    """Return the words of a text file in UTF-8, UTF-16 with its mark, or Windows-1252. Raise Unreadable otherwise."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw:
        raise Unreadable("the file is not text, whatever its name says.", "Open it, and save it again as plain text.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


# Plain text


def _atx(match: re.Match[str]) -> str:
    return f"{'#' if match.group(2).startswith('=') else '##'} {match.group(1)}"


def _with_headings(text: str, front: dict[str, Any]) -> Draft:
    """Return the text with `##` before each short line that stands alone above a paragraph, unless it has headings."""
    if re.search(r"^#{1,6} ", text, re.MULTILINE):
        return Draft(text, front)
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text)]
    marked = [
        f"## {block}" if _looks_like_heading(block) and _is_prose(following) else block
        for block, following in zip(blocks, [*blocks[1:], ""], strict=True)
    ]
    return Draft("\n\n".join(marked), front, guessed=True)


def _looks_like_heading(block: str) -> bool:
    return (
        "\n" not in block
        and 2 < len(block) <= 80
        and (block[0].isupper() or block[0].isdigit())
        and not SENTENCE_END.search(block)
        and not block.endswith((",", ";", "|"))
        and not is_furniture(block)
    )


def _is_prose(block: str) -> bool:
    return len(block.split()) > 12 or block.startswith("- ")


# Web pages


def _author_of(page: Any) -> str:
    tag = page.find("meta", attrs={"name": "author"})
    return str(tag.get("content") or "") if tag else ""


def _article_of(page: Any) -> Any:
    """Return the element that holds the article: <article> where most of the words are in one, else <main> or all."""
    whole = page.find("main") or page.body or page
    longest = max(page("article"), key=lambda article: len(article.get_text()), default=None)
    return longest if longest and 2 * len(longest.get_text()) > len(whole.get_text()) else whole


def _drop_parts(page: Any) -> None:
    """Take the furniture out of the page, keeping headings that an article has in a header of its own."""
    half = len(page.get_text()) / 2
    for selector in furniture().parts:
        for part in page.select(selector):
            if part.name not in CONTAINERS or len(part.get_text()) < half:
                part.decompose()
    for header in page("header"):
        if header.find_parent(["article", "main"]):
            for heading in reversed(header(HEADINGS)):
                header.insert_after(heading.extract())
        header.decompose()


def _markdown_of(node: Any) -> Iterator[str]:
    """Yield the Markdown blocks of an element, in order."""
    from bs4.element import NavigableString, PreformattedString

    inline: list[str] = []
    for child in node.children:
        if isinstance(child, PreformattedString):  # comments, doctypes and the like
            continue
        if isinstance(child, NavigableString):
            inline.append(str(child))
        elif child.name not in BLOCKS and child.find(BLOCKS) is None:
            inline.append(child.get_text())
        else:
            yield from _paragraph("".join(inline))
            inline = []
            yield from _block(child)
    yield from _paragraph("".join(inline))


def _block(element: Any) -> Iterator[str]:
    if element.name in HEADINGS:
        words = _one_line(element.get_text())
        if words:
            yield f"{'#' * int(element.name[1])} {words}"
    elif element.name in ("ul", "ol"):
        yield "\n".join(_list_lines(element, ""))
    elif element.name == "table" and _is_a_grid(element):
        yield _table([[_one_line(cell.get_text(" ")) for cell in row(["th", "td"])] for row in element("tr")])
    elif element.name == "pre":
        yield f"```\n{element.get_text().strip(chr(10))}\n```"
    elif element.name == "blockquote":
        yield from (f"> {block}" for block in _markdown_of(element))
    else:
        yield from _markdown_of(element)


def _paragraph(words: str) -> Iterator[str]:
    lines = [_one_line(line) for line in words.split(LINE_BREAK)]
    if any(lines):
        yield "\n".join(line for line in lines if line)


def _list_lines(element: Any, indent: str) -> Iterator[str]:
    for number, item in enumerate(element("li", recursive=False), start=1):
        inner = item(["ul", "ol"], recursive=False)
        for nested in inner:
            nested.extract()
        mark = f"{number}." if element.name == "ol" else "-"
        words = _one_line(item.get_text(" "))
        if words:
            yield f"{indent}{mark} {words}"
        for nested in inner:
            yield from _list_lines(nested, indent + "  ")


def _is_a_grid(table: Any) -> bool:
    """Return whether a table holds cells of data; many older pages use tables to lay out the page."""
    widest = max((len(row(["th", "td"])) for row in table("tr")), default=0)
    return widest > 1 and table.find(["table", "ul", "ol", *HEADINGS]) is None


def _table(rows: Iterable[list[str]]) -> str:
    """Return rows of cells as a Markdown table; the first row is its head."""
    lines = [f"| {' | '.join(_one_line(cell).replace('|', '/') for cell in row)} |" for row in rows if any(row)]
    if lines:
        lines.insert(1, "|" + " --- |" * (lines[0].count("|") - 1))
    return "\n".join(lines)


def _one_line(words: str) -> str:
    return " ".join(words.replace(LINE_BREAK, " ").split())


# PDF


def _title_of(reader: "pypdf.PdfReader") -> str:
    """Return the title that the PDF gives itself, or nothing where that is only the name of a file."""
    title = str(reader.metadata.title or "") if reader.metadata else ""
    return "" if re.search(r"^Microsoft |^untitled|\.\w{2,5}$", title, re.IGNORECASE) else title


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Return the pages without the lines that stand at the top or foot of most of them, page numbers aside."""
    edges = [{_unnumbered(line) for line in [*page[:2], *page[-2:]]} for page in pages]
    often = max(3, len(pages) / 2)
    repeated = {line for edge in edges for line in edge if sum(line in other for other in edges) >= often}
    return [
        [
            line
            for place, line in enumerate(page)
            if not (min(place, len(page) - 1 - place) < 2 and _unnumbered(line) in repeated)
            and not line.strip().isdigit()
        ]
        for page in pages
    ]


def _unnumbered(line: str) -> str:
    return re.sub(r"\d+", "0", line).strip()


def _paragraphs(lines: Iterable[str]) -> str:
    """Return lines of a page joined into paragraphs, words cut at a line's end made whole.

    A PDF says where each line stands and not where a paragraph ends. Here it ends with a line that stops well short of
    the others, and before a bullet; a sentence may run on over a page.
    """
    lines = [BULLETS.sub("- ", line.strip()) for line in lines]
    full = sorted(map(len, lines))[int(0.9 * len(lines))]
    paragraphs: list[str] = []
    ended = True
    for line in lines:
        if not line:
            ended = ended or bool(SENTENCE_END.search(paragraphs[-1]))
            continue
        if ended or line.startswith("- "):
            paragraphs.append(line)
        else:
            paragraphs[-1] = _joined(paragraphs[-1], line)
        ended = len(line) < (0.85 if SENTENCE_END.search(line) else 0.6) * full
    return "\n\n".join(paragraphs)


def _joined(start: str, line: str) -> str:
    if re.search(r"[a-z]-$", start) and line[0].islower():
        return start[:-1] + line
    return f"{start} {line}"


# Word


def _word_paragraph(paragraph: "docx.text.paragraph.Paragraph") -> str:
    words = _one_line(paragraph.text)
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    if not words:
        return ""
    if style == "Title":
        return f"# {words}"
    if match := re.fullmatch(r"Heading ([1-6])", style):
        return f"{'#' * int(match.group(1))} {words}"
    return f"- {words}" if style.startswith("List") else words
