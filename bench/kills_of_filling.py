"""Kill a filling of the library at chance moments, and see whether every article is whole: as it was, or as it is now.

python bench/kills_of_filling.py 100
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot.library.ingest import UNFINISHED, ingest
from bot.library.search import Library
from bot.library.store import Store
from bot.listen.encoder import shared_encoder
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
FILES, PARTS = 12, 4
FILLER = """
import sys
from pathlib import Path
from bot.library.ingest import ingest
from bot.listen.encoder import shared_encoder
from bot.settings import Settings
shared_encoder().warm()
print("ready", flush=True)
settings = Settings(home=Path(sys.argv[1]) / "home", content=Path(sys.argv[1]) / "content")
ingest([Path(sys.argv[1]) / "school"], settings, shared_encoder())
print("filled", flush=True)
"""


@dataclass(frozen=True)
class Tally:
    """What is left after some kills."""

    broken: int
    """Articles that are neither as they were before the filling nor as they are in their files."""
    unsaid: int
    """Starts after a filling that was cut off which did not say so."""
    in_time: int
    """Kills that came while the filling was under way."""


def write(folder: Path, version: int) -> None:
    """Write the files anew; every part of a file names its version."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        parts = "\n\n".join(
            f"## Part {part}\n\nIn version {version} room {number} is opened by the caretaker for choir {part}, and "
            f"closed again when the last of the {version + part} singers has gone home for the night."
            for part in range(PARTS)
        )
        (folder / f"room-{number:02}.md").write_text(f"# Room {number}\n\n{parts}", encoding="utf-8")


def kill_once(home: Path, chance: random.Random, longest_s: float) -> bool:
    """Fill the library in another process and kill it. Return whether it had not finished."""
    command = [sys.executable, "-c", FILLER, str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as filling:
        if filling.stdout is None:
            raise RuntimeError("no pipe")
        filling.stdout.readline()
        time.sleep(chance.random() * longest_s)
        filling.kill()
        return "filled" not in filling.stdout.read()


def versions(home: Path) -> dict[str, set[str]]:
    """Return the versions that the passages of each article are of, and how many passages there are, by its name."""
    store = Store(home / "home" / "library.db")
    try:
        found: dict[str, set[str]] = {article.name: set() for article in store.articles()}
        counts = dict.fromkeys(found, 0)
        for passage in store.passages().values():
            found[passage.article] |= set(re.findall(r"In version (\d+)", passage.text))
            counts[passage.article] += 1
        return {name: found[name] if counts[name] == PARTS else {"cut", "short"} for name in found}
    finally:
        store.close()


def tally(home: Path, kills: int, seed: int = 0) -> Tally:
    """Kill so many fillings, each of files that have just been changed, and look at what each left behind."""
    (home / "content" / "knowledge").mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home / "home", content=home / "content")
    chance, broken, unsaid, in_time = random.Random(seed), 0, 0, 0
    longest_s = _time_of_a_filling(home)
    for version in range(1, kills + 1):
        write(home / "school", version)
        in_time += kill_once(home, chance, longest_s)
        old_or_new = {str(version - 1), str(version)}
        broken += sum(len(held) != 1 or not held <= old_or_new for held in versions(home).values())
        store = Store(settings.library_path)
        cut_off = bool(store.fact(UNFINISHED))
        store.close()
        said: list[str] = []
        with Library(settings, shared_encoder()) as library:  # the next start
            library.ensure(said.append)
            if not library.search("when is the room opened for the choir", 1):
                raise RuntimeError("the library does not answer after a kill")
        unsaid += cut_off and not any("was cut off" in one for one in said)
        broken += sum(held != {str(version)} for held in versions(home).values()) if cut_off else 0
        ingest([home / "school"], settings, shared_encoder())  # a kill may have come before the filling began
        if version % 10 == 0:
            print(f"{version} kills: {Tally(broken, unsaid, in_time)}", flush=True)
    return Tally(broken, unsaid, in_time)


def _time_of_a_filling(home: Path) -> float:
    write(home / "school", 0)
    started = time.perf_counter()
    kill_once(home, random.Random(0), 0.0)
    with subprocess.Popen([sys.executable, "-c", FILLER, str(home)], cwd=ROOT, stdout=subprocess.PIPE) as filling:
        if filling.stdout is not None:
            filling.stdout.readline()
            started = time.perf_counter()
            filling.stdout.readline()
    return time.perf_counter() - started


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as home:
        found = tally(Path(home), kills)
    print(
        f"{kills} kills, {found.in_time} of them half way; {found.broken} articles broken, "
        f"{found.unsaid} starts that did not say so."
    )
    sys.exit(found.broken > 0 or found.unsaid > 0)


if __name__ == "__main__":
    main()
