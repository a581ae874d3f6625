"""The commands, as a script or somebody at a terminal uses them: shapes, exit codes, and what is typed."""

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from model_fakes import running_server, whole

from bot.cli import app, main
from bot.coach.words import BEHAVIOURS
from bot.colleague.loading import load_scenario
from bot.colleague.state import NAMES
from bot.listen.reading import FOCUSES, MOVES
from bot.settings import load_settings

ROOT = Path(__file__).parent.parent
SCRIPT = """I looked at six geography books, and the lessons match last year's. I'm worried rivers won't last.
What did you do with the planning afternoon?
What makes a rivers task worth doing, for you?
So every child finishing matters to you. Have I got that right?
Shall we look at it together on the 14th?
"""


@dataclass(frozen=True)
class Done:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.out.split("\n") if line]


Alex = Callable[..., Done]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("content")
    (folder / "prompts").symlink_to(ROOT / "prompts", target_is_directory=True)
    (folder / "knowledge" / "articles").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def alex(
    ours: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Alex:
    """Run a command in this process, as the console would, with `typed` as its standard input."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALEX_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("ALEX_CONTENT", str(ours))
    monkeypatch.setenv("ALEX_DATABASE_URL", f"sqlite:///{tmp_path / 'alex.db'}")

    def run(*words: str, typed: str | bytes = "") -> Done:
        load_settings.cache_clear()
        given = typed if isinstance(typed, bytes) else typed.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        capsys.readouterr()
        try:
            main(lambda: app(args=list(words), prog_name="alex"))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            load_settings.cache_clear()
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return run


def written(tmp_path: Path, content: str | bytes, name: str = "script.txt") -> str:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


# alex rehearse --script


@pytest.fixture
def played(alex: Alex, tmp_path: Path) -> Any:
    return alex("rehearse", "alex-geography", "--script", written(tmp_path, SCRIPT), "--json", "--seed", "3").json


def test_a_played_script_has_exactly_the_shape_that_was_promised(played: Any) -> None:
    assert list(played) == ["scenario", "opening", "turns", "ending", "beliefs", "disclosed", "debrief"]
    assert played["scenario"] == "alex-geography"
    assert isinstance(played["opening"], str) and played["opening"]
    assert [turn["leader"] for turn in played["turns"]] == SCRIPT.splitlines()
    for number, turn in enumerate(played["turns"], start=1):
        assert list(turn) == ["number", "leader", "segments", "line", "voice", "state", "disclosed", "out_of_role"]
        assert (turn["number"], turn["voice"], turn["out_of_role"]) == (number, "authored", False)
        assert set(turn["state"]) == set(NAMES)
        assert all(0 <= value <= 100 for value in turn["state"].values())
        assert turn["line"]
        for segment in turn["segments"]:
            assert list(segment) == ["text", "move", "focus", "confidence", "sure"]
            assert segment["text"] in turn["leader"]
            assert segment["move"] in MOVES
            assert segment["focus"] in (*FOCUSES, None)
            assert 0 <= segment["confidence"] <= 1


def test_what_came_out_is_counted_once_and_adds_up(played: Any, prompts: Path) -> None:
    disclosed = [fact for turn in played["turns"] for fact in turn["disclosed"]]
    assert played["disclosed"] == disclosed
    assert len(set(disclosed)) == len(disclosed) >= 1
    assert set(played["beliefs"]) == {"total", "surfaced"}
    assert 0 <= played["beliefs"]["surfaced"] <= played["beliefs"]["total"]


def test_the_debrief_in_it_has_the_shape_that_was_promised(played: Any) -> None:
    found = played["debrief"]
    assert list(found) == ["behaviours", "strength", "moments", "question"]
    assert [one["id"] for one in found["behaviours"]] == list(BEHAVIOURS)
    for one in found["behaviours"]:
        assert list(one) == ["id", "score", "status", "quote", "turn"]
        assert (one["score"] is None) == (one["quote"] == "") == (one["turn"] is None)
        assert one["status"] in {"shown", "not shown", "no opportunity"}
        if one["turn"]:
            assert one["quote"] in played["turns"][one["turn"] - 1]["leader"]
    assert len(found["moments"]) <= 2
    for moment in found["moments"]:
        assert moment["quote"] == played["turns"][moment["turn"] - 1]["leader"]
        assert moment["line"] == played["turns"][moment["turn"] - 1]["line"]
    assert found["question"]


def test_the_same_seed_and_words_print_the_same_and_another_seed_does_not(alex: Alex, tmp_path: Path) -> None:
    script = written(tmp_path, SCRIPT)
    first, again, other = (alex("rehearse", "--script", script, "--json", "--seed", seed) for seed in ("3", "3", "4"))
    assert first.out == again.out
    assert [turn["line"] for turn in first.json["turns"]] != [turn["line"] for turn in other.json["turns"]]
    assert (
        alex("rehearse", "--script", script, "--json").out
        == alex("rehearse", "--script", script, "--json", "--seed", "0").out
    )


@pytest.mark.parametrize(
    ("content", "turns"),
    [
        ("Hello.\nHow are you?\n", ["Hello.", "How are you?"]),
        ("Hello.\nHow are you?", ["Hello.", "How are you?"]),
        ("Hello.\n\nHow are you?\n", ["Hello.", "", "How are you?"]),
        ("Hello.\r\n\r\nHow are you?\r\n", ["Hello.", "", "How are you?"]),
        (b"\xef\xbb\xbfHello.\r\nHow are you?\r\n", ["Hello.", "How are you?"]),
        (b'\xef\xbb\xbf["Hello.", ""]', ["Hello.", ""]),
        ('["Hello.", "", "Two\\nlines."]', ["Hello.", "", "Two\nlines."]),
        ('  [\n  "Hello."\n]\n', ["Hello."]),
        ("[He nods]\nHello.\n", ["[He nods]", "Hello."]),
        ("Caf\u00e9? Beth wyt ti'n feddwl?\n", ["Caf\u00e9? Beth wyt ti'n feddwl?"]),
        ("", []),
        ("[]", []),
        ("\n", [""]),
    ],
)
def test_a_script_is_lines_or_a_list_however_it_was_saved(
    alex: Alex, tmp_path: Path, content: str | bytes, turns: list[str]
) -> None:
    done = alex("rehearse", "--script", written(tmp_path, content), "--json")
    assert done.code == 0
    assert [turn["leader"] for turn in done.json["turns"]] == turns
    typed = alex("rehearse", "--json", typed=content)
    assert [turn["leader"] for turn in typed.json["turns"]] == turns


def test_a_blank_line_is_a_silence_and_is_answered(alex: Alex) -> None:
    done = alex("rehearse", "--json", typed="Hello.\n\n\nWell?\n")
    assert [turn["segments"] for turn in done.json["turns"]][1:3] == [[], []]
    assert all(turn["line"] for turn in done.json["turns"])


def test_a_turn_out_of_role_keeps_its_place_and_none_of_its_words(alex: Alex) -> None:
    done = alex("rehearse", "--json", typed=f"Zebedee, you stupid bastard.\n{SCRIPT}")
    turns = done.json["turns"]
    assert "ebedee" not in done.out + done.err
    assert [turn["number"] for turn in turns] == [1, 2, 3, 4, 5, 6]
    assert [turn["out_of_role"] for turn in turns] == [True, *[False] * 5]
    assert (turns[0]["leader"], turns[0]["segments"], turns[0]["disclosed"]) == ("", [], [])
    for one in done.json["debrief"]["behaviours"]:
        assert one["turn"] is None or one["quote"] in turns[one["turn"] - 1]["leader"]
    for moment in done.json["debrief"]["moments"]:
        assert moment["quote"] == turns[moment["turn"] - 1]["leader"]


def test_a_played_script_is_kept_nowhere(alex: Alex, tmp_path: Path) -> None:
    alex("rehearse", "--script", written(tmp_path, SCRIPT), "--json")
    assert not (tmp_path / "alex.db").exists()


def test_without_json_a_script_reads_like_a_conversation(alex: Alex, tmp_path: Path) -> None:
    done = alex("rehearse", "--script", written(tmp_path, SCRIPT), "--seed", "3")
    assert done.code == 0
    flat = " ".join(done.out.split())
    assert "What did you do with the planning afternoon?" in flat
    assert flat.count("Alex") >= 6


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("rehearse", "alex-history", "--json"), 1, "alex-geography"),
        (("rehearse", "--script", "nowhere.txt"), 2, "nowhere.txt"),
        (("rehearse", "--script", "."), 2, "cannot be read"),
        (("rehearse", "--seed", "seven"), 2, "--seed"),
        (("rehears",), 2, "rehears"),
        (("read", "--two-segments"), 2, "two-segments"),
        (("search", "x", "-k", "0"), 2, "k"),
        (("export", "nobody", "--to", "x.md"), 2, "nobody"),
        (("debrief", "nowhere.txt"), 2, "nowhere.txt"),
    ],
)
def test_a_wrong_use_is_a_sentence_on_standard_error_and_an_exit_code(
    alex: Alex, words: tuple[str, ...], code: int, says: str
) -> None:
    done = alex(*words)
    assert done.code == code
    assert says in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00\x01", "UTF-8"),
        ("caf\xe9".encode("latin-1"), "UTF-8"),
        (b'["Hello.", 7]', "not text"),
        (b"Hello.\n" * 401, "401"),
    ],
)
def test_a_script_that_cannot_be_played_says_what_to_do(alex: Alex, tmp_path: Path, content: bytes, says: str) -> None:
    done = alex("rehearse", "--script", written(tmp_path, content), "--json")
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert len(done.err.strip().splitlines()) == 2


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b'["Hello.", 7]'])
def test_what_is_typed_and_cannot_be_played_is_not_called_none(alex: Alex, content: bytes) -> None:
    done = alex("rehearse", "--json", typed=content)
    assert (done.code, done.out) == (2, "")
    assert "None" not in done.err
    assert "Traceback" not in done.err


# alex rehearse, talking


def test_a_conversation_in_the_terminal_is_labelled_answered_and_kept(alex: Alex) -> None:
    done = alex("rehearse", "--seed", "5", typed="Hello Alex.\nWhat did you do with the planning afternoon?\n/quit\n")
    assert done.code == 0
    assert "Simulated colleague. Practice, never appraisal." in done.out
    listed = alex("sessions")
    assert "2 turns" in listed.out and "not finished" in listed.out
    assert listed.out.split()[0] in done.out


def test_everything_one_can_ask_for_in_the_terminal_is_there(alex: Alex) -> None:
    typed = "Why haven't you changed it?\n/coach\n/where\n"
    typed += "/word Why haven't you changed your planning?\n/back\n/back\n/what\n"
    done = alex("rehearse", "--seed", "5", typed=f"{typed}What do you look for in a task?\n/finish\n4\n9\n\n2\n")
    assert done.code == 0
    for wanted in (
        "You could ask:",
        "The door is",
        "○",
        "Taken back: Why haven't you changed it?",
        "/coach  /word",
        "Six weeks later",
    ):
        assert wanted in done.out, wanted
    flat = " ".join(done.out.split())
    assert "you said 4" in flat and "you said 2" in flat and "you said 9" not in flat
    assert "1 turns" not in alex("sessions").out or "1 turns" in alex("sessions").out.replace(" turn ", " turns ")


def test_a_reading_is_put_right_in_the_terminal(alex: Alex) -> None:
    typed = "/read\n/was 1 judgement\nYou never bring it back in July.\n/was 1 observation\n/was\n/was 7 judgement\n"
    done = alex("rehearse", "--seed", "5", typed=f"{typed}/was 1 blame\n/quit\n")
    flat = " ".join(done.out.split())
    assert done.code == 0
    for wanted in (
        "Nothing has been said yet.",
        "Say which sentence was what.",
        "1 You never bring it back in July. observation: something you saw.",
        "That sentence is not here to be put right.",
        "'blame' is not one of the moves.",
    ):
        assert wanted in flat, wanted


def test_a_draft_that_may_not_be_kept_does_not_end_the_conversation(alex: Alex) -> None:
    done = alex("rehearse", typed="Hello Alex.\n/word You stupid bastard.\nHow was Tuesday?\n/quit\n")
    assert done.code == 0
    assert "2 turns" in alex("sessions").out


def test_the_end_of_the_input_is_the_end_of_the_conversation(alex: Alex) -> None:
    done = alex("rehearse", typed="Hello Alex.")
    assert done.code == 0
    assert "1 turn" in alex("sessions").out


def test_what_is_said_in_brackets_is_printed_as_it_was_said(alex: Alex) -> None:
    done = alex(
        "rehearse", typed="What about [bold]rivers[/bold] and [/nothing]?\n/back\n/word Why is [/it] so?\n/quit\n"
    )
    assert done.code == 0
    assert "[bold]rivers[/bold] and [/nothing]?" in " ".join(done.out.split())


# alex read


def test_sentences_are_read_in_order_with_exactly_the_shape_that_was_promised(alex: Alex) -> None:
    texts = [
        "Morning Alex.",
        "",
        "Sit down. How was Tuesday?",
        "🙂",
        "ماذا ترى؟",
        "Beth?",
        "x " * 2000,
        '"',
        "\\",
        "\u2028",
        "a\u0000b",
    ]
    lines = "".join(json.dumps({"previous": "Hm.", "text": text}) + "\n" for text in texts)
    done = alex("read", typed=lines)
    assert done.code == 0
    assert [row["text"] for row in done.rows] == texts
    for row in done.rows:
        assert list(row) == ["text", "segments"]
        for segment in row["segments"]:
            assert list(segment) == ["text", "move", "focus", "confidence", "sure"]
            assert segment["move"] in MOVES


def test_one_segment_is_one_segment(alex: Alex) -> None:
    line = json.dumps({"previous": "", "text": "Sit down. How was Tuesday?"})
    assert len(alex("read", "--one-segment", typed=line).rows[0]["segments"]) == 1
    assert len(alex("read", typed=line).rows[0]["segments"]) == 2


def test_the_previous_line_may_be_left_out_or_be_nothing(alex: Alex) -> None:
    done = alex(
        "read", typed='{"text": "Hello."}\n{"previous": null, "text": "Hello."}\n{"previous": "", "text": "Hello."}\n'
    )
    assert done.rows[0] == done.rows[1] == done.rows[2]


def test_blank_lines_a_mark_at_the_start_and_windows_ends_are_no_trouble(alex: Alex) -> None:
    done = alex("read", typed=b'\xef\xbb\xbf{"text": "Hello."}\r\n\r\n{"text": "Well?"}\r\n')
    assert done.code == 0
    assert [row["text"] for row in done.rows] == ["Hello.", "Well?"]


@pytest.mark.parametrize(
    "line", [b"Hello.", b'{"text": 7}', b"[]", b'{"previous": "Hm."}', b'{"text": "Hi", "previous": ["Hm."]}']
)
def test_a_line_that_is_not_ours_is_named_after_those_before_it_were_read(alex: Alex, line: bytes) -> None:
    done = alex("read", typed=b'{"text": "Hello."}\n' + line + b"\n")
    assert done.code == 2
    assert [row["text"] for row in done.rows] == ["Hello."]
    assert "Line 2" in done.err and '"text"' in done.err


def test_bytes_that_are_no_text_are_refused_in_a_sentence(alex: Alex) -> None:
    done = alex("read", typed=b'{"text": "caf\xe9"}\n')
    assert done.code == 2
    assert "UTF-8" in done.err


def test_half_an_emoji_is_read_and_printed(alex: Alex) -> None:
    done = alex("read", typed=b'{"text": "All right \\ud83d then."}\n')
    assert done.code == 0
    assert len(done.rows) == 1


# alex export, alex sessions


@pytest.fixture
def session(alex: Alex) -> str:
    alex("rehearse", "--seed", "5", typed="Hello Alex.\nWhat did you do with the planning afternoon?\n/quit\n")
    return alex("sessions").out.split()[0]


@pytest.mark.parametrize("ending", ["md", "jsonl", "vtt"])
def test_a_session_is_exported_by_the_files_ending(alex: Alex, tmp_path: Path, session: str, ending: str) -> None:
    target = tmp_path / f"talk.{ending}"
    done = alex("export", session, "--to", str(target))
    assert (done.code, "Written" in done.out) == (0, True)
    assert "planning afternoon" in target.read_text(encoding="utf-8")
    again = alex("export", session, "--to", str(target))
    assert again.code == 2 and "exists already" in again.err
    assert alex("export", session, "--to", str(target), "--overwrite").code == 0


def test_an_export_leaves_out_what_it_is_told_to(alex: Alex, tmp_path: Path) -> None:
    alex("rehearse", "--seed", "5", typed="Mrs Rowbottom tells me you skim slides. Is that so?\n/quit\n")
    session, target = alex("sessions").out.split()[0], tmp_path / "talk.docx"
    assert alex("export", session, "--to", str(target)).code == 0
    assert b"comments.xml" in target.read_bytes()
    bare = tmp_path / "bare.md"
    assert alex("export", session, "--to", str(bare), "--without-notes", "--without-names").code == 0
    assert "Coach:" not in bare.read_text("utf-8")
    assert "Rowbottom" not in bare.read_text("utf-8")


@pytest.mark.parametrize("target", ["talk.exe", "talk", "nowhere/talk.md"])
def test_an_export_that_cannot_be_written_says_why(alex: Alex, session: str, target: str) -> None:
    done = alex("export", session, "--to", target)
    assert done.code == 2
    assert done.err.strip()
    assert done.out == ""


def test_sessions_are_found_by_what_was_said_in_them(alex: Alex, session: str) -> None:
    assert session in alex("sessions", "planning").out
    assert "Nothing with these words" in alex("sessions", "volcano").out


def test_before_the_first_session_the_list_says_so(alex: Alex) -> None:
    assert alex("sessions").out == "No sessions yet.\n"


# alex debrief


ELSEWHERE = """other: You wanted a word?
leader: I looked at six books on Tuesday, and I’m worried the rivers work won’t last.
other: Results are fine. Middle of the pack.
leader: What do you look for in a task?
and what makes it worth doing?
other: They all finish, and they get it right.
leader: So every child finishing matters to you.
other: Pretty much.
leader: What did my training get wrong for your class?
other: Your film had twenty children and two adults.
"""


def test_a_conversation_held_elsewhere_is_debriefed_in_the_promised_shape(alex: Alex, tmp_path: Path) -> None:
    done = alex("debrief", written(tmp_path, ELSEWHERE), "--json")
    assert done.code == 0
    assert list(done.json)[:4] == ["behaviours", "strength", "moments", "question"]
    assert [one["id"] for one in done.json["behaviours"]] == list(BEHAVIOURS)
    assert (set(done.json["moves"]), done.json["turns"]) == (set(MOVES), 4)
    assert sum(done.json["moves"].values()) >= 5
    assert set(done.json["sold"]) == {"hard", "soft"}
    assert sorted([*done.json["met"]["engaged"], *done.json["met"]["bypassed"]]) == [1, 2]
    assert done.json["leader"] == {"label": "leader", "guessed": False}
    assert not {"score", "grade", "total", "overall"} & set(done.json)
    said = " ".join(ELSEWHERE.split())
    quotes = [one["quote"] for one in done.json["behaviours"] if one["quote"]]
    assert quotes
    assert [quote for quote in quotes if quote not in said] == []


def test_the_same_transcript_has_the_same_debrief_and_names_change_nothing(alex: Alex, tmp_path: Path) -> None:
    first = alex("debrief", written(tmp_path, ELSEWHERE), "--json")
    renamed = ELSEWHERE.replace("leader:", "You:").replace("other:", "Colleague:")
    again = alex("debrief", written(tmp_path, renamed, "again.txt"), "--json")
    windows = alex(
        "debrief", written(tmp_path, b"\xef\xbb\xbf" + ELSEWHERE.replace("\n", "\r\n").encode(), "w.txt"), "--json"
    )
    ours = [done.json["behaviours"] for done in (first, again, windows)]
    assert ours[0] == ours[1] == ours[2]


def test_what_was_played_here_can_be_debriefed_as_if_it_came_from_elsewhere(alex: Alex, tmp_path: Path) -> None:
    played = alex("rehearse", "--json", "--seed", "3", typed=SCRIPT)
    done = alex("debrief", written(tmp_path, played.out, "played.json"), "--json")
    assert done.code == 0
    ours = {one["id"]: one["quote"] for one in played.json["debrief"]["behaviours"]}
    theirs = {one["id"]: one["quote"] for one in done.json["behaviours"]}
    assert theirs["owns_concern"] == ours["owns_concern"]
    assert theirs["gives_grounds"] == ours["gives_grounds"]


def test_an_export_can_be_debriefed(alex: Alex, tmp_path: Path, session: str) -> None:
    target = tmp_path / "talk.jsonl"
    alex("export", session, "--to", str(target))
    done = alex("debrief", str(target), "--json")
    assert done.code == 0
    assert any(one["quote"] for one in done.json["behaviours"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Once upon a time.\n",
        b"other: Hello.\n",
        b"{}",
        b"[1, 2]",
        b'{"turns": 5}',
        b'{"turns": [{"leader": 5}]}',
        b"{broken",
        b"\xff\xfe",
    ],
)
def test_what_is_no_transcript_is_refused_with_the_form_it_should_have(
    alex: Alex, tmp_path: Path, content: bytes
) -> None:
    done = alex("debrief", written(tmp_path, content), "--json")
    assert (done.code, done.out) == (2, "")
    assert "leader" in done.err
    assert "Traceback" not in done.err


def test_an_opening_that_is_no_text_does_not_break_the_debrief(alex: Alex, tmp_path: Path) -> None:
    done = alex(
        "debrief", written(tmp_path, '{"opening": 5, "turns": [{"leader": "Hello.", "line": "Hm."}]}'), "--json"
    )
    assert done.code in {0, 2}
    assert "Traceback" not in done.err


def test_a_debrief_to_read_names_every_behaviour(alex: Alex, tmp_path: Path) -> None:
    done = alex("debrief", written(tmp_path, ELSEWHERE))
    assert done.code == 0
    assert "never for appraisal" in done.out
    assert "Six weeks later" not in done.out
    ours = alex("debrief", written(tmp_path, ELSEWHERE), "--scenario", "alex-geography")
    assert "Six weeks later" in ours.out


def test_names_go_out_and_the_debrief_can_be_written(alex: Alex, tmp_path: Path) -> None:
    talk = "Carol Hughes: Tom, what did Mrs Fielding say?\nTom Brown: No.\nCarol Hughes: Why, Bertie?\n"
    done = alex("debrief", written(tmp_path, talk), "--hide", "Bertie", "--to", str(tmp_path / "talk.md"))
    assert done.code == 0
    assert "--leader" in done.err
    text = (tmp_path / "talk.md").read_text("utf-8")
    for name in ("Carol", "Hughes", "Tom", "Fielding", "Bertie"):
        assert name not in text + done.out
    assert "Simulated" not in text
    assert "not for appraisal" in text


def test_who_leads_can_be_said(alex: Alex, tmp_path: Path) -> None:
    talk = written(tmp_path, "Ann: I saw six books. Why is that?\nBob: Why do you ask?\nAnn: I wondered.\nBob: Hm?\n")
    done = alex("debrief", talk, "--leader", "ann", "--json")
    assert done.json["leader"] == {"label": "Ann", "guessed": False}
    assert done.json["others"] == ["Bob"]
    assert alex("debrief", talk, "--leader", "Zed").code == 2


# alex check, and the rest


def test_a_check_of_what_we_ship_finds_nothing(alex: Alex) -> None:
    done = alex("check")
    assert done.code == 0
    assert "codebook.yaml is in order." in done.out
    assert "alex-geography is in order" in done.out


# alex library


DUTY = "# Playground duty\n\nTwo adults stand where they can see the climbing frame, and swap after ten minutes.\n"


def test_an_article_is_added_described_searched_and_removed(alex: Alex, tmp_path: Path, home: Path) -> None:
    mine = written(tmp_path, DUTY, "duty.md")
    added = alex("library", "add", mine, written(tmp_path, "", "empty.txt"), "--author", "The staff")
    assert added.code == 0
    assert "Added: Playground duty (1 passage)" in added.out
    assert 'Not known yet: date, source. Add it with: alex library about "duty" --date … --source …' in added.out
    assert "Left out: empty.txt: there is nothing to read in the file." in added.out
    assert "duty.md is in the library already, as “Playground duty”." in alex("library", "add", mine).out
    told = alex("library", "about", "duty", "--title", "Duty, outside", "--date", "June 2026", "--source", "")
    assert "Duty, outside\n    The staff; June 2026; 1 passage; added" in told.out
    (found,) = alex("search", "where do adults stand in the playground", "--in", "Duty, outside", "--json").json
    assert list(found) == ["passage", "article", "title", "section", "score", "outright"]
    listed = alex("library", "--json").json
    assert list(listed) == ["articles", "passages", "index", "left_out", "put_away"]
    (one,) = [one for one in listed["articles"] if one["article"] == "duty"]
    assert {name: one[name] for name in ("title", "author", "date", "source", "from", "place")} == {
        "title": "Duty, outside",
        "author": "The staff",
        "date": "June 2026",
        "source": "",
        "from": "added",
        "place": "articles/duty.md",
    }
    assert "“Duty, outside” is removed, and its copy deleted." in alex("library", "remove", "duty, outside").out
    assert not (home / "articles" / "duty.md").exists()
    assert Path(mine).read_text() == DUTY
    assert alex("library").out.splitlines()[-1].startswith("0 articles, 0 passages. Index: ")


def test_a_file_in_a_folder_is_put_away_and_brought_back(alex: Alex, tmp_path: Path) -> None:
    from bot.library.ingest import ingest
    from bot.listen.encoder import shared_encoder

    mine = Path(written(tmp_path, DUTY, "duty.md"))
    ingest([mine], load_settings(), shared_encoder())
    assert 'To bring it back: alex library back "Playground duty"' in alex("library", "remove", "duty").out
    assert mine.exists()
    assert f"Put away: Playground duty ({mine})" in alex("library").out
    assert "“Playground duty” is back." in alex("library", "back", "playground").out
    alex("library", "remove", "duty")
    mine.unlink()
    assert "no longer there" in alex("library", "back", "playground").err


def test_somebody_at_the_keyboard_is_asked_for_what_is_not_known(
    alex: Alex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return ""

    monkeypatch.setattr("bot.shelving.asker", lambda: ask)
    alex("library", "add", written(tmp_path, DUTY, "duty.md"))
    assert [one.strip() for one in asked] == ["Who wrote it:", "When:", "Where it is from:"]
    assert "not known yet" not in alex("library").out
    alex("library", "remove", "duty")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("library", "add", "nowhere.md"), "nowhere.md is not there."),
        (("library", "add", "a.md", "b.md", "--title", "T"), "A title is for one file."),
        (("library", "about", "otters"), "The library holds no article called 'otters'."),
        (("library", "remove", "otters"), "The library holds no article called 'otters'."),
        (("library", "back", "otters"), "No article that is put away is called 'otters'."),
        (("search", "x", "--in", "otters"), "The library holds no article called 'otters'."),
    ],
)
def test_an_article_that_is_not_there_is_a_wrong_use(alex: Alex, words: tuple[str, ...], fault: str) -> None:
    done = alex(*words)
    assert (done.code, done.err.splitlines()[0]) == (2, fault)


def test_the_index_is_made_anew(alex: Alex) -> None:
    assert alex("library", "index").out == "Index: in order.\n"


def test_the_version_and_the_help_are_there(alex: Alex) -> None:
    assert alex("--version").out.startswith("alex ")
    listed = alex("--help").out
    assert all(
        command in listed
        for command in ("rehearse", "read", "search", "export", "debrief", "check", "evaluate", "serve")
    )
    assert all(table in alex("evaluate", "--help").out for table in ("reader", "colleague", "library"))


# alex model check


def test_without_a_model_there_is_nothing_to_check(alex: Alex) -> None:
    done = alex("model", "check")
    assert done.code == 2 and done.err.startswith("No language model is set.\nSet OPENAI_API_KEY")


def test_a_model_that_is_not_there_is_said_to_be_so(alex: Alex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALEX_MODEL_URL", "http://127.0.0.1:9/v1")
    done = alex("model", "check")
    assert done.code == 1 and done.out.startswith("Reached  no. 127.0.0.1 could not be reached")
    monkeypatch.setenv("ALEX_STAY_LOCAL", "true")
    assert "stay local" in alex("model", "check").err


def test_a_model_is_tried_and_judged(alex: Alex, monkeypatch: pytest.MonkeyPatch) -> None:
    fruit = '{"fruit": "plum", "colour": "blue"}'

    def rule(prompt: str) -> Any:
        if "The line as written: " in prompt:
            return "I agree with you, I'll redo the unit by Friday."
        return whole(fruit) if "plum" in prompt else "One two three four."

    with running_server() as server:
        server.always = rule
        monkeypatch.setenv("ALEX_MODEL_URL", server.url)
        done, found = alex("model", "check"), alex("model", "check", "--json")
    assert done.code == found.code == 1
    assert "Streaming          yes" in done.out and "Structured output  yes, by JSON schema" in done.out
    assert "Context            enough" in done.out and "caves: in" in done.out and "Not fit to play" in done.out
    assert found.json["verdict"] == "unfit" and found.json["slips"]["caves"] >= 3


# alex new-scenario --from


def test_notes_become_a_proposal_beside_the_scenario(
    alex: Alex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = [{"layer": layer, "says": "I kept it up for weeks."} for layer in range(1, 7)]
    bones = {
        "title": "Sam",
        "situation": ["You lead reading.", "It is November."],
        "you_know": ["It stops.", "It was full.", "You never answered."],
        "worth_leaving_with": "Why it stopped.",
        "facts": facts,
    }
    shutil.copytree(ROOT / "prompts", tmp_path / "own" / "prompts")
    monkeypatch.setenv("ALEX_CONTENT", str(tmp_path / "own"))
    notes = written(tmp_path, "Sam let a record go.", "notes.txt")
    assert alex("new-scenario", "sam-record", "--from", notes).code == 2
    with running_server() as server:
        server.always = lambda _: whole(json.dumps(bones))
        monkeypatch.setenv("ALEX_MODEL_URL", server.url)
        done = alex("new-scenario", "sam-record", "--from", notes)
    assert done.code == 0 and "Nothing of it is in the scenario yet." in done.out
    prompts = tmp_path / "own" / "prompts"
    page = (prompts / "scenarios" / "sam-record" / "proposal.md").read_text(encoding="utf-8")
    assert "## What Sam knows" in page and load_scenario(prompts, "sam-record").colleague.name == "Sam"
