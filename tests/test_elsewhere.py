"""Transcripts of other people: whatever the shape of the file, it is seen who says what, or said what is missing."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from bot.colleague.scenario import Person
from bot.elsewhere.debriefing import look_back, looked_back_json, paper_of, without_names
from bot.elsewhere.desk import Elsewhere
from bot.elsewhere.files import LARGEST, said_in_file, said_in_path
from bot.elsewhere.somebody import somebody, told_by
from bot.elsewhere.spoken import Said, leads, paired, speakers
from bot.errors import UsageError
from bot.exports.writing import PAPERS, printed
from bot.session import open_house

TALK = [("Jane Smith", "Hello. What happened?"), ("Tom", "I was busy."), ("Jane Smith", "Busy with what?")]


def spoken(said: tuple[Said, ...]) -> list[tuple[str, str]]:
    return [(one.speaker, one.words) for one in said]


def in_lines(shape: str) -> str:
    return "".join(shape.format(who=who, words=words, at=f"0{at}") for at, (who, words) in enumerate(TALK))


@pytest.mark.parametrize(
    "shape",
    [
        "{who}: {words}\n",
        "{who} : {words}\r\n\r\n",
        "**{who}:** {words}\n\n",
        "**{who}**: {words}\n",
        "*{who}:* {words}\n",
        "**{who}**\n\n{words}\n\n",
        "{who}\t{words}\n",
        "[00:{at}] {who}: {words}\n",
        "00:{at}.120 --> 00:{at}.900\n{who}: {words}\n",
        "(0:{at}) {who}: {words}\n",
        "{who} (0:{at}): {words}\n",
        "{who} [00:{at}]: {words}\n",
        "{who} 0:{at}: {words}\n",
        "{who}  0:{at}\n{words}\n\n",
        "{who} (0:{at}):\n{words}\n",
        "0:{at} - {who}: {words}\n",
        "- {who}: {words}\n",
        "1. {who}: {words}\n",
        "> {who}: {words}\n",
        "Date: 3 May 2026\nParticipants: A, B\nMeeting: review\n\n{who}: {words}\n",
    ],
)
def test_lines_say_who_speaks_in_the_usual_shapes(shape: str) -> None:
    head, _, line = shape.rpartition("\n\n{who}") if shape.startswith("Date") else ("", "", "")
    text = f"{head}\n\n{in_lines('{who}' + line)}" if head else in_lines(shape)
    assert spoken(said_in_file("talk.txt", text.encode())) == TALK


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_file_is_read_however_it_was_saved(encoding: str) -> None:
    text = "Leader: Café, it’s fine?\nOther: Yes.\n"
    assert said_in_file("x.txt", text.encode(encoding))[0].words == "Café, it’s fine?"


def test_what_a_speaker_says_may_go_over_lines_and_hold_a_colon() -> None:
    said_by_head = "One thing.\nNote: this matters.\nAnd so: on.\n\nMore at\n10:30 in the hall."
    text = f"Head: {said_by_head}\nTom: Yes: no.\nHead: Well.\nTom: Hm.\n"
    said = said_in_file("x", text.encode())
    assert spoken(said)[:2] == [
        ("Head", "One thing. Note: this matters. And so: on. More at 10:30 in the hall."),
        ("Tom", "Yes: no."),
    ]


def test_somebody_who_speaks_once_is_heard_where_every_line_has_a_speaker() -> None:
    text = "Head: Why?\nTom: No.\nHead: Why?\nTom: No.\nDr Patel: I can answer that.\nHead: Do.\n"
    assert [one.name for one in speakers(said_in_file("x", text.encode()))] == ["Head", "Tom", "Dr Patel"]


VTT = (
    "WEBVTT - a talk\n\nNOTE Jane: not said\n\nSTYLE\n::cue {{}}\n\nfirst\n00:01.000 --> 00:03.000 align:start\n{0}\n\n"
    "00:03.500 --> 00:04.000\n{1}\n\n3\n00:00:05.000 --> 00:00:06.000\n{2}\n"
)


@pytest.mark.parametrize(
    "cues",
    [
        ("<v Jane Smith>Hello.</v> What happened?", "<v.loud Tom>I was <i>busy</i>.", "<v Jane Smith>Busy\nwith what?"),
        ("Jane Smith: Hello. What happened?", "Tom: I was busy.", "Jane Smith: Busy with what?"),
    ],
)  # fmt: skip
def test_captions_say_who_speaks_in_tags_or_before_a_colon(cues: tuple[str, str, str]) -> None:
    text = VTT.format(*cues)
    assert spoken(said_in_file("talk.vtt", text.encode())) == TALK
    assert spoken(said_in_file("talk.vtt", text.replace("\n", "\r\n").encode())) == TALK
    plain = text.partition("first\n")[2].replace(".000", ",000").replace(".500", ",500")
    assert spoken(said_in_file("talk.srt", plain.encode())) == TALK


@pytest.mark.parametrize(
    "entries",
    [
        [{"speaker": who, "text": words} for who, words in TALK],
        {"segments": [{"speaker": who, "start": 1, "text": words} for who, words in TALK]},
        {"utterances": [{"speaker": {"name": who}, "words": [1], "utterance": words} for who, words in TALK]},
        {"messages": [{"role": who, "content": words} for who, words in TALK]},
    ],
)
def test_json_of_other_programs_is_read(entries: object) -> None:
    assert spoken(said_in_file("x.json", json.dumps(entries, indent=1).encode())) == TALK


def as_word(make: Callable[[docx.document.Document], None]) -> bytes:
    document = docx.Document()
    make(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def bold_names(document: docx.document.Document) -> None:
    document.add_heading("A meeting", 0)
    for who, words in TALK:
        paragraph = document.add_paragraph()
        paragraph.add_run(who).bold = True
        paragraph.add_run(f" {words}")


def names_above(document: docx.document.Document) -> None:
    for at, (who, words) in enumerate(TALK):
        document.add_paragraph().add_run(f"{who}").bold = True
        document.add_paragraph(f"00:0{at}")
        document.add_paragraph(words)


def a_table(document: docx.document.Document) -> None:
    table = document.add_table(0, 4)
    rows = [("No", "Time", "Speaker", "Text"), *((str(at), f"00:0{at}", *one) for at, one in enumerate(TALK))]
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


@pytest.mark.parametrize("make", [bold_names, names_above, a_table])
def test_word_files_say_who_speaks_in_bold_above_or_in_a_table(make: Callable[..., None]) -> None:
    assert spoken(said_in_file("talk.docx", as_word(make))) == TALK


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "who speaks"),
        (b"We met on Tuesday. He said: I am tired.\nThen we left.\n", "who speaks"),
        (b"Tom: Hello.\nTom: Anybody?\n", "only 'Tom' speaks"),
        (b"%PDF-1.7", "is a PDF"),
        (b"{\\rtf1 x}", "rich text"),
        (b"\xd0\xcf\x11\xe0....", "older Word"),
        (b"PK\x03\x04 broken", "cannot be opened"),
        (b"{broken", "looks like JSON"),
        (b"[" * 100_000, "JSON|nested"),
        (bytes(range(256)) * 9, "who speaks"),
        (b"x" * (LARGEST + 1), "larger than a conversation"),
    ],
)
def test_what_is_no_transcript_is_refused_kindly(raw: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says) as told:
        said_in_file("talk", raw)
    assert told.value.fix


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        said_in_path(tmp_path)


@pytest.mark.parametrize(
    ("names", "leader", "sure"),
    [
        (("Leader", "Other"), "Leader", True),
        (("You", "Alex"), "You", True),
        (("Interviewer", "Tom"), "Interviewer", True),
        (("Tom", "Teacher"), "Tom", True),
        (("Line Manager", "Tom"), "Line Manager", True),
        (("Ann", "Bob"), "Ann", False),
        (("Speaker 1", "Speaker 2", "Speaker 3"), "Speaker 1", False),
        (("Head", "Principal"), "Head", False),
    ],
)
def test_who_leads_is_told_by_the_label_or_guessed_by_who_asks(
    names: tuple[str, ...], leader: str, *, sure: bool
) -> None:
    said = [Said(names[0], "Why is that?"), *(Said(name, "No.") for name in names[1:])]
    assert leads(said) == (leader, sure)


def test_everybody_but_the_leader_is_the_other() -> None:
    said = [Said("B", "Hi."), Said("A", "Why?"), Said("B", "No."), Said("C", "Yes."), Said("A", "Oh.")]
    assert paired(said, "A") == [("", "Hi."), ("Why?", "No. Yes."), ("Oh.", "")]


def test_names_of_the_speakers_and_those_that_are_typed_go_out_everywhere() -> None:
    said = [Said("Deputy Carol Hughes", "Tom, ask Mrs Fielding and Bertie."), Said("Tom Brown", "The deputy? CAROL?")]
    text = str(without_names(said, ["bertie"]))
    assert not [name for name in ("Carol", "CAROL", "Hughes", "Tom", "Brown", "Fielding", "Bertie") if name in text]
    assert "The deputy?" in text
    plain = (Said("Leader", "Hello."), Said("Speaker 2", "Yes."))
    assert without_names(plain) == plain


GOOD = """Head: I saw three marked books without a comment since March, and I'm worried. How do you see it?
Tom: I've stopped believing that written marking does anything. They don't read it.
Head: So you think the time goes in and nothing comes out. Have I got that right?
Tom: Yes. And nobody has asked me before what I make of it all.
Head: I may have been wrong to pass that on without asking you. What makes you think they don't read it?
Tom: I asked four of them.
"""
BAD = """Head: You haven't marked since March. That's not good enough.
Tom: I've been told different things by different people and nobody explains it.
Head: You need to mark every book by Friday. Don't you think parents deserve that?
Tom: I suppose so.
Head: Good. It's policy. Everyone else manages it.
Tom: Fine.
"""


def test_a_conversation_led_well_and_one_led_badly_are_told_apart(prompts: Path) -> None:
    good, bad = (looked_back_json(look_back(prompts, said_in_file("x", text.encode()))) for text in (GOOD, BAD))
    levels = [[one["score"] or 0 for one in found["behaviours"]] for found in (good, bad)]
    assert sum(levels[0]) > sum(levels[1]) + 8
    assert len(good["sold"]["hard"]) < len(bad["sold"]["hard"])
    assert len(good["met"]["engaged"]) > len(bad["met"]["engaged"])
    assert good["talk"]["questions"] > bad["talk"]["questions"]
    assert json.dumps(good)


HEARD = """Nurse: What's it like when you don't have the first one of the day?
Ray: I'm foul. I shout at the kids and then I feel guilty all morning.
Nurse: So it's not the cigarette you'd miss so much as who you turn into without it.
Ray: Yeah. Because my dad was like that, and I swore I never would be.
Nurse: You swore you'd be a different dad. What does that make you want to do?
Ray: I could put the first one off until they've gone to school, I suppose.
Nurse: Until they've gone to school. When shall we see how that went, next Friday?
Ray: Friday, yes. I'll try it till then.
"""
TOLD = """Nurse: You're still smoking. You do know what that does to your lungs?
Ray: I shout at the kids if I don't have one. I feel guilty about that.
Nurse: You need to stop. Patches work. You put one on in the morning.
Ray: I tried those, because my wife wanted me to, and they made me ill.
Nurse: You probably didn't use them properly. Stop by the end of the month.
Ray: It's more that I don't know what I'd do with myself.
Nurse: Chew gum. I'll put you down for the clinic on Tuesday, and you should bring your wife.
Ray: Okay.
"""


def test_somebody_of_no_scenario_is_heard_in_their_own_words(prompts: Path) -> None:
    heard, told = (looked_back_json(look_back(prompts, said_in_file("x", text.encode()))) for text in (HEARD, TOLD))
    levels = [{one["id"]: one["score"] or 0 for one in found["behaviours"]} for found in (heard, told)]
    for behaviour in ("inquires_beliefs", "builds_on_words", "checks_understanding", "joint_dated_step"):
        assert levels[0][behaviour] >= 3 > levels[1][behaviour], behaviour
    for found, text in ((heard, HEARD), (told, TOLD)):
        theirs = [one["words"] for one in found["ledger"] if one["whose"] == "his"]
        assert theirs
        assert all(words in text for words in theirs)


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("Mm-hmm.", None),
        ("It was about half past four I think.", 2),
        ("Well, because nobody ever asked me about it before.", 2),
        ("And then I get scared that they'll take the house.", 3),
        ("I never really thought about it like that before now.", 5),
        ("Maybe I could ring her on Sunday and just ask.", 6),
        ("The bus was late and then the other one came.", None),
    ],
)
def test_what_a_line_tells_is_told_by_its_words(prompts: Path, line: str, layer: int | None) -> None:
    house = open_house(prompts)
    person = Person(name="Ray", they="he", them="him", their="his")
    found = somebody(house.scenario("alex-geography"), person, ["", line], house.cues)
    fact = found.facts.get(told_by(1))
    assert (fact.layer if fact else None) == layer
    assert fact is None or fact.known_as in line


@pytest.mark.parametrize("kind", PAPERS)
def test_what_was_read_can_be_taken_away_and_never_calls_itself_simulated(prompts: Path, kind: str) -> None:
    nasty = "<script>alert(1)</script> #let x = {{7*7}} --> **no**"
    said = [Said("Head", f"What makes it worth doing? {nasty}"), Said("<b>", nasty), Said("Head", "Hm.")]
    content = printed(paper_of(look_back(prompts, said), nasty), kind)
    if kind in {"md", "vtt"}:
        assert b"<script" not in content.replace(b"\\<script", b"")
        assert b"not for appraisal" in content and b"Simulated" not in content
    assert len(content) > 500


def test_between_two_steps_the_desk_keeps_nothing(prompts: Path) -> None:
    desk = Elsewhere(prompts)
    brought = desk.brought("talk.txt", GOOD.encode())
    assert (brought.leader, [one.times for one in brought.speakers]) == ("Head", [3, 3])
    shown = desk.looked_back(brought.said, "Tom", hide=[])
    assert shown.leader != "Tom"
    assert "Tom" not in shown.said
    assert desk.printed(shown.said, shown.leader, "md")
    with pytest.raises(UsageError):
        desk.looked_back("[]", "Head", hide=None)
    with pytest.raises(UsageError):
        desk.printed(shown.said, "Nobody", "md")


def test_one_word_many_people_and_no_end_are_read(prompts: Path) -> None:
    turns = [Said(f"P{number % 5}", "Why? " if number % 5 else "ok " * 400) for number in range(40)]
    found = looked_back_json(look_back(prompts, turns, leader="P1"))
    assert found["turns"] == 8
    assert looked_back_json(look_back(prompts, [Said("Leader", "!?")]))["turns"] == 1
