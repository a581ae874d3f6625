"""Exports: each form says what it must, leaves out what it should, and takes nobody's words for its own signs."""

import dataclasses
import io
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from web_samples import LEVELS, NASTY, alex, looking_back

from bot.colleague.state import Act, State
from bot.colleague.turn import Told, Turn
from bot.elsewhere.files import said_in_file
from bot.errors import RecordError, UsageError
from bot.exports.making import Cover, paper_of
from bot.exports.paper import LABEL, Choice
from bot.exports.writing import KINDS, kind_of, printed, put, written
from bot.listen.reading import Segment
from bot.record.kept import Kept, KeptTurn

STARTED = datetime(2026, 11, 21, 15, 52, tzinfo=UTC)
WORDS = "I saw six books. What makes a task worth doing?\n\nMrs Rowbottom at Elm Park Primary asked."
COACH = {
    "did": "He said a little more.",
    "tip": "Say back what you heard.",
    "source": "A field guide, Asking > Checking",
    "notes": {
        "observation": {"chips": [{"says": "Asked openly", "watch": False}], "quote": "I saw six books.", "effect": ""},
        "tip": {"passage_id": "p1"},
    },
}
PASSAGES = {"p1": ("A field guide, Asking › Checking, page 3", "Ask, then wait.")}


def a_turn(number: int, words: str = WORDS, **changes: Any) -> KeptTurn:
    turn = Turn(
        number=number,
        words=words,
        acts=(Act(Segment("I saw six books.", "observation", None, 0.9)),),
        turn_forms=(),
        state=State(60, 35, 10 + number, 5, 5, 10, 30),
        opened=(0,),
        frozen=0,
        line="They sit the test.\nThey pass it.",
        situation="topic",
        manner="low",
        told=(Told("results", elicited=True),),
        thought="Here it comes.",
    )
    return KeptTurn(dataclasses.replace(turn, **changes), COACH, STARTED + timedelta(minutes=number))


def a_session(*turns: KeptTurn, **changes: Any) -> Kept:
    kept = Kept(
        id="abcdefghij",
        scenario="alex-geography",
        title="Rivers #1",
        seed=7,
        mode="practise",
        level="usual",
        opening="You wanted to see me?",
        created=STARTED,
        updated=STARTED,
        scenario_hash="",
        reader_hash="",
        notes={"beliefs": "It fades by July.", "unsaid": "He is coasting."},
        self_rating={},
        overruled={},
        reflection="I hurried.",
        ending="stand_off",
        parent_id=None,
        branched_after=None,
        turns=turns or (a_turn(1), a_turn(2, voice="model")),
    )
    return dataclasses.replace(kept, **changes)


def cover(**changes: Any) -> Cover:
    return dataclasses.replace(Cover(alex(), looking_back(1, 2), LEVELS, PASSAGES), **changes)


def text_of(kind: str, content: bytes) -> str:
    """Return the words of an export, whatever its form, on one line."""
    if kind == "pdf":
        import pypdf

        reader = pypdf.PdfReader(io.BytesIO(content))
        return " ".join(" ".join(page.extract_text() for page in reader.pages).replace("-\n", "-").split())
    if kind == "docx":
        import docx

        document = docx.Document(io.BytesIO(content))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        notes = [comment.text for comment in document.comments]
        return " ".join(" ".join([*(one.text for one in document.paragraphs), *cells, *notes]).split())
    return " ".join(content.decode().replace("\\", "").split())


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {kind: written(a_session(), cover(), kind) for kind in KINDS}


@pytest.fixture(scope="module")
def bare() -> dict[str, bytes]:
    return {
        kind: written(a_session(), cover(), kind, Choice(notes=False, thoughts=False, names=False)) for kind in KINDS
    }


@pytest.mark.parametrize("kind", KINDS)
def test_each_form_is_labelled_and_holds_the_conversation(files: dict[str, bytes], kind: str) -> None:
    text = text_of(kind, files[kind])
    assert LABEL in text and "not for appraisal" in text
    assert "You wanted to see me?" in text
    assert "They pass it." in text
    assert "Rowbottom" in text


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_out_is_nowhere_in_the_file(files: dict[str, bytes], bare: dict[str, bytes], kind: str) -> None:
    private = ("Here it comes.", "Rowbottom", "Elm Park", "Say back what you heard.")
    beyond = () if kind == "vtt" else ("I hurried.",)
    for words in (*private, *beyond):
        assert words in text_of(kind, files[kind]), words
        assert words not in text_of(kind, bare[kind]), words
    assert "Alex" in text_of(kind, bare[kind])
    for words in ("He is coasting.", "I could nod."):
        assert words not in text_of(kind, bare[kind])


