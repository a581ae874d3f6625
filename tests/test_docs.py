"""The docs say what is so: what they name exists, what they quote stands there, what they promise is answered."""

import json
import re
import runpy
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import test_rooms
import typer
import yaml

from bot.checking import check_everything
from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CARD = ROOT / "bot" / "listen" / "model" / "CARD.md"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", CARD, *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
KINDS = (".py", ".md", ".yaml", ".jsonl", ".npz", ".onnx", ".json", ".txt", ".toml", ".sh")
FOLDERS = ("bot/", "prompts/", "knowledge/", "docs/", "tests/", "training/", "bench/")
REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "hugging" + "face.co",
    "conda" + ".anaconda",
]
MACHINE = re.compile(r"(?<![\w.~])/(?:work|root|workspace|mnt|Users|home/(?!you\b)\w+)/[\w.]")
"""A path of somebody's machine; /home/you is an example's."""


def without_fences(text: str) -> str:
    return re.sub(r"(?ms)^\s*```.*?^\s*```", "", text)


def spans(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", without_fences(text))


def anchors(text: str) -> set[str]:
    titles = re.findall(r"(?m)^#+ +(.+?)\s*$", without_fences(text))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


# What is named


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_file_that_is_named_exists(page: Path) -> None:
    shipped = {path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*")} | {
        path.name for path in ROOT.iterdir()
    }
    shipped.add(Settings(_env_file=None).told_path.name)  # made at home, when somebody writes about an article
    for name in spans(page.read_text(encoding="utf-8")):
        if name.startswith(FOLDERS) and not set(name) & set("<… "):
            assert list(ROOT.glob(name.rstrip("/"))), name
        elif re.fullmatch(r"\w[\w.-]+", name) and name.endswith(KINDS) and name.lower() == name:
            assert name in shipped, name


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_that_is_named_exists_with_its_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = spans(text) + [
        line for block in re.findall(r"(?ms)^```\w*\n(.*?)^```", text) for line in block.splitlines()
    ]
    for line in lines:
        words = re.sub(r"\"[^\"]*\"|^\$ |^\S*/(?=alex )", "", line).split()
        if words[:1] == ["alex"]:
            names, options = known(words[1:])
            assert {word for word in words if re.match(r"--?[a-z]", word)} <= options, line
            assert names, line
        elif words[:1] == ["make"] and len(words) > 1:
            assert re.search(rf"(?m)^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8")), line


