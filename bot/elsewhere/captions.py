"""Captions: WebVTT and SubRip. The voice is in a tag, before a colon, or the one that spoke last."""

import html
import re

from bot.elsewhere.lines import said_in
from bot.elsewhere.spoken import Said

TIMING = re.compile(r"^\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}")
NO_CUE = re.compile(r"^(?:WEBVTT|NOTE|STYLE|REGION)\b")
VOICE = re.compile(r"<v(?:\.[^\s>]+)*\s+([^>]*)>")
TAG = re.compile(r"</?(?:c|i|b|u|ruby|rt|lang|v)(?:[.\s][^>]*)?>|<\d[\d:.]*>|<font[^>]*>|</font>", re.IGNORECASE)


def is_captions(text: str) -> bool:
    """Return whether the text is WebVTT or SubRip."""
    return text.lstrip("\ufeff").startswith("WEBVTT") or any(TIMING.match(line) for line in text.splitlines()[:12])


def said_in_captions(text: str) -> list[Said]:
    """Return who said what; an empty list where no cue says who speaks."""
    cues = _cues(text)
    if not any(VOICE.search(cue) for cue in cues):
        return said_in("\n".join(_plain(cue) for cue in cues))
    said: list[Said] = []
    for cue in cues:
        parts = VOICE.split(cue)
        if said and _plain(parts[0]):
            said.append(Said(said[-1].speaker, _plain(parts[0])))
        for voice, words in zip(parts[1::2], parts[2::2], strict=True):
            said.append(Said(_plain(voice) or "somebody", _plain(words)))
    return said


def _cues(text: str) -> list[str]:
    """Return what each cue says, in order. What stands before a timing line names the cue."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.strip("\n").split("\n")
        at = next((place for place, line in enumerate(lines) if TIMING.match(line)), None)
        if at is not None and not (NO_CUE.match(lines[0]) and lines[0].startswith("NOTE")):
            found.append("\n".join(lines[at + 1 :]))
    return found


def _plain(words: str) -> str:
    return html.unescape(TAG.sub("", words)).strip()
