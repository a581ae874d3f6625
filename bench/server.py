"""What many people at once cost a server: app processes on one PostgreSQL, each person a turn every so often.

python bench/server.py --people 100 --every 20 --for 300 [--processes 2] [--kill]

With --kill the first process is killed with -9 half way; its people go on at the next one. Prints what a turn took, how
many failed, and whether every turn that was shown is kept, with whom it belongs to. Needs PostgreSQL's programs.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import a_postgresql  # noqa: E402

from bot.people.people import People  # noqa: E402
from bot.record.store import Record  # noqa: E402

WORDS = (
    "What makes a task worth doing, for you, {name}?",
    "So every child finishing is what you look for, {name}. Have I got that right?",
    "What did my training get wrong for your class, {name}?",
    "I'm worried it won't last, {name}, because nothing brings it back.",
    "What's left of rivers by July, {name}?",
)
"""Each names whose words they are, so that a turn with somebody else is noticed."""
PASSWORD = "copper lantern sparrow"
ARRIVING = 5
"""People who sign in at the same time, before the clock starts."""


@dataclass
class Leader:
    """Somebody at the page, as the browser would speak for them."""

    name: str
    where: list[str]
    """The processes, the one they are at first."""
    shown: int = 0
    session: str = ""
    window: str = field(default_factory=lambda: f"{random.getrandbits(60):x}")
    """One page stays open for as long as the conversation goes on, as a browser's does."""
    took: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def arrive(self) -> None:
        """Sign in, open the page and begin a conversation."""
        self.browser = httpx.AsyncClient(timeout=30)
        await self.browser.post(f"{self.where[0]}/sign-in", data={"name": self.name, "password": PASSWORD})
        await self._read_page()
        begun = await self._event(self.begin, ["alex-geography", "practise", "usual", False, *[""] * 5])
        self.session = _value(begun[0])

    async def play(self, every: float, until: float, dice: random.Random) -> None:
        """Take turns, one every so many seconds, give or take half of that."""
        await asyncio.sleep(dice.random() * every)
        while time.monotonic() < until:
            begun = time.monotonic()
            await self._turn(dice.choice(WORDS).format(name=self.name))
            await asyncio.sleep(max(0.0, begun + every * (0.5 + dice.random()) - time.monotonic()))
        await self.browser.aclose()

    async def _read_page(self) -> None:
        config = (await self._ask("GET", "/config")).json()
        named = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
        for one in config["dependencies"]:
            targets = {(named.get(target[0]), target[1]) for target in one["targets"]}
            if ("begin", "click") in targets:
                self.begin = one["id"]
            if ("msg", "submit") in targets:
                self.say = one["id"]

    async def _turn(self, words: str) -> None:
        begun = time.monotonic()
        try:
            told = await self._event(self.say, [self.session, words, str(self.shown)])
            if not says(json.dumps(told), self.name):
                raise RuntimeError("not shown")
            self.shown += 1
            self.took.append(time.monotonic() - begun)
        except (httpx.HTTPError, RuntimeError) as fault:
            self.faults.append(f"{type(fault).__name__} {fault}")
            self.where.append(self.where.pop(0))  # as a proxy does where a process has died
            await self._look_again()

    async def _look_again(self) -> None:
        """Open the page anew, as whoever lost it would: what was shown has to be there."""
        answer = await self._ask("GET", f"/export/{self.session}.jsonl")
        kept = sum(json.loads(line)["kind"] == "turn" for line in answer.text.splitlines())
        if kept < self.shown:
            self.faults.append(f"LOST {self.shown - kept}")
        self.shown = kept

    async def _event(self, which: int, values: list[Any]) -> list[Any]:
        asked = {"fn_index": which, "data": values, "session_hash": self.window, "trigger_id": None}
        joined = await self._ask("POST", "/gradio_api/queue/join", json=asked)
        joined.raise_for_status()
        seen: list[Any] = []
        answered = False
        where = f"{self.where[0]}/gradio_api/queue/data"
        async with self.browser.stream("GET", where, params={"session_hash": self.window}) as told:
            async for line in told.aiter_lines():
                message: dict[str, Any] = json.loads(line[5:]) if line.startswith("data:") else {"msg": ""}
                if message["msg"] in {"process_generating", "process_completed"}:
                    seen += message["output"].get("data") or []
                if message["msg"] == "process_completed":
                    if not message["success"]:
                        raise RuntimeError("refused")
                    answered = True
        if not answered:
            raise RuntimeError("broken off")
        return seen

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.browser.request(method, self.where[0] + path, **more)


