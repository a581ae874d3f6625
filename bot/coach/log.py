"""The practice log: attempts over time as a file to keep, in the words of courses and schools. Formative only."""

import io
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Literal

from bot.coach.practice import GOOD, Attempt, Practice
from bot.coach.rubric import Behaviour
from bot.coach.words import BEHAVIOURS
from bot.content import ContentModel, read_model
from bot.errors import RubricError, UsageError

Way = Literal["engage", "unite", "reflect"]


class Framed(ContentModel):
    """One behaviour in the words of a course."""

    implementation: Way
    framework: str


class LogWords(ContentModel):
    """practice.yaml as written."""

    title: str
    notice: str
    implementation: dict[Way, str]
    behaviours: dict[str, Framed]


@lru_cache(maxsize=2)
def load_log_words(prompts: Path) -> LogWords:
    """Return the words of the log. Raise RubricError where a behaviour is missing or unknown."""
    words = read_model(prompts / "practice.yaml", LogWords, RubricError)
    if set(words.behaviours) != set(BEHAVIOURS):
        raise RubricError(
            "practice.yaml",
            "it must hold each of the ten behaviours, and no other.",
            f"They are {', '.join(BEHAVIOURS)}.",
        )
    return words


def markdown(practice: Practice, words: LogWords) -> str:
    """Return the log as Markdown."""
    blocks = [f"# {words.title}", words.notice, *_overview(practice, words)]
    for attempt in practice.attempts:
        blocks += [f"## {_heading(attempt)}", _about(attempt)]
        blocks += [f"- {_plain(_line(one, words))}" for one in _shown(attempt)]
        if attempt.reflection.strip():
            blocks += [f"> {_plain(' '.join(attempt.reflection.split()))}"]
    return "\n\n".join(blocks).replace("\n\n- ", "\n- ") + "\n"


def word(practice: Practice, words: LogWords) -> bytes:
    """Return the log as a Word file."""
    from docx import Document

    document = Document()
    document.core_properties.title = words.title
    document.core_properties.author = ""
    document.add_heading(words.title, 0)
    for paragraph in (words.notice, *_overview(practice, words)):
        document.add_paragraph(paragraph)
    for attempt in practice.attempts:
        document.add_heading(_heading(attempt), 1)
        document.add_paragraph(_about(attempt))
        for one in _shown(attempt):
            document.add_paragraph(_line(one, words), style="List Bullet")
        if attempt.reflection.strip():
            document.add_paragraph(" ".join(attempt.reflection.split()), style="Quote")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def written(practice: Practice, words: LogWords, kind: str) -> bytes:
    """Return the log as 'md' or 'docx'. Raise UsageError for another kind, or where nothing was finished yet."""
    if not practice.attempts:
        raise UsageError("There is nothing to log yet.", "Finish a conversation first.")
    if kind == "docx":
        return word(practice, words)
    if kind == "md":
        return markdown(practice, words).encode()
    raise UsageError(f"A practice log cannot be written as {kind!r}.", "There are md and docx.")


def _overview(practice: Practice, words: LogWords) -> list[str]:
    ways = Counter(
        words.behaviours[one.id].implementation for a in practice.attempts for one in _shown(a) if _good(one)
    )
    found = [f"{says} Shown {ways[way]} times." for way, says in words.implementation.items()]
    if practice.well:
        found.append(f"There each time lately: {'; '.join(practice.well)}.")
    if practice.next:
        found.append(f"To practise next: {'; '.join(practice.next)}.")
    return found


def _good(one: Behaviour) -> bool:
    return one.score is not None and one.score >= GOOD


def _shown(attempt: Attempt) -> list[Behaviour]:
    return [one for one in attempt.behaviours if one.score is not None]


def _heading(attempt: Attempt) -> str:
    when = attempt.started.astimezone()
    return f"{when.day} {when:%B %Y}, with {attempt.colleague}{' (again)' if attempt.again else ''}"


def _about(attempt: Attempt) -> str:
    turns = "one turn" if attempt.turns == 1 else f"{attempt.turns} turns"
    return f"{attempt.scenario}. {turns.capitalize()}. How it ended: {attempt.ending_name or 'still open'}."


def _line(one: Behaviour, words: LogWords) -> str:
    framed = words.behaviours[one.id]
    return f"{one.name}: {one.level.lower()}. “{one.quote}” (turn {one.turn}). {framed.framework}."


def _plain(text: str) -> str:
    """Return the text so that no sign in it is taken for Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|~" else sign for sign in text)
