"""Accounts and signing in: the rules. The record keeps what they need; nothing here knows of pages or cookies."""

import hashlib
import secrets
import unicodedata
from datetime import UTC, date, datetime, timedelta

from bot.errors import NotAllowed, UsageError
from bot.people.passwords import fit, hashed, made_up, matches
from bot.people.person import LOCAL, ROLES, Person, Role
from bot.record.accounts import GONE, Account, Accounts
from bot.record.audit import ADDED, PASSWORD, REMOVED, ROLE, Deed, Done

LONGEST_NAME = 120
A_PAGE = 50
"""Accounts that are listed at once."""
MOST_DEEDS = 100
"""What was done to accounts: how much of it is shown."""
IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
"""How long somebody stays signed in without asking for anything, and at all: a school day. OWASP's Session Management
Cheat Sheet asks for less for what is dangerous, and for both limits."""
SEEN_EVERY = timedelta(minutes=1)
"""How often it is noted that somebody is there."""
WINDOW = timedelta(minutes=15)
MOST_FOR_PAIR, MOST_FOR_NAME, MOST_FROM_ADDRESS = 5, 30, 100
"""Sign-ins that may fail in a WINDOW: for one name from one address; for one name; from one address, behind which a
whole school may sit. At 30 a window, a year of guessing one name tries a million passwords."""
REFUSED = NotAllowed("That name and that password do not belong together.", "Check both and try again.")
TOO_MANY = NotAllowed("Too many sign-ins have failed.", "Wait a quarter of an hour, then try again.")


class People:
    """Who may use this server. Every method raises RecordError when the database fails."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    # Accounts: what whoever looks after the server does, by its pages or (LOCAL) in its terminal

    def add(self, name: str, role: str, password: str = "", *, by: Person = LOCAL) -> tuple[Account, str]:
        """Make an account; return it and the password, made up where none is given. Raise UsageError.

        Whoever it is for has to change the password when they sign in first. Here and below, `by` is who does it:
        that is noted, and raises NotAllowed where it is not theirs to do.
        """
        deed = _deed(by, ADDED, _role(role))
        named, chosen = _name(name), _chosen(password, name)
        return self._accounts.add(named, role, hashed(chosen), to_change=True, deed=deed), chosen

    def new_password(self, name: str, password: str = "", *, by: Person = LOCAL) -> str:
        """Give an account another password and sign it out everywhere; return the password. Raise UsageError."""
        deed, account = _deed(by, PASSWORD), self.named(name)
        _refuse_own(account, by)
        chosen = _chosen(password, name)
        self._accounts.change_password(account.id, hashed(chosen), to_change=True, deed=deed)
        return chosen

    def new_role(self, name: str, role: str, *, by: Person = LOCAL) -> None:
        """Give an account another role. Raise UsageError, on the pages also where no administrator would be left."""
        deed, account = _deed(by, ROLE, _role(role)), self.named(name)
        self._accounts.change_role(account.id, role, leave_an_admin=by != LOCAL, deed=deed)

    def remove(self, name: str, *, typed: str | None = None, by: Person = LOCAL) -> Account:
        """Delete an account with everything that is its own; return what it was.

        `typed` is its name once more, where somebody was asked for that. Raise UsageError where that is another, and on
        the pages also where no administrator would be left.
        """
        deed, account = _deed(by, REMOVED), self.named(name)
        if typed is not None and _plain(typed) != account.name:
            raise UsageError("That is not the name of this account.", "Type it as it stands above.")
        _refuse_own(account, by)
        self._accounts.remove(account.id, leave_an_admin=by != LOCAL, deed=deed)
        return account

    def named(self, name: str) -> Account:
        """Return the account of that name. Raise UsageError."""
        if found := self._accounts.named(_name(name)):
            return found
        raise UsageError(f"There is no account {name!r}.", "`alex accounts list` lists them.")

    def all(self) -> list[Account]:
        """Return every account, by name."""
        return self._accounts.all()

    def account(self, account_id: str, *, by: Person) -> Account:
        """Return an account by its id. Raise UsageError where it has gone."""
        _refuse_others(by)
        if found := self._accounts.account(account_id):
            return found
        raise GONE.anew()

    def some(self, search: str, page: int, *, by: Person) -> tuple[list[Account], int]:
        """Return a page (from 1) of the accounts with `search` in their names, A_PAGE of them, and how many there are.

        A page that is not there is the last.
        """
        _refuse_others(by)
        sought, start = _plain(search), (max(page, 1) - 1) * A_PAGE
        found, number = self._accounts.some(sought, start, A_PAGE)
        if number and not found:
            return self._accounts.some(sought, (number - 1) // A_PAGE * A_PAGE, A_PAGE)
        return found, number

    def counts(self, *, by: Person) -> dict[str, int]:
        """Return how many accounts there are of each role."""
        _refuse_others(by)
        return dict.fromkeys(ROLES, 0) | self._accounts.counts()

    def done(self, *, by: Person) -> list[Done]:
        """Return what was done to accounts lately, the newest first."""
        _refuse_others(by)
        return self._accounts.done(MOST_DEEDS)

    # Signing in

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Return the token of a browser that is signed in from now on. Raise NotAllowed, never saying which was wrong.

        `address` is where the browser is: both it and the name count towards how often somebody may try.
        """
        named, whence = _hash(_plain(name)), _hash(address)
        self._try(named, whence)
        account = self._accounts.named(_plain(name))
        if not matches(password, account.password if account else "") or account is None:
            raise REFUSED.anew()
        self._accounts.forget_failed(named, whence)
        return self._signed_in(account)

    def _try(self, named: str, whence: str, *, own: bool = False) -> None:
        """Count a try as failed before it is made, so that many at once are counted, too. Raise NotAllowed.

        Both are hashes. `own`: whether somebody who is signed in proves that it is them.
        """
        since = datetime.now(UTC) - WINDOW
        noted = self._accounts.note_failed(named, whence, since)
        pair, for_name, from_address = self._accounts.failed(named, whence, since)
        too_many = pair > MOST_FOR_PAIR or (not own and (for_name > MOST_FOR_NAME or from_address > MOST_FROM_ADDRESS))
        if too_many:
            self._accounts.forget_one_failed(noted)  # a door that is shut is not kept shut by knocking
            raise TOO_MANY.anew()

    def person(self, token: str) -> Person | None:
        """Return who is signed in with this token, or None: unknown, or too long ago."""
        if not token or (found := self._accounts.signed_in(_hash(token))) is None:
            return None
        now = datetime.now(UTC)
        if now - found.seen > IDLE or now - found.begun > LONGEST:
            self._accounts.sign_out(_hash(token))
            return None
        if now - found.seen > SEEN_EVERY:
            self._accounts.saw(_hash(token), now)
        self._is_here(found.account)
        return _person(found.account)

    def person_of(self, account_id: str) -> Person | None:
        """Return the person of an account, by its id, or None where it has gone."""
        account = self._accounts.account(account_id) if account_id else None
        return _person(account) if account else None

    def known_elsewhere(self, name: str) -> Person | None:
        """Return the person whom another system has signed in under this name; they get an account at first.

        None for a name that cannot be one.
        """
        try:
            named = _name(name)
            found = self._accounts.named(named) or self._accounts.add(named, "leader", "", to_change=False)
        except UsageError:
            account = self._accounts.named(_plain(name))  # made by another request a moment ago
            return _person(account) if account else None
        self._is_here(found)
        return _person(found)

    def sign_out(self, token: str) -> None:
        """Sign one browser out."""
        self._accounts.sign_out(_hash(token))

    def change_password(self, person: Person, old: str, new: str, address: str) -> str:
        """Change somebody's own password; sign them out everywhere, and in again here: return the new token.

        Raise NotAllowed where the old one is wrong, UsageError where the new one will not do.
        """
        account = self._prove(person, old, address)
        fit(new, account.name)
        if new == old:
            raise UsageError("That is the password you have.", "Choose another.")
        self._accounts.change_password(account.id, hashed(new), to_change=False)
        return self._signed_in(account)

    def remove_own(self, person: Person, password: str, address: str) -> None:
        """Delete somebody's own account with everything that is its own.

        Raise NotAllowed where the password is wrong, UsageError for the last administrator. Whoever has none, for
        another system signs them in, needs none.
        """
        self._prove(person, password, address)
        self._accounts.remove(person.id, leave_an_admin=True)

    def _prove(self, person: Person, password: str, address: str) -> Account:
        """Return the account of a person who knows its password. Raise NotAllowed."""
        named, whence = _hash(person.name), _hash(address)
        self._try(named, whence, own=True)
        account = self._accounts.account(person.id)
        if account is None or (account.password and not matches(password, account.password)):
            raise NotAllowed("That is not your password.", "Type the one you signed in with.")
        self._accounts.forget_failed(named, whence)
        return account

    def _signed_in(self, account: Account) -> str:
        token = secrets.token_urlsafe(32)
        self._accounts.sign_in(account.id, _hash(token))
        self._is_here(account)
        return token

    def _is_here(self, account: Account) -> None:
        """Note the day, no more: once for each day on which somebody is here."""
        today = date.today().isoformat()
        if account.seen != today:
            self._accounts.here_on(account.id, today)


