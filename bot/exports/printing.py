"""What is set in type: our PDF files, and our pictures as Word takes them. Nothing is needed from a network.

What a layout is filled with is data to it, never markup.
"""

import base64
import json
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.errors import RecordError
from bot.exports.paper import Paper, Picture, retold

HERE = Path(__file__).parent
PICTURES = """#let pictures = json(bytes(sys.inputs.data))
#set page(width: 16cm, height: auto, margin: 0pt)
#for (place, one) in pictures.enumerate() {
  if place > 0 { pagebreak() }
  image(bytes(one.drawing), format: "svg", width: 100%, alt: one.alt)
}
"""
ENDLESS = re.compile(r"\S{25,}")
PATIENCE_S = 60
"""Longest wait for a file; a long conversation takes a second or two."""
PRESSES = threading.BoundedSemaphore(2)
"""How many files are set at once in this process: each takes a core. On a server the others wait for their turn."""


def pdf(paper: Paper) -> bytes:
    """Return the paper as a PDF file with headings, tables and pictures marked for a screen reader.

    Raise RecordError where it cannot be set.
    """
    return _set((HERE / "paper.typ").read_text(encoding="utf-8"), asdict(retold(paper, _breakable)), "pdf")[0]


def as_png(pictures: Sequence[Picture]) -> list[bytes]:
    """Return each picture as PNG, 16 cm wide. Raise RecordError where they cannot be drawn."""
    return _set(PICTURES, [asdict(one) for one in pictures], "png") if pictures else []


def _breakable(words: str) -> str:
    """Return words so that one too long for a line may be broken: after every few letters, where nothing shows."""
    return ENDLESS.sub(lambda match: "\N{ZERO WIDTH SPACE}".join(re.findall(r"(?s).{1,8}", match.group())), words)


def _set(layout: str, data: object, form: str) -> list[bytes]:
    asked = json.dumps({"layout": layout, "data": json.dumps(data), "form": form}).encode()
    command = [sys.executable, "-P", str(HERE / "press.py")]
    try:
        with PRESSES:
            done = subprocess.run(command, input=asked, capture_output=True, check=True, timeout=PATIENCE_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise RecordError(
            "This could not be set in type. The session itself is safe.", "Export it as Markdown, or try again."
        ) from error
    return [base64.b64decode(file) for file in json.loads(done.stdout)]
