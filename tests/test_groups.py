"""Groups: what is set, who practised, what each chooses to show, and what all show together without names."""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from math import log2
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from test_record import a_turn
from web_samples import NASTY, Tags, alex, in_a_loop

from bot.coach.crowd import FEWEST, Held, crowd
from bot.coach.rubric import Behaviour
from bot.colleague.levels import load_levels
from bot.errors import NotAllowed, UsageError
from bot.exports.paper import Choice
from bot.groups import Setting, may_be_looked_at
from bot.people.codes import hash_of, new_code
from bot.people.passwords import SYLLABLES
from bot.people.person import Person, asking, whoever_asks
from bot.record.groups import Group, Rehearsed
from bot.record.shares import AGAIN, COMMENT, GUEST, OWNER, READING
from bot.record.tables import GroupEntry, Membership, ShareEntry
from bot.settings import PACKAGE, Settings
from bot.studio import Studio
from bot.web.app import build_app
from bot.web.entrance import COOKIE
from bot.web.render.prepare import opening, tasks

PASSWORD, OTHER = "copper lantern sparrow", "seven paper kites"
HERE = "http://alex.test"
ALEX, RUTH = "alex-geography", "ruth-appraisal"
TODAY = datetime.now().date().isoformat()
UNSAID = "He is coasting."
SET = Setting("Year 9 leads", ALEX, "harder", TODAY)


@pytest.fixture
def studio(tmp_path: Path, filled: Any) -> Iterator[Studio]:
    import shutil

    shutil.copytree(filled, tmp_path / "home")
    one = Studio(Settings(home=tmp_path / "home", accounts=True, _env_file=None), whoever_asks)
    yield one
    one.library().close()
    one.whole_record.close()


def somebody(studio: Studio, name: str, role: str = "leader") -> Person:
    account = studio.whole_record.accounts.add(name, role, "", to_change=False)
    found = studio.people.person_of(account.id)
    assert found is not None
    return found


@pytest.fixture
def carl(studio: Studio) -> Person:
    return somebody(studio, "carl", "coach")


@pytest.fixture
def dana(studio: Studio) -> Person:
    return somebody(studio, "dana")


def made(studio: Studio, coach: Person, setting: Setting = SET) -> tuple[str, str]:
    """Return the id and the code of a new group."""
    with asking(coach):
        return studio.groups.make(setting)


def join(studio: Studio, who: Person, code: str, *, counts: bool = False) -> str:
    with asking(who):
        return studio.groups.join(code, "here", counts=counts)


def rehearsed(
    studio: Studio, who: Person, words: str = "What matters to you?", scenario: str = ALEX, ending: str | None = "x"
) -> str:
    """Return the id of a conversation in which something was said, unless that is ''."""
    with asking(who):
        notes = {"unsaid": UNSAID}
        row = studio.record.start(scenario=scenario, title=f"My {words}", seed=1, opening="Yes?", notes=notes)
        if words:
            studio.record.append(row.id, a_turn(1, words, told=(), topic=None), {"did": "Asked openly."})
        if ending:
            studio.record.finish(row.id, "unfinished")
    return row.id


def counted(studio: Studio, coach: Person, group: str) -> dict[str, int]:
    with asking(coach):
        return {one.name: one.rehearsals for one in studio.groups.look(group).members}


# Joining ------------------------------------------------------------------------------------------------------------


def test_a_code_can_be_read_out_and_not_be_guessed() -> None:
    code = new_code()
    words = code.split("-")
    assert [word[at : at + 2] in SYLLABLES for word in words for at in (0, 2, 4)] == [True] * 12
    assert 12 * log2(len(SYLLABLES)) > 60
    assert hash_of(f"  {code.upper().replace('-', ' ')} ") == hash_of(code) != hash_of(new_code())


def test_a_code_joins_until_it_is_changed_or_closed_and_is_kept_nowhere(studio: Studio, carl: Person) -> None:
    group, first = made(studio, carl)
    leaders = [somebody(studio, f"leader {number}") for number in range(4)]
    assert join(studio, leaders[0], first.upper()) == group
    with asking(carl):
        second = studio.groups.new_code(group)
    with pytest.raises(NotAllowed, match="No group has that code"):
        join(studio, leaders[1], first)
    assert join(studio, leaders[1], second.replace("-", " ")) == group
    with asking(carl):
        studio.groups.close(group)
        assert not studio.groups.look(group).group.is_open
    for code in (first, second, "", "x" * 5000):
        with pytest.raises(NotAllowed, match="No group has that code"):
            join(studio, leaders[2], code)
    place = Path(studio.whole_record.place)
    kept = b"".join(path.read_bytes() for path in place.parent.glob("alex.db*"))
    assert not [code for code in (first, second) if code.encode() in kept]


