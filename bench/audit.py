"""Look up every pinned library in an advisory source, and say what is new since docs/dependencies.md was written.

python bench/audit.py PIP_AUDIT     (`make audit` installs that program into an environment of its own)

Ends with 0 where nothing is known that the page does not name, 1 where something is, 3 where no source could be asked.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS, PAGE = ROOT / "constraints.txt", ROOT / "docs" / "dependencies.md"
CLEAN, FOUND, UNASKED = 0, 1, 3
AT_MOST_S = 300
ADVISORY = re.compile(r"\b(?:CVE-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3}|PYSEC-\d{4}-\d+)\b")


@dataclass(frozen=True)
class Advisory:
    """Something known of a version of a library."""

    library: str
    version: str
    names: tuple[str, ...]
    """Its numbers, in every list that has it."""
    mended: str
    """The versions in which it is mended, or ''."""


def advisories(report: str) -> tuple[int, int, list[Advisory]]:
    """Return how many libraries a report of pip-audit (JSON) looked up and how many not, and what is known of them."""
    asked = json.loads(report)["dependencies"] if report.strip() else []
    looked_up = [one for one in asked if "vulns" in one]
    found = [
        Advisory(one["name"], one["version"], (each["id"], *each["aliases"]), ", ".join(each["fix_versions"]))
        for one in looked_up
        for each in one["vulns"]
    ]
    return len(looked_up), len(asked) - len(looked_up), found


def judged(report: str, page: str) -> tuple[int, list[str]]:
    """Return how to end, and what to print: each advisory, and whether the page names it."""
    number, left, found = advisories(report)
    if not number:
        return UNASKED, [
            "No advisory source could be asked from here: nothing was looked up.",
            "Run this again where the machine has a network. What was known is in docs/dependencies.md.",
        ]
    named = set(ADVISORY.findall(page))
    new = [one for one in found if not named & set(one.names)]
    lines = list(_lines(found, new))
    lines.append(f"Looked up: {number}. Not to be found: {left}. Advisories: {len(found)}, {len(new)} of them new.")
    return FOUND if new else CLEAN, lines


def _lines(found: list[Advisory], new: list[Advisory]) -> Iterator[str]:
    for one in found:
        mended = f"mended in {one.mended}" if one.mended else "not mended yet"
        known = "NEW" if one in new else "in docs/dependencies.md"
        yield f"{one.library} {one.version}: {', '.join(one.names)}; {mended}; {known}"


def reported(program: str) -> str:
    """Return pip-audit's report on the pinned libraries, '' where it could ask nobody."""
    asked = ["--requirement", str(PINS), "--no-deps", "--disable-pip", "--vulnerability-service", "osv"]
    shown = ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    try:
        done = subprocess.run([program, *asked, *shown], capture_output=True, text=True, timeout=AT_MOST_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.stdout.lstrip().startswith("{") else ""


def main(program: str = "") -> int:
    """Look everything up, print it, and return how to end."""
    code, lines = judged(reported(program), PAGE.read_text(encoding="utf-8"))
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
