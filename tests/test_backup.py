"""A backup brings everything back, into a database of either kind."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_record import a_session, a_turn, say

from bot.errors import UsageError
from bot.people.people import People
from bot.record.backup import back_up, restore
from bot.record.shares import COMMENT, NO_LAST_DAY, OWNER, READING, Remark
from bot.record.statements import Statement
from bot.record.store import Record


def filled_with(record: Record) -> tuple[str, str]:
    """Keep something of everything; return the account and the session."""
    account, given = People(record.accounts).add("Dana", "coach")
    People(record.accounts).sign_in("dana", given, "here")
    theirs = record.of(account.id)
    first = a_session(theirs, title="Ärger")
    say(theirs, first.id, "One.", "Two.")
    theirs.correct(first.id, a_turn(2, "Two."), {"did": "x"})
    theirs.withdraw_last(first.id)
    theirs.branch(first.id, 1)
    theirs.uses.keep_question("What now?", ["p1"])
    share = theirs.shares.make(first.id, "0" * 64, "Carl", {"notes": True}, datetime.now(UTC))
    coach, _ = People(record.accounts).add("Carl", "coach")
    group = record.of(coach.id).groups.make("Year 9", "alex-geography", "usual", None, "1" * 64)
    theirs.memberships.join("1" * 64, counts=True)
    theirs.shares.make(first.id, "2" * 64, "Year 9", {"notes": False}, NO_LAST_DAY, group)
    theirs.shares.say(share, [Remark(1, COMMENT, "Good."), Remark(1, READING, place=0, move="judgement")], OWNER)
    theirs.finish(first.id, "stand_off", Statement("0" * 36, {"id": "0" * 36}, datetime.now(UTC)))
    return account.id, first.id


def comes_back(before: Record, after: Record, scratch: Path) -> None:
    """Back one record up, restore it into another, and hold them against each other."""
    owner, session = filled_with(before)
    secret = before.statements.secret()
    articles = scratch / "before" / "articles"
    articles.mkdir(parents=True)
    (articles / "one.md").write_text("# One\n", encoding="utf-8")
    rows = back_up(before, scratch / "all.zip", [articles])
    assert restore(after, scratch / "all.zip", scratch / "after") == rows
    theirs, again = before.of(owner), after.of(owner)
    assert again.session(session) == theirs.session(session)
    assert again.sessions() == theirs.sessions()
    assert again.branches(session) == theirs.branches(session)
    assert again.uses.questions() == theirs.uses.questions()
    assert again.shares.all() == theirs.shares.all() != []
    assert again.memberships.all() == theirs.memberships.all() != []
    for coach in (one for one in before.accounts.all() if one.name == "carl"):
        (group,) = before.of(coach.id).groups.all()
        assert after.of(coach.id).groups.all() == [group]
        assert after.of(coach.id).groups.shown(group.id) == before.of(coach.id).groups.shown(group.id) != []
    assert after.accounts.all() == before.accounts.all()
    assert after.statements.secret() == secret
    assert again.is_told_of(session)
    now = datetime.now(UTC)
    assert after.statements.claim(now, now) == before.statements.claim(now, now) is not None
    assert after.accounts.done(9) == before.accounts.done(9) != []
    assert (scratch / "after" / "articles" / "one.md").read_text("utf-8") == "# One\n"
    say_more = a_turn(2, "And on.")
    again.append(session, say_more)
    assert len(again.session(session).turns) == 2
    with pytest.raises(UsageError, match="kept there already"):
        restore(after, scratch / "all.zip", scratch / "after")


def test_everything_comes_back(tmp_path: Path) -> None:
    with Record(f"sqlite:///{tmp_path / 'a.db'}") as before, Record(f"sqlite:///{tmp_path / 'b.db'}") as after:
        comes_back(before, after, tmp_path)
    assert (tmp_path / "all.zip").stat().st_mode & 0o077 == 0


def test_what_is_no_backup_is_refused_and_nothing_is_overwritten(tmp_path: Path) -> None:
    with Record(f"sqlite:///{tmp_path / 'a.db'}") as record:
        (tmp_path / "no.zip").write_bytes(b"no")
        with pytest.raises(UsageError, match="cannot be read as a backup"):
            restore(record, tmp_path / "no.zip", tmp_path)
        with pytest.raises(UsageError, match="cannot be made"):
            back_up(record, tmp_path / "no.zip", [])
    assert (tmp_path / "no.zip").read_bytes() == b"no"