def test_codes_are_not_tried_one_after_another(studio: Studio, carl: Person, dana: Person) -> None:
    _, code = made(studio, carl)
    other = somebody(studio, "eve")
    for number in range(5):
        with pytest.raises(NotAllowed, match="No group"):
            join(studio, dana, f"wrong {number}")
        join(studio, other, code)
    with pytest.raises(NotAllowed, match="Too many codes"):
        join(studio, dana, code)
    join(studio, other, code)


def test_a_right_code_does_not_let_anybody_go_on_guessing(studio: Studio, carl: Person, dana: Person) -> None:
    _, code = made(studio, carl)
    for number in range(5):
        join(studio, dana, code)
        with pytest.raises(NotAllowed, match="No group"):
            join(studio, dana, f"wrong {number}")
    with pytest.raises(NotAllowed, match="Too many codes"):
        join(studio, dana, code)


def test_joining_twice_is_joining_once_and_one_does_not_join_ones_own(
    studio: Studio, carl: Person, dana: Person
) -> None:
    group, code = made(studio, carl)
    assert join(studio, dana, code, counts=True) == join(studio, dana, code) == group
    with asking(dana):
        (joined,) = studio.groups.joined()
        assert (joined.group.coach, joined.me.counts) == ("carl", True)
    with pytest.raises(UsageError, match="your own"):
        join(studio, carl, code)


def test_a_group_and_a_person_take_so_many_and_no_more(
    studio: Studio, carl: Person, dana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    eve = somebody(studio, "eve")
    codes = [made(studio, carl)[1] for _ in range(2)]
    monkeypatch.setattr("bot.record.memberships.MOST_MEMBERS", 1)
    join(studio, dana, codes[0])
    with pytest.raises(UsageError, match="full"):
        join(studio, eve, codes[0])
    monkeypatch.setattr("bot.record.memberships.MOST_JOINED", 1)
    with pytest.raises(UsageError, match="as many groups"):
        join(studio, dana, codes[1])
    monkeypatch.setattr("bot.record.groups.MOST_GROUPS", 2)
    with pytest.raises(UsageError, match="as many groups"):
        made(studio, carl)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 61},
        {"scenario": "../alex"},
        {"level": "impossible"},
        {"until": "soon"},
        {"until": "2020-01-01"},
        {"until": "2999-01-01"},
    ],
)
def test_what_cannot_be_set_is_refused(studio: Studio, carl: Person, wrong: dict[str, str]) -> None:
    group, _ = made(studio, carl)
    setting = Setting(**(vars(SET) | wrong))
    with asking(carl):
        for do in (lambda: studio.groups.make(setting), lambda: studio.groups.change(group, setting)):
            with pytest.raises(UsageError):
                do()
        assert [(one.name, one.scenario, one.level) for one in studio.groups.all()] == [
            ("Year 9 leads", ALEX, "harder")
        ]


def test_a_leader_makes_no_group(studio: Studio, carl: Person, dana: Person) -> None:
    with pytest.raises(NotAllowed, match="made by coaches"):
        made(studio, dana)
    group, _ = made(studio, carl)
    studio.people.new_role("carl", "leader")
    now = studio.people.person_of(carl.id)
    with asking(now):
        assert studio.groups.all() == []
        with pytest.raises(NotAllowed):
            studio.groups.look(group)


# Who practised ------------------------------------------------------------------------------------------------------


def test_what_counts_is_what_was_set_begun_since_then_and_finished(studio: Studio, carl: Person, dana: Person) -> None:
    group, code = made(studio, carl)
    rehearsed(studio, dana)
    join(studio, dana, code)
    assert counted(studio, carl, group) == {"dana": 0}
    rehearsed(studio, dana, scenario=RUTH)
    rehearsed(studio, dana, ending=None)
    rehearsed(studio, dana, words="")
    rehearsed(studio, somebody(studio, "eve"))
    assert counted(studio, carl, group) == {"dana": 0}
    first, second = rehearsed(studio, dana), rehearsed(studio, dana)
    assert counted(studio, carl, group) == {"dana": 2}
    with asking(dana):
        assert studio.groups.joined()[0].me.rehearsals == 2
        studio.delete(first)
    assert counted(studio, carl, group) == {"dana": 1}
    with asking(carl):
        (member,) = studio.groups.look(group).members
    with asking(dana):
        assert member.last == studio.record.session(second).created


