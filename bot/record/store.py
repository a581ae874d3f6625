"""The record: sessions and their turns, appended and never rewritten. What was shown is kept, whatever dies after."""

import copy
import secrets
import string
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Engine, ScalarSelect, delete, func, or_, select
from sqlalchemy.orm import Session

from bot.colleague.turn import Turn
from bot.errors import RecordError, UsageError
from bot.record import faults
from bot.record.accounts import Accounts
from bot.record.database import address_of, engine_for, make_folder, place_of, wipe
from bot.record.groups import Groups
from bot.record.kept import MODES, Kept, KeptTurn, Mode, SessionRow, Summary
from bot.record.memberships import Memberships
from bot.record.rows import copied, correction, kept, kept_turn, session_row, turn_columns
from bot.record.shares import Shares
from bot.record.statements import REFUSED, Statement, Statements, keep, take_back
from bot.record.tables import QuestionEntry, SessionEntry, StatementEntry, TurnEntry
from bot.record.upgrade import bring_up_to_date
from bot.record.uses import Uses

ID_LETTERS = string.ascii_letters + string.digits
SEEDS = range(-(2**63), 2**63)


class Record:
    """The transcripts in the database at `url`, a SQLAlchemy address. Close it, or use it in a `with`.

    One Record serves any number of threads; several processes may share a file. `wait_ms` is how long to wait for
    another writer. Raise RecordError where it cannot be opened, UsageError where `url` is no address. Every method
    raises RecordError when the database fails, and UsageError for a session that is not there.

    What it shows and changes belongs to one owner: whoever uses this computer, unless it is the record `of` another.
    """

    ids_begin = ""
    """With this, every id of a session."""

    def __init__(self, url: str, *, wait_ms: int = 5000) -> None:
        address = address_of(url)
        place = place_of(address)
        make_folder(address)
        with faults.in_plain_words(faults.OPENING, place):
            bring_up_to_date(address, wait_ms=wait_ms)
        self._rest_on(engine_for(address, wait_ms=wait_ms, log_ahead=True), place)

    def _rest_on(self, engine: Engine, place: str) -> None:
        self.engine, self.place, self.owner = engine, place, ""
        self._writer = engine.execution_options(writes=True)
        self.accounts = Accounts(self._reading, self._writing, self._wipe)

    def of(self, owner: str) -> Self:
        """Return the record of one account, by its id: the same database, and nobody else's words in it."""
        theirs = copy.copy(self)
        theirs.owner = owner
        return theirs

    @property
    def uses(self) -> Uses:
        """Return what passages of the library were used for in this owner's sessions and questions."""
        return Uses(self.owner, self._reading, self._writing, self._wipe)

    def uses_beside(self, session_id: str) -> Uses:  # noqa: ARG002
        """Return where a question is noted that is asked while this session is in the room ('' for none)."""
        return self.uses

    @property
    def shares(self) -> Shares:
        """Return the links to this owner's sessions."""
        return Shares(self.owner, self._reading, self._writing)

    @property
    def groups(self) -> Groups:
        """Return the groups that this owner made."""
        return Groups(self.owner, self._reading, self._writing)

    @property
    def memberships(self) -> Memberships:
        """Return the groups that this owner is in."""
        return Memberships(self.owner, self._reading, self._writing)

    @property
    def statements(self) -> Statements:
        """Return what a learning record store is to be told, of all owners."""
        return Statements(self._reading, self._writing)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. What was appended is kept without this, too."""
        self.engine.dispose()

    def answers(self) -> None:
        """Ask the database for a sign of life. Raise RecordError where none comes."""
        with self._reading() as session:
            session.execute(select(1))

    def start(
        self,
        *,
        scenario: str,
        title: str,
        seed: int,
        opening: str,
        mode: Mode = "practise",
        level: str = "usual",
        scenario_hash: str = "",
        reader_hash: str = "",
        notes: dict[str, Any] | None = None,
    ) -> SessionRow:
        """Begin a session and return it. Raise UsageError for a mode or a seed (64 bits) that there is not."""
        if mode not in MODES:
            raise UsageError(f"{mode!r} is not a way to rehearse.", f"There are {', '.join(MODES)}.")
        if seed not in SEEDS:
            raise UsageError(f"The seed {seed} is too large.", "Take one of up to 18 digits.")
        about = {"scenario": scenario, "title": title, "seed": seed, "opening": opening, "mode": mode, "level": level}
        hashes = {"scenario_hash": scenario_hash, "reader_hash": reader_hash}
        with self._writing(faults.STARTING) as session:
            entry = _new_entry(self.ids_begin, owner=self.owner, **about, **hashes, notes=notes or {})
            session.add(entry)
            return session_row(entry)

    def append(self, session_id: str, turn: Turn, coach: dict[str, Any] | None = None) -> None:
        """Keep the turn and what the coach showed for it; both are on the disk when this returns.

        A turn that may not be kept leaves no trace, and uses up no number. Raise RecordError where `turn.number` is
        not the next one or the session has gone: then something else has written to it.
        """
        if not turn.kept:
            return
        with self._writing(faults.SAYING) as session:
            entry = session.get(SessionEntry, session_id, with_for_update=True)
            if entry is None or entry.owner != self.owner:
                raise RecordError(f"{faults.SAYING.failed}: this session has been deleted.", "Start a new one.")
            _refuse_unless_next(session, session_id, turn.number)
            entry.updated = datetime.now(UTC)
            row = TurnEntry(session_id=session_id, coach=coach or {}, created=entry.updated, **turn_columns(turn))
            session.add(row)

    def correct(self, session_id: str, turn: Turn, coach: dict[str, Any]) -> None:
        """Keep how the leader put the readings of a turn right, in place of an earlier time. What was read stays.

        Raise UsageError for a turn that does not stand.
        """
        with self._writing(faults.CHANGING) as session:
            entry = self._entry(session, session_id)
            row = next((one for one in _standing(session, session_id) if one.number == turn.number), None)
            if row is None:
                raise UsageError(f"There is no turn {turn.number} to put right.", "Open the conversation again.")
            row.corrected = correction(turn, coach)
            entry.updated = datetime.now(UTC)

    def session(self, session_id: str) -> Kept:
        """Return the session with the turns that stand, in order."""
        with self._reading() as session:
            return kept(self._entry(session, session_id), _standing(session, session_id))

    def sessions(self, search: str = "", limit: int | None = 200) -> list[Summary]:
        """Return sessions, newest first, at most `limit`; None for all.

        With `search`, those that have it in the title or in a turn that stands, in the leader's words or the
        colleague's line, in any case.
        """
        with self._reading() as session:
            return self._summaries(session, *([_mentions(search)] if search.strip() else []), limit=limit)

    def branches(self, session_id: str) -> list[Summary]:
        """Return the sessions that branched from this one, newest first."""
        with self._reading() as session:
            self._entry(session, session_id)
            return self._summaries(session, SessionEntry.parent_id == session_id)

    def rename(self, session_id: str, title: str) -> None:
        """Give the session another title. Raise UsageError for an empty one."""
        if not title.strip():
            raise UsageError("A session needs a title.", "Type at least one letter.")
        self._change(session_id, title=title.strip())

    def finish(self, session_id: str, ending: str | None, statement: Statement | None = None) -> None:
        """Note how the session ended, and what a learning record store is to be told of it, both or neither.

        None opens it again, and takes back what has not been told.
        """
        with self._writing(faults.CHANGING) as session:
            entry = self._entry(session, session_id, to_change=True)
            entry.ending, entry.updated = ending, datetime.now(UTC)
            if ending is None:
                take_back(session, session_id)
            elif statement is not None:
                keep(session, session_id, statement)

    def is_told_of(self, session_id: str) -> bool:
        """Return whether a learning record store is told that the session was finished, or was told."""
        with self._reading() as session:
            self._entry(session, session_id)
            one = StatementEntry
            query = select(one.id).where(one.session_id == session_id, one.stands != REFUSED)
            return session.scalar(query.limit(1)) is not None

    def rate(self, session_id: str, self_rating: dict[str, Any]) -> None:
        """Keep the leader's rating of themself, in place of an earlier one."""
        self._change(session_id, self_rating=self_rating)

    def overrule(self, session_id: str, levels: dict[str, int]) -> None:
        """Keep a coach's levels by behaviour, in place of earlier ones."""
        self._change(session_id, overruled=levels)

    def reflect(self, session_id: str, reflection: str) -> None:
        """Keep the leader's reflection, in place of an earlier one."""
        self._change(session_id, reflection=reflection)

    def note(self, session_id: str, notes: dict[str, Any]) -> None:
        """Keep the leader's preparation, in place of an earlier one."""
        self._change(session_id, notes=notes)

    def withdraw_last(self, session_id: str) -> KeptTurn:
        """Take the last turn back and return it. It stays on record as withdrawn; its number is free again.

        Raise UsageError where no turn is left.
        """
        with self._writing(faults.CHANGING) as session:
            entry = self._entry(session, session_id)
            rows = _standing(session, session_id)
            if not rows:
                raise UsageError("There is no turn to take back.", "Say something first.")
            entry.updated = rows[-1].withdrawn = datetime.now(UTC)
            if len(rows) == 1:
                take_back(session, session_id)
            return kept_turn(rows[-1])

    def branch(self, session_id: str, after: int, title: str = "") -> SessionRow:
        """Begin a session with the turns up to and including `after` (0: from the opening) and return it.

        Notes and seed come along; ending, rating and reflection do not. Raise UsageError for a turn that is not there.
        """
        with self._writing(faults.STARTING) as session:
            entry, turns = self._branched(session, session_id, after, title, self.ids_begin)
            return put(session, entry, turns)

    def _branched(
        self, session: Session, session_id: str, after: int, title: str, ids_begin: str
    ) -> tuple[SessionEntry, list[TurnEntry]]:
        """Return the rows of a branch, which are in no database yet. Raise UsageError for a turn that is not there."""
        parent = self._entry(session, session_id)
        rows = _standing(session, session_id)
        if not 0 <= after <= len(rows):
            raise UsageError(f"There is no turn {after} to go on from.", f"The last turn is {len(rows)}.")
        entry = _branch_of(parent, after, title, ids_begin)
        return entry, [copied(row, entry.id) for row in rows[:after]]

    def delete(self, session_id: str) -> None:
        """Delete the session; its words leave the file with it. Its branches stay, as sessions of their own."""
        with self._writing(faults.DELETING) as session:
            self._entry(session, session_id)
            session.execute(delete(SessionEntry).where(SessionEntry.id == session_id))
        self._wipe()

    def delete_all(self) -> None:
        """Delete every session and question of this owner; their words leave the file."""
        with self._writing(faults.DELETING) as session:
            session.execute(delete(QuestionEntry).where(QuestionEntry.owner == self.owner))
            session.execute(delete(SessionEntry).where(SessionEntry.owner == self.owner))
        self._wipe()

    def delete_before(self, moment: datetime) -> int:
        """Delete every session that nobody changed since then, and every question asked before: of all owners.

        Return how many sessions there were; their words leave the file.
        """
        with self._writing(faults.DELETING) as session:
            old = select(SessionEntry.id).where(SessionEntry.updated < moment)
            gone = list(session.scalars(old))
            asked = select(QuestionEntry.id).where(QuestionEntry.asked < moment)
            some = bool(gone or session.scalars(asked.limit(1)).first())
            session.execute(delete(QuestionEntry).where(QuestionEntry.asked < moment))
            session.execute(delete(SessionEntry).where(SessionEntry.updated < moment))
        if some:
            self._wipe()
        return len(gone)

    def _entry(self, session: Session, session_id: str, *, to_change: bool = False) -> SessionEntry:
        """Return the session's row; with `to_change`, nobody else changes it before the transaction ends.

        Raise UsageError, with the three newest, where this owner has none of that id.
        """
        entry = session.get(SessionEntry, session_id, with_for_update=to_change or None)
        if entry and entry.owner == self.owner:
            return entry
        newest = [f"{one.id} ({one.title})" for one in self._summaries(session, limit=3)]
        raise UsageError(
            f"There is no session {session_id!r}.",
            f"The newest: {', '.join(newest)}." if newest else "None has been started yet.",
        )

    def _summaries(self, session: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Summary]:
        one = SessionEntry
        turns = _count(TurnEntry.session_id == one.id)
        query = select(one.id, one.title, one.scenario, one.created, one.updated, turns, one.ending)
        query = query.where(one.owner == self.owner, *conditions)
        return [Summary(*row) for row in session.execute(query.order_by(one.created.desc(), one.id).limit(limit))]

    def _change(self, session_id: str, **columns: Any) -> None:
        with self._writing(faults.CHANGING) as session:
            entry = self._entry(session, session_id)
            for name, value in columns.items():
                setattr(entry, name, value)
            entry.updated = datetime.now(UTC)

    def _wipe(self) -> None:
        with faults.in_plain_words(faults.WIPING, self.place):
            if wipe(self.engine):
                return
        raise RecordError(f"{faults.WIPING.failed}: another program is reading it.", faults.WIPING.safe)

    def _writing(self, attempt: faults.Attempt) -> AbstractContextManager[Session]:
        return self._transaction(Session(self._writer, expire_on_commit=False), attempt)

    def _reading(self) -> AbstractContextManager[Session]:
        return self._transaction(Session(self.engine, expire_on_commit=False), faults.READING)

    @contextmanager
    def _transaction(self, session: Session, attempt: faults.Attempt) -> Iterator[Session]:
        """Give one transaction, on the disk when it ends, undone when it raises."""
        with faults.in_plain_words(attempt, self.place), session, session.begin():
            yield session


