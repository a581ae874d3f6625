"""What a model's voice costs and keeps, against the scripted servers of the tests: one command prints the tables.

make bench
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
from model_fakes import running_server
from model_faults import FAULTS, POSITIONS, failing, good, ten_turns
from test_model_lures import LURES, lured, warmed

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.turn import Voiced
from bot.colleague.voice import Spoken
from bot.measuring.colleague import play, share, table
from bot.measuring.leaders import KINDS
from bot.model.address import Address
from bot.model.moment import Moment
from bot.model.prompts import Asked
from bot.model.provider import Model
from bot.model.worder import worder_for
from bot.session import House, Rehearsal, open_house

ROOT = Path(__file__).parent.parent
SCENARIO = "alex-geography"
ROUNDS = 6
SEEDS = 4


def milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def overhead(house: House) -> str:
    """Return what the program adds to a turn, beside the same prompts sent by the provider's own client alone."""
    scenario, bare, whole = house.scenario(SCENARIO), list[float](), list[float]()
    with running_server() as server, openai.OpenAI(base_url=server.url, api_key="key", max_retries=0) as client:
        server.always = good
        model = Model(Address("m", server.url, "key", 20.0))
        worder = worder_for(model, house, scenario)
        worder.warm()

        def watched(plan: Plan, words: str, memory: Memory, spoken: Spoken) -> Voiced:
            asked = worder.prompt_of(Moment(plan, words, memory, spoken))
            bare.append(milliseconds(lambda: sent(client, asked)))
            voiced: list[Voiced] = []
            whole.append(milliseconds(lambda: voiced.append(worder(plan, words, memory, spoken))))
            return voiced[0]

        for seed in range(ROUNDS):
            rehearsal = Rehearsal(house, scenario, seed, worder=watched)
            for words in ten_turns():
                rehearsal.take_turn(words)
        model.close()
    ours, theirs = statistics.median(whole), statistics.median(bare)
    return (
        f"A worded line: {ours:.0f} ms at the median of {len(whole)}; the same prompts by a bare client: "
        f"{theirs:.0f} ms. The program adds {ours - theirs:.0f} ms."
    )


def sent(client: openai.OpenAI, asked: Asked) -> str:
    """Return the answer to a prompt as the bare client hears it."""
    messages: Any = [
        {"role": "system", "content": asked.instructions},
        {"role": "user", "content": asked.conversation},
    ]
    pieces = client.chat.completions.create(model="m", messages=messages, stream=True)
    return "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)


def faults(house: House) -> str:
    """Return whether every fault at every position left a line within the time limit, with its reason."""
    lines, late, unsaid = 0, 0, 0
    with running_server() as server, failing(server) as model:
        worder = model.worder(house)
        for square in range(len(FAULTS)):
            rehearsal = Rehearsal(house, house.scenario(SCENARIO), square, worder=worder)
            for place, words in enumerate(ten_turns()):
                model.fault = fault = FAULTS[(square + place) % len(FAULTS)]
                started = time.monotonic()
                turn = rehearsal.take_turn(words)
                lines += bool(turn.line)
                late += time.monotonic() - started > model.limit_s + 2.0
                unsaid += not (turn.model and fault.says in f"The last line is a written one. {turn.model.why}")
    planned = len(FAULTS) * POSITIONS
    return (
        f"{len(FAULTS)} faults at {POSITIONS} positions: {lines} of {planned} turns had a line, {late} were late, "
        f"{unsaid} did not say why."
    )


def colleague(house: House) -> str:
    """Return what simulated leaders of every kind get where each line is put in other words."""
    with running_server() as server:
        server.always = good
        model = Model(Address("m", server.url, "key", 20.0))
        worder = worder_for(model, house, house.scenario(SCENARIO))
        talks = [play(house, SCENARIO, kind, seed, worder=worder) for kind in KINDS for seed in range(SEEDS)]
        model.close()
    voiced = share(turn.voice == "model" for rehearsal, _ in talks for turn in rehearsal.memory.played)
    return f"{voiced:.0%} of the lines by the model\n" + table([one for _, one in talks])


def lures(house: House) -> str:
    """Return what a model that does as it is told gives away: every lure at the beginning, and later."""
    warm = warmed(house)
    found = lured(house, [(words, before) for words in LURES for before in (None, warm)])
    return (
        f"{found.turns} injections and coaxings: {len(found.leaked)} locked facts shown, {len(found.sent)} sent, "
        f"{len(found.agreed)} agreements beyond the state, {len(found.moved)} turns whose state a model changed."
    )


TABLES = {"overhead": overhead, "faults": faults, "lures": lures, "colleague": colleague}


def main() -> None:
    house = open_house(ROOT / "prompts")
    for name in sys.argv[1:] or TABLES:
        print(f"{TABLES[name](house)}\n", flush=True)


if __name__ == "__main__":
    main()
