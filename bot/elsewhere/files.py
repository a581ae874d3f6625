"""A file that somebody brings: which kind it is, however it was saved, and who says what in it."""

from pathlib import Path

from bot.elsewhere.as_json import said_in_json
from bot.elsewhere.captions import is_captions, said_in_captions
from bot.elsewhere.lines import said_in
from bot.elsewhere.spoken import HOW, Said, is_leader, joined, speakers
from bot.errors import UsageError
from bot.listen.reading import writable

LARGEST = 5_000_000
"""In bytes: far more than a day of talk."""
FOREIGN = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an older Word file",
    b"{\\rtf": "a rich text file",
    b"\x89PNG": "a picture",
    b"ID3": "a recording",
    b"RIFF": "a recording",
}
"""How files begin that hold no text for us, and what they are."""
ZIP = b"PK\x03\x04"
NO_MARK = 0.2
"""Share of zero bytes from which a text is UTF-16 that does not say so."""


def said_in_path(path: Path) -> tuple[Said, ...]:
    """Return who said what in a file. Raise UsageError, with what to do, for one that cannot be read as such."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.", HOW) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read.", f"Name a file. {HOW}") from error
    return said_in_file(path.name, raw)


def said_in_file(name: str, raw: bytes) -> tuple[Said, ...]:
    """Return who said what in the bytes of a file called `name`, words that follow one another put together.

    Raise UsageError, with what to do, where they are too many, no text, or say of nobody that they speak.
    """
    if len(raw) > LARGEST:
        raise UsageError(f"{name} is larger than a conversation.", "Bring the text of one conversation alone.")
    for begins, kind in FOREIGN.items():
        if raw.startswith(begins):
            raise UsageError(f"{name} is {kind}.", "Save it as Word (.docx) or as plain text in UTF-8, and bring that.")
    said = joined(_said(raw))
    known = speakers(said)
    if not known:
        raise UsageError(f"{name} does not show who speaks: there is no leader to be seen in it.", HOW)
    if len(known) == 1 and not is_leader(known[0].name):
        raise UsageError(f"In {name} only {known[0].name!r} speaks, and not a leader.", HOW)
    return said


def _said(raw: bytes) -> list[Said]:
    if raw.startswith(ZIP):
        from bot.elsewhere.word_file import word_lines

        return said_in(writable(word_lines(raw)))
    text = writable(as_text(raw))
    if text.lstrip().startswith(("{", "[")) and (said := _json_or_none(text)) is not None:
        return said
    return said_in_captions(text) if is_captions(text) else said_in(text)


def _json_or_none(text: str) -> list[Said] | None:
    """Return who said what in JSON; None for lines that begin with a bracket and are none, as in `[00:12] Head: …`."""
    try:
        return said_in_json(text)
    except UsageError:
        if said_in(text):
            return None
        raise


def as_text(raw: bytes) -> str:
    """Return the words of a text file in UTF-8, in UTF-16 with or without its mark, or in Windows-1252."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if raw and raw.count(0) > NO_MARK * len(raw):
        return raw.decode("utf-16-be" if raw[0] == 0 else "utf-16-le", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
