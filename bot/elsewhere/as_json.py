"""Conversations as JSON: ours, and what other programs write, a list of who said what under names of their own."""

import json
from collections.abc import Iterator
from typing import Any

from bot.elsewhere.spoken import HOW, Said
from bot.errors import UsageError

LISTS = ("turns", "segments", "utterances", "transcript", "messages", "monologues", "results", "conversation")
SPEAKERS = ("speaker", "speaker_label", "speakerName", "speaker_name", "name", "role", "who", "author", "participant")
WORDS = ("text", "words", "utterance", "content", "message", "transcript", "line", "said")
LEADER, OTHER = "leader", "other"


def said_in_json(text: str) -> list[Said]:
    """Return who said what; an empty list where it holds nobody's words. Raise UsageError where it is no JSON."""
    given = _given(text)
    opening = given.get("opening") if isinstance(given, dict) else None
    said = [Said(OTHER, opening)] if isinstance(opening, str) and opening else []
    return [*said, *(one for entry in _entries(given) for one in _said(entry))]


def _given(text: str) -> Any:
    try:
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageError("The file looks like JSON and is not.", HOW) from error


def _entries(given: Any) -> list[Any]:
    """Return the list of who said what, however the file names it."""
    if isinstance(given, dict):
        given = next((given[name] for name in LISTS if isinstance(given.get(name), list)), [given])
    return given if isinstance(given, list) else []


def _said(entry: Any) -> Iterator[Said]:
    if not isinstance(entry, dict):
        return
    if isinstance(entry.get("opening"), str) and entry.get("kind", "session") == "session":
        yield Said(OTHER, entry["opening"])
    if isinstance(entry.get("leader"), str) or isinstance(entry.get("other"), str):
        yield from _ours(entry)
        return
    speaker, words = _first(entry, SPEAKERS), _first(entry, WORDS)
    if speaker and words:
        yield Said(speaker, words)


def _ours(entry: dict[str, Any]) -> Iterator[Said]:
    if isinstance(entry.get("leader"), str):
        yield Said(LEADER, entry["leader"])
    answer = entry.get("line") or entry.get("other")
    if isinstance(answer, str) and not entry.get("out_of_role"):
        yield Said(OTHER, answer)


def _first(entry: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of these that holds a word or, for a speaker, a number."""
    for name in names:
        value = entry.get(name)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool) and names is SPEAKERS:
            return f"Speaker {value}"
    return ""
