"""Which forms an export has, and putting one on the disk: whole, or not at all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from bot.errors import RecordError, UsageError
from bot.exports.json_lines import json_lines
from bot.exports.making import Cover, paper_of
from bot.exports.markdown import markdown
from bot.exports.paper import Choice, Paper
from bot.exports.printing import pdf
from bot.exports.vtt import vtt
from bot.exports.word import word
from bot.record.kept import Kept

PAPERS: dict[str, Callable[[Paper], bytes]] = {
    "md": lambda paper: markdown(paper).encode(),
    "docx": word,
    "pdf": pdf,
    "vtt": lambda paper: vtt(paper).encode(),
}
"""Forms that print a paper, by the ending of their files."""
KINDS = (*PAPERS, "jsonl")
ALL = Choice()


def written(kept: Kept, cover: Cover, kind: str, choice: Choice = ALL) -> bytes:
    """Return a session as a file of this kind, one of KINDS. Raise UsageError for another."""
    if kind == "jsonl":
        return json_lines(kept, cover, choice).encode("utf-8", "replace")
    return printed(paper_of(kept, cover, choice), check_kind(kind))


def printed(paper: Paper, kind: str) -> bytes:
    """Return a paper as a file of this kind, one of PAPERS. Raise UsageError for another."""
    if kind not in PAPERS:
        raise UsageError(f"This cannot be written as {kind!r}.", f"There are {', '.join(PAPERS)}.")
    return PAPERS[kind](paper)


def check_kind(kind: str) -> str:
    """Return the kind. Raise UsageError where it is none of ours."""
    if kind not in KINDS:
        raise UsageError(f"A conversation cannot be exported as {kind!r}.", f"There are {', '.join(KINDS)}.")
    return kind


def kind_of(to: Path, *, overwrite: bool = False) -> str:
    """Return the kind that the file's ending asks for.

    Raise UsageError for an ending that is none of ours, a folder that is missing, or a file that exists already unless
    `overwrite`.
    """
    kind = to.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise UsageError(
            f"{to.name!r} cannot be written: its ending is not one of ours.",
            f"There are {', '.join(f'.{one}' for one in KINDS)}.",
        )
    if not to.parent.is_dir():
        raise UsageError(f"There is no folder {to.parent}.", "Make it first, or choose another.")
    if to.exists() and not overwrite:
        raise UsageError(f"{to} exists already.", "Choose another name, or ask for it to be overwritten.")
    return kind


def put(to: Path, content: bytes) -> Path:
    """Write beside `to` first and put it in place when it is on the disk. Raise RecordError where the disk refuses."""
    beside = to.with_name(f".{to.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(to)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        reason = fault.strerror or type(fault).__name__
        raise RecordError(
            f"{to} was not written: {reason}. The session itself is safe.", "Free some space or choose another folder."
        ) from fault
    return to