def test_another_scenario_begins_at_nothing(studio: Studio, carl: Person, dana: Person) -> None:
    group, code = made(studio, carl)
    join(studio, dana, code)
    rehearsed(studio, dana)
    rehearsed(studio, dana, scenario=RUTH)
    for scenario, level, count in ((ALEX, "usual", 1), (RUTH, "usual", 0), (ALEX, "usual", 0)):
        with asking(carl):
            studio.groups.change(group, Setting("Leads", scenario, level, ""))
        assert counted(studio, carl, group) == {"dana": count}
    rehearsed(studio, dana)
    assert counted(studio, carl, group) == {"dana": 1}


def test_whoever_looks_after_a_group_sees_names_and_numbers_and_no_words(
    studio: Studio, carl: Person, dana: Person
) -> None:
    group, code = made(studio, carl)
    join(studio, dana, code, counts=True)
    session = rehearsed(studio, dana, "What does Quagmire think?")
    with asking(carl):
        seen = repr(studio.groups.look(group))
    assert "dana" in seen
    assert not [word for word in ("Quagmire", UNSAID, session, "unfinished") if word in seen]


@pytest.mark.parametrize("out", ["leave", "take out"])
def test_whoever_leaves_or_is_taken_out_is_seen_no_more(studio: Studio, carl: Person, dana: Person, out: str) -> None:
    group, code = made(studio, carl)
    join(studio, dana, code)
    session = rehearsed(studio, dana)
    with asking(dana):
        share = studio.groups.share(group, session, "", Choice())
    with asking(carl):
        studio.groups.say(group, share, 1, "Good.", readings={})
        if out == "take out":
            studio.groups.take_out(group, dana.id)
    with asking(dana):
        if out == "leave":
            studio.groups.leave(group)
        assert studio.groups.joined() == []
        shown = studio.sharing.mine(share)
        assert shown.share is not None
        assert (shown.share.revoked is None, [one.words for one in shown.turns[0].remarks]) == (False, ["Good."])
        with pytest.raises(UsageError, match="not in that group"):
            studio.groups.leave(group)
    join(studio, dana, code)  # what was shown before stays withdrawn, what was practised before is not counted
    assert counted(studio, carl, group) == {"dana": 0}
    with asking(carl):
        assert studio.groups.look(group).shown == ()


def test_what_is_set_stays_to_be_seen_when_its_day_is_over(studio: Studio, carl: Person, dana: Person) -> None:
    group, code = made(studio, carl)
    join(studio, dana, code)
    with studio.whole_record.engine.begin() as connection:
        connection.execute(update(GroupEntry).values(until=datetime.now(UTC) - timedelta(days=1)))
    session = rehearsed(studio, dana)
    assert counted(studio, carl, group) == {"dana": 1}
    with asking(dana):
        assert studio.groups.in_one(group).group.is_over(datetime.now(UTC))
        studio.groups.share(group, session, "", Choice())
    with asking(carl):
        assert len(studio.groups.look(group).shown) == 1


def test_what_goes_in_time_is_neither_counted_nor_shown_any_more(studio: Studio, carl: Person, dana: Person) -> None:
    group, code = made(studio, carl)
    join(studio, dana, code)
    session = rehearsed(studio, dana)
    with asking(dana):
        studio.groups.share(group, session, "", Choice())
    assert studio.whole_record.delete_before(datetime.now(UTC)) == 1
    assert counted(studio, carl, group) == {"dana": 0}
    with asking(carl):
        assert studio.groups.look(group).shown == ()


# What is shown to a group -------------------------------------------------------------------------------------------


@pytest.fixture
def in_group(studio: Studio, carl: Person, dana: Person) -> tuple[str, str]:
    """Return the ids of a group that Dana is in, and of a conversation of hers."""
    group, code = made(studio, carl)
    join(studio, dana, code)
    return group, rehearsed(studio, dana, "What does Mrs Okonkwo-Bryce make of it?")