def put(session: Session, entry: SessionEntry, turns: list[TurnEntry]) -> SessionRow:
    """Write a session with its turns and return it."""
    session.add(entry)
    session.flush()
    session.add_all(turns)
    return session_row(entry)


def _new_entry(ids_begin: str, **columns: Any) -> SessionEntry:
    now = datetime.now(UTC)
    session_id = ids_begin + "".join(secrets.choice(ID_LETTERS) for _ in range(10))
    return SessionEntry(id=session_id, created=now, updated=now, self_rating={}, overruled={}, reflection="", **columns)


def _branch_of(parent: SessionEntry, after: int, title: str, ids_begin: str) -> SessionEntry:
    taken = ("scenario", "seed", "mode", "level", "opening", "scenario_hash", "reader_hash", "notes")
    return _new_entry(
        ids_begin,
        **{name: getattr(parent, name) for name in taken},
        title=title.strip() or parent.title,
        owner=parent.owner,
        parent_id=parent.id,
        branched_after=after,
    )


def _standing(session: Session, session_id: str) -> list[TurnEntry]:
    """Return the turns of the session that have not been taken back, in order."""
    query = select(TurnEntry).where(TurnEntry.session_id == session_id, TurnEntry.withdrawn.is_(None))
    return list(session.scalars(query.order_by(TurnEntry.number)))


def _refuse_unless_next(session: Session, session_id: str, number: int) -> None:
    following = 1 + (session.scalar(select(_count(TurnEntry.session_id == session_id))) or 0)
    if number != following:
        raise RecordError(
            f"{faults.SAYING.failed}: turn {following} comes next in this session, not turn {number}. "
            f"It may have gone on in another window. {faults.SAYING.safe}",
            f"Open it again from the list and {faults.SAYING.again}.",
        )


def _count(of_session: ColumnElement[bool]) -> ScalarSelect[int]:
    """Return the query for how many turns stand; they are numbered from 1 without a gap, so this is the last."""
    return select(func.count(TurnEntry.id)).where(of_session, TurnEntry.withdrawn.is_(None)).scalar_subquery()


def _mentions(search: str) -> ColumnElement[bool]:
    sought = search.strip()
    in_turn = or_(*(column.icontains(sought, autoescape=True) for column in (TurnEntry.words, TurnEntry.line)))
    turns = select(TurnEntry.id).where(TurnEntry.session_id == SessionEntry.id, TurnEntry.withdrawn.is_(None), in_turn)
    return or_(SessionEntry.title.icontains(sought, autoescape=True), turns.exists())
