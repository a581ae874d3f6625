"""Invented school documents with questions to each passage: a second library, of which ours was told nothing.

They are those of training/library by the two writers from whom nothing was learnt.
"""

import json
import re
from pathlib import Path
from typing import Any

from bot.measuring.sets import measuring_set

WRITERS = ("g", "h")


def rows() -> list[dict[str, Any]]:
    """Return the passages and the questions that nothing answers, as training/library/README.md says."""
    paths = [measuring_set("training", "library", f"{writer}.jsonl") for writer in WRITERS]
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def name_of(document: str) -> str:
    """Return the name of a document's file, without the ending."""
    return re.sub(r"\W+", "-", document).strip("-").lower()


def write(folder: Path) -> None:
    """Write each document as Markdown into a folder."""
    texts: dict[str, list[str]] = {}
    for row in rows():
        if "text" in row:
            text = texts.setdefault(row["document"], [f"# {row['document']}"])
            text.append(f"## {row['section']}\n\n{row['text']}")
    folder.mkdir(parents=True, exist_ok=True)
    for document, parts in texts.items():
        (folder / f"{name_of(document)}.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
