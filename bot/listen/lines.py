"""Reading JSON Lines: the machine-readable face of the reader."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot.errors import UsageError
from bot.listen.reader import shared_reader
from bot.listen.reading import Reading, Segment, writable


def read_lines(lines: Iterable[str], *, one_segment: bool) -> Iterator[dict[str, Any]]:
    """Yield {"text", "segments"} for each {"previous", "text"}, in order. Raise UsageError for others."""
    reader = shared_reader()
    for number, line in enumerate(_decoded(lines), start=1):
        if not line.strip():
            continue
        text, previous = _fields(line, number)
        reading = reader.read_one(text, previous) if one_segment else reader.read(text, previous)
        yield {"text": text, "segments": segments_json(reading)}


def _decoded(lines: Iterable[str]) -> Iterator[str]:
    try:
        for number, line in enumerate(lines):
            yield line.removeprefix("\ufeff") if number == 0 else line
    except UnicodeDecodeError as error:
        raise UsageError("The input is not text in UTF-8.", "Save it again as UTF-8.") from error


def segments_json(reading: Reading) -> list[dict[str, Any]]:
    """Return the segments of a reading as JSON objects."""
    return [segment_json(segment) for segment in reading.segments]


def segment_json(segment: Segment) -> dict[str, Any]:
    """Return one segment as a JSON object; `focus` is null where the move has none."""
    confidence = round(segment.confidence, 4)
    return {
        "text": segment.text,
        "move": segment.move,
        "focus": segment.focus,
        "confidence": confidence,
        "sure": segment.sure,
    }


def _fields(line: str, number: int) -> tuple[str, str]:
    try:
        given = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"Line {number} is not JSON.", 'Each line must look like {"previous": "…", "text": "…"}.'
        ) from error
    text = given.get("text") if isinstance(given, dict) else None
    previous = given.get("previous") or "" if isinstance(given, dict) else ""
    if not isinstance(text, str) or not isinstance(previous, str):
        raise UsageError(f'Line {number} has no "text".', 'Each line must look like {"previous": "…", "text": "…"}.')
    return writable(text), writable(previous)