@pytest.mark.parametrize("kind", ["md", "docx", "pdf"])
def test_a_document_has_what_one_would_hand_over(files: dict[str, bytes], kind: str) -> None:
    text = text_of(kind, files[kind])
    for words in (
        "Rivers #1",
        "Alex has taught here for fifteen years",
        "You 1",
        "You 2",
        "Ten behaviours",
        "Owns the concern",
        "Two theories of action",
        "It costs me my Sundays.",
        "How it went for Alex, turn by turn",
        "Alex began with 10 of 100.",
        "Pressing (orders, verdicts, accusing questions, pushing for a yes): twice, in turns 2 and 5.",
        "A field guide, Asking › Checking, page 3",
        "Ask, then wait.",
        "What would have changed your mind?",
    ):
        assert words in text, words


@pytest.mark.parametrize("kind", KINDS)
def test_before_it_is_finished_nothing_that_is_hidden_is_told(kind: str) -> None:
    text = text_of(kind, written(a_session(ending=None), cover(), kind))
    assert "They pass it." in text
    for words in ("It costs me my Sundays.", "Here it comes.", "Ten behaviours", "Specific"):
        assert words not in text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_anybody_wrote_becomes_a_sign_of_the_file(kind: str) -> None:
    odd = f"{NASTY} #let x = 1 $x$ \\textbf --> \x00\x07 \ud83d @import \u202e {{{{x}}}}\n\nWEBVTT\n\n- one"
    note = {**COACH, "did": odd, "tip": odd, "source": odd}
    kept = a_session(
        dataclasses.replace(a_turn(1, odd, line=odd, thought=odd), coach=note),
        title=odd,
        opening=odd,
        reflection=odd,
        notes={"beliefs": odd, "guess": odd, "unsaid": odd},
    )
    content = written(kept, cover(debrief=looking_back(1, words=odd), passages={"p1": (odd, odd)}), kind)
    text = text_of(kind, content)
    if kind == "vtt":
        assert "&lt;script&gt;alert(1)" in text and "<script" not in text
    elif kind == "md":
        assert not re.search(rb"(?<!\\)<(?!br>)", content)
    else:
        assert "alert(1)" in text
    assert said_in_file(f"x.{kind}", content) if kind not in {"pdf", "jsonl"} else True


def test_an_empty_and_a_strange_session_can_be_exported_in_every_form() -> None:
    silent = a_session(a_turn(1, ""), a_turn(2, "…", out_of_role="distress", line="This is a simulation."))
    for kind in KINDS:
        assert written(dataclasses.replace(a_session(), turns=(), ending=None), cover(scenario=None), kind)
        assert "simulation" in text_of(kind, written(silent, cover(debrief=looking_back(1)), kind))


def test_words_in_every_script_are_there_in_pdf_too() -> None:
    kept = a_session(a_turn(1, "Здравствуйте, ça va? 中文 🧑🏽‍🏫"), title="Été")
    assert "Здравствуйте, ça va?" in text_of("pdf", written(kept, cover(debrief=looking_back(1)), "pdf"))


# Word


def test_the_coach_stands_beside_the_words_in_word(files: dict[str, bytes]) -> None:
    import docx

    document = docx.Document(io.BytesIO(files["docx"]))
    comments = [(one.author, one.text) for one in document.comments]
    assert ("Coach", "Asked openly.\nHe said a little more.") in comments
    assert ("Coach", "Try: Say back what you heard.\nFrom A field guide, Asking › Checking") in comments
    assert ("Alex did not say", "Here it comes.") in comments
    starts = document.element.xpath("//w:commentRangeStart")
    assert len(starts) == len(comments) == len(document.element.xpath("//w:commentReference"))


