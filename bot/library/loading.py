"""Files become articles: one shape, Markdown, whatever kind of file it was."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ArticleError
from bot.library.about import about
from bot.library.drafts import Draft, Unreadable
from bot.library.furniture import without_furniture
from bot.library.pages import page_starts
from bot.library.paragraphs import in_paragraphs, with_headings, with_speakers
from bot.library.pdf import from_pdf
from bot.library.plain_text import from_markdown, from_text
from bot.library.saved import core_of
from bot.library.web_page import from_web_page
from bot.library.word import from_word

READERS: dict[str, Callable[[bytes], Draft]] = {
    ".md": from_markdown,
    ".markdown": from_markdown,
    ".txt": from_text,
    ".html": from_web_page,
    ".htm": from_web_page,
    ".pdf": from_pdf,
    ".docx": from_word,
}
MARKDOWN = (".md", ".markdown")
CANNOT_READ = (".doc", ".odt", ".rtf", ".pages", ".ppt", ".pptx", ".odp", ".epub")
"""Documents that somebody may expect to be read: named in the report rather than passed over."""
LARGEST = 50 * 1024 * 1024
"""In bytes. A longer file is no article."""
HIDDEN = str.maketrans(
    {"\xa0": " ", "\xad": None, "\u200b": None, "\ufeff": None, "\r": None, "\x0c": "\n", "\x00": None}
)


@dataclass(frozen=True)
class Article:
    """An article as the library keeps it. Whatever its file does not say is empty."""

    name: str
    """The name of its file, without the ending."""
    title: str
    author: str
    source: str
    year: str
    """As written: '2017', or 'unknown'."""
    licence: str
    text: str
    """Markdown, without front matter and furniture. Passages give their places in it."""
    path: Path
    pages: str = ""
    """Where each page begins in `text`: offsets, a space between; '' where the file has no pages."""


def article_files(folder: Path, unreadable: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    """Yield the files under `folder` that should be articles, in order of their names.

    Hidden files and folders, what Word leaves beside an open file, and read-me files are passed over; links to folders
    are not followed, for they may lead round in a circle. `unreadable` gets the error for each folder that is locked.
    """
    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "~$")))
        for name in sorted(files):
            path = Path(parent, name)
            if name.startswith((".", "~$")) or path.stem.lower() == "readme":
                continue
            if path.suffix.lower() in (*READERS, *CANNOT_READ) and os.path.isfile(path):  # noqa: PTH113 (never raises)
                yield path


def load(path: Path) -> Article:
    """Return the article in the file. Raise ArticleError, with what to do, if it cannot be read."""
    return article_from(path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Return the file as it lies on the disk. Raise ArticleError if it is of no known kind, too long, or not there."""
    if path.suffix.lower() not in READERS:
        raise ArticleError(
            path.name, "files of this kind cannot be read.", "Save it as Word (.docx), PDF, Markdown, HTML or text."
        )
    try:
        if path.stat().st_size > LARGEST:
            raise ArticleError(path.name, "the file is longer than 50 MB.", "Add the part that matters.")
        return path.read_bytes()
    except FileNotFoundError:
        raise ArticleError(path.name, "the file is not there.", f"Look in {path.parent}.") from None
    except OSError as error:
        reason = (error.strerror or "it is locked").lower()
        raise ArticleError(path.name, f"the file cannot be opened ({reason}).", "Check that you may read it.") from None


def article_from(path: Path, raw: bytes) -> Article:
    """Return the article that the bytes of the file `path` hold. Raise ArticleError if there is none."""
    draft = _draft(path, raw)
    whole = _clean(draft.text)
    known = about(whole, draft.front, path, guessed=draft.guessed or draft.plain)
    text = whole if path.suffix.lower() in MARKDOWN else _arranged(whole, known["title"], plain=draft.plain)
    text = without_furniture(text)
    if not re.search(r"\w", re.sub(r"(?m)^#{1,6} .*$", "", text)):
        raise ArticleError(path.name, "there is nothing to read in the file.", "Add some text, or take the file away.")
    return Article(
        name=path.stem,
        title=_clean(known["title"]),
        author=_clean(known["author"]),
        source=_clean(known["source"]),
        year=known["year"],
        licence=known["licence"],
        text=text,
        path=path,
        pages=page_starts(text, draft.pages),
    )


def _draft(path: Path, raw: bytes) -> Draft:
    kind = path.suffix.lower()
    try:
        return READERS[kind](raw)
    except Unreadable as error:
        raise ArticleError(path.name, error.fault, error.fix) from None
    except Exception as error:  # each format's library has many errors of its own; all mean that the file is damaged
        raise ArticleError(
            path.name, f"the file is damaged, or is not really a {kind} file.", "Open it, and save it again."
        ) from error


def _arranged(text: str, title: str, *, plain: bool) -> str:
    """Return the article in a text, its paragraphs and speeches set apart; in plain text headings are guessed."""
    text = with_speakers(core_of(text))  # else a name that stands alone would be taken for a heading
    if plain:
        text = in_paragraphs(with_headings(_titled(text, title)))
    return with_speakers(text)


def _titled(text: str, title: str) -> str:
    """Return plain text in which the line that is the title, where there is one, is marked as the first heading."""
    return (
        re.sub(
            rf"(?m)\A((?:.*\n){{0,30}}?){re.escape(title)}[ \t]*$",
            lambda found: f"{found.group(1)}\n# {title}\n",
            text,
            count=1,
        )
        if title
        else text
    )


def _clean(text: str) -> str:
    """Return text without characters that nobody sees and half characters that no file can hold."""
    text = re.sub(r"\r\n?", "\n", text).translate(HIDDEN)
    return text.encode("utf-8", errors="ignore").decode("utf-8")
