"""Files on their way into the library: where they wait, what they may be called, and what is too large."""

import re
import shutil
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from bot.errors import ArticleError, UsageError
from bot.library.loading import LARGEST

WAITING = ".arriving"
"""The folder in which files wait until they are read. Its name keeps it from being read itself."""
BATCH = re.compile(r"[a-z0-9]{8,40}")
STALE_S = 6 * 60 * 60
"""After so many seconds, what arrived and was never read is thrown away."""
LONGEST_NAME = 100
"""Of a file without its ending, in bytes of UTF-8: any disk takes that, and a number behind it."""
LONGEST_ENDING = 12
RESERVED = re.compile(r"(?i)con|prn|aux|nul|com\d|lpt\d|readme")
"""Names that a disk keeps for itself, and the one that the library passes over."""


def safe_name(name: str) -> str:
    """Return a name that any disk takes and that points nowhere, as near to `name` as can be.

    Of a path only the last part counts. Letters of every script stay; what no file name may hold becomes a space.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    legible = "".join(letter if letter.isprintable() else " " for letter in last if letter not in "\u202e\u202d")
    stem, dot, ending = re.sub(r"[<>:\"|?*\x7f]", " ", legible).rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING or not ending.isascii():
        stem, ending = f"{stem}{dot}{ending}", ""
    stem = " ".join(stem.split()).strip(". ~$")
    stem = stem.encode()[:LONGEST_NAME].decode("utf-8", errors="ignore").strip()
    if not stem or RESERVED.fullmatch(stem):
        stem = f"{stem} article".strip()
    ending = re.sub(r"\s", "", ending).lower()
    return f"{stem}.{ending}" if ending else stem


def free_path(folder: Path, name: str) -> Path:
    """Return a path in `folder` that no file has: 'Name.pdf', then 'Name (2).pdf'. Capitals make no other name."""
    taken = {path.name.casefold() for path in folder.iterdir()} if folder.is_dir() else set()
    stem, ending = Path(name).stem, Path(name).suffix
    number = 1
    while (found := f"{stem} ({number}){ending}" if number > 1 else name).casefold() in taken:
        number += 1
    return folder / found


class Arrivals:
    """Where files wait that were dropped on the page, a folder for each drop."""

    def __init__(self, added: Path) -> None:
        self._root = added / WAITING

    def place(self, batch: str, name: str) -> Path:
        """Return where a file of this drop is to be written. Raise UsageError for a drop that has no proper name."""
        folder = self._folder(batch)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return free_path(folder, safe_name(name))

    def files(self, batch: str) -> list[Path]:
        """Return the files of this drop, in the order in which they came."""
        folder = self._folder(batch)
        return sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns) if folder.is_dir() else []

    def clear(self, batch: str) -> None:
        """Throw the files of this drop away, and those of drops that nobody came back for."""
        shutil.rmtree(self._folder(batch), ignore_errors=True)
        for folder in self._stale():
            shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, batch: str) -> Path:
        if not BATCH.fullmatch(batch):
            raise UsageError("Those files did not arrive whole.", "Drop them again.")
        return self._root / batch

    def _stale(self) -> Iterator[Path]:
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            if time.time() - folder.stat().st_mtime > STALE_S:
                yield folder


def too_large(name: str) -> ArticleError:
    """Return what is said of a file that is too large to be an article."""
    return ArticleError(
        safe_name(name),
        f"the file is larger than {LARGEST // 2**20} MB.",
        "Save the chapter or the pages that matter as a file of their own, and add that.",
    )


def lost(name: str) -> ArticleError:
    """Return what is said of a file that did not arrive whole."""
    return ArticleError(
        safe_name(name), "it did not arrive whole.", "Drop it again; of a folder, open it and drop the files in it."
    )