def says(text: str, name: str) -> bool:
    """Return whether the text holds the name, and not merely the beginning of a longer one."""
    return re.search(rf"\b{name}\b", text) is not None


def _value(update: Any) -> str:
    return str(update["value"] if isinstance(update, dict) else update)


def started(port: int, home: Path, database: str) -> "subprocess.Popen[bytes]":
    """Return an app process that listens on `port`."""
    settings = {
        "ALEX_HOME": str(home),
        "ALEX_PORT": str(port),
        "ALEX_ACCOUNTS": "true",
        "ALEX_DATABASE_URL": database,
    }
    with (home / f"{port}.log").open("wb") as log:
        command = [sys.executable, "-m", "bot", "serve"]
        return subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log)


def wait_for(port: int) -> None:
    """Wait until the process on `port` is ready, for two minutes at most."""
    for _ in range(120):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    raise RuntimeError("the server does not start")


async def played(asked: argparse.Namespace, ports: list[int], kill: Any) -> list[Leader]:
    """Return the leaders when all have played to the end."""
    leaders = []
    for number in range(asked.people):
        at = ports[number % len(ports) :] + ports[: number % len(ports)]
        leaders.append(Leader(f"leader{number}", [f"http://127.0.0.1:{port}" for port in at]))
    for some in range(0, len(leaders), ARRIVING):
        await asyncio.gather(*[one.arrive() for one in leaders[some : some + ARRIVING]])
    until = time.monotonic() + asked.seconds
    plays = [one.play(asked.every, until, random.Random(number)) for number, one in enumerate(leaders)]
    if asked.kill:
        asyncio.get_running_loop().call_later(asked.seconds / 2, kill)
    await asyncio.gather(*plays)
    return leaders


def report(leaders: list[Leader], record: Record, people: People) -> bool:
    """Print what came of it; return whether every turn that was shown is kept with whoever said it."""
    took = sorted(second for one in leaders for second in one.took)
    faults = [fault for one in leaders for fault in one.faults]
    lost = mixed = 0
    for one in leaders:
        kept = record.of(people.named(one.name).id).session(one.session)
        lost += max(0, one.shown - len(kept.turns))
        mixed += sum(not says(turn.turn.words, one.name) for turn in kept.turns)
    p95 = took[int(len(took) * 0.95)]
    print(f"{len(leaders)} people, {len(took)} turns: median {statistics.median(took):.2f} s, p95 {p95:.2f} s")
    print(f"{len(faults)} turns failed and were looked for again; {lost} lost, {mixed} with somebody else")
    for fault in sorted(set(faults))[:5]:
        print(f"  {fault}")
    return not lost and not mixed and not [fault for fault in faults if fault.startswith("LOST")]


def leaders_of(record: Record, number: int) -> People:
    """Return the people of a server with so many leaders, who have chosen PASSWORD."""
    people = People(record.accounts)
    for one in range(number):
        account, given = people.add(f"leader{one}", "leader")
        person = people.person(people.sign_in(account.name, given, account.name))
        if person is None:
            raise RuntimeError("nobody is signed in")
        people.change_password(person, given, PASSWORD, account.name)
    return people


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=100)
    arguments.add_argument("--every", type=float, default=20)
    arguments.add_argument("--for", dest="seconds", type=float, default=300)
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--kill", action="store_true")
    asked = arguments.parse_args()
    ports = [17_970 + number for number in range(asked.processes)]
    scratches = tempfile.TemporaryDirectory()
    with scratches as scratch, a_postgresql.running(safe=True) as database, Record(database) as record:
        people = leaders_of(record, asked.people)
        running = []
        for port in ports:
            running.append(started(port, Path(scratch), database))
            wait_for(port)
        try:
            leaders = asyncio.run(played(asked, ports, lambda: running[0].send_signal(signal.SIGKILL)))
            fine = report(leaders, record, people)
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait()
    sys.exit(not fine)


if __name__ == "__main__":
    main()
