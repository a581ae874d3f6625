"""What is drawn in the Library."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.web.render.drawing import counted, day, draw, look, sentence

if TYPE_CHECKING:
    from bot.library.catalogue import Held
    from bot.library.loading import Article
    from bot.library.passages import Passage
    from bot.library.search import Found
    from bot.reading_room import Use

Span = tuple[int, int]
OPENS, CLOSES = "\ue000", "\ue001"
"""Two characters that no text holds: they stand for a mark while Markdown becomes HTML."""
NEAREST = "Nothing in the library answers that outright. These come nearest."
OTHERWISE = "Try other words for it, or look through the articles."
FROM = {
    "added": "Added by you; the library keeps a copy.",
    "folder": "Read from {path}, where it stays.",
    "program": "Comes with Alex.",
}


@dataclass(frozen=True)
class Result:
    """A passage found, with its text drawn."""

    passage: "Passage"
    heading: str
    about: str
    html: Markup


@dataclass(frozen=True)
class Removing:
    """What it is called, and what it does, to take an article out of the library."""

    name: str
    says: str
    button: str


def start() -> str:
    """Return what stands where answers will be."""
    return look(draw("library_start.html"))


def results(question: str, found: Sequence["Found"], answers: Sequence["Span"] = (), within: str = "") -> str:
    """Return the passages that answer the question, or the plain statement that none does.

    `answers`: where in each passage the sentence stands that answers; the first is quoted above all, if its passage
    answers outright. `within` is the title of the only article that was looked in.
    """
    spans = [*answers, *[(0, 0)] * (len(found) - len(answers))]
    drawn = [
        Result(one.passage, heading(one.passage), _under(one.passage), with_mark(one.passage.text, span))
        for one, span in zip(found, spans, strict=True)
    ]
    outright = bool(found) and found[0].outright
    quote = from_markdown(found[0].passage.text[slice(*spans[0])]) if outright else Markup("")
    said = counted(len(drawn), "passage", "passages")
    nothing = f"Nothing in “{within}” answers that." if within else "Nothing in the library answers that."
    instead = "Try other words for it, or look in all articles." if within else OTHERWISE
    asked = bool(question.strip())
    values = {"asked": asked, "found": drawn, "counted": said, "quote": quote, "nothing": nothing, "instead": instead}
    return look(draw("results.html", **values, nearest="" if outright else NEAREST))


def article(
    whole: "Article",
    passage: "Passage | None" = None,
    held: "Held | None" = None,
    uses: Sequence["Use"] = (),
    *,
    back: bool = False,
    show: str = "",
) -> str:
    """Return an article to read, with one passage of it marked; with `back`, a way to what was found before.

    With `held` come what it was cited for, what is known of it, and the way to remove it; `show` names one of these
    that is open: 'cited' or 'about'.
    """
    start, end = (passage.start, passage.end) if passage else (0, 0)
    text = whole.text
    return look(
        draw(
            "article.html",
            title=whole.title,
            about=about(whole.author, whole.year, whole.source, whole.licence),
            back=back,
            held=held,
            uses=uses,
            show=show,
            kept=kept(held) if held else "",
            missing=missing,
            removing=removing(held) if held else None,
            before=from_markdown(_without_title(text[:start], whole.title)),
            here=from_markdown(text[start:end]),
            after=from_markdown(_without_title(text[end:], whole.title) if not start else text[end:]),
        )
    )


def heading(passage: "Passage") -> str:
    """Return the headings that a passage stands under, or its article's title."""
    return passage.section.replace(" > ", " › ") or passage.title


def _under(passage: "Passage") -> str:
    """Return what stands below the heading of a passage found: whatever of title, page and author is not in it."""
    page = f"page {passage.page}" if passage.page else ""
    title = passage.title if passage.section else ""
    return sentence(", ".join(part for part in (title, page) if part))


def about(author: str, date: str, source: str = "", licence: str = "") -> str:
    """Return author, date, source and licence, whichever are known."""
    known = (author, date if date != "unknown" else "", source, licence)
    return ". ".join(part.rstrip(".") for part in known if part)


def kept(held: "Held") -> str:
    """Return where an article comes from, how long it is and when it was read, in two sentences."""
    pages = counted(held.pages, "page", "pages") if held.pages else ""
    passages = counted(held.passages, "passage", "passages")
    long = f"{pages}, {passages.lower()}" if pages else passages
    read = f", read {day(held.read)}" if held.read else ""
    return f"{FROM[held.origin].format(path=held.path)} {long}{read}."


def missing(held: "Held") -> str:
    """Return which of author, date and source nobody knows yet: 'Author and date not known yet'."""
    names = list(held.missing)
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
    return f"{listed} not known yet".capitalize() if names else ""


def removing(held: "Held") -> Removing:
    """Return what it means to remove this article."""
    return REMOVING[held.origin]


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
    reader.add_render_rule("link_open", _link_open)
    reader.add_render_rule("link_close", _link_close)
    return reader


def _heading(tag: str, *, opens: bool) -> str:
    """Set an article's headings one level down: the screen has its own h1, the article's title is h2."""
    level = min(int(tag[1]) + 1, 6)
    return f"<h{level}>" if opens else f"</h{level}>\n"


def _link_open(_self: object, tokens: Sequence[object], place: int, *_: object) -> str:
    """Show a link's words and leave out the link: nothing in an article leads anywhere."""
    del tokens, place
    return ""


def _link_close(_self: object, tokens: Sequence[object], place: int, *_: object) -> str:
    """Show where a link would have led, behind its words, unless they are the address themselves."""
    opened = next(one for one in reversed(tokens[:place]) if getattr(one, "type", "") == "link_open")
    address = str(getattr(opened, "attrs", {}).get("href", ""))
    words = "".join(str(getattr(one, "content", "")) for one in tokens[tokens.index(opened) : place])
    same = words.strip() in {address, address.removeprefix("mailto:")}
    return "" if same or not address else f' <span class="address">({html.escape(address)})</span>'


def _without_title(text: str, title: str) -> str:
    """Drop the first heading where it only repeats the title."""
    first, _, rest = text.lstrip().partition("\n")
    return rest if first.lstrip("# ").strip().casefold() == title.casefold() and first.startswith("#") else text


REMOVING = {
    "added": Removing(
        "Remove",
        "This deletes the library’s copy and its passages for good. The file that you added it from stays where it is.",
        "Remove it for good",
    ),
    "folder": Removing(
        "Stop reading it",
        "The library no longer answers from it. The file stays where it is, and you can bring the article back.",
        "Stop reading it",
    ),
    "program": Removing(
        "Put it away",
        "It comes with Alex and is not deleted. The library no longer answers from it, the coach no longer cites it, "
        "and you can bring it back.",
        "Put it away",
    ),
}