def test_a_group_sees_what_was_chosen(studio: Studio, carl: Person, dana: Person, in_group: tuple[str, str]) -> None:
    group, session = in_group
    for choice in (Choice(), Choice(notes=False), Choice(thoughts=False), Choice(names=False)):
        with asking(dana):
            share = studio.groups.share(group, session, "", choice)
        with asking(carl):
            name, shown = studio.groups.open(group, share)
        with asking(dana):
            assert studio.sharing.preview(session, choice).paper == shown.paper
            studio.sharing.revoke(share)
        said = repr(shown.paper)
        assert name == "dana"
        assert (UNSAID in said) == choice.thoughts
        assert ("Okonkwo" in said) == choice.names
        assert ("Asked openly." in said, bool(shown.turns[0].sentences)) == (choice.notes, choice.notes)


def test_what_is_said_in_a_group_stands_beside_it_and_is_answered(
    studio: Studio, carl: Person, dana: Person, in_group: tuple[str, str]
) -> None:
    group, session = in_group
    with asking(dana):
        share = studio.groups.share(group, session, TODAY, Choice())
        before = studio.record.session(session)
    with asking(carl):
        studio.groups.say(group, share, 1, "A good question.", again=True, readings={0: "leading_question"})
        for wrong in ((7, "x", {}), (1, "", {}), (1, "", {5: "leading_question"})):
            with pytest.raises(UsageError):
                studio.groups.say(group, share, wrong[0], wrong[1], readings=wrong[2])
    with asking(dana):
        studio.sharing.answer(share, 1, "Thank you.")
        assert studio.record.session(session) == before
        (mine,) = studio.sharing.links()
        assert (mine.name, mine.group, mine.last_day) == ("Year 9 leads (carl)", group, mine.expires)
        assert [what for what, _ in mine.events] == ["made", "said", "answered"]
    with asking(carl):
        _, shown = studio.groups.open(group, share)
    told = [(one.by, one.kind, one.words) for one in shown.turns[0].remarks]
    assert told == [
        (GUEST, COMMENT, "A good question."),
        (GUEST, AGAIN, ""),
        (GUEST, READING, ""),
        (OWNER, COMMENT, "Thank you."),
    ]


def test_a_conversation_is_shown_once_and_to_a_group_that_one_is_in(
    studio: Studio, carl: Person, dana: Person, in_group: tuple[str, str]
) -> None:
    group, session = in_group
    other, _ = made(studio, carl)
    theirs = rehearsed(studio, somebody(studio, "eve"))
    with asking(dana):
        share = studio.groups.share(group, session, "", Choice())
        for where, what, until in (
            (group, session, ""),
            (other, session, ""),
            (group, theirs, ""),
            (group, session, "soon"),
        ):
            with pytest.raises(UsageError):
                studio.groups.share(where, what, until, Choice())
        with pytest.raises(UsageError, match="not in that group"):
            studio.sharing.make_for_group(session, other, "Mine", "", Choice())
        assert [one.id for one in studio.sharing.links()] == [share]
        studio.sharing.revoke(share)
        assert studio.groups.share(group, session, "", Choice()) != share


ENDS = ("withdrawn", "ended", "left", "deleted", "taken out", "group deleted", "coach deleted", "leader deleted")


@pytest.mark.parametrize("how", ENDS)
def test_what_is_shown_ends(studio: Studio, carl: Person, dana: Person, in_group: tuple[str, str], how: str) -> None:
    group, session = in_group
    with asking(dana):
        share = studio.groups.share(group, session, TODAY, Choice())
    with asking(carl):
        assert studio.groups.open(group, share)[0] == "dana"
    with asking(dana):
        if how == "withdrawn":
            studio.sharing.revoke(share)
        elif how == "left":
            studio.groups.leave(group)
        elif how == "deleted":
            studio.delete(session)
        elif how == "leader deleted":
            studio.people.remove("dana")
    with asking(carl):
        if how == "taken out":
            studio.groups.take_out(group, dana.id)
        elif how == "group deleted":
            studio.groups.delete(group)
        elif how == "coach deleted":
            studio.whole_record.accounts.remove(carl.id)  # as somebody who deletes their own
    if how == "ended":
        with studio.whole_record.engine.begin() as connection:
            connection.execute(update(ShareEntry).values(expires=datetime.now(UTC) - timedelta(seconds=1)))
    with asking(carl):
        for do in (
            lambda: studio.groups.open(group, share),
            lambda: studio.groups.say(group, share, 1, "After.", readings={}),
        ):
            with pytest.raises(UsageError):
                do()
    with asking(dana):
        assert [one.is_open(datetime.now(UTC)) for one in studio.sharing.links()] in ([], [False])


