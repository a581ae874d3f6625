"""Which folder holds the index, and whether it may be opened: a damaged one ends the process that opens it.

A small file points to the folder and says how the files in it looked when it was last opened. Where they look otherwise
now, the index is proved first, in a process of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.settings import PACKAGE

PROOF_S = 120
"""Longest that the proof of an index may take, in seconds."""


def read_pointer(root: Path) -> dict[str, Any]:
    """Return `folder`, `generation`, `count` and `files` of the index under `root`; empty where none is pointed to."""
    try:
        pointer = json.loads((root / "current.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return pointer if isinstance(pointer, dict) and {"folder", "generation", "count", "files"} <= pointer.keys() else {}


def point(root: Path, generation: str, folder: Path, count: int) -> None:
    """Point to the folder, in one step that a crash cannot leave half done."""
    pointer = {"folder": folder.name, "generation": generation, "count": count, "files": _files(folder)}
    draft = root / "current.json.new"
    draft.write_text(json.dumps(pointer), encoding="utf-8")
    draft.replace(root / "current.json")


def is_sound(root: Path, pointer: dict[str, Any]) -> bool:
    """Return whether the index may be opened: nobody touched it since it was opened last, or it is proved again."""
    folder = root / pointer["folder"]
    if not folder.is_dir():
        return False
    return _files(folder) == pointer["files"] or is_proved(folder, pointer["count"])


def is_proved(folder: Path, count: int) -> bool:
    """Return whether another process can open the index, find `count` passages in it and search them."""
    command = [sys.executable, "-m", "bot.library.index", str(folder), str(count)]
    paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        result = subprocess.run(  # noqa: S603  (this program, on a folder of its own)
            command,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROOF_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


def _files(folder: Path) -> dict[str, list[int]]:
    """Return the size in bytes and the time of the last change in nanoseconds of each file of the index."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            stat = path.stat()
            found[path.relative_to(folder).as_posix()] = [stat.st_size, stat.st_mtime_ns]
    return found
