"""Kill the program in the middle of turns, and see whether every turn that was shown is still there.

python bench/kills.py 20
"""

import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.settings import Settings
from bot.studio import Studio

ROOT = Path(__file__).parent.parent
WORDS = (
    "What makes a task worth doing, for you?",
    "So every child finishing is what you look for. Have I got that right?",
    "What did my training get wrong for your class?",
    "I'm worried it won't last, because nothing brings it back.",
    "What's left of rivers by July?",
)
PLAYER = """
import sys
from pathlib import Path
from bot.settings import Settings
from bot.studio import Studio
studio = Studio(Settings(home=Path(sys.argv[1]), content=Path(sys.argv[2])))
session = sys.argv[3] if len(sys.argv) > 3 else studio.begin("alex-geography", seed=1).id
print(session, flush=True)
words = sys.stdin.read().splitlines()
number = 0
while True:
    shown = studio.say(session, words[number % len(words)]).turns[-1].turn
    print(shown.number, flush=True)
    number += 1
"""


def kill_once(home: Path, dice: random.Random, session: str = "") -> tuple[str, int]:
    """Play turns in another process, kill it, and return (the session, the last turn it showed)."""
    command = [sys.executable, "-c", PLAYER, str(home), str(ROOT), *([session] if session else [])]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as player:
        if player.stdin is None or player.stdout is None:
            raise RuntimeError("no pipes")
        player.stdin.write("\n".join(WORDS))
        player.stdin.close()
        session, shown = player.stdout.readline().strip(), int(player.stdout.readline())
        time.sleep(dice.random() * 0.6)
        player.send_signal(signal.SIGKILL)
        rest = [int(line) for line in player.stdout.read().split()]
        return session, max([shown, *rest])


def lost_turns(home: Path, session: str, shown: int) -> int:
    """Return how many of the turns that were shown are missing, after opening everything again."""
    studio = Studio(Settings(home=home, content=ROOT))
    try:
        kept = {one.turn.number for one in studio.open(session).turns}
        if not studio.library().search("How do I check that I have understood?", 1):
            raise RuntimeError("the library does not answer after a kill")
        return len(set(range(1, shown + 1)) - kept)
    finally:
        studio.record.close()
        studio.library().close()


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    dice, lost, seen, session = random.Random(0), 0, 0, ""
    with tempfile.TemporaryDirectory() as home:
        for _ in range(times):
            session, shown = kill_once(Path(home), dice, session)
            lost += lost_turns(Path(home), session, shown)
            seen = max(seen, shown)
    print(f"{times} kills, {seen} turns shown, {lost} lost; the index opened every time.")
    sys.exit(lost > 0)


if __name__ == "__main__":
    main()