def test_a_group_goes_with_its_coach_and_leaves_nothing_behind(
    studio: Studio, carl: Person, dana: Person, in_group: tuple[str, str]
) -> None:
    from sqlalchemy import func, select

    with asking(dana):
        studio.groups.share(*in_group, "", Choice())
    studio.whole_record.accounts.remove(carl.id)  # as somebody who deletes their own
    with asking(dana):
        assert studio.groups.joined() == []
        (share,) = studio.sharing.links()
        assert (share.group, share.last_day, share.revoked is None) == ("", None, False)
    with studio.whole_record.engine.connect() as connection:
        for table in (GroupEntry, Membership):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
    place = Path(studio.whole_record.place)
    assert not [path for path in place.parent.glob("alex.db*") if b"carl" in path.read_bytes().replace(b"(carl)", b"")]


# All together -------------------------------------------------------------------------------------------------------


def held(
    *scores: int | None, status: str = "", overruled: dict[str, int] | None = None, readable: bool = False
) -> Held:
    """Return one conversation with these scores of its behaviours."""
    found = [
        Behaviour(
            place,
            f"b{place}",
            f"Way {place}",
            one,
            status or ("shown" if one is not None else "not shown"),
            "",
            "Yes" if one is not None else "",
            None,
            "",
        )
        for place, one in enumerate(scores)
    ]
    return Held(found, overruled or {}, readable)


NO_CHANCE = held(None, status="no opportunity")


def together(*columns: Sequence[int | None]) -> list[str]:
    """Return how it is said of one behaviour each, by the levels of so many people."""
    found = crowd([held(*row) for row in zip(*columns, strict=True)])
    assert found is not None
    return [one.by for one in found.ways]


def said_of(*people: Held) -> tuple[str, tuple[str, ...]]:
    """Return how it is said of the first behaviour, and which were shown by the most."""
    found = crowd(people)
    assert found is not None
    return found.ways[0].by, found.most


def test_of_fewer_than_five_nothing_is_said_together() -> None:
    assert crowd([]) is None
    assert crowd([held(4, 4)] * (FEWEST - 1)) is None
    assert crowd([held(4, 4)] * FEWEST) is not None


def test_how_many_showed_it_is_said_roughly_and_all_and_none_never() -> None:
    by = [together([4] * shown + [None] * (5 - shown))[0] for shown in range(6)]
    assert by[0] == by[1] == "by few or none"
    assert by[2:4] == ["by fewer than half", "by more than half"]
    assert by[4] == by[5] == "by most or all"
    assert together([4] * 5 + [0] * 5) == ["by about half"]


def test_a_behaviour_that_was_absent_or_undone_was_not_shown() -> None:
    assert together([0] * 5, [1] * 5, [None] * 5) == ["by few or none"] * 3
    assert together([2] * 5, [3] * 5) == ["by most or all"] * 2


def test_a_coachs_level_stands_and_whoever_had_no_chance_is_left_out() -> None:
    put_right = [held(0, overruled={"b0": 3})] * 4
    assert said_of(*put_right, NO_CHANCE) == ("", ())  # of four who could, nothing is said
    judged = held(None, status="no opportunity", overruled={"b0": -1})
    assert said_of(*put_right, NO_CHANCE, judged) == ("by most or all", ("Way 0",))


def test_whom_a_coach_cannot_read_is_hidden_among_five_such() -> None:
    read = [held(4, readable=True)] * 5
    assert said_of(*read, *[held(0)] * 4)[0] == "by most or all"  # the four could be worked out
    assert said_of(*read, *[held(0)] * 5)[0] == "by about half"
    assert said_of(*read, *[held(0)] * 4, NO_CHANCE)[0] == "by most or all"
    assert said_of(*read[:4], *[held(4)] * 4) == ("", ())


