"""Sharing: one conversation shown to whoever has a link, or to a group, until a day, and what is said of it there."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.errors import NotAllowed, UsageError
from bot.exports.making import Cover, hidden_in, paper_of
from bot.exports.paper import Choice, Exchange, Paper, printable
from bot.record.kept import Kept, KeptTurn, is_kept
from bot.record.shares import AGAIN, COMMENT, GUEST, NO_LAST_DAY, OPENED, OWNER, READING, Remark, Share
from bot.record.store import Record

LONGEST_NAME = 60
LONGEST_WORDS = 2000
LONGEST_DAYS = 90
OPENED_EVERY = timedelta(minutes=10)
"""How often it is noted that somebody looks at a link."""
GONE = UsageError("That conversation is not here any more.", "What is kept stands under Transcripts.")
NOTHING_KEPT = UsageError(
    "Nothing of this conversation is kept, so a link would have nothing to show later.",
    "Export it instead, and hand over the file.",
)
CLOSED = NotAllowed("This link opens nothing.", "It may have ended, or been withdrawn. Ask whoever gave it to you.")
"""The same for a guess, a link that has ended and one that was withdrawn: nobody learns which."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the leader's, and the move as which it stands."""

    place: int
    words: str
    move: str


@dataclass(frozen=True)
class SharedTurn:
    """A turn as a link shows it, how its sentences were read (none where notes are left out), and what was said."""

    exchange: Exchange
    sentences: tuple[Sentence, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class Shown:
    """A conversation as a link shows it."""

    paper: Paper
    turns: tuple[SharedTurn, ...]
    whole: tuple[Remark, ...]
    """What was said of all of it."""
    kinds: Mapping[str, str]
    """Each move as the page names it."""
    share: Share | None
    """None in a preview."""


class Sharing:
    """Links to conversations. `record` is that of whoever asks; `whole` is for whoever has nothing but a link.

    `cover` gives what an export says beyond a session, `kinds` the names of the moves.
    """

    def __init__(
        self,
        record: Callable[[], Record],
        whole: Callable[[], Record],
        cover: Callable[[Kept, Choice], Cover],
        kinds: Callable[[Cover], Mapping[str, str]],
    ) -> None:
        self._record = record
        self._whole = whole
        self._cover = cover
        self._kinds = kinds

    # For the owner

    def links(self, session_id: str = "") -> list[Share]:
        """Return the links that whoever asks has made, or those to one conversation, the newest first."""
        return self._record().shares.all(session_id)

    def title(self, session_id: str) -> str:
        """Return what a conversation is called. Raise UsageError for one that is not there."""
        return self._kept(session_id).title

    def session_of(self, share_id: str) -> str:
        """Return the id of the conversation that a link of one's own shows. Raise UsageError where there is none."""
        return self._record().shares.one(share_id).session

    def preview(self, session_id: str, choice: Choice) -> Shown:
        """Return what a link would show. Raise UsageError for a conversation that is not there."""
        return self._shown(self._kept(session_id), choice, None)

    def make(self, session_id: str, name: str, until: str, choice: Choice) -> str:
        """Make a link, open to the end of the day `until` (as in 2026-11-27); return its token, which is kept nowhere.

        Raise UsageError for a name or a day that will not do, and for a conversation that is not there.
        """
        for_whom = " ".join(printable(name).split())
        if not 0 < len(for_whom) <= LONGEST_NAME:
            raise UsageError("A link needs a name.", f"Say whom it is for, in up to {LONGEST_NAME} letters.")
        self._kept(session_id)
        token = secrets.token_urlsafe(32)
        self._record().shares.make(session_id, _hash(token), for_whom, asdict(choice), _end_of(until))
        return token

    def make_for_group(self, session_id: str, group_id: str, name: str, until: str, choice: Choice) -> str:
        """Show a conversation to a group that whoever asks is in, called `name` from then on; return the share's id.

        Until the end of a day, or with '' until it is withdrawn. Raise UsageError for what will not do. No link opens
        it: nobody knows what its token is the hash of.
        """
        last = _end_of(until) if until else NO_LAST_DAY
        nobodys = secrets.token_hex(32)
        return self._record().shares.make(session_id, nobodys, name, asdict(choice), last, group_id)

    def mine(self, share_id: str) -> Shown:
        """Return a link of one's own as it shows the conversation. Raise UsageError where there is none."""
        share = self._record().shares.one(share_id)
        return self._shown(self._kept(share.session), _choice(share), share)

    def answer(self, share_id: str, turn: int, words: str) -> None:
        """Keep an answer beside a turn, 0 for all of it. Raise UsageError where there is no such turn or link."""
        said = Remark(turn, COMMENT, _said(words))
        if not said.words:
            raise UsageError("There is nothing to answer with yet.", "Write it first.")
        _refuse_other_turns(self._kept(self.session_of(share_id)), [said])
        self._record().shares.say(share_id, [said], OWNER)

    def revoke(self, share_id: str) -> None:
        """End a link now. Raise UsageError where there is none."""
        self._record().shares.revoke(share_id)

    def _kept(self, session_id: str) -> Kept:
        """Return a conversation of one's own that can be shared. Raise UsageError."""
        if not is_kept(session_id):
            raise NOTHING_KEPT.anew()
        return _in(self._record(), session_id)

    # For whoever has the link

    def open(self, token: str) -> Shown:
        """Return what a link shows. Raise NotAllowed where it opens nothing."""
        return self.show(*self._found(token))

    def say(self, token: str, turn: int, words: str, *, again: bool = False, readings: Mapping[int, str]) -> None:
        """Keep what somebody says of a turn, as `keep` does. Raise NotAllowed where the link opens nothing."""
        self.keep(*self._found(token), turn, words, again=again, readings=readings)

    def _found(self, token: str) -> tuple[Record, Share]:
        found = self._whole().shares.found(_hash(token))
        if found is None or not found[1].is_open(datetime.now(UTC)):
            raise CLOSED.anew()
        return self._whole().of(found[0]), found[1]

    # For whoever may see it: whether they may is asked before

    def show(self, record: Record, share: Share) -> Shown:
        """Return what is shown of a conversation in its owner's record, and note that somebody looked."""
        last = max((at for what, at in share.events if what == OPENED), default=None)
        if last is None or datetime.now(UTC) - last > OPENED_EVERY:
            record.shares.note(share.id, OPENED)
        return self._shown(_in(record, share.session), _choice(share), share)

    def keep(
        self,
        record: Record,
        share: Share,
        turn: int,
        words: str,
        *,
        again: bool = False,
        readings: Mapping[int, str],
    ) -> None:
        """Keep what somebody says of a turn, 0 for all of it: words, a moment to try again, sentences read otherwise.

        `readings`: place of the sentence -> move. Raise UsageError for what cannot be said, NotAllowed where it is
        not open any more.
        """
        kept = _in(record, share.session)
        said = [Remark(turn, COMMENT, _said(words))] if words.strip() else []
        said += [Remark(turn, AGAIN)] if again else []
        said += [Remark(turn, READING, place=place, move=move) for place, move in sorted(readings.items())]
        if not said:
            raise UsageError("There is nothing to say yet.", "Write something, or read a sentence otherwise.")
        _refuse_other_turns(kept, said)
        self._refuse_other_readings(self._shown(kept, _choice(share), share), said)
        record.shares.say(share.id, said, GUEST)

    # For both

    def _shown(self, kept: Kept, choice: Choice, share: Share | None) -> Shown:
        cover = self._cover(kept, choice)
        paper = paper_of(kept, cover, choice)
        hide = printable if choice.names else hidden_in(kept, cover.person.name)
        remarks = share.remarks if share else ()
        turns = tuple(
            SharedTurn(
                exchange,
                _sentences(one, exchange.words, hide) if choice.notes else (),
                tuple(said for said in remarks if said.turn == exchange.number),
            )
            for exchange, one in zip(paper.exchanges, kept.turns, strict=True)
        )
        whole = tuple(said for said in remarks if said.turn not in {one.number for one in paper.exchanges})
        return Shown(paper, turns, whole, self._kinds(cover), share)

    def _refuse_other_readings(self, shown: Shown, said: list[Remark]) -> None:
        there = {(turn.exchange.number, one.place) for turn in shown.turns for one in turn.sentences}
        for one in said:
            if one.kind == READING and ((one.turn, one.place) not in there or one.move not in shown.kinds):
                raise UsageError("That sentence cannot be read like that.", "Open the link again.")


def _in(record: Record, session_id: str) -> Kept:
    """Return a conversation of a record. Raise UsageError where it has gone, and say nothing of any other in it."""
    try:
        return record.session(session_id)
    except UsageError:
        raise GONE.anew() from None


def _sentences(kept: KeptTurn, shown: str, hide: Callable[[str], str]) -> tuple[Sentence, ...]:
    """Return the sentences of a turn as they are read; by number where names can be told from the whole turn alone."""
    if kept.turn.out_of_role:
        return ()
    said = [(hide(printable(act.segment.text)), act.segment.move) for act in kept.stands.acts]
    return tuple(
        Sentence(place, words if words in shown else f"Sentence {place + 1}", move)
        for place, (words, move) in enumerate(said)
    )


def _refuse_other_turns(kept: Kept, said: list[Remark]) -> None:
    numbers = {0, *(one.turn.number for one in kept.turns)}
    if any(one.turn not in numbers or (one.kind == AGAIN and one.turn == 0) for one in said):
        raise UsageError("There is no such turn any more.", "Open the conversation again.")


def _said(words: str) -> str:
    said = printable(words).strip()
    if len(said) > LONGEST_WORDS:
        raise UsageError("That is too long.", f"Say it in up to {LONGEST_WORDS} letters.")
    return said


def _choice(share: Share) -> Choice:
    return Choice(**{name: bool(share.shows.get(name)) for name in asdict(Choice())})


def _end_of(until: str) -> datetime:
    """Return the last second of a day here. Raise UsageError for none, one that is over, and one too far away."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise UsageError("A link needs a last day.", "Choose one.") from None
    if not timedelta(0) <= day - date.today() <= timedelta(days=LONGEST_DAYS):
        raise UsageError("A link cannot be open until then.", f"Choose a day within the next {LONGEST_DAYS}.")
    return datetime.combine(day, time(23, 59, 59)).astimezone(UTC)


def _hash(token: str) -> str:
    """Return a SHA-256: enough for a token of 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
