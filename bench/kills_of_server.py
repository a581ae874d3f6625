"""Whether a server that is killed at any moment loses anything that was shown.

python bench/kills_of_server.py 100 [--postgresql] [--people 6]

A server plays with so many people, each taking a turn as soon as the last is answered; at a random moment it is killed
with -9 and started again, so often. After each start everybody's conversation must hold every turn that was shown, in
order and nobody else's, and take another.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from server import PASSWORD, WORDS, Leader, leaders_of, says, started, wait_for

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]

import a_postgresql  # noqa: E402

from bot.record.store import Record  # noqa: E402

PORT = 17_980
LONGEST_S = 2.5
"""Seconds before a kill, from the first turn that is shown after a start;"""
WAITS = 600
"""for which it waits so many twentieths of a second;"""
ONE_IN_THE_FIRST_SECONDS = 5
"""and one kill in so many comes while the server is still loading."""
MARKS = "bcdfghkmnprstz"
"""Letters that make each turn's words its own: figures might be taken for a telephone number, which is not kept."""
TURNS = 12
"""After so many a leader begins another conversation."""


class Player(Leader):
    """Somebody who plays until the server is gone, and looks whether everything is there when it is back."""

    words: list[str]

    async def sign_in(self) -> None:
        """Open a browser, sign in and read the page."""
        self.browser = httpx.AsyncClient(timeout=30)
        await self.browser.post(f"{self.where[0]}/sign-in", data={"name": self.name, "password": PASSWORD})

    async def begin_anew(self) -> None:
        """Begin another conversation."""
        begun = await self._event(self.begin, ["alex-geography", "practise", "usual", False, *[""] * 5])
        self.session = str(begun[0]["value"] if isinstance(begun[0], dict) else begun[0])
        self.words = []

    async def play_on(self, dice: random.Random) -> None:
        """Take turns until the server does not answer any more."""
        try:
            while True:
                if not self.session or len(self.words) >= TURNS:
                    await self.begin_anew()
                words = f"{dice.choice(WORDS).format(name=self.name)} {''.join(dice.choices(MARKS, k=6))}"
                told = await self._event(self.say, [self.session, words, str(len(self.words))])
                if words.rsplit(maxsplit=1)[-1] not in json.dumps(told):
                    raise RuntimeError("not shown")
                self.words.append(words)
                self.shown += 1
        except (httpx.HTTPError, RuntimeError):
            return

    async def look(self) -> list[str]:
        """Return what is wrong with the conversation after a start."""
        await self._read_page()
        if not self.session:
            return []
        answer = await self._ask("GET", f"/export/{self.session}.jsonl")
        rows = [json.loads(line) for line in answer.text.splitlines()]
        kept = [row["leader"] for row in rows if row["kind"] == "turn"]
        if kept[: len(self.words)] != self.words:
            lost, self.words = [words for words in self.words if words not in kept], kept
            return [f"{self.name}: lost or out of order: {lost}"]
        more = kept[len(self.words) :]
        if len(more) > 1 or not all(says(words, self.name) for words in more):
            return [f"{self.name}: something that nobody said"]
        self.words = kept
        return []


async def killed(kills: int, people: int, port: int, home: Path, database: str) -> list[str]:
    """Play, kill and look so often, and look once more; return what was wrong."""
    wrong: list[str] = []
    players = [Player(f"leader{number}", [f"http://127.0.0.1:{port}"]) for number in range(people)]
    playing: list[asyncio.Future[None]] = []
    for kill in range(kills + 1):
        server = started(port, home, database)
        try:
            await asyncio.to_thread(wait_for, port)
            if not kill:
                for one in players:
                    await one.sign_in()
            for found in await asyncio.gather(*(one.look() for one in players)):
                wrong += [f"after {kill} kills: {fault}" for fault in found]
            if kill == kills:
                return wrong
            shown = sum(one.shown for one in players)
            playing = [asyncio.ensure_future(one.play_on(random.Random(f"{kill}{one.name}"))) for one in players]
            for _ in range(WAITS if kill % ONE_IN_THE_FIRST_SECONDS else 0):
                if sum(one.shown for one in players) > shown:
                    break
                await asyncio.sleep(0.05)
            await asyncio.sleep(random.Random(kill).uniform(0, LONGEST_S))
        finally:
            server.send_signal(signal.SIGKILL)
            server.wait()
        await asyncio.gather(*playing)
        if kill % 10 == 9:
            print(f"{kill + 1} kills, {sum(one.shown for one in players)} turns shown, {len(wrong)} wrong", flush=True)
    return wrong


@contextmanager
def database_in(home: Path, *, postgresql: bool) -> Iterator[str]:
    """Give the address of a database of its own."""
    if not postgresql:
        yield f"sqlite:///{home / 'alex.db'}"
        return
    with a_postgresql.running(safe=True) as address:
        yield address


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("kills", type=int)
    arguments.add_argument("--postgresql", action="store_true")
    arguments.add_argument("--people", type=int, default=6)
    arguments.add_argument("--port", type=int, default=PORT)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch, database_in(Path(scratch), postgresql=asked.postgresql) as database:
        with Record(database) as record:
            leaders_of(record, asked.people)
        wrong = asyncio.run(killed(asked.kills, asked.people, asked.port, Path(scratch), database))
    for fault in wrong[:10]:
        print(fault)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
