"""Lines with speakers in the usual shapes: who says what in plain text, in a table, or under a bold name."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.elsewhere.spoken import Said, is_leader, is_other

TIME = r"[\[(<]?\b\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?(?: ?[ap]\.?m\b\.?)?[\])>]?"
STARTS_WITH_TIME = re.compile(rf"^(?:{TIME})(?:\s*(?:-->|[-–—])\s*{TIME})?\s*[-–—|:]?\s*", re.IGNORECASE)
ENDS_WITH_TIME = re.compile(rf"\s*[-–—|,]?\s*{TIME}$", re.IGNORECASE)
TIME_IN_LABEL = re.compile(rf"^([^:\t]{{1,50}}?)\s*[-–—|,]?\s*{TIME}\s*(?=:)", re.IGNORECASE)
TIME_SPOKEN_OF = re.compile(r"^\d{1,2}[:.]\d{2} +[a-z]")
"""A line that goes on about a time of day: nobody's name follows in small letters."""
NUMBERED = re.compile(r"^\(?\d{1,4}[.)\]]\s+")
BULLET = re.compile(r"^(?:[-•●▪◦‣·*]|[–—])\s+")
EMPHASIS = re.compile(r"^(?:\*{1,3}|_{1,3})|(?:\*{1,3}|_{1,3})$")
ALL_BOLD = re.compile(r"^(\*\*|__)([^*_]{1,60})\1:?$")
LABELLED = re.compile(r"^([^:\t]{1,60}?)\s*(?:[:：]\s*|\t+)(.*)$")
NAME = re.compile(r"^[^\W_][\w'’.&/-]*(?: [\w(&/#][\w'’.)&/-]*){0,4}$")
"""A label looks like a name: one to five words and no mark that ends a sentence."""
TURN_NUMBER = re.compile(r"(?<=^you) \d+$|(?<=^leader) \d+$", re.IGNORECASE)
HEADERS = frozenset(
    """agenda apologies attendees audio cc context created date duration file from http https kind language length
    location meeting name note notes participants place present re recorded recording scenario speaker speakers subject
    text time title to topic transcript transcription transcribed venue warning when where who""".split()
)
"""What stands before a colon at the head of a transcript and is nobody's name."""
HEADS = HEADERS - {"speaker", "participants", "name"}
"""Those that are none as the first of several words either."""
OURS = re.compile(r"(?ms)^## The conversation\n(.*?)(?=^## |\Z)")
ESCAPED = re.compile(r"\\([\\`*_\[\]<>#|~&$+=.)-])")
RECURS_ALONE = 3
"""Times that a line without a colon or a time must stand alone to be a speaker's name."""
FEW_LOOSE = 0.1
"""Share of lines without a speaker up to which a label that stands there once is a speaker's, too."""


@dataclass(frozen=True)
class Line:
    """A line that may begin with a speaker; `label` is '' where it cannot, `sure` where its form leaves no doubt."""

    text: str
    label: str = ""
    words: str = ""
    sure: bool = False


def said_in(text: str) -> list[Said]:
    """Return who said what in the text; an empty list where nobody is seen to speak."""
    lines = list(_lines(text))
    known = _speakers(lines)
    said: list[Said] = []
    for line in lines:
        if line.label and (name := known.get(_key(line.label))):
            said.append(Said(name, line.words))
        elif said:
            said[-1] = Said(said[-1].speaker, f"{said[-1].words} {line.text}".strip())
    return said


def _lines(text: str) -> Iterator[Line]:
    text = text.replace("\xa0", " ").replace("\ufeff", "")
    ours = OURS.search(text)
    if ours:
        text = ESCAPED.sub(r"\1", ours.group(1))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    quoted = sum(line.startswith(">") for line in lines) > len(lines) / 2
    for line in lines:
        if line.startswith(">") and not quoted:  # the coach's margin in our own exports
            continue
        plain = line.lstrip("> ") if quoted else line
        if not re.fullmatch(r"[-=_*]{3,}|#{1,6} .*|\d{1,5}", plain):
            yield from _line(plain)


def _line(line: str) -> Iterator[Line]:
    text = _bare(line)
    if not text:
        return
    if bold := ALL_BOLD.match(text):
        yield Line(text, _name(bold.group(2)), "", sure=True)
    elif ENDS_WITH_TIME.search(text) and _is_name(alone := _name(ENDS_WITH_TIME.sub("", text))):
        yield Line(text, alone, "", sure=True)
    elif (match := LABELLED.match(text)) and _is_name(label := _name(match.group(1))):
        words = _unmarked(match.group(2))
        yield Line(text, label, words, sure=not words)
    elif _is_name(text) and text[:1].isupper():
        yield Line(text, _name(text), "")
    else:
        yield Line(_unmarked(text))


def _bare(line: str) -> str:
    """Return the line without a bullet, a number or a time at its head."""
    text = BULLET.sub("", line)
    text = text if TIME_SPOKEN_OF.match(text) else STARTS_WITH_TIME.sub("", text)
    text = TIME_IN_LABEL.sub(r"\1", text)
    inside = NUMBERED.sub("", text)
    if inside != text and (match := LABELLED.match(inside)) and _is_name(_name(match.group(1))):
        return STARTS_WITH_TIME.sub("", inside)
    return text


def _name(label: str) -> str:
    """Return a label without emphasis, a time or a turn's number."""
    plain = EMPHASIS.sub("", label.strip()).strip(" *_")
    plain = ENDS_WITH_TIME.sub("", STARTS_WITH_TIME.sub("", plain)).rstrip(" :*_")
    return TURN_NUMBER.sub("", " ".join(plain.split())).strip("[]<>")


def _is_name(label: str) -> bool:
    return bool(NAME.match(label)) and label.lower() not in HEADERS and label.lower().split()[0] not in HEADS


def _unmarked(words: str) -> str:
    return re.sub(r"^[*_]+\s*|(?<=\S)\*\*(?=\s|$)", "", words).strip()


def _key(label: str) -> str:
    return label.lower().strip(".")


def _speakers(lines: list[Line]) -> dict[str, str]:
    """Return the labels that are speakers' names: key -> the name as it first stands."""
    with_colon = Counter(_key(line.label) for line in lines if line.label and (line.words or line.sure))
    alone = Counter(_key(line.label) for line in lines if line.label and not (line.words or line.sure))
    names: dict[str, str] = {}
    for line in lines:
        if line.label:
            names.setdefault(_key(line.label), line.label)
    told = {key for key in names if is_leader(key) or is_other(key)} & set(with_colon)
    again = {key for key, times in with_colon.items() if times > 1}
    found = told | again | {key for key, times in alone.items() if times >= RECURS_ALONE}
    loose = sum(not line.label or _key(line.label) not in found | set(with_colon) for line in lines)
    if len(found) < 2 or loose <= FEW_LOOSE * len(lines):
        found |= {key for key in with_colon if names[key][:1].isupper() and names[key].istitle()}
    return {key: names[key] for key in found}
