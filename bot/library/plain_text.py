"""Markdown and plain text become drafts; bytes become words, whatever wrote them."""

import re

import yaml

from bot.library.drafts import BULLETS, Draft, Unreadable

SETEXT = re.compile(r"^([^\s#>|*+-].*)\n(=+|-{3,})[ \t]*$", re.MULTILINE)
MOST_NOUGHTS = 0.25
"""Share of bytes that are nought in UTF-16 of a language with Latin letters, at least; in other files it is no text."""
TWICE = re.compile("[ÂÃ][\x80-\xbf\u0152-\u2122]|â€|â€™")
"""What UTF-8 looks like that was taken for Windows-1252 and saved again."""


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
    lines = [BULLETS.sub("- ", line.strip()) for line in re.split(r"\r\n?|\n", draft.text)]
    return Draft("\n".join(lines), draft.front, plain=not re.search(r"(?m)^#{1,6} ", draft.text))


def decoded(raw: bytes) -> str:
    """Return the words of a text file. Raise Unreadable if it is none.

    UTF-8, UTF-16 with or without its mark, and Windows-1252 are told apart; where lines of two kinds were put together,
    each line is read as what it is.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw:
        return _utf_16(raw)
    try:
        words = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        words = "\n".join(map(_line, raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")))
    return _mended(words) if TWICE.search(words) else words


def _utf_16(raw: bytes) -> str:
    """Return text in UTF-16 that does not say so: every other byte of Latin letters is nought."""
    for half, encoding in ((raw[1::2], "utf-16-le"), (raw[0::2], "utf-16-be")):
        other = raw[0::2] if encoding == "utf-16-le" else raw[1::2]
        if half and half.count(0) > 2 * MOST_NOUGHTS * len(half) and other.count(0) < 0.01 * len(other):
            return raw.decode(encoding, errors="replace")
    raise Unreadable("the file is not text, whatever its name says.", "Open it, and save it again as plain text.")


def _line(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _mended(words: str) -> str:
    """Return words that were UTF-8, taken for Windows-1252 and saved as UTF-8 again, as they were."""
    return "\n".join(map(_mended_line, words.split("\n")))


def _mended_line(line: str) -> str:
    if not TWICE.search(line):
        return line
    try:
        return line.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return line


def _atx(match: re.Match[str]) -> str:
    return f"{'#' if match.group(2).startswith('=') else '##'} {match.group(1)}"
