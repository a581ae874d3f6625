"""Sessions of which nothing is kept: in this program's memory alone, beside the record of those that are."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.colleague.turn import Turn
from bot.errors import UsageError
from bot.record import faults
from bot.record.database import engine_in_memory
from bot.record.kept import UNKEPT, Citation, Kept, KeptTurn, Question, SessionRow, Summary, is_kept
from bot.record.statements import Statement
from bot.record.store import Record, put
from bot.record.tables import Base, SessionEntry
from bot.record.uses import Uses

UNTOUCHED = timedelta(hours=4)
"""How long such a session stays when nobody opens it: an afternoon, so that somebody who is called away comes back to
it, and nobody finds it on a shared computer the next morning."""
MOST = 30
"""Such sessions of one owner; the one untouched longest makes room. A long one takes some 300 kB of memory."""
WAIT_MS = 10_000
"""How long a thread waits for the one connection. Each holds it for a few milliseconds."""
KEEPS_NOTHING = UsageError(
    "Nothing is kept here now, so what was kept before stays as it is.",
    "Read it, save it or delete it. To go on with it, take it up again from one of its turns: nothing of that is kept.",
)


class Unkept(Record):
    """Sessions in this program's memory. Nothing of them is ever written to a disk, and they end with the program."""

    ids_begin = UNKEPT

    def __init__(self) -> None:
        engine = engine_in_memory(wait_ms=WAIT_MS)
        with engine.execution_options(writes=True).begin() as connection:
            Base.metadata.create_all(connection)
        self._rest_on(engine, "the memory of this program")

    def start(self, **about: Any) -> SessionRow:
        """Begin a session; the one untouched longest goes where there are MOST."""
        self._make_room()
        return super().start(**about)

    def touch(self, session_id: str) -> None:
        """Note that a session was opened: it stays for another while."""
        mine = (SessionEntry.id == session_id, SessionEntry.owner == self.owner)
        with self._writing(faults.READING) as session:
            session.execute(update(SessionEntry).where(*mine).values(updated=datetime.now(UTC)))

    def take_over(self, kept: Record, session_id: str, after: int, title: str) -> SessionRow:
        """Begin a session with the first turns of one that is kept, which stays as it is. Raise UsageError."""
        self._make_room()
        with kept._reading() as session:
            entry, turns = kept._branched(session, session_id, after, title, self.ids_begin)
        entry.parent_id = None  # it is in another database
        with self._writing(faults.STARTING) as session:
            return put(session, entry, turns)

    def _make_room(self) -> None:
        newest = select(SessionEntry.id).where(SessionEntry.owner == self.owner).order_by(SessionEntry.updated.desc())
        with self._writing(faults.STARTING) as session:
            too_many = list(session.scalars(newest.offset(MOST - 1)))
            session.execute(delete(SessionEntry).where(SessionEntry.id.in_(too_many)))


