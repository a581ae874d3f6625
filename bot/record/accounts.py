"""The accounts of a server in the record: who may sign in, who is signed in, and sign-ins that failed."""

import secrets
import string
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.errors import UsageError
from bot.record import audit, faults
from bot.record.audit import Deed, Done
from bot.record.shares import withdraw_from_groups
from bot.record.tables import (
    AccountEntry,
    FailedSignIn,
    GroupEntry,
    GroupShare,
    QuestionEntry,
    SessionEntry,
    SignInEntry,
)

ID_LETTERS = string.ascii_letters + string.digits
ADMIN = "admin"
GONE = UsageError("That account is not here any more.", "Look at the list again.")


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in. Nothing of the password but its hash is here."""

    id: str
    """Ten letters and digits; what they say and keep belongs to it."""
    name: str
    role: str
    password: str
    """Its argon2 hash; '' for somebody whom another system signs in."""
    to_change: bool
    """Whether somebody else chose the password: then nothing is open before it is changed."""
    created: datetime
    seen: str = ""
    """The last day on which they were here, as in 2026-11-23; '' for never."""


@dataclass(frozen=True)
class SignIn:
    """Somebody who is signed in, in one browser."""

    account: Account
    begun: datetime
    seen: datetime
    """When the browser asked for something last, to the minute."""


class Accounts:
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

    def add(self, name: str, role: str, password: str, *, to_change: bool, deed: Deed | None = None) -> Account:
        """Keep a new account and return it. `password` is a hash. Raise UsageError where the name is taken.

        Here and below, `deed` is what is noted of it with it.
        """
        with self._writing(faults.KEEPING_ACCOUNT) as session:
            if session.scalar(select(AccountEntry.id).where(AccountEntry.name == name)):
                raise UsageError(f"There is an account {name!r} already.", "Choose another name.")
            entry = AccountEntry(
                id="".join(secrets.choice(ID_LETTERS) for _ in range(10)),
                name=name,
                role=role,
                password=password,
                to_change=to_change,
                created=datetime.now(UTC),
                seen="",
            )
            session.add(entry)
            audit.note(session, deed, name)
            return _account(entry)

    def named(self, name: str) -> Account | None:
        """Return the account of that name, or None."""
        with self._reading() as session:
            entry = session.scalar(select(AccountEntry).where(AccountEntry.name == name))
            return _account(entry) if entry else None

    def account(self, account_id: str) -> Account | None:
        """Return the account of that id, or None."""
        with self._reading() as session:
            entry = session.get(AccountEntry, account_id)
            return _account(entry) if entry else None

    def all(self) -> list[Account]:
        """Return every account, by name."""
        with self._reading() as session:
            return [_account(entry) for entry in session.scalars(select(AccountEntry).order_by(AccountEntry.name))]

    def some(self, search: str, start: int, at_most: int) -> tuple[list[Account], int]:
        """Return accounts with `search` in their name, by name, from the one at `start`, and how many there are."""
        found = AccountEntry.name.icontains(search, autoescape=True)
        query = select(AccountEntry).where(found).order_by(AccountEntry.name).offset(start).limit(at_most)
        with self._reading() as session:
            number = session.scalar(select(func.count(AccountEntry.id)).where(found)) or 0
            return [_account(entry) for entry in session.scalars(query)], number

    def counts(self) -> dict[str, int]:
        """Return how many accounts there are of each role that somebody has."""
        query = select(AccountEntry.role, func.count(AccountEntry.id)).group_by(AccountEntry.role)
        with self._reading() as session:
            return {row[0]: row[1] for row in session.execute(query)}

    def done(self, at_most: int) -> list[Done]:
        """Return what was done to accounts last, the newest first."""
        with self._reading() as session:
            return audit.noted(session, at_most)

    def change_role(
        self, account_id: str, role: str, *, leave_an_admin: bool = False, deed: Deed | None = None
    ) -> None:
        """Give the account another role. Raise UsageError where it is the last to `leave_an_admin` with."""
        with self._writing(faults.KEEPING_ACCOUNT) as session:
            if leave_an_admin and role != ADMIN:
                _refuse_last_admin(session, account_id)
            entry = _entry(session, account_id)
            entry.role = role
            audit.note(session, deed, entry.name)

    def change_password(self, account_id: str, password: str, *, to_change: bool, deed: Deed | None = None) -> None:
        """Keep another hash, and sign the account out everywhere."""
        with self._writing(faults.KEEPING_ACCOUNT) as session:
            entry = _entry(session, account_id)
            entry.password, entry.to_change = password, to_change
            session.execute(delete(SignInEntry).where(SignInEntry.account_id == account_id))
            audit.note(session, deed, entry.name)

    def remove(self, account_id: str, *, leave_an_admin: bool = False, deed: Deed | None = None) -> None:
        """Delete the account with every session, question and group of its owner; their words leave the file.

        Without a `deed`, for somebody deletes their own, their name goes from what was noted too. Raise UsageError
        where it is the last to `leave_an_admin` with.
        """
        with self._writing(faults.DELETING) as session:
            if leave_an_admin:
                _refuse_last_admin(session, account_id)
            name = _entry(session, account_id).name
            audit.note(session, deed, name)
            if deed is None:
                audit.forget(session, name)
            groups = select(GroupEntry.id).where(GroupEntry.coach_id == account_id)
            withdraw_from_groups(session, GroupShare.group_id.in_(groups))
            session.flush()
            session.execute(delete(QuestionEntry).where(QuestionEntry.owner == account_id))
            session.execute(delete(SessionEntry).where(SessionEntry.owner == account_id))
            session.execute(delete(AccountEntry).where(AccountEntry.id == account_id))
        self._wipe()

    # Who is signed in

    def sign_in(self, account_id: str, token: str) -> None:
        """Keep that the browser with this token (its hash) is signed in from now on."""
        now = datetime.now(UTC)
        with self._writing(faults.SIGNING_IN) as session:
            session.add(SignInEntry(token=token, account_id=account_id, begun=now, seen=now))

    def signed_in(self, token: str) -> SignIn | None:
        """Return who is signed in with this token (its hash), or None; whether still is for the caller to say."""
        query = select(SignInEntry, AccountEntry).join(AccountEntry, AccountEntry.id == SignInEntry.account_id)
        with self._reading() as session:
            found = session.execute(query.where(SignInEntry.token == token)).first()
            return SignIn(_account(found[1]), found[0].begun, found[0].seen) if found else None

    def saw(self, token: str, now: datetime) -> None:
        """Note that the browser with this token asked for something."""
        with self._writing(faults.SIGNING_IN) as session:
            session.execute(update(SignInEntry).where(SignInEntry.token == token).values(seen=now))

    def here_on(self, account_id: str, day: str) -> None:
        """Note the last day on which somebody was here."""
        with self._writing(faults.SIGNING_IN) as session:
            session.execute(update(AccountEntry).where(AccountEntry.id == account_id).values(seen=day))

    def sign_out(self, token: str) -> None:
        """Forget the browser with this token."""
        with self._writing(faults.SIGNING_IN) as session:
            session.execute(delete(SignInEntry).where(SignInEntry.token == token))

    def sign_out_everywhere(self, account_id: str) -> None:
        """Forget every browser of an account."""
        with self._writing(faults.SIGNING_IN) as session:
            session.execute(delete(SignInEntry).where(SignInEntry.account_id == account_id))

    # Who could not sign in

    def failed(self, name: str, address: str, since: datetime) -> tuple[int, int, int]:
        """Return how many sign-ins failed since then: for this name from this address, for the name, from the address.

        Both are hashes.
        """
        one = FailedSignIn
        counts = [(one.name == name, one.address == address), (one.name == name,), (one.address == address,)]
        with self._reading() as session:
            pair, named, from_address = (
                session.scalar(select(func.count(one.id)).where(one.tried > since, *which)) or 0 for which in counts
            )
        return pair, named, from_address

    def note_failed(self, name: str, address: str, before: datetime) -> int:
        """Note that a sign-in failed, forget those from before a moment, and return the number of the note."""
        with self._writing(faults.SIGNING_IN) as session:
            session.execute(delete(FailedSignIn).where(FailedSignIn.tried < before))
            noted = FailedSignIn(name=name, address=address, tried=datetime.now(UTC))
            session.add(noted)
            session.flush()
            return noted.id

    def forget_one_failed(self, noted: int) -> None:
        """Forget one failed sign-in, by the number of its note."""
        with self._writing(faults.SIGNING_IN) as session:
            session.execute(delete(FailedSignIn).where(FailedSignIn.id == noted))

    def forget_failed(self, name: str, address: str) -> None:
        """Forget the failed sign-ins for this name from this address: somebody remembered the password."""
        one = FailedSignIn
        with self._writing(faults.SIGNING_IN) as session:
            session.execute(delete(one).where(one.name == name, one.address == address))


def _account(entry: AccountEntry) -> Account:
    return Account(entry.id, entry.name, entry.role, entry.password, entry.to_change, entry.created, entry.seen)


def _entry(session: Session, account_id: str) -> AccountEntry:
    if (entry := session.get(AccountEntry, account_id)) is None:
        raise GONE.anew()
    return entry


def _refuse_last_admin(session: Session, account_id: str) -> None:
    """Raise UsageError where nobody else looks after the server. Others who change that wait until this is done."""
    admins = select(AccountEntry.id).where(AccountEntry.role == ADMIN).order_by(AccountEntry.id).with_for_update()
    if list(session.scalars(admins)) == [account_id]:
        raise UsageError("There is no other administrator.", "Make somebody else one first.")
