"""What Alex is built on is written down as it is, and what is known against it is looked up honestly."""

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from audit import CLEAN, FOUND, UNASKED, judged, main  # noqa: E402

PAGE = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")


def plain(name: str) -> str:
    """Return a library's name as lists compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return {plain(name): version for name, _, version in (line.partition("==") for line in lines)}


def asked_for() -> tuple[set[str], set[str]]:
    """Return the libraries that running Alex asks for, and those that only its makers need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    more = [one for group in project["optional-dependencies"].values() for one in group]
    running, making = (
        {plain(re.split(r"[\[<>=~ ]", one)[0]) for one in some} for some in (project["dependencies"], more)
    )
    return running, making


def table(section: str) -> dict[str, list[str]]:
    """Return the rows of a section's table: library -> pinned version, purpose, licence, who."""
    text = PAGE.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"(?m)^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text)
    return {name: [cell.strip() for cell in cells] for name, *cells in rows}


@pytest.mark.parametrize(
    ("section", "which"), [("To run it", 0), ("To test, measure and train it", 1)], ids=["running", "making"]
)
def test_every_library_that_is_asked_for_is_in_the_table_as_it_is_pinned(section: str, which: int) -> None:
    rows, pins = table(section), pinned()
    assert set(rows) == asked_for()[which]
    assert {name: cells[0] for name, cells in rows.items()} == {name: pins[name] for name in rows}
    assert all(all(cells) for cells in rows.values())


def test_every_pin_is_of_one_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_what_chroma_could_run_a_strangers_code_with_is_not_installed() -> None:
    assert not {"sentence-transformers", "transformers", "torch"} & set(pinned())


REPORT = {
    "dependencies": [
        {"name": "one", "version": "1.0", "vulns": []},
        {"name": "left-out", "skip_reason": "not found"},
        {
            "name": "chromadb",
            "version": "1.5.9",
            "vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-45829"], "fix_versions": []}],
        },
    ]
}


def test_what_the_page_names_is_no_news() -> None:
    code, lines = judged(json.dumps(REPORT), PAGE)
    assert code == CLEAN
    assert lines[0] == "chromadb 1.5.9: PYSEC-2026-1, CVE-2026-45829; not mended yet; in docs/dependencies.md"
    assert lines[-1] == "Looked up: 2. Not to be found: 1. Advisories: 1, 0 of them new."


def test_what_the_page_does_not_name_is() -> None:
    news = {"id": "GHSA-aaaa-bbbb-cccc", "aliases": ["CVE-2099-1"], "fix_versions": ["1.1", "2.0"]}
    changed = {"dependencies": [{"name": "one", "version": "1.0", "vulns": [news]}]}
    code, lines = judged(json.dumps(changed), PAGE)
    assert code == FOUND
    assert lines[0] == "one 1.0: GHSA-aaaa-bbbb-cccc, CVE-2099-1; mended in 1.1, 2.0; NEW"


@pytest.mark.parametrize("report", ["", '{"dependencies": [{"name": "one", "skip_reason": "not found"}]}'])
def test_a_report_on_nothing_is_no_clean_bill(report: str) -> None:
    assert judged(report, PAGE)[0] == UNASKED


@pytest.mark.parametrize("program", ["", "/no/such/program", "/bin/false", "/bin/echo"])
def test_where_nobody_can_be_asked_it_says_that_nothing_was_looked_up(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(program) == UNASKED
    assert "nothing was looked up" in capsys.readouterr().out
