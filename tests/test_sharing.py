"""A link to a conversation: what it shows is chosen, what is said of it stands beside it, and its owner answers."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from test_record import a_turn
from web_samples import NASTY, Tags, in_a_loop

from bot.errors import NotAllowed, UsageError
from bot.exports.paper import Choice
from bot.people.person import Person, asking, whoever_asks
from bot.record.shares import AGAIN, COMMENT, GUEST, OWNER, READING
from bot.settings import Settings
from bot.sharing import LONGEST_DAYS, LONGEST_WORDS
from bot.studio import Studio
from bot.web.app import build_app
from bot.web.entrance import COOKIE, SHARED

PASSWORD = "copper lantern sparrow"
HERE = "http://alex.test"
UNSAID = "He is coasting."
TODAY = datetime.now().date().isoformat()


@pytest.fixture
def studio(tmp_path: Path, filled: Any) -> Iterator[Studio]:
    import shutil

    shutil.copytree(filled, tmp_path / "home")
    one = Studio(Settings(home=tmp_path / "home", accounts=True, _env_file=None), whoever_asks)
    yield one
    one.library().close()
    one.whole_record.close()


@pytest.fixture
def dana(studio: Studio) -> Person:
    _, given = studio.people.add("dana", "leader")
    person = studio.people.person(studio.people.sign_in("dana", given, "here"))
    assert person is not None
    studio.people.change_password(person, given, PASSWORD, "here")
    found = studio.people.person_of(person.id)
    assert found is not None
    return found


@pytest.fixture
def session(studio: Studio, dana: Person) -> str:
    with asking(dana):
        row = studio.record.start(
            scenario="alex-geography", title="Alex, first try", seed=1, opening="Yes?", notes={"unsaid": UNSAID}
        )
        words = "What does Mrs Okonkwo-Bryce make of it?"
        studio.record.append(row.id, a_turn(1, words, told=(), topic=None), {"did": "Asked openly."})
        studio.record.finish(row.id, "unfinished")
        studio.record.reflect(row.id, "I hurried.")
    return row.id


def made(studio: Studio, dana: Person, session: str, **choice: bool) -> tuple[str, str]:
    """Return the token and the id of a new link."""
    with asking(dana):
        token = studio.sharing.make(session, "Carl", TODAY, Choice(**choice))
        return token, studio.sharing.links(session)[0].id


# What it shows ------------------------------------------------------------------------------------------------------


def test_a_link_shows_what_was_chosen_and_the_preview_is_the_same(studio: Studio, dana: Person, session: str) -> None:
    for choice in (Choice(), Choice(notes=False), Choice(thoughts=False), Choice(names=False)):
        token, share = made(studio, dana, session, **vars(choice))
        with asking(None):
            shown = studio.sharing.open(token)
        with asking(dana):
            assert studio.sharing.preview(session, choice).paper == shown.paper
            assert studio.sharing.mine(share).paper == shown.paper
        said = repr(shown)
        assert (UNSAID in said, "I hurried." in said) == (choice.thoughts, choice.thoughts)
        assert ("Okonkwo" in said) == choice.names
        assert ("Asked openly." in said, bool(shown.turns[0].sentences)) == (choice.notes, choice.notes)


def test_a_link_needs_a_name_and_a_day_that_is_near(studio: Studio, dana: Person, session: str) -> None:
    far = (datetime.now() + timedelta(days=LONGEST_DAYS + 1)).date().isoformat()
    gone = (datetime.now() - timedelta(days=1)).date().isoformat()
    for name, until in ((" ", TODAY), ("x" * 61, TODAY), ("Carl", far), ("Carl", gone), ("Carl", ""), ("Carl", "soon")):
        with asking(dana), pytest.raises(UsageError):
            studio.sharing.make(session, name, until, Choice())
    with asking(dana):
        assert studio.sharing.links() == []
        token = studio.sharing.make(session, "Carl", TODAY, Choice())
        (link,) = studio.sharing.links()
    assert link.expires.astimezone().date().isoformat() == TODAY
    assert (link.is_open(datetime.now(UTC)), link.is_open(link.expires)) == (True, False)
    assert token not in repr(link)


# What is said of it -------------------------------------------------------------------------------------------------


def test_what_is_said_stands_beside_the_conversation_and_is_answered(
    studio: Studio, dana: Person, session: str
) -> None:
    token, share = made(studio, dana, session)
    with asking(dana):
        before = studio.record.session(session)
    studio.sharing.say(token, 1, " A good question. ", again=True, readings={0: "leading_question"})
    studio.sharing.say(token, 0, "Well done, all in all.", readings={})
    with asking(dana):
        studio.sharing.answer(share, 1, "Thank you.")
        shown = studio.sharing.mine(share)
        assert studio.record.session(session) == before
    told = [(one.by, one.kind, one.words, one.place, one.move) for one in shown.turns[0].remarks]
    assert told == [
        (GUEST, COMMENT, "A good question.", None, None),
        (GUEST, AGAIN, "", None, None),
        (GUEST, READING, "", 0, "leading_question"),
        (OWNER, COMMENT, "Thank you.", None, None),
    ]
    assert [one.words for one in shown.whole] == ["Well done, all in all."]
    assert shown.share is not None
    assert [what for what, _ in shown.share.events] == ["made", "said", "said", "answered"]
    assert [one.words for one in studio.sharing.open(token).turns[0].remarks][-1] == "Thank you."


def test_one_link_does_not_show_what_was_said_by_another(studio: Studio, dana: Person, session: str) -> None:
    first, _ = made(studio, dana, session)
    second, _ = made(studio, dana, session)
    studio.sharing.say(first, 1, "Between us.", readings={})
    assert "Between us." not in repr(studio.sharing.open(second))


@pytest.mark.parametrize(
    ("turn", "words", "readings"),
    [
        (1, "  ", {}),
        (7, "There is no such turn.", {}),
        (1, "x" * (LONGEST_WORDS + 1), {}),
        (1, "", {5: "leading_question"}),
        (1, "", {0: "<script>"}),
    ],
)
def test_what_cannot_be_said_is_refused(
    studio: Studio, dana: Person, session: str, turn: int, words: str, readings: dict[int, str]
) -> None:
    token, _ = made(studio, dana, session)
    with pytest.raises(UsageError):
        studio.sharing.say(token, turn, words, readings=readings)
    with asking(dana):
        assert studio.sharing.links()[0].remarks == ()


def test_without_the_notes_no_reading_can_be_overruled(studio: Studio, dana: Person, session: str) -> None:
    token, _ = made(studio, dana, session, notes=False)
    with pytest.raises(UsageError):
        studio.sharing.say(token, 1, "", readings={0: "leading_question"})


def test_one_link_takes_so_much_and_no_more(
    studio: Studio, dana: Person, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.record.shares.MOST_REMARKS", 2)
    token, _ = made(studio, dana, session)
    studio.sharing.say(token, 1, "One.", again=True, readings={})
    with pytest.raises(UsageError, match="as much as"):
        studio.sharing.say(token, 1, "Three.", readings={})


def test_a_look_is_noted_and_not_every_second(studio: Studio, dana: Person, session: str) -> None:
    token, _ = made(studio, dana, session)
    for _ in range(3):
        studio.sharing.open(token)
    with asking(dana):
        assert studio.sharing.links()[0].times("opened") == 1


def test_withdrawn_it_opens_nothing_and_what_was_said_stays(studio: Studio, dana: Person, session: str) -> None:
    token, share = made(studio, dana, session)
    studio.sharing.say(token, 1, "Before.", readings={})
    with asking(dana):
        studio.sharing.revoke(share)
        studio.sharing.revoke(share)
    for act in (lambda: studio.sharing.open(token), lambda: studio.sharing.say(token, 1, "After.", readings={})):
        with pytest.raises(NotAllowed, match="opens nothing"):
            act()
    with asking(dana):
        link = studio.sharing.links()[0]
        assert ([one.words for one in link.remarks], link.times("withdrawn")) == (["Before."], 1)


def test_a_link_and_all_that_was_said_go_with_the_conversation(studio: Studio, dana: Person, session: str) -> None:
    token, _ = made(studio, dana, session)
    studio.sharing.say(token, 1, "Quagmireish.", readings={})
    with asking(dana):
        studio.delete(session)
        assert studio.sharing.links() == []
    with pytest.raises(NotAllowed):
        studio.sharing.open(token)
    place = Path(studio.whole_record.place)
    assert not [path for path in place.parent.glob("alex.db*") if b"uagmireish" in path.read_bytes()]


# The pages ----------------------------------------------------------------------------------------------------------


def test_a_link_is_previewed_made_opened_commented_answered_and_withdrawn(
    studio: Studio, dana: Person, session: str
) -> None:
    app = in_a_loop(lambda: build_app(studio))
    owner, guest = (TestClient(app, base_url=HERE, follow_redirects=False) for _ in range(2))
    owner.cookies.set(COOKIE, studio.people.sign_in("dana", PASSWORD, "dana"))
    asked = {"name": "Carl", "until": TODAY, "notes": "yes", "thoughts": "yes"}
    first = owner.get(f"/shares/of/{session}").text
    assert "Make the link" not in first
    preview = owner.post(f"/shares/of/{session}", data={**asked, "do": "preview"}).text
    assert "Make the link" in preview
    assert UNSAID in preview
    assert "Okonkwo" not in preview
    assert SHARED not in preview
    seen = re.search(r'name="seen" value="([^"]*)"', preview)
    assert seen is not None
    other = owner.post(f"/shares/of/{session}", data={**asked, "do": "make", "seen": "notes"}).text
    assert (SHARED in other, "What they would see" in other) == (False, True)  # it is looked at first
    page = owner.post(f"/shares/of/{session}", data={**asked, "do": "make", "seen": seen[1]}).text
    found = re.search(rf"{HERE}({SHARED}[\w-]+)", page)
    assert found is not None
    link = found[1]
    assert "Shared with Carl, until " in guest.get(link).text
    said = guest.post(link, data={"turn": "1", "words": NASTY, "again": "yes", "read-0": "leading_question"})
    assert (said.status_code, said.headers["location"]) == (303, f"{link}?said=yes")
    with asking(dana):
        (share,) = [one.id for one in studio.sharing.links()]
    mine = owner.get(f"/shares/one/{share}").text
    assert not {"script", "img"} & set(Tags(mine).kinds)
    assert "alert(1)" in mine
    assert "Try again from turn 1" in mine
    answered = owner.post(f"/shares/one/{share}", data={"do": "answer", "turn": "1", "words": "Thank you."})
    assert answered.headers["location"] == f"/shares/one/{share}#turn-1"
    assert "Thank you." in guest.get(link).text
    taken = {"do": "take", "turn": "1", "place": "0", "move": "leading_question"}
    assert owner.post(f"/shares/one/{share}", data=taken).status_code == 303
    with asking(dana):
        assert studio.open(session).turns[0].turn.acts[0].segment.move == "leading_question"
    again = owner.post(f"/shares/one/{share}", data={"do": "again", "turn": "1"})
    assert again.headers["location"].startswith("/?s=")
    assert "For Carl, until" in owner.get("/shares").text
    assert owner.post(f"/shares/one/{share}", data={"do": "revoke"}).status_code == 303
    assert guest.get(link).status_code == 404
    assert "Withdrawn." in owner.get("/shares").text


def test_a_page_elsewhere_says_nothing_through_a_link(studio: Studio, dana: Person, session: str) -> None:
    token, _ = made(studio, dana, session)
    guest = TestClient(in_a_loop(lambda: build_app(studio)), base_url=HERE, follow_redirects=False)
    answer = guest.post(SHARED + token, data={"turn": "1", "words": "x"}, headers={"origin": "http://evil.test"})
    assert answer.status_code == 403
    wrong = guest.post(SHARED + token, data={"turn": "9", "words": "x"})
    assert (wrong.status_code, "no such turn" in wrong.text) == (400, True)
    with asking(dana):
        assert studio.sharing.links()[0].remarks == ()
