"""Bad input of every kind: a sentence that says what happened and what to do, and nothing lost."""

import http.server
import io
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.cli import app, main
from bot.coach.coach import Coach
from bot.colleague.scenario import every_line
from bot.errors import RecordError
from bot.session import House, Rehearsal
from bot.settings import Settings, load_settings
from bot.studio import Studio

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Done:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


Alex = Callable[..., Done]


@pytest.fixture
def alex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Alex:
    """Run a command in this process, with settings given by name and `typed` as its standard input."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALEX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ALEX_OPEN_BROWSER", "false")
    monkeypatch.setenv("COLUMNS", "160")

    def run(*words: str, typed: str = "", **settings: object) -> Done:
        load_settings.cache_clear()
        for name, value in settings.items():
            monkeypatch.setenv(f"ALEX_{name.upper()}", str(value))
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8"))
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


def is_a_sentence_with_a_remedy(said: str) -> bool:
    lines = said.strip().splitlines()
    return len(lines) == 2 and all(line[0].isupper() or line[0].isalpha() for line in lines) and "Traceback" not in said


# Words

ODD = {
    "nothing": "",
    "spaces": " \t\n ",
    "dots": "...",
    "a question mark": "?",
    "emoji": "🙂👍🏽 🤷‍♀️",
    "two thousand words": "Well, I looked at the books, and then, you know, one thing and another. " * 143,
    "two thousand words without a stop": "and then i looked at the books and so on " * 200,
    "one endless word": "a" * 60_000,
    "Welsh": "Beth wyt ti'n feddwl sy'n gwneud tasg ddaearyddiaeth yn werth ei gwneud?",
    "Polish": "Co według ciebie sprawia, że zadanie z geografii jest warte zachodu?",
    "Arabic": "ما الذي يجعل مهمة الجغرافيا تستحق العناء في رأيك؟",
    "Chinese": "你觉得什么样的地理作业值得做？",
    "Russian": "Что, по-вашему, делает задание по географии стоящим?",
    "half an emoji": "All right \ud83d then.",
    "a nought": "Alex\x00, have you a minute?",
    "invisible marks": "\u200b\u200f\ufeffWhat\u00a0happened\u2028on Tuesday?",
    "markup": "<script>alert(1)</script> [bold]x[/nothing] **y** {quote} {{ words }} %s",
    "a query": "'; DROP TABLE turns; --",
    "a path": "../../etc/passwd",
    "only numbers": "12 14 16",
    "shouting": "WHAT DO YOU LOOK FOR IN A TASK???!!!",
}


@pytest.mark.parametrize("what", ODD)
def test_whatever_is_said_he_answers_in_character_and_the_coach_copes(house: House, what: str) -> None:
    alex = house.scenario("alex-geography")
    rehearsal = Rehearsal(house, alex, 1, coach=Coach(house.prompts, house.codebook))
    rehearsal.warm()
    started = time.monotonic()
    turn = rehearsal.take_turn(ODD[what])
    after = rehearsal.take_turn("What did you do last Tuesday?")
    assert time.monotonic() - started < 60
    assert turn.out_of_role == after.out_of_role == ""
    authored = {line.say for line in every_line(alex.lines)}
    assert set(turn.said) <= authored and turn.line == " ".join(turn.said)
    assert all(0 <= value <= 100 for value in astuple(turn.state))
    assert turn.step == ""
    assert rehearsal.memory.deepest_told() <= 2
    assert all(notes.observation for notes in rehearsal.notes)
    found = rehearsal.coach.debrief(rehearsal.memory, notes={}, self_rating={}, seed=0) if rehearsal.coach else None
    assert found and len(found.behaviours) == 10


@pytest.mark.parametrize("what", ["Arabic", "Chinese", "Russian"])
def test_a_language_he_does_not_read_is_met_as_one(house: House, what: str) -> None:
    alex = house.scenario("alex-geography")
    turn = Rehearsal(house, alex, 1).take_turn(ODD[what])
    assert {act.segment.move for act in turn.acts} == {"off_task"}
    assert turn.situation == "other_language"
    assert set(turn.said) & {line.say for line in alex.lines.by_situation["other_language"]}


def test_a_long_speech_is_noticed_as_one(house: House) -> None:
    turn = Rehearsal(house, house.scenario("alex-geography"), 1).take_turn(ODD["two thousand words"])
    assert len(turn.line.split()) <= 30


# Files that coaches write


@pytest.fixture
def copied(prompts: Path, tmp_path: Path) -> Path:
    others = {path.name for path in (prompts / "scenarios").iterdir()} - {"alex-geography", "_template"}
    shutil.copytree(prompts, tmp_path / "content" / "prompts", ignore=shutil.ignore_patterns(*others))
    (tmp_path / "content" / "knowledge" / "articles").mkdir(parents=True)
    return tmp_path / "content"


FILES = [
    "codebook.yaml",
    "levels.yaml",
    "cues.yaml",
    "outside.yaml",
    "coach.yaml",
    "rubric.yaml",
    "scenario.yaml",
    "lines.yaml",
    "example.yaml",
]


def place_of(content: Path, file: str) -> Path:
    within = content / "prompts" / "scenarios" / "alex-geography"
    return within / file if (within / file).exists() else content / "prompts" / file


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("fault", ["missing", "empty", "broken", "misspelt"])
def test_a_faulty_file_is_named_with_what_to_do_before_anything_starts(
    alex: Alex, copied: Path, file: str, fault: str
) -> None:
    path = place_of(copied, file)
    text = path.read_text(encoding="utf-8")
    if fault == "missing":
        path.unlink()
    else:
        path.write_text(
            {"empty": "", "broken": text + "\n - : [\n", "misspelt": text + "\nextra_name: 1\n"}[fault],
            encoding="utf-8",
        )
    done = alex("rehearse", "alex-geography", "--json", typed="Hello.\n", content=copied)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{file}: ")
    assert is_a_sentence_with_a_remedy(done.err)
    checked = alex("check", content=copied)
    assert checked.code == 1
    assert f"{file}: " in checked.out
    assert "Traceback" not in checked.out + checked.err


def test_a_fault_put_right_is_no_fault_any_more(alex: Alex, copied: Path) -> None:
    path = place_of(copied, "lines.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text("", encoding="utf-8")
    assert alex("check", content=copied).code == 1
    path.write_text(text, encoding="utf-8")
    assert alex("check", content=copied).code == 0


def test_without_any_content_the_program_says_where_it_looked(alex: Alex, tmp_path: Path) -> None:
    done = alex("rehearse", "--json", typed="Hello.\n", content=tmp_path / "nowhere")
    assert done.code == 1
    assert "nowhere" in done.err
    assert is_a_sentence_with_a_remedy(done.err)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"---\ntitle: [\n---\nNotes.\n",
        b"---\ntitle: Without an end\n",
        b"---\n- a list\n---\nNotes.\n",
    ],
)
def test_a_faulty_article_is_named_and_the_others_are_checked(alex: Alex, copied: Path, content: bytes) -> None:
    articles = copied / "knowledge" / "articles"
    for article in (ROOT / "knowledge" / "articles").glob("*.md"):
        shutil.copy(article, articles)
    (articles / "zz-mine.md").write_bytes(content)
    done = alex("check", content=copied)
    assert "Traceback" not in done.out + done.err
    assert done.code == 1
    assert "zz-mine.md: " in done.out
    assert done.out.count("The article") == len(list(articles.glob("*.md"))) - 1


# Settings


@pytest.mark.parametrize(
    ("name", "value"), [("port", "tea"), ("port", "99999"), ("port", "0"), ("open_browser", "perhaps")]
)
def test_a_setting_that_cannot_be_used_is_named(alex: Alex, name: str, value: str) -> None:
    done = alex("sessions", **{name: value})
    assert done.code == 2
    assert f"ALEX_{name.upper()}" in done.err
    assert is_a_sentence_with_a_remedy(done.err)


# The disk


@pytest.fixture
def studio(copied: Path, tmp_path: Path) -> Iterator[Studio]:
    one = Studio(Settings(home=tmp_path / "home", content=copied, _env_file=None))
    one.library().ensure()
    yield one
    one.record.close()


def test_a_full_disk_costs_the_last_words_and_they_can_be_said_again(studio: Studio) -> None:
    view = studio.say(studio.begin("alex-geography", seed=1).id, "What did you do last Tuesday?")

    def fill(disk: bool) -> None:
        most = 1 if disk else 2**30
        event.listen(
            studio.record.engine, "connect", lambda file, _: file.execute(f"PRAGMA max_page_count = {most}").close()
        )
        studio.record.engine.dispose()

    long = "I looked at six books on Tuesday and saw the same sheet. " * 12
    fill(True)
    with pytest.raises(RecordError, match="the disk is full") as refusal:
        studio.say(view.id, long)
    assert "Everything before them is safe" in refusal.value.fault
    assert refusal.value.fix.startswith("Free some space")
    assert [one.turn for one in studio.open(view.id).turns] == [one.turn for one in view.turns]
    fill(False)
    again = studio.say(view.id, long)
    assert [one.turn.number for one in again.turns] == [1, 2]


def test_a_disk_that_is_really_full_ends_in_a_sentence(tmp_path: Path, copied: Path) -> None:
    limited = f"ulimit -f 4; exec {sys.executable} -m bot rehearse"
    named = {**os.environ, "ALEX_HOME": str(tmp_path / "home"), "ALEX_CONTENT": str(copied), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", limited],
        input="Hello.\n",
        capture_output=True,
        text=True,
        timeout=120,
        env=named,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert is_a_sentence_with_a_remedy(done.stderr)


def test_a_home_that_cannot_be_written_to_is_named_and_a_script_needs_none(
    alex: Alex, tmp_path: Path, copied: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    nowhere = tmp_path / "file" / "home"
    done = alex("rehearse", typed="Hello.\n", home=nowhere, content=copied)
    assert done.code == 1
    assert str(nowhere) in done.err and "ALEX_HOME" in done.err
    assert is_a_sentence_with_a_remedy(done.err)
    assert alex("rehearse", "--json", typed="Hello.\n", home=nowhere, content=copied).code == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_home_is_named(alex: Alex, tmp_path: Path, copied: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o500)
    done = alex("rehearse", typed="Hello.\n", content=copied)
    assert done.code == 1
    assert is_a_sentence_with_a_remedy(done.err)


def test_transcripts_that_are_damaged_are_named_and_left_as_they_are(alex: Alex, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    file = tmp_path / "home" / "alex.db"
    file.write_bytes(b"Dear diary, " * 900)
    done = alex("sessions")
    assert done.code == 1
    assert "alex.db is not a database" in done.err
    assert is_a_sentence_with_a_remedy(done.err)
    assert file.read_bytes() == b"Dear diary, " * 900


def test_a_library_in_a_home_that_cannot_be_written_to_leaves_tips_without_a_source(
    copied: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    settings = Settings(
        home=tmp_path / "file" / "home",
        database_url=f"sqlite:///{tmp_path / 'alex.db'}",
        content=copied,
        _env_file=None,
    )
    studio = Studio(settings)
    view = studio.say(studio.begin("alex-geography", seed=1).id, "You never take feedback, and your books are poor.")
    assert view.turns[0].turn.line
    assert all(one.tip is None or one.tip.title == "" for one in view.turns)
    studio.record.close()


# The port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_port_in_use_is_named_with_another_to_try(alex: Alex, taken: int) -> None:
    done = alex("serve", "--port", str(taken))
    assert done.code == 2
    assert str(taken) in done.err
    assert f"ALEX_PORT={taken + 1}" in done.err
    assert is_a_sentence_with_a_remedy(done.err)


class AnsweringAsAlex(http.server.BaseHTTPRequestHandler):
    """What another Alex answers at /health, and nothing else."""

    def do_GET(self) -> None:
        assert self.path == "/health"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"alex": "0.1.0"}')

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_a_second_alex_is_shown_the_way_to_the_first(alex: Alex) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), AnsweringAsAlex) as first:
        threading.Thread(target=first.serve_forever, daemon=True).start()
        port = first.server_address[1]
        done = alex("serve", "--port", str(port))
        first.shutdown()
    assert done.code == 2
    assert f"already open at http://127.0.0.1:{port}" in done.err
    assert is_a_sentence_with_a_remedy(done.err)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_address_that_others_could_reach_is_refused_while_nobody_could_sign_in(alex: Alex, host: str) -> None:
    done = alex("serve", "--host", host, "--port", "7999")
    assert done.code == 2
    assert "no accounts" in done.err
    assert is_a_sentence_with_a_remedy(done.err)