def test_what_most_showed_is_named_unless_it_is_nearly_everything() -> None:
    assert said_of(*[held(4, 3, None, 0)] * 5)[1] == ("Way 0", "Way 1")
    assert said_of(*[held(2, 2, 2, 2)] * 5)[1] == ()
    assert said_of(*[held(None, 0)] * 5)[1] == ()


def rows(*people: str) -> list[Rehearsed]:
    """Return rehearsals, oldest first, as in "a+": whose it is, + for levels that count, ! for shared."""
    return [Rehearsed(one[0], f"{place}", "+" in one, "!" in one) for place, one in enumerate(people)]


@pytest.mark.parametrize(
    ("people", "looked_at"),
    [
        ((), ""),
        (("a", "b", "c", "d", "e"), ""),
        (("a!", "a", "b!"), "02"),
        (("a+", "b+", "c+", "d+"), ""),
        (("a+", "b+", "c+", "d+", "e+"), "01234"),
        (("a!", "b!", "c!", "d!", "e+"), "0123"),  # the one could be worked out from the four that can be read
        (("a+!", "a+", "b+", "c+", "d+", "e+"), "12345"),
        (("a+!", "a+", "b+", "c+", "d+"), "0"),
        (("a+", "a+!", "b+", "c+", "d+", "e+", "f"), "1"),
        (("a+", "b+", "c+", "d+", "e+", "f!", "g"), "012345"),
    ],
)
def test_only_what_was_shared_counts_or_what_a_crowd_said_may(people: tuple[str, ...], looked_at: str) -> None:
    assert "".join(sorted(one.session for one in may_be_looked_at(rows(*people)))) == looked_at


def test_together_needs_five_who_practised_and_five_whose_levels_may_count(studio: Studio, carl: Person) -> None:
    group, code = made(studio, carl)
    leaders = [somebody(studio, f"leader {number}") for number in range(5)]
    for leader in leaders:
        join(studio, leader, code)
        with asking(carl):
            assert not studio.groups.look(group).enough
        session = rehearsed(studio, leader)
    with asking(carl):
        seen = studio.groups.look(group)
        assert (seen.enough, seen.practised, seen.rehearsals, seen.crowd) == (True, 5, 5, None)
    for leader in leaders[:4]:
        with asking(leader):
            studio.groups.count(group, counts=True)
    with asking(leaders[4]):
        studio.groups.share(group, session, "", Choice())
    with asking(carl):
        assert studio.groups.look(group).crowd is None
    with asking(leaders[4]):
        studio.sharing.revoke(studio.sharing.links()[0].id)
        studio.groups.count(group, counts=True)
    with asking(carl):
        found = studio.groups.look(group).crowd
        assert found is not None
        assert len(found.ways) == 10
    with asking(leaders[0]):
        studio.groups.count(group, counts=False)
    with asking(carl):
        assert studio.groups.look(group).crowd is None


