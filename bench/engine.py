"""What a turn costs without a model: one command prints the table in docs/bench.md.

make bench
"""

import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
import yaml

from bot.listen.encoder import Encoder
from bot.settings import Settings
from bot.studio import Studio

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests" / "conversations").glob("*.yaml"))
LONG = 400
"""Words from which a turn is counted apart."""


def timed_turns(studio: Studio) -> tuple[list[float], list[float]]:
    """Play every test conversation through the studio. Return milliseconds a turn: (ordinary, long)."""
    ordinary: list[float] = []
    long: list[float] = []
    for path in FILES:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        session = studio.begin(content["scenario"], seed=0).id
        for turn in content["turns"]:
            started = time.perf_counter()
            studio.say(session, turn["leader"])
            taken = 1000 * (time.perf_counter() - started)
            (long if len(turn["leader"].split()) >= LONG else ordinary).append(taken)
    return ordinary, long


def one_text(encoder: Encoder) -> float:
    """Return milliseconds for one sentence of eleven words, never seen before."""
    taken = []
    for number in range(60):
        started = time.perf_counter()
        encoder.encode([f"What did the children remember of river number {number} by July?"])
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def main() -> None:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(Settings(home=Path(home), content=ROOT))
        studio.warm()
        ready = time.perf_counter() - started
        ordinary, long = timed_turns(studio)
        resident = psutil.Process().memory_info().rss / 2**20
        sentence = one_text(studio.house.encoder)
        studio.record.close()
        studio.library().close()
    cuts = statistics.quantiles(ordinary, n=20)
    rows = [
        ("turns measured", f"{len(ordinary)} in {len(FILES)} conversations"),
        ("a turn, median", f"{statistics.median(ordinary):.0f} ms"),
        ("a turn, 95 of 100 within", f"{cuts[-1]:.0f} ms"),
        ("a turn of 2,000 words", ", ".join(f"{one:.0f} ms" for one in long)),
        ("one sentence through the encoder", f"{sentence:.1f} ms"),
        ("everything loaded", f"{ready:.1f} s"),
        ("resident memory, no page", f"{resident:.0f} MB"),
    ]
    table = "\n".join(["| what | measured |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])
    note = f"Python {platform.python_version()}, {psutil.cpu_count()} cores. A turn is kept on disk, coached and drawn."
    text = f"# What it costs\n\nMade by `make bench`. {note}\n\n{table}\n"
    print(text)
    if "--check" not in sys.argv:
        (ROOT / "docs" / "bench.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
