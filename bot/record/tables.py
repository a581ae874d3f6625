"""The tables of the record."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
STANDS = text("withdrawn IS NULL")


def writable(value: Any) -> Any:
    """Return `value`, whatever its nesting, with U+FFFD for what no database takes: NUL and half a surrogate pair."""
    if isinstance(value, str):
        return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {writable(name): writable(one) for name, one in value.items()}
    return [writable(one) for one in value] if isinstance(value, list | tuple) else value


class Words(TypeDecorator[str]):
    """Text as it was said."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return what can be written."""
        return None if value is None else str(writable(value))


class Json(TypeDecorator[Any]):
    """Names, numbers and words, nested. Floats come back exactly as they were."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return what can be written."""
        return writable(value)


class Utc(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond, in databases that keep no zone too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of the tables."""


class SessionEntry(Base):
    """A session; see kept.SessionRow for what its fields mean."""

    __tablename__ = "sessions"
    __table_args__ = (Index("sessions_of_owner", "owner", "created"),)

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    owner: Mapped[str] = mapped_column(String(10), server_default="")
    """The id of the account whose it is; '' for whoever uses this computer."""
    scenario: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Words)
    seed: Mapped[int] = mapped_column(BigInteger)
    mode: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(Text, server_default="usual")
    opening: Mapped[str] = mapped_column(Words)
    created: Mapped[datetime] = mapped_column(Utc, index=True)
    updated: Mapped[datetime] = mapped_column(Utc)
    scenario_hash: Mapped[str] = mapped_column(Text)
    reader_hash: Mapped[str] = mapped_column(Text)
    notes: Mapped[Any] = mapped_column(Json, nullable=False)
    self_rating: Mapped[Any] = mapped_column(Json, nullable=False)
    overruled: Mapped[Any] = mapped_column(Json, nullable=False, server_default="{}")
    reflection: Mapped[str] = mapped_column(Words)
    ending: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id", ondelete="SET NULL"), index=True)
    branched_after: Mapped[int | None]


class TurnEntry(Base):
    """A turn. Every field of Turn is here under its own name, but for `kept`: a turn that is here may be."""

    __tablename__ = "turns"
    __table_args__ = (
        Index("turns_that_stand", "session_id", "number", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
        Index("turns_of_session", "session_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    number: Mapped[int]
    words: Mapped[str] = mapped_column(Words)
    acts: Mapped[Any] = mapped_column(Json, nullable=False)
    turn_forms: Mapped[Any] = mapped_column(Json, nullable=False)
    state: Mapped[Any] = mapped_column(Json, nullable=False)
    opened: Mapped[Any] = mapped_column(Json, nullable=False)
    frozen: Mapped[int]
    line: Mapped[str] = mapped_column(Words)
    situation: Mapped[str] = mapped_column(Text)
    manner: Mapped[str] = mapped_column(Text)
    topic: Mapped[str | None] = mapped_column(Text)
    told: Mapped[Any] = mapped_column(Json, nullable=False)
    said: Mapped[Any] = mapped_column(Json, nullable=False)
    thought: Mapped[str] = mapped_column(Words)
    step: Mapped[str] = mapped_column(Text)
    voice: Mapped[str] = mapped_column(Text)
    model: Mapped[Any | None] = mapped_column(Json)
    """What a language model was asked for it; None for nothing."""
    out_of_role: Mapped[str] = mapped_column(Text)
    coach: Mapped[Any] = mapped_column(Json, nullable=False)
    """What the coach showed for this turn; {} for nothing."""
    corrected: Mapped[Any | None] = mapped_column(Json)
    """The acts, turn_forms and coach's notes after the leader put a reading right; None while it stands as read."""
    created: Mapped[datetime] = mapped_column(Utc)
    withdrawn: Mapped[datetime | None] = mapped_column(Utc)
    """When the leader took it back; None while it stands."""


class QuestionEntry(Base):
    """A question that the library answered. The same words of the same person again are the same question."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("owner", "words", name="question_of_owner"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    owner: Mapped[str] = mapped_column(String(10))
    """As of a session."""
    words: Mapped[str] = mapped_column(Words)
    asked: Mapped[datetime] = mapped_column(Utc, index=True)
    """When it was asked last."""
    passages: Mapped[Any] = mapped_column(Json, nullable=False)
    """The ids of the passages that answered it, best first."""


class AccountEntry(Base):
    """Somebody who may sign in."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(Words, unique=True)
    """As it is typed to sign in, in small letters."""
    role: Mapped[str] = mapped_column(String(10))
    password: Mapped[str] = mapped_column(Text)
    """Its argon2 hash; '' for somebody whom another system signs in."""
    to_change: Mapped[bool]
    """Whether somebody else chose the password: then nothing is open before it is changed."""
    created: Mapped[datetime] = mapped_column(Utc)
    seen: Mapped[str] = mapped_column(String(10), server_default="")
    """The last day on which they were here, as in 2026-11-23; '' for never."""


class SignInEntry(Base):
    """Somebody who is signed in, in one browser. The browser's token itself is nowhere here."""

    __tablename__ = "sign_ins"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Its SHA-256."""
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    begun: Mapped[datetime] = mapped_column(Utc)
    seen: Mapped[datetime] = mapped_column(Utc)


class FailedSignIn(Base):
    """A sign-in that failed. Names and addresses are here as hashes only, and only as long as they count."""

    __tablename__ = "failed_sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    tried: Mapped[datetime] = mapped_column(Utc, index=True)


class AuditEntry(Base):
    """Something that was done to an account. No password is here, and nothing of what anybody rehearsed."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Utc, index=True)
    by: Mapped[str] = mapped_column(Words)
    """The name of the account that did it; '' for whoever used the terminal."""
    what: Mapped[str] = mapped_column(String(10))
    whom: Mapped[str] = mapped_column(Words)
    """The name of the account that it was done to, which may have gone since."""
    detail: Mapped[str] = mapped_column(Text)
    """The role that was given, where one was; else ''."""


class ShareEntry(Base):
    """A link to a conversation. What opens it, its token, is nowhere here."""

    __tablename__ = "shares"

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    """Its SHA-256."""
    name: Mapped[str] = mapped_column(Words)
    """For whom it is, as its owner calls them."""
    shows: Mapped[Any] = mapped_column(Json, nullable=False)
    """Whether it shows notes, private thoughts and names."""
    created: Mapped[datetime] = mapped_column(Utc)
    expires: Mapped[datetime] = mapped_column(Utc)
    revoked: Mapped[datetime | None] = mapped_column(Utc)


class ShareEvent(Base):
    """Something that became of a link."""

    __tablename__ = "share_events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Utc)


class ShareRemark(Base):
    """Something said of a turn by whoever has the link, or in answer."""

    __tablename__ = "share_remarks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    by: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(10))
    turn: Mapped[int]
    place: Mapped[int | None]
    """Of a reading: which sentence of the turn, from 0."""
    move: Mapped[str | None] = mapped_column(Text)
    """Of a reading: as what it is read."""
    words: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(Utc)


class GroupEntry(Base):
    """A group that a coach made, and what is set for it to practise."""

    __tablename__ = "groups"

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    coach_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Words)
    code: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The SHA-256 of what one joins with; None while nobody may join."""
    scenario: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime | None] = mapped_column(Utc)
    """The end of the last day for it; None for no such day."""
    set_at: Mapped[datetime] = mapped_column(Utc)
    """When this scenario was set: only what was begun since counts."""
    created: Mapped[datetime] = mapped_column(Utc)


class Membership(Base):
    """Somebody who is in a group."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("group_id", "account_id", name="once_in_a_group"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    joined: Mapped[datetime] = mapped_column(Utc)
    counts: Mapped[bool]
    """Whether their levels may count, without their name, where they shared nothing."""


class GroupShare(Base):
    """Says of a link that it is none: its conversation is shown to whoever looks after a group, and to nobody else."""

    __tablename__ = "group_shares"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), unique=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)


class StatementEntry(Base):
    """A finished session of which a learning record store is told, or was."""

    __tablename__ = "statements"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """The statement's own UUID."""
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    body: Mapped[Any] = mapped_column(Json, nullable=False)
    """The statement; {} once nothing is to be told any more."""
    created: Mapped[datetime] = mapped_column(Utc)
    due: Mapped[datetime] = mapped_column(Utc, index=True)
    """Not before this; later while a process is telling it."""
    tries: Mapped[int]
    stands: Mapped[str] = mapped_column(String(10))
    """Whether it is 'waiting', or was 'told' or 'refused'."""


class SecretEntry(Base):
    """Something random that this server keeps to itself."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime] = mapped_column(Utc)
