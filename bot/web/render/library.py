"""What is drawn in the Library."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.web.render.drawing import counted, draw, look

if TYPE_CHECKING:
    from bot.library.loading import Article
    from bot.library.passages import Passage
    from bot.library.search import Found

Span = tuple[int, int]
OPENS, CLOSES = "\ue000", "\ue001"
"""Two characters that no text holds: they stand for a mark while Markdown becomes HTML."""


@dataclass(frozen=True)
class Result:
    """A passage found, with its text drawn."""

    passage: "Passage"
    heading: str
    html: Markup


@dataclass(frozen=True)
class Entry:
    """One article in the list. `key` names it among all articles."""

    key: str
    title: str
    about: str


def results(question: str, found: Sequence["Found"], answers: Sequence["Span"] = ()) -> str:
    """Return the passages that answer the question, or the plain statement that none does.

    `answers`: where in each passage the sentence stands that answers; the first is quoted above all.
    """
    spans = [*answers, *[(0, 0)] * (len(found) - len(answers))]
    drawn = [
        Result(one.passage, heading(one.passage), with_mark(one.passage.text, span))
        for one, span in zip(found, spans, strict=True)
    ]
    quote = from_markdown(found[0].passage.text[slice(*spans[0])]) if found else Markup("")
    said = counted(len(drawn), "passage", "passages")
    return look(draw("results.html", asked=bool(question.strip()), found=drawn, counted=said, quote=quote))


def articles(shelf: Sequence["Article"], opened: str = "") -> str:
    """Return the list of articles; `opened` is the key of the one that is open."""
    entries = [Entry(key(one), one.title, about(one)) for one in shelf]
    heading = counted(len(entries), "article", "articles") if entries else "No articles yet"
    return look(draw("articles.html", articles=entries, counted=heading, open=opened))


def article(whole: "Article", passage: "Passage | None" = None, *, back: bool = False) -> str:
    """Return an article to read, with one passage of it marked; with `back`, a way to what was found before."""
    start, end = (passage.start, passage.end) if passage else (0, 0)
    text = whole.text
    return look(
        draw(
            "article.html",
            title=whole.title,
            about=about(whole),
            back=back,
            before=from_markdown(_without_title(text[:start], whole.title)),
            here=from_markdown(text[start:end]),
            after=from_markdown(_without_title(text[end:], whole.title) if not start else text[end:]),
        )
    )


def heading(passage: "Passage") -> str:
    """Return the headings that a passage stands under, or its article's title."""
    return passage.section.replace(" > ", " › ") or passage.title


def key(whole: "Article") -> str:
    """Return what names the article among all: its place on the disk."""
    return str(whole.path)


def about(whole: "Article") -> str:
    """Return author, year and licence, whichever are known."""
    year = whole.year if whole.year != "unknown" else ""
    return ". ".join(part.rstrip(".") for part in (whole.author, year, whole.licence) if part)


def article_of(passage: "Passage", shelf: Sequence["Article"]) -> "Article | None":
    """Return the article that holds the passage where the passage says it is."""
    named = [one for one in shelf if one.name == passage.article]
    return next((one for one in named if one.text[passage.start : passage.end] == passage.text), None)


def from_markdown(text: str) -> Markup:
    """Return Markdown as HTML. HTML inside it is shown as it was written; pictures are left out."""
    return Markup(_markdown().render(text)) if text.strip() else Markup("")  # noqa: S704  (html=False escapes)


def with_mark(text: str, span: "Span") -> Markup:
    """Return Markdown as HTML with the span marked, where marks of emphasis and links in it are whole."""
    start, end = span
    inside = text[start:end]
    whole = all(inside.count(sign) % 2 == 0 for sign in "*_`") and inside.count("[") == inside.count("]")
    if not inside or not whole or OPENS in text or CLOSES in text:
        return from_markdown(text)
    marked = str(from_markdown(f"{text[:start]}{OPENS}{inside}{CLOSES}{text[end:]}"))
    return Markup(marked.replace(OPENS, "<mark>").replace(CLOSES, "</mark>"))  # noqa: S704  (our own element)


@cache
def _markdown() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.add_render_rule("heading_open", lambda _self, tokens, place, *_: _heading(tokens[place].tag, opens=True))
    reader.add_render_rule("heading_close", lambda _self, tokens, place, *_: _heading(tokens[place].tag, opens=False))
    reader.add_render_rule("link_open", _link)
    return reader


def _heading(tag: str, *, opens: bool) -> str:
    """Set an article's headings one level down: the screen has its own h1, the article's title is h2."""
    level = min(int(tag[1]) + 1, 6)
    return f"<h{level}>" if opens else f"</h{level}>\n"


def _link(_self: object, tokens: Sequence[object], place: int, *_: object) -> str:
    """Open a link elsewhere and tell that place nothing."""
    address = str(getattr(tokens[place], "attrs", {}).get("href", ""))
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener noreferrer">'


def _without_title(text: str, title: str) -> str:
    """Drop the first heading where it only repeats the title."""
    first, _, rest = text.lstrip().partition("\n")
    return rest if first.lstrip("# ").strip().casefold() == title.casefold() and first.startswith("#") else text


def plainly(words: str) -> str:
    """Return a sentence of the program's as HTML."""
    return html.escape(words)