def _refuse_others(by: Person) -> None:
    """Raise NotAllowed for somebody who does not look after the server."""
    if not by.looks_after_server or by.to_change:
        raise NotAllowed("That is for whoever looks after this server.", "Ask an administrator.")


def _refuse_own(account: Account, by: Person) -> None:
    """Raise UsageError where somebody would do to their own account what needs their password."""
    if account.id == by.id:
        raise UsageError("This is your own account.", "Look after it under “Your account”.")


def _deed(by: Person, what: str, detail: str = "") -> Deed:
    """Return what is noted of something that is done to an account. Raise NotAllowed where it is not theirs to do."""
    _refuse_others(by)
    return Deed(what, by.name, detail)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _name(name: str) -> str:
    named = _plain(name)
    if not 0 < len(named) <= LONGEST_NAME or not named.isprintable():
        raise UsageError(
            "That cannot be the name of an account.", f"Use 1 to {LONGEST_NAME} letters, or an e-mail address."
        )
    return named


def _chosen(password: str, name: str) -> str:
    """Return the password if it will do, or one made up for ''. Raise UsageError."""
    if not password:
        return made_up()
    fit(password, _plain(name))
    return password


def _role(role: str) -> Role:
    if role not in ROLES:
        raise UsageError(f"{role!r} is not a role.", f"There are {', '.join(ROLES)}.")
    return role  # type: ignore[return-value]


def _person(account: Account) -> Person:
    return Person(account.id, account.name, _role(account.role), account.to_change)


def _hash(secret: str) -> str:
    """Return a SHA-256: enough for a token of 256 random bits, and for names and addresses kept for minutes."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
