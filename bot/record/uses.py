"""What passages of the library were used for: turns beside which the coach cited them, questions that they answered.

The turns are not noted a second time: what the coach showed is kept with each, and goes when it goes.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, delete, func, select, type_coerce
from sqlalchemy.orm import Session

from bot.record import faults
from bot.record.kept import Citation, Question
from bot.record.tables import QuestionEntry, SessionEntry, TurnEntry

MOST_QUESTIONS = 500
"""Questions kept; the oldest go first."""
LONGEST_QUESTION = 300
"""In characters; the rest is not kept."""


class Uses:
    """Part of the Record, which makes it. Every method raises RecordError when the database fails."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Session]],
        writing: Callable[[faults.Attempt], AbstractContextManager[Session]],
        wipe: Callable[[], None],
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._wipe = wipe

    def citations(self) -> list[Citation]:
        """Return the turns that stand beside which the coach cited a passage, the newest first.

        A turn that a branch took over counts with the session in which it was said, as long as that is there.
        """
        entry, turn = SessionEntry, TurnEntry
        query = (
            select(entry.id, entry.title, turn.number, turn.created, *_tip(turn.coach), *_corrected(turn.corrected))
            .join(entry, entry.id == turn.session_id)
            .where(turn.withdrawn.is_(None))
            .where((entry.parent_id.is_(None)) | (turn.number > func.coalesce(entry.branched_after, 0)))
            .order_by(turn.created.desc(), turn.number.desc())
        )
        with self._reading() as session:
            return [cited for row in session.execute(query) if (cited := _citation(row)) is not None]

    def keep_question(self, words: str, passages: Sequence[str]) -> None:
        """Keep a question that these passages answered, in place of an earlier time it was asked."""
        asked = " ".join(words.split())[:LONGEST_QUESTION]
        with self._writing(faults.ASKING) as session:
            session.execute(delete(QuestionEntry).where(QuestionEntry.words == asked))
            session.add(QuestionEntry(words=asked, asked=datetime.now(UTC), passages=list(passages)))
            session.flush()
            newest = select(QuestionEntry.id).order_by(QuestionEntry.asked.desc()).limit(MOST_QUESTIONS)
            session.execute(delete(QuestionEntry).where(QuestionEntry.id.not_in(newest)))

    def questions(self) -> list[Question]:
        """Return the questions that were kept, the newest first."""
        query = select(QuestionEntry).order_by(QuestionEntry.asked.desc(), QuestionEntry.id.desc())
        with self._reading() as session:
            return [Question(row.words, row.asked, tuple(row.passages)) for row in session.scalars(query)]

    def forget_questions(self) -> int:
        """Delete every question, return how many there were; their words leave the file."""
        with self._writing(faults.DELETING) as session:
            count = len(session.scalars(select(QuestionEntry.id)).all())
            session.execute(delete(QuestionEntry))
        self._wipe()
        return count


def _tip(coach: Any) -> list[ColumnElement[str]]:
    """Return what is read of a coach's notes: the passage, its article's title, the tip."""
    tip = type_coerce(coach, JSON)["notes"]["tip"]
    return [tip[name].as_string() for name in ("passage_id", "title", "says")]


def _corrected(right: Any) -> list[ColumnElement[Any]]:
    """Return the same of the notes after the leader put a reading right, and first whether that was done."""
    notes = type_coerce(right, JSON)["coach"]
    return [type_coerce(right, JSON)["acts"].as_string(), *_tip(notes)]


def _citation(row: Any) -> Citation | None:
    session, title, turn, said, *noted = row
    first, put_right, second = noted[:3], noted[3], noted[4:]
    passage, article, tip = second if put_right else first
    return Citation(session, title, turn, said, passage, article or "", tip or "") if passage else None