def test_a_scenario_that_has_gone_counts_and_shows_no_levels(
    studio: Studio, carl: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.errors import ScenarioError

    group, code = made(studio, carl)
    for number in range(5):
        leader = somebody(studio, f"leader {number}")
        join(studio, leader, code, counts=True)
        rehearsed(studio, leader)

    def gone(_name: str) -> None:
        raise ScenarioError("alex-geography", "is not there.")

    monkeypatch.setattr(studio, "scenario", gone)
    with asking(carl):
        seen = studio.groups.look(group)
    assert (seen.practised, seen.crowd) == (5, None)


# The pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def browsers(studio: Studio, carl: Person, dana: Person) -> dict[str, TestClient]:
    """Return a browser for each of them."""
    app = in_a_loop(lambda: build_app(studio))
    found = {}
    for name in ("carl", "dana"):
        studio.people.new_password(name, PASSWORD)
        person = studio.people.person(studio.people.sign_in(name, PASSWORD, name))
        assert person is not None
        studio.people.change_password(person, PASSWORD, OTHER, name)
        found[name] = TestClient(app, base_url=HERE, follow_redirects=False)
        found[name].cookies.set(COOKIE, studio.people.sign_in(name, OTHER, name))
    return found


def code_on(page: str) -> str:
    found = re.search(r'id="code" value="([a-z-]+)"', page)
    assert found is not None
    return found[1]


def hidden_seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def test_a_group_is_made_joined_practised_shown_read_and_left(
    studio: Studio, dana: Person, browsers: dict[str, TestClient]
) -> None:
    coach, leader = browsers["carl"], browsers["dana"]
    assert 'href="/groups"' in leader.get("/account").text
    assert "Make a group" not in leader.get("/groups").text
    filled = {"name": NASTY[:60], "scenario": ALEX, "level": "harder", "until": TODAY}
    wrong = coach.post("/groups/new", data=filled | {"name": ""})
    assert (wrong.status_code, "needs a name" in wrong.text) == (400, True)
    page = coach.post("/groups/new", data=filled).text
    assert not {"script", "img"} & set(Tags(page).kinds)
    code, group = code_on(page), re.search(r'action="/groups/of/(\w{10})"', page)
    assert group is not None
    at = f"/groups/of/{group[1]}"
    assert code not in coach.get(at).text
    assert "Nobody has joined yet." in coach.get(at).text

    look = leader.post("/groups/join", data={"code": code.upper()})
    assert (look.status_code, "What carl will see" in look.text) == (200, True)
    assert not {"script", "img"} & set(Tags(look.text).kinds)
    with asking(dana):
        assert studio.groups.joined() == []
    unseen = leader.post("/groups/join", data={"code": code, "do": "join", "seen": "something else"})
    assert "What carl will see" in unseen.text  # it is looked at first
    asked = {"code": code, "do": "join", "seen": hidden_seen(look.text)}
    assert leader.post("/groups/join", data=asked).headers["location"] == "/groups"
    with asking(dana):
        assert [one.me.counts for one in studio.groups.joined()] == [False]  # off as it comes
    mine = leader.get("/groups").text
    assert not {"script", "img"} & set(Tags(mine).kinds)
    assert "finished no rehearsal of it" in mine
    assert f"who={ALEX}&amp;level=harder" in mine
    leader.post(f"/groups/in/{group[1]}", data={"do": "count"})
    with asking(dana):
        assert [one.me.counts for one in studio.groups.joined()] == [True]

    session = rehearsed(studio, dana, f"Quagmire {NASTY}")
    assert "and finished, the last begun today" in leader.get("/groups").text
    seen = coach.get(at).text
    assert "dana" in seen
    assert "Quagmire" not in seen
    to_share = f"/groups/in/{group[1]}/share/{session}"
    assert to_share in leader.get(f"/shares/of/{session}").text
    first = leader.get(to_share)
    assert (first.status_code, "Share it" in first.text) == (200, False)
    preview = leader.post(to_share, data={"notes": "yes", "names": "yes", "do": "preview"}).text
    assert "Share it" in preview
    assert not {"script", "img"} & set(Tags(preview).kinds)
    changed = leader.post(to_share, data={"thoughts": "yes", "do": "share", "seen": hidden_seen(preview)})
    assert changed.status_code == 200  # it is looked at first
    shared = leader.post(to_share, data={"notes": "yes", "names": "yes", "do": "share", "seen": hidden_seen(preview)})
    share = shared.headers["location"].rsplit("/", 1)[1]
    assert "until it is withdrawn" in leader.get("/shares").text
    twice = leader.post(to_share, data={"notes": "yes", "names": "yes", "do": "share", "seen": hidden_seen(preview)})
    assert (twice.status_code, "sees this conversation already" in twice.text) == (400, True)

    read = f"{at}/shared/{share}"
    assert read in coach.get(at).text
    page = coach.get(read).text
    assert "Quagmire" in page
    assert not {"script", "img"} & set(Tags(page).kinds)
    said = coach.post(read, data={"turn": "1", "words": "Well asked.", "again": "yes", "read-0": "leading_question"})
    assert said.headers["location"] == f"{read}?said=yes"
    assert coach.post(read, data={"turn": "9", "words": "x"}).status_code == 400
    mine = leader.get(f"/shares/one/{share}").text
    assert ("Well asked." in mine, "Try again from turn 1" in mine) == (True, True)
    leader.post(f"/shares/one/{share}", data={"do": "answer", "turn": "1", "words": "Thank you."})
    assert "Thank you." in coach.get(f"{read}?said=yes").text
    assert "one answer" in coach.get(at).text

    assert leader.post(f"/groups/in/{group[1]}", data={"do": "leave"}).headers["location"] == "/groups"
    assert (coach.get(read).status_code, "dana" in coach.get(at).text) == (404, False)
    assert "Well asked." in leader.get(f"/shares/one/{share}").text


def test_a_group_is_changed_closed_and_deleted(
    studio: Studio, carl: Person, dana: Person, browsers: dict[str, TestClient]
) -> None:
    coach, leader = browsers["carl"], browsers["dana"]
    group, first = made(studio, carl)
    at = f"/groups/of/{group}"
    join(studio, dana, first)
    second = code_on(coach.post(at, data={"do": "code"}).text)
    assert "No group has that code" in leader.post("/groups/join", data={"code": first}).text
    assert "Join “Year 9 leads”?" in leader.post("/groups/join", data={"code": second}).text
    coach.post(at, data={"do": "close"})
    closed = leader.post("/groups/join", data={"code": second})
    assert (closed.status_code, "No group has that code" in closed.text) == (403, True)
    change = {"do": "set", "name": "Year 10", "scenario": RUTH, "level": "usual", "until": ""}
    assert coach.post(at, data=change).status_code == 303
    assert "Year 10" in leader.get("/groups").text
    wrong = coach.post(at, data=change | {"scenario": "nowhere"})
    assert (wrong.status_code, "no such scenario" in wrong.text) == (400, True)
    assert coach.post(at, data={"do": "out", "account": dana.id}).status_code == 303
    assert "Year 10" not in leader.get("/groups").text
    assert coach.post(at, data={"do": "delete"}).headers["location"] == "/groups"
    assert coach.get(at).status_code == 404


def test_all_together_is_shown_without_names(studio: Studio, carl: Person, browsers: dict[str, TestClient]) -> None:
    group, code = made(studio, carl)
    coach, at = browsers["carl"], f"/groups/of/{group}"
    for number in range(5):
        leader = somebody(studio, f"leader {number}")
        join(studio, leader, code, counts=number > 0)
        rehearsed(studio, leader)
        page = coach.get(at).text
        assert ("Too few have practised" in page) == (number < 4)
    assert "Five people have practised, in five rehearsals." in page
    assert "for the ten behaviours it takes five" in page
    with asking(studio.people.person_of(studio.people.named("leader 0").id)):
        studio.groups.count(group, counts=True)
    page = coach.get(at).text.split('id="together"')[1].split('id="joining"')[0]
    assert len(re.findall(r"<td>(?:by [a-z ]+|too few to say)</td>", page)) == 10
    assert "leader" not in page


def test_everything_of_ones_own_has_ones_groups(
    studio: Studio, carl: Person, dana: Person, browsers: dict[str, TestClient]
) -> None:
    def packed(who: str) -> Any:
        with zipfile.ZipFile(io.BytesIO(browsers[who].get("/account/everything").content)) as bundle:
            return json.loads(bundle.read("groups.json")) if "groups.json" in bundle.namelist() else None

    assert packed("dana") is None
    group, code = made(studio, carl)
    join(studio, dana, code, counts=True)
    mine, theirs = packed("dana"), packed("carl")
    assert [(one["group"]["name"], one["me"]["counts"]) for one in mine["joined"]] == [("Year 9 leads", True)]
    assert ([one["id"] for one in theirs["made"]], theirs["joined"], "dana" in str(theirs)) == ([group], [], False)


# On Prepare ---------------------------------------------------------------------------------------------------------


def a_group(name: str, days: int | None, scenario: str = ALEX) -> Group:
    now = datetime.now(UTC)
    until = None if days is None else now + timedelta(days=days)
    return Group(name, name, "carl", scenario, "harder", until, now, now, is_open=True)


def test_prepare_shows_what_is_set_the_nearest_day_first() -> None:
    groups = [
        a_group("Whenever", None),
        a_group("Later", 9),
        a_group("Soon", 2),
        a_group("Over", -1),
        a_group("Gone", 1, "x"),
    ]
    levels_there = load_levels(PACKAGE.parent / "prompts").values()
    found = tasks(groups, [alex()], levels_there, datetime.now(UTC))
    assert [one.group for one in found] == ["Soon", "Later", "Whenever"]
    assert [(one.scenario, one.level) for one in found] == [(ALEX, "harder")] * 3
    assert found[2].what == f"{alex().plot.title}, harder"
    assert ", until " in found[0].what
    page = str(opening("Alex", None, found))
    assert page.count('data-do="set"') == 3