def test_word_has_headings_heads_of_tables_and_words_for_its_pictures(files: dict[str, bytes]) -> None:
    import docx

    document = docx.Document(io.BytesIO(files["docx"]))
    heads = [one.text for one in document.paragraphs if str(getattr(one.style, "name", "")) == "Heading 1"]
    assert heads[:2] == ["Beforehand", "The conversation"]
    assert len(document.element.xpath("//w:tblHeader")) == len(document.tables) == 2
    described = [one.get("descr") for one in document.element.xpath("//wp:docPr")]
    assert len(described) == 2 and all(described)
    assert (document.core_properties.title, document.core_properties.language) == ("Rivers #1", "en-GB")
    assert LABEL in document.sections[0].footer.paragraphs[0].text


# PDF


def test_a_pdf_is_marked_for_a_screen_reader(files: dict[str, bytes]) -> None:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(files["pdf"]))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert reader.metadata and reader.metadata.title == "Rivers #1"
    assert len(reader.outline) >= 5
    kinds, described = set(), []
    stack = [root["/StructTreeRoot"]]
    while stack:
        one = stack.pop().get_object()
        if isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            kinds.add(one.get("/S"))
            described += [one["/Alt"]] if "/Alt" in one else []
            stack += [one["/K"]] if "/K" in one and not isinstance(one["/K"], int) else []
    assert {"/H1", "/H2", "/Table", "/TH", "/Figure", "/L"} <= kinds
    assert any("how far Alex felt understood" in alt for alt in described)


# WebVTT


TIMING = re.compile(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}")


def test_webvtt_is_valid(files: dict[str, bytes]) -> None:
    blocks = files["vtt"].decode().split("\n\n")
    assert blocks[0] == "WEBVTT"
    ends = ""
    for block in blocks[1:]:
        lines = block.strip("\n").split("\n")
        if lines[0] == "NOTE":
            assert "-->" not in block
            continue
        assert "-->" not in lines[0]
        assert TIMING.fullmatch(lines[1])
        start, _, end = lines[1].split()
        assert ends <= start < end
        ends = end
        assert len(lines) > 2
        assert re.fullmatch(r"(<v [^\n<>&]+>)?[^<>]*", "\n".join(lines[2:]))
        assert not re.search(r"&(?!amp;|lt;|gt;)", block)
    assert sum("<v You>" in block for block in blocks) == 2


# JSON Lines


def test_json_lines_have_the_shape_that_was_promised(files: dict[str, bytes]) -> None:
    first, turn, _, debrief, last = map(json.loads, files["jsonl"].decode().splitlines())
    assert (first["kind"], first["label"], first["scenario"]) == ("session", LABEL, "alex-geography")
    assert "notes" not in first
    assert set(turn) == {
        "kind", "number", "leader", "segments", "line", "voice", "state", "disclosed", "out_of_role", "coach", "thought"
    }  # fmt: skip
    assert turn["segments"] == [
        {"text": "I saw six books.", "move": "observation", "focus": None, "confidence": 0.9, "sure": True}
    ]
    assert (debrief["kind"], len(debrief["behaviours"])) == ("debrief", 2)
    assert last == {"kind": "end", "ending": "stand_off", "reflection": "I hurried."}


def test_stand_ins_are_the_same_in_every_line(bare: dict[str, bytes]) -> None:
    said = [json.loads(line)["leader"] for line in bare["jsonl"].decode().splitlines()[1:3]]
    assert said[0] == said[1] != WORDS


# A file on the disk


def test_an_export_replaces_nothing_unless_asked_to(tmp_path: Path) -> None:
    path = tmp_path / "talk.md"
    path.write_text("My notes.")
    with pytest.raises(UsageError, match=r"exists already"):
        kind_of(path)
    assert kind_of(path, overwrite=True) == "md"
    assert put(path, b"Words.").read_text() == "Words."


def test_an_export_that_fails_leaves_the_old_file_and_no_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "talk.md"
    path.write_text("The last export.")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecordError, match=r"was not written: No space left on device"):
        put(path, b"words")
    assert [one.name for one in tmp_path.iterdir()] == ["talk.md"]
    assert path.read_text() == "The last export."


@pytest.mark.parametrize(("name", "fault"), [("talk.exe", r"\.md, \.docx"), ("none/talk.md", r"There is no folder")])
def test_an_export_that_cannot_be_is_refused(tmp_path: Path, name: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        kind_of(tmp_path / name)


def test_a_paper_cannot_be_printed_as_what_there_is_not() -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        printed(paper_of(a_session(), cover(), Choice()), "exe")
