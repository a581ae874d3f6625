"""Which lines answer which of a topic's questions, where somebody has read them for it (answers.json).

The file may be missing, and so may any question or line in it: what is not there is told by meaning alone. A line is
named by its mark, so that a line that is written anew is simply not known any more.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.colleague.scenario import ANSWERS, Lines, Topic
from bot.errors import ScenarioError

Answers = dict[str, dict[str, list[str]]]
"""By topic: each question with the marks of the lines that answer it."""

FIX = "Take the file out: he will be understood without it, if less well."


def mark_of(line: str) -> str:
    """Return the name of a line in answers.json: eight hexadecimal digits."""
    return hashlib.sha256(line.encode()).hexdigest()[:8]


def read_answers(folder: Path) -> Answers:
    """Return what a scenario's answers.json says; {} where there is none. Raise ScenarioError."""
    if not (folder / ANSWERS).is_file():
        return {}
    try:
        found = json.loads((folder / ANSWERS).read_text(encoding="utf-8"))
        return TypeAdapter(Answers).validate_python(found)
    except (OSError, ValueError, ValidationError) as error:
        raise ScenarioError(ANSWERS, f"it cannot be read ({type(error).__name__}).", FIX) from error


def write_answers(folder: Path, answers: Answers) -> None:
    """Write answers.json, one topic a line."""
    rows = [f"{json.dumps(topic)}: {json.dumps(asked, ensure_ascii=False)}" for topic, asked in answers.items()]
    (folder / ANSWERS).write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def with_answers(lines: Lines, answers: Answers) -> Lines:
    """Return the lines, each topic with what answers which of its questions: lines of its own, or of any other."""
    says = {mark_of(line.say): line.say for topic in lines.topics for line in topic.lines}
    topics = [_with(topic, answers.get(topic.id, {}), says) for topic in lines.topics]
    return lines.model_copy(update={"topics": topics})


def _with(topic: Topic, asked: dict[str, list[str]], says: Mapping[str, str]) -> Topic:
    known = {ask: tuple(says[mark] for mark in marks if mark in says) for ask, marks in asked.items()}
    return topic.model_copy(update={"answers": {ask: known[ask] for ask in topic.asks if known.get(ask)}})