def known(words: list[str]) -> tuple[list[str], set[str]]:
    """Return the commands these words name, and the options that may follow; no commands for one that there is not."""
    found: list[str] = ["alex"]
    command = typer.main.get_command(app)
    for word in words:
        inside = getattr(command, "commands", {})
        if word in inside:
            command, found = inside[word], [*found, word]
        elif inside and re.fullmatch(r"[a-z]+", word):
            return [], set()
        else:
            break
    return found, {"--help", *(option for one in command.params for option in one.opts)}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_resolves(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", without_fences(text)):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known_settings = {f"ALEX_{name.upper()}" for name in Settings.model_fields} | {"ALEX_CHROMIUM"}
    assert set(re.findall(r"\bALEX_[A-Z_]+\b", page.read_text(encoding="utf-8"))) <= known_settings


# What is quoted


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_quoted_lines_stand_in_their_files(page: Path) -> None:
    for source, block in re.findall(r"(?ms)^<!-- from (\S+) -->\n```\w*\n(.*?)^```", page.read_text(encoding="utf-8")):
        there = {line.strip() for line in (ROOT / source).read_text(encoding="utf-8").splitlines()}
        assert [line for line in block.splitlines() if line.strip() not in there] == [], source


def test_the_table_of_rooms_is_the_one_that_is_kept() -> None:
    rows = re.findall(
        r"(?m)^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", (ROOT / "docs" / "for-programmers.md").read_text("utf-8")
    )
    said = {
        room: set() if may == "nothing" else set(may.split(", ")) for room, may in rows if room in test_rooms.MAY_IMPORT
    }
    assert said == test_rooms.MAY_IMPORT


SCENARIO = "prompts/scenarios/alex-geography/scenario.yaml"
LINES = "prompts/scenarios/alex-geography/lines.yaml"
MISTAKES = {
    "a value": (SCENARIO, 'understood: ">=40"', 'understod: ">=40"'),
    "a condition": (SCENARIO, 'understood: ">=40"', 'understood: "40"'),
    "a field": (SCENARIO, "note:", "nota:"),
    "a colon": (SCENARIO, "title: Alex, and", "title: Alex: and"),
    "a column": (SCENARIO, "  they: he", " they: he"),
    "a folder": (SCENARIO, "name: alex-geography", "name: alex-geografy"),
    "a fact": (
        LINES,
        "    lines:\n",
        '    lines:\n      - {say: "One I can take in at the door.", fact: good_tasks}\n',
    ),
    "a line twice": (LINES, "openings:\n", 'openings:\n  - {say: "Hm."}\n'),
    "a manner": (LINES, "manner: [low]", "manner: [soft]"),
    "a situation": (LINES, "id: frozen", "id: frosen"),
    "a brace": ("prompts/coach.yaml", "{name} is answering only", "{nam} is answering only"),
    "a circumstance": ("prompts/coach.yaml", "when: accused_now", "when: accussed_now"),
}


def any_line(text: str) -> str:
    """Return the text without the numbers of lines: they move with every edit of the file."""
    return re.sub(r"line \d+", "line N", text)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_the_answer_that_coaches_are_promised(mistake: tuple[str, str, str], tmp_path: Path) -> None:
    file, before, after = mistake
    content = with_change(tmp_path, file, lambda text: text.replace(before, after, 1))
    faults = check_everything(Settings(home=tmp_path, content=content, _env_file=None)).faults
    promised = (ROOT / "docs" / "for-coaches.md").read_text(encoding="utf-8")
    said = faults[0].fault.replace(
        "'alex-geografy', but the folder is 'alex-geography'", "'alex-geography', but the folder is 'alex-history'"
    )
    assert len(faults) == 1
    assert any_line(said) in any_line(promised)


EDITS = {
    "afternoon off, and": (SCENARIO, r"  you_know:\n"),
    "at the door and know": (LINES, r"id: good_task\n(?:.*\n)*?    lines:\n"),
    "id: friday_off": (LINES, r"(?m)^topics:\n"),
    "bell on Friday": ("prompts/cues.yaml", r"  ultimatum:\n(?:.*\n)*?    like:\n"),
    "expected a good reason": ("prompts/coach.yaml", r"when: accused_now\n(?:.*\n)*?    says:\n"),
}
"""Words of an edit that coaches are shown, the file it is for, and what it stands behind there."""


def test_the_edits_that_coaches_are_shown_are_in_order(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "for-coaches.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^```yaml\n(.*?)^```", page)
    content = tmp_path / "content"
    for words, (file, place) in EDITS.items():
        edit = next(block for block in blocks if words in block)
        with_change(tmp_path, file, partial(inserted, edit, place))
    assert check_everything(Settings(home=tmp_path, content=content, _env_file=None)).faults == []


OTHERS = {path.name for path in (ROOT / "prompts" / "scenarios").iterdir()} - {"alex-geography", "_template"}
"""Scenarios that are left out, for to check them takes seconds."""


def inserted(edit: str, place: str, text: str) -> str:
    """Return the text with the edit behind the first match of `place`."""
    return re.sub(place, lambda match: match.group() + edit, text, count=1)


def with_change(tmp_path: Path, file: str, change: Callable[[str], str]) -> Path:
    content = tmp_path / "content"
    if not content.exists():
        for folder in ("prompts", "knowledge"):
            shutil.copytree(ROOT / folder, content / folder, ignore=shutil.ignore_patterns(*OTHERS))
    path = content / file
    text = path.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    return content


# What is counted


def test_the_readers_card_counts_the_data_as_it_is() -> None:
    card = runpy.run_path(str(ROOT / "training" / "card.py"))
    text = (ROOT / "docs" / "reader.md").read_text(encoding="utf-8")
    for name, block in ((name, card[name]()) for name in ("data", "moves", "coding")):
        assert f"<!-- {name} -->\n{block}\n<!-- /{name} -->" in text, f"run make card: {name} has changed"


def test_the_card_counts_the_guards_sentences_and_gives_its_marks() -> None:
    card = CARD.read_text(encoding="utf-8")
    lines = (ROOT / "training" / "guard.jsonl").read_text(encoding="utf-8").splitlines()
    kinds = Counter(json.loads(line)["kind"] for line in lines)
    asides = yaml.safe_load((ROOT / "prompts" / "outside.yaml").read_text(encoding="utf-8"))["asides"]
    rows = [
        f"| `{kind}` | {kinds[kind]} | {aside['above']:.2f} | {'yes' if aside.get('keep') else 'no'} |"
        for kind, aside in asides.items()
    ]
    assert [row for row in [*rows, f"| `none` | {kinds['none']} | | |"] if row not in card] == []


# What is in no file


def shipped_text() -> list[Path]:
    """Return every text file of the repository but ignored ones; where there is no git, the docs and the program."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    paths = [ROOT / name for name in names] or [*PAGES, *(ROOT / "bot").rglob("*.py")]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4000]]


def test_no_file_names_a_package_registry_or_a_path_of_somebodys_machine() -> None:
    found = []
    for path in shipped_text():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {host}" for host in REGISTRIES if host in text]
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in MACHINE.finditer(text)]
    assert found == []
