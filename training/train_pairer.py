"""Train the pairer: the published encoder, taught which lines answer which turns.

    make pairer

Learns from what listeners found of strangers' turns (strangers.jsonl: which of some twenty likely lines answer each and
which do not) and from answers.json of the scenarios. A turn is drawn to the lines that answer it and to turns that the
same lines answer, and pushed away from lines that only stand near it (two contrastive losses: Karpukhin and others 2020
with hard negatives; Khosla and others 2020). The held writers (strangers_held.jsonl) are never learnt from; at the end
it prints for them how often the best of the lines that the listeners had before them is one that answers.
"""

import argparse
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from descent import Course, descend
from export_encoder import quantized, write_graph
from torch.nn import functional
from train_matcher import MODEL, SCENARIOS, STRANGERS, Matcher, as_typed

from bot.colleague.answers import mark_of, read_answers

HELD = STRANGERS.with_name("strangers_held.jsonl")
HEAT = 0.05
STRANGERS_A_STEP, KNOWN_A_STEP = 11, 7
BESIDE_A_STRANGERS, BESIDE_A_KNOWN = 4, 2
"""Lines that do not answer a turn, in a step; those beside a known question were read less strictly."""
WARM_UP, DECAY = 60, 0.01
WORDS_SLOWER = 4
UNREAD = 0.45
"""What stands for a line of which nobody knows what it answers, where lines are told apart by turns alone."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A turn with the lines that answer it, and some that do not."""

    question: str
    on: frozenset[str]
    off: tuple[str, ...]
    by_stranger: bool


@dataclass(frozen=True)
class Shelf:
    """All judged turns of one scenario, and the turns that each line answers."""

    strangers: list[Judged]
    known: list[Judged]
    by_line: Mapping[str, list[Judged]]

    @property
    def all(self) -> list[Judged]:
        """Return the turns of both kinds."""
        return [*self.strangers, *self.known]


def shelf_of(name: str) -> Shelf:
    """Return what is known of one scenario. Lines that have been written anew since are left out."""
    topics = yaml.safe_load((SCENARIOS / name / "lines.yaml").read_text(encoding="utf-8"))["topics"]
    lines = {one["id"]: [line["say"] for line in one["lines"]] for one in topics}
    by_mark = {mark_of(say): say for says in lines.values() for say in says}
    strangers = [_judged(row, by_mark) for row in _rows(STRANGERS) if row["scenario"] == name]
    asked = {one.question for one in strangers}
    known = []
    for topic, answers in read_answers(SCENARIOS / name).items():
        for question, marks in answers.items():
            on = frozenset(by_mark[mark] for mark in marks if mark in by_mark)
            if question not in asked:
                known.append(Judged(question, on, tuple(say for say in lines.get(topic, ()) if say not in on), False))
    by_line = defaultdict(list)
    kept = [one for one in strangers if one.on], [one for one in known if one.on]
    for one in (*kept[0], *kept[1]):
        for line in one.on:
            by_line[line].append(one)
    return Shelf(*kept, by_line)


def _judged(row: dict, by_mark: Mapping[str, str]) -> Judged:
    on, off = ([by_mark[mark] for mark in row[side] if mark in by_mark] for side in ("on", "off"))
    return Judged(row["question"], frozenset(on), tuple(off), True)


def _rows(path: Path) -> Iterable[dict]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


def step_of(shelf: Shelf, dice: random.Random) -> tuple[list[Judged], list[str]]:
    """Return the turns of one step, each with one that shares an answer, and the lines of both kinds."""
    turns: list[Judged] = []
    lines: dict[str, None] = {}
    some = dice.sample(shelf.strangers, STRANGERS_A_STEP) + dice.sample(shelf.known, KNOWN_A_STEP)
    for one in some:
        line = dice.choice(sorted(one.on))
        alike = [other for other in shelf.by_line[line] if other is not one]
        turns += [one, *([dice.choice(alike)] if alike else [])]
        beside = BESIDE_A_STRANGERS if one.by_stranger else BESIDE_A_KNOWN
        lines |= dict.fromkeys([line, *dice.sample(one.off, min(beside, len(one.off)))])
    return turns, list(lines)


def loss_of(pairer: Matcher, turns: Sequence[Judged], lines: Sequence[str], dice: random.Random) -> torch.Tensor:
    """Return the loss of a step: turns beside lines, and turns beside turns."""
    vectors = pairer([*(as_typed(one.question, dice) for one in turns), *lines])
    said, told = vectors[: len(turns)], vectors[len(turns) :]
    on = torch.tensor([[line in one.on for line in lines] for one in turns])
    scores, some = said @ told.T / HEAT, on.any(1)
    answered = torch.logsumexp(scores.masked_fill(~on, -1e9), 1) - torch.logsumexp(scores, 1)
    itself = torch.eye(len(turns), dtype=torch.bool)
    shared = torch.tensor([[bool(one.on & other.on) for other in turns] for one in turns]) & ~itself
    alike = functional.log_softmax((said @ said.T / HEAT).masked_fill(itself, -1e9), dim=1)
    pairs = shared.any(1)
    together = (alike * shared).sum(1)[pairs] / shared.sum(1)[pairs]
    return -answered[some].mean() - together.mean()


def learn(pairer: Matcher, shelves: Sequence[Shelf], steps: int, rate: float) -> None:
    """Train in place."""
    dice = random.Random(0)
    course = Course(steps, rate, WARM_UP, DECAY, WORDS_SLOWER)
    descend(pairer, lambda: loss_of(pairer, *step_of(dice.choice(shelves), dice), dice), course)


def held_share(pairer: Matcher, shelves: Mapping[str, Shelf]) -> float:
    """Return how often the best of the lines judged for a held turn answers it, told by the turns it answers."""
    right = []
    vectors = {name: pairer.vectors([one.question for one in shelf.all]) for name, shelf in shelves.items()}
    places = {name: {id(one): at for at, one in enumerate(shelf.all)} for name, shelf in shelves.items()}
    for row in _rows(HELD):
        name, on = row["scenario"], set(row["on"])
        if not on:
            continue
        lines = [*row["on"], *row["off"]]
        near = vectors[name] @ pairer.vectors([row["question"]])[0]
        shelf = shelves[name].by_line
        worth = [max((near[places[name][id(one)]] for one in shelf.get(line, ())), default=UNREAD) for line in lines]
        right.append(lines[int(np.argmax(worth))] in on)
    return float(np.mean(right))


def main() -> None:
    """Train and write the model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--into", type=Path, default=MODEL / "pairer.onnx")
    given = parser.parse_args()
    torch.manual_seed(0)
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/lines.yaml") if not path.parent.name.startswith("_"))
    shelves = {name: shelf_of(name) for name in names}
    pairer = Matcher(given.encoder)
    print(f"{sum(len(shelf.all) for shelf in shelves.values())} turns; held before: {held_share(pairer, shelves):.3f}")
    learn(pairer, list(shelves.values()), given.steps, given.rate)
    print(f"held after: {held_share(pairer, shelves):.3f}")
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        write_graph(pairer.encoder.eval(), full)
        quantized(full, given.into)


if __name__ == "__main__":
    main()
