"""An article becomes passages: by heading, then by paragraph, then by sentence, about a hundred words each."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.library.furniture import FENCE, HEADING
from bot.library.loading import Article
from bot.library.pages import page_at

LONGEST = 650
"""In characters: within the 256 tokens that the encoder reads, title and section included."""
SHORTEST = 150
"""In characters: a shorter remainder joins the passage before it."""
BREAKS = [r"\n{2,}", r"\n", r"(?<=[.!?…])\s+", r"(?<=[.!?…][\"”’')\]])\s+", r"(?<=[,;:–—])\s+", r"\s+", ""]
"""Where a passage may end, best first: paragraph, line, sentence, quoted sentence, clause, word, anywhere."""
SHORTEST_SENTENCE = 15
"""In characters: what is shorter is an 'Ask.' or a 'No.'."""


@dataclass(frozen=True)
class Passage:
    """A piece of an article that can be quoted, with where it comes from."""

    id: str
    """The same for as long as the passage stays in the same file, section and words."""
    article: str
    """The name of the article's file, without the ending."""
    title: str
    author: str
    source: str
    section: str
    """The headings above it, outermost first, joined by ' > '; empty where there are none but the title."""
    text: str
    """Markdown, without headings: the article's text from `start` to `end`."""
    start: int
    end: int
    page: int = 0
    """The page that it begins on, from 1; 0 where its file has no pages."""

    @property
    def place(self) -> str:
        """Return where it stands, as it is cited: title, section and page, whichever there are."""
        page = f"page {self.page}" if self.page else ""
        return ", ".join(part for part in (self.title, self.section.replace(" > ", " › "), page) if part)


def embedding_text(passage: Passage) -> str:
    """Return title, section and text, for a passage alone often does not say what it is about."""
    return ". ".join(part for part in (passage.title, passage.section, plain(passage.text)) if part)


def plain(text: str) -> str:
    """Return Markdown as words alone: no addresses of links, no marks of emphasis, lists or tables."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?m)^\s*(?:[-*+>]|\d+\.)\s+|[*`|]|-{3,}", " ", text)
    return " ".join(text.split())


def passages_of(article: Article, place: str) -> list[Passage]:
    """Return the passages of the article, in order; together they hold all of its text but the headings.

    `place` says which file it is: it keeps the ids of equal passages in two files apart.
    """
    seen: Counter[str] = Counter()
    passages = []
    for section, start, end in _spans(article):
        text = article.text[start:end]
        key = f"{place}\n{section}\n{text}"
        seen[key] += 1
        passages.append(
            Passage(
                id=hashlib.sha256(f"{key}\n{seen[key]}".encode()).hexdigest()[:16],
                article=article.name,
                title=article.title,
                author=article.author,
                source=article.source,
                section=section,
                text=text,
                start=start,
                end=end,
                page=page_at(article.pages, start),
            )
        )
    return passages


def _spans(article: Article) -> Iterator[tuple[str, int, int]]:
    """Yield (section, start, end) of each passage."""
    for headings, start, end in _sections(article.text):
        section = " > ".join(heading for heading in headings if heading.casefold() != article.title.casefold())
        for first, last in _pieces(article.text[start:end]):
            yield section, start + first, start + last


def _sections(text: str) -> Iterator[tuple[list[str], int, int]]:
    """Yield (headings above, start, end) of each run of text between two headings, code fences respected."""
    above: dict[int, str] = {}
    start = place = 0
    fenced = False
    for line in text.splitlines(keepends=True):
        fenced ^= bool(FENCE.match(line))
        heading = None if fenced else HEADING.match(line.rstrip())
        if heading:
            yield list(above.values()), start, place
            level = len(heading.group(1))
            above = {higher: words for higher, words in above.items() if higher < level}
            above[level] = plain(heading.group(2))
            start = place + len(line)
        place += len(line)
    yield list(above.values()), start, place


def _pieces(body: str) -> list[tuple[int, int]]:
    """Return (start, end) of each passage in the body of a section, white space at the edges left out."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=LONGEST,
        chunk_overlap=0,
        separators=BREAKS,
        is_separator_regex=True,
        keep_separator="end",
        add_start_index=True,
    )
    pieces: list[tuple[int, int]] = []
    for piece in splitter.create_documents([body]):
        start = piece.metadata["start_index"]
        end = start + len(piece.page_content)
        if pieces and end - start < SHORTEST and end - pieces[-1][0] <= LONGEST + SHORTEST:
            start = pieces.pop()[0]
        pieces.append((start, end))
    return [(start, end) for start, end in pieces if re.search(r"\w", body[start:end])]