class KeptAndUnkept(Record):
    """The record, and beside it sessions of which nothing is kept; an id says which of the two a session is in.

    With `keeps_nothing` no words reach the disk at all: every session is in memory, one that was kept before can be
    read, copied into memory and deleted, and whatever else would write somebody's words raises KEEPS_NOTHING.
    """

    def __init__(self, url: str, *, keeps_nothing: bool = False, wait_ms: int = 5000) -> None:
        self.keeps_nothing = keeps_nothing
        super().__init__(url, wait_ms=wait_ms)
        self._memory = Unkept()

    @property
    def unkept(self) -> Unkept:
        """Return this owner's sessions of which nothing is kept."""
        return self._memory.of(self.owner)

    def close(self) -> None:
        """Close both; what is in memory is gone."""
        super().close()
        self._memory.close()

    def may_change(self, session_id: str) -> bool:
        """Return whether a session can go on as itself."""
        return not (self.keeps_nothing and is_kept(session_id))

    def forget_untouched(self) -> int:
        """Forget what nobody has opened for a while, of all owners; return how many sessions."""
        return self._memory.delete_before(datetime.now(UTC) - UNTOUCHED)

    def forget_of(self, owner: str) -> list[str]:
        """Forget everything of one owner that is not kept; return the ids of the sessions."""
        theirs = self._memory.of(owner)
        gone = [one.id for one in theirs.sessions(limit=None)]
        if gone or theirs.uses.questions():
            theirs.delete_all()
        return gone

    def start(self, *, kept: bool = True, **about: Any) -> SessionRow:
        """Begin a session, in memory where `kept` is False or nothing is kept at all."""
        return super().start(**about) if kept and not self.keeps_nothing else self.unkept.start(**about)

    def append(self, session_id: str, turn: Turn, coach: dict[str, Any] | None = None) -> None:
        """Keep the turn where its session is."""
        if is_kept(session_id):
            super().append(session_id, turn, coach)
        else:
            self.unkept.append(session_id, turn, coach)

    def correct(self, session_id: str, turn: Turn, coach: dict[str, Any]) -> None:
        """Put the readings of a turn right where its session is."""
        if is_kept(session_id):
            super().correct(session_id, turn, coach)
        else:
            self.unkept.correct(session_id, turn, coach)

    def finish(self, session_id: str, ending: str | None, statement: Statement | None = None) -> None:
        """Note how the session ended, where it is. Nobody is told of one that is not kept."""
        if is_kept(session_id):
            super().finish(session_id, ending, statement)
        else:
            self.unkept.finish(session_id, ending)

    def session(self, session_id: str) -> Kept:
        """Return the session with the turns that stand. One that is not kept stays for another while."""
        if is_kept(session_id):
            return super().session(session_id)
        self.unkept.touch(session_id)
        return self.unkept.session(session_id)

    def sessions(self, search: str = "", limit: int | None = 200) -> list[Summary]:
        """Return sessions of both kinds, newest first."""
        found = [*self.unkept.sessions(search, limit), *super().sessions(search, limit)]
        return sorted(found, key=lambda one: one.created, reverse=True)[:limit]

    def branches(self, session_id: str) -> list[Summary]:
        """Return the sessions that branched from this one, newest first."""
        return super().branches(session_id) if is_kept(session_id) else self.unkept.branches(session_id)

    def withdraw_last(self, session_id: str) -> KeptTurn:
        """Take the last turn back and return it."""
        return super().withdraw_last(session_id) if is_kept(session_id) else self.unkept.withdraw_last(session_id)

    def branch(self, session_id: str, after: int, title: str = "") -> SessionRow:
        """Begin a session with the first turns of this one: in memory where this one is, or where nothing is kept."""
        if not is_kept(session_id):
            return self.unkept.branch(session_id, after, title)
        if self.keeps_nothing:
            return self.unkept.take_over(self, session_id, after, title)
        return super().branch(session_id, after, title)

    def delete(self, session_id: str) -> None:
        """Delete the session; with one that is not kept goes what was asked of the library beside such ones."""
        if is_kept(session_id):
            super().delete(session_id)
        else:
            self.unkept.delete(session_id)
            self.unkept.uses.forget_questions()

    def delete_all(self) -> None:
        """Delete every session and question of this owner, kept or not."""
        super().delete_all()
        self.unkept.delete_all()

    @property
    def uses(self) -> Uses:
        """Return what passages were used for, in sessions of both kinds."""
        return UsesOfBoth(super().uses, self.unkept.uses)

    def uses_beside(self, session_id: str) -> Uses:
        """Return where a question is noted: in memory beside a session that is not kept, and where nothing is."""
        return self.uses if is_kept(session_id) and not self.keeps_nothing else self.unkept.uses

    def _change(self, session_id: str, **columns: Any) -> None:
        if is_kept(session_id):
            super()._change(session_id, **columns)
        else:
            self.unkept._change(session_id, **columns)

    def _writing(self, attempt: faults.Attempt) -> AbstractContextManager[Session]:
        if self.keeps_nothing and attempt.holds_words:
            raise KEEPS_NOTHING.anew()
        return super()._writing(attempt)


class UsesOfBoth(Uses):
    """What passages were used for in sessions that are kept and in those that are not."""

    def __init__(self, kept: Uses, unkept: Uses) -> None:
        self._kept, self._unkept = kept, unkept

    def citations(self) -> list[Citation]:
        """Return the turns of both beside which a passage was cited, the newest first."""
        found = [*self._unkept.citations(), *self._kept.citations()]
        return sorted(found, key=lambda one: one.said, reverse=True)

    def keep_question(self, words: str, passages: Sequence[str]) -> None:
        """Keep a question for good."""
        self._kept.keep_question(words, passages)

    def questions(self) -> list[Question]:
        """Return the questions of both, the newest first."""
        found = [*self._unkept.questions(), *self._kept.questions()]
        return sorted(found, key=lambda one: one.asked, reverse=True)

    def forget_questions(self) -> int:
        """Delete every question of both, return how many there were."""
        return self._unkept.forget_questions() + self._kept.forget_questions()
