"""A web page becomes a draft: its article in Markdown, without what the site puts around it."""

import contextlib
import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

from bot.library.drafts import Draft, one_line, table
from bot.library.furniture import furniture
from bot.library.plain_text import decoded

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
    """address article blockquote body center dd details div dl dt fieldset figure h1 h2 h3 h4 h5 h6 header hr html li
    main ol p pre section summary table tbody td th thead tr ul""".split()
)
"""Elements that begin a line of their own."""
CONTAINERS = frozenset(("article", "body", "div", "form", "html", "main", "section"))
"""Elements that may be the whole page: dropped only where they hold less than half of its words."""
LINE_BREAK = "\x0b"
AUTHORS = ("author", "dc.creator", "citation_author", "article:author", "parsely-author")
DATES = ("article:published_time", "date", "dc.date", "citation_publication_date", "datePublished", "parsely-pub-date")
DEEPEST = 100
"""Elements within each other that are followed; what lies deeper is read as words."""


def from_web_page(raw: bytes) -> Draft:
    """Return the article of an HTML page, without the page's furniture."""
    import bs4

    words = _decoded(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # XHTML saved as .html, and text that looks like a file name: both are fine
        page: Any = bs4.BeautifulSoup(words, "html.parser")
    _flatten(page)
    front = _said_of_itself(page, words[:2000])
    _drop_parts(page)
    for line_break in page("br"):
        line_break.replace_with(LINE_BREAK)
    root = _article_of(page)
    heading = root.find("h1") or page.find("h1")
    if heading is not None and one_line(heading.get_text()):
        front["title"] = heading.get_text()
    return Draft("\n\n".join(_markdown_of(root)), {name: one_line(words) for name, words in front.items()})


def _decoded(raw: bytes) -> str:
    """Return the words of a page: in the letters that it says it is written in, where that is so."""
    said = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]+)", raw[:4096], re.IGNORECASE)
    if said and b"\x00" not in raw and said.group(1).lower() not in (b"utf-8", b"utf8"):
        with contextlib.suppress(LookupError, UnicodeDecodeError):
            return raw.decode({b"iso-8859-1": "cp1252"}.get(said.group(1).lower(), said.group(1).decode()))
    return decoded(raw)


# What it says about itself


def _said_of_itself(page: Any, top: str) -> dict[str, str]:
    """Return what is noted of the page for machines: title, author, date and source, where they are."""
    noted = _linked_data(page)
    site = _meta(page, "og:site_name", "application-name") or noted.get("publisher", "")
    saved_from = re.search(r"saved from url=\(\d+\)(\S+)", top)
    canonical = page.find("link", rel="canonical")
    address = (
        (canonical.get("href") if canonical else "")
        or _meta(page, "og:url")
        or (saved_from.group(1) if saved_from else "")
    )
    moment = page.find("time", attrs={"datetime": True})
    dated = noted.get("date") or _meta(page, *DATES) or (moment.get("datetime") if moment else "")
    year = re.search(r"(?:19|20)\d\d", dated or "")
    return {
        "title": noted.get("title") or _meta(page, "og:title", "dc.title", "citation_title") or _tab(page),
        "author": _meta(page, *AUTHORS) or noted.get("author", ""),
        "source": ", ".join(part for part in (site, address if str(address).startswith("http") else "") if part),
        "year": year.group() if year else "",
    }


def _tab(page: Any) -> str:
    return str(page.title.get_text()) if page.title else ""


def _meta(page: Any, *names: str) -> str:
    """Return the first of these that the page notes in its head, whichever way; '' for none."""
    for name in names:
        for attribute in ("name", "property", "itemprop"):
            tag = page.find("meta", attrs={attribute: re.compile(f"^{re.escape(name)}$", re.IGNORECASE)})
            if tag is not None and (said := str(tag.get("content") or "").strip()) and not said.startswith("http"):
                return said
            if tag is not None and said and name.endswith("url"):
                return said
    return ""


def _linked_data(page: Any) -> dict[str, str]:
    """Return title, author, date and publisher from the article that a page describes in JSON-LD."""
    for script in page("script", type="application/ld+json"):
        try:
            described = json.loads(script.string or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for one in _described(described):
            if re.search(r"Article|Posting|Report|WebPage", str(one.get("@type"))) and one.get("headline"):
                return {
                    "title": _named(one.get("headline")),
                    "author": _named(one.get("author")),
                    "date": _named(one.get("datePublished")),
                    "publisher": _named(one.get("publisher")),
                }
    return {}


def _described(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        yield data
        yield from _described(data.get("@graph"))
    elif isinstance(data, list):
        for one in data:
            yield from _described(one)


def _named(value: Any) -> str:
    """Return a name as JSON-LD gives it: words, a thing with a name, or several."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_named, value)))
    return str(value.get("name") or "") if isinstance(value, dict) else str(value or "")


# Its article


def _article_of(page: Any) -> Any:
    """Return the element that holds the article: <article> where most of the words are in one, else <main> or all."""
    whole = page.find("main") or page.body or page
    longest = max(page("article"), key=lambda article: len(article.get_text()), default=None)
    return longest if longest and 2 * len(longest.get_text()) > len(whole.get_text()) else whole


def _flatten(page: Any) -> None:
    """Turn what lies too deep within other elements into plain words."""
    level = [page]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node.children if getattr(child, "contents", None)]
    for node in level:
        node.string = node.get_text(" ")


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
        words = one_line(element.get_text())
        if words:
            yield f"{'#' * int(element.name[1])} {words}"
    elif element.name in ("ul", "ol"):
        yield "\n".join(_list_lines(element, ""))
    elif element.name == "table" and _is_a_grid(element):
        yield table([[one_line(cell.get_text(" ")) for cell in row(["th", "td"])] for row in element("tr")])
    elif element.name == "pre":
        yield f"```\n{element.get_text().strip(chr(10))}\n```"
    elif element.name == "blockquote":
        yield from (f"> {block}" for block in _markdown_of(element))
    else:
        yield from _markdown_of(element)


def _paragraph(words: str) -> Iterator[str]:
    lines = [one_line(line) for line in words.split(LINE_BREAK)]
    if any(lines):
        yield "\n".join(line for line in lines if line)


def _list_lines(element: Any, indent: str) -> Iterator[str]:
    for number, item in enumerate(element("li", recursive=False), start=1):
        inner = item(["ul", "ol"], recursive=False)
        for nested in inner:
            nested.extract()
        mark = f"{number}." if element.name == "ol" else "-"
        words = one_line(item.get_text(" "))
        if words:
            yield f"{indent}{mark} {words}"
        for nested in inner:
            yield from _list_lines(nested, indent + "  ")


def _is_a_grid(table: Any) -> bool:
    """Return whether a table holds cells of data; many older pages use tables to lay out the page."""
    widest = max((len(row(["th", "td"])) for row in table("tr")), default=0)
    return widest > 1 and table.find(["table", "ul", "ol", *HEADINGS]) is None
