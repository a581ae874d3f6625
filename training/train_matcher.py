"""Train the matcher: the published encoder, taught which questions ask the same and what gives a thing back rightly.

    make matcher

Learns from training/families (questions and give-backs in schools of other kinds, by four hands) and from the ways of
asking in the scenarios. What is asked about one thing is drawn together; what is asked about its neighbours in the same
conversation, or twists what was told, is pushed away (supervised contrastive learning, Khosla and others 2020). What
strangers said who did not know what can be asked (strangers.jsonl, with the topics that listeners gave it) comes up
every time its topic does.
`--without NAME` leaves a scenario out, and prints how well its questions are found without it.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from descent import Course, descend
from export_encoder import SentenceEncoder, quantized, write_graph
from tokenizers import Tokenizer
from torch.nn import functional

ROOT = Path(__file__).resolve().parent.parent
MODEL, SCENARIOS, FAMILIES = (
    ROOT / "bot" / "listen" / "model",
    ROOT / "prompts" / "scenarios",
    ROOT / "training" / "families",
)
STRANGERS = ROOT / "training" / "strangers.jsonl"
HELD_HAND = "d"
"""The hand whose give-backs are never trained on: they set the marks in cues.yaml."""
HEAT = 0.06
FAMILIES_A_STEP, QUESTIONS_OF_EACH, STRANGERS_OF_EACH, BACKS_A_STEP = 40, 5, 2, 12
AS_TYPED, A_LINE_TOO = 0.12, 0.4
"""Shares of the questions seen without capitals and marks, and of the topics seen with one of their lines."""
SCENARIO_WEIGHT = 2.0
"""How much more often a scenario's questions come up than others."""
WARM_UP, DECAY = 50, 0.01
WORDS_SLOWER = 5
LONGEST = 64
"""Tokens."""


@dataclass(frozen=True)
class Pool:
    """Things asked about in one conversation: the ways of asking of each, and what is answered."""

    name: str
    asks: list[list[str]]
    lines: list[list[str]]
    strangers: list[list[str]]
    """Those that strangers put without knowing what can be asked: of each thing, seldom many."""

    @property
    def size(self) -> int:
        """Return how many ways of asking there are."""
        return sum(map(len, self.asks))


@dataclass(frozen=True)
class Back:
    """Something told, given back rightly, twisted, and things said near it."""

    told: list[str]
    back: list[str]
    twist: list[str]
    near: list[str]


class Matcher(torch.nn.Module):
    """The encoder, and its tokenizer."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = SentenceEncoder(folder)
        self._tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def forward(self, texts: Sequence[str]) -> torch.Tensor:
        """Return one unit vector a text."""
        rows = [self._tokenizer.encode(text).ids for text in texts]
        width = max(map(len, rows))
        ids, mask = torch.zeros(len(rows), width, dtype=torch.long), torch.zeros(len(rows), width, dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)], mask[at, : len(row)] = torch.tensor(row), 1
        with torch.autocast("cpu", torch.bfloat16):
            return functional.normalize(self.encoder(ids, mask).float(), dim=1)

    @torch.no_grad()
    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors as numbers, in the order of `texts`."""
        self.eval()
        found = np.zeros((len(texts), 384), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(order), 128):
            some = order[start : start + 128]
            found[some] = self([texts[at] for at in some]).numpy()
        self.train()
        return found


def scenario_pool(name: str) -> Pool:
    """Return what can be asked in one scenario."""
    topics = yaml.safe_load((SCENARIOS / name / "lines.yaml").read_text(encoding="utf-8"))["topics"]
    more_at = SCENARIOS / name / "questions.yaml"
    more = yaml.safe_load(more_at.read_text(encoding="utf-8"))["topics"] if more_at.is_file() else {}
    asks = [[one["about"], *one["asks"], *more.get(one["id"], [])] for one in topics]
    theirs = strangers_of(name)
    lines = [[line["say"] for line in one["lines"]] for one in topics]
    return Pool(name, asks, lines, [theirs.get(one["id"], []) for one in topics])


def strangers_of(name: str) -> dict[str, list[str]]:
    """Return what strangers said to the colleague of one scenario, by topic."""
    rows = map(json.loads, STRANGERS.read_text(encoding="utf-8").splitlines()) if STRANGERS.is_file() else ()
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["scenario"] == name:
            found.setdefault(row["topic"], []).append(row["question"])
    return found


def families() -> tuple[list[Pool], list[Back], list[Back]]:
    """Return the families of questions as pools, and the give-backs: to learn from, and held."""
    groups: dict[tuple[str, str], list[list[str]]] = {}
    learnt, held = [], []
    for path in sorted(FAMILIES.glob("*.jsonl")):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if row["kind"] == "ask":
                groups.setdefault((path.stem, row["situation"].split(":")[0]), []).append(row["asks"])
            else:
                back = Back(row["told"], row["back"], row["twist"], row["near"])
                (held if path.stem == HELD_HAND else learnt).append(back)
    return list(_joined(groups.values())), learnt, held


def _joined(groups: Sequence[list[list[str]]]) -> Iterator[Pool]:
    """Yield pools of about a step's size out of smaller ones."""
    together: list[list[str]] = []
    for group in groups:
        together += group
        if len(together) >= FAMILIES_A_STEP:
            yield Pool("families", together, [], [])
            together = []
    if together:
        yield Pool("families", together, [], [])


def as_typed(text: str, dice: random.Random) -> str:
    """Return the text, now and then without capitals and its last mark."""
    return text.lower().rstrip("?. ") if dice.random() < AS_TYPED else text


def step_of(pools: Sequence[Pool], backs: Sequence[Back], dice: random.Random) -> tuple[list[str], list[int]]:
    """Return the texts of one step, and a number for each: the same number, the same thing."""
    weights = [pool.size * (1 if pool.name == "families" else SCENARIO_WEIGHT) for pool in pools]
    pool = dice.choices(pools, weights)[0]
    texts: list[str] = []
    labels: list[int] = []
    for at in dice.sample(range(len(pool.asks)), min(FAMILIES_A_STEP, len(pool.asks))):
        some = dice.sample(pool.asks[at], min(QUESTIONS_OF_EACH, len(pool.asks[at])))
        if pool.strangers:
            some += dice.sample(pool.strangers[at], min(STRANGERS_OF_EACH, len(pool.strangers[at])))
        some = [as_typed(text, dice) for text in dict.fromkeys(some)]
        if pool.lines and dice.random() < A_LINE_TOO:
            some.append(dice.choice(pool.lines[at]))
        texts += some
        labels += [at] * len(some)
    number = len(pool.asks)
    for back in dice.sample(backs, BACKS_A_STEP):
        same = [dice.choice(back.told), *dice.sample(back.back, 2)]
        others = [dice.choice(back.twist), dice.choice(back.twist), dice.choice(back.near)]
        texts += [*same, *others]
        labels += [number] * len(same) + list(range(number + 1, number + 1 + len(others)))
        number += 1 + len(others)
    return texts, labels


def contrast(vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the supervised contrastive loss: each text must be nearer to its own kind than to all others."""
    itself = torch.eye(len(labels), dtype=torch.bool)
    scores = functional.log_softmax((vectors @ vectors.T / HEAT).masked_fill(itself, -1e9), dim=1)
    own = (labels[:, None] == labels[None]) & ~itself
    some = own.any(1)
    return -((scores * own).sum(1)[some] / own.sum(1)[some]).mean()


def learn(matcher: Matcher, pools: Sequence[Pool], backs: Sequence[Back], steps: int, rate: float) -> None:
    """Train in place."""
    dice = random.Random(0)

    def loss_of_step() -> torch.Tensor:
        texts, labels = step_of(pools, backs, dice)
        return contrast(matcher(texts), torch.tensor(labels))

    descend(matcher, loss_of_step, Course(steps, rate, WARM_UP, DECAY, WORDS_SLOWER))


def found_share(matcher: Matcher, name: str) -> tuple[float, float]:
    """Return how many questions of questions.yaml find their topic by lines.yaml alone: first, and in three."""
    topics = yaml.safe_load((SCENARIOS / name / "lines.yaml").read_text(encoding="utf-8"))["topics"]
    more = yaml.safe_load((SCENARIOS / name / "questions.yaml").read_text(encoding="utf-8"))["topics"]
    asked = [(text, at) for at, one in enumerate(topics) for text in more.get(one["id"], [])]
    vectors = matcher.vectors([text for text, _ in asked])
    scores = np.stack([_closeness(matcher, one, vectors) for one in topics], axis=1)
    first = np.argsort(-scores, axis=1)[:, :3]
    right = [at in row[:1] for (_, at), row in zip(asked, first, strict=True)]
    near = [at in row for (_, at), row in zip(asked, first, strict=True)]
    return float(np.mean(right)), float(np.mean(near))


def _closeness(matcher: Matcher, topic: dict, vectors: np.ndarray) -> np.ndarray:
    asks = matcher.vectors(topic["asks"])
    middle = asks.mean(axis=0) / np.linalg.norm(asks.mean(axis=0))
    return (
        0.4 * (vectors @ asks.T).max(1) + 0.4 * vectors @ middle + 0.2 * vectors @ matcher.vectors([topic["about"]])[0]
    )


def backs_told_apart(matcher: Matcher, backs: Sequence[Back]) -> str:
    """Return the best marks for a give-back, and the shares they get right: given back, twisted, merely near."""
    found: dict[str, list[tuple[float, float]]] = {"right": [], "twisted": [], "near": []}
    for back in backs:
        known, wrong = matcher.vectors([*back.told, *back.back[:4]]), matcher.vectors(back.twist[:2])
        for kind, texts in (("right", back.back[4:]), ("twisted", back.twist[2:]), ("near", back.near)):
            vectors = matcher.vectors(texts)
            found[kind] += zip((vectors @ known.T).max(1), (vectors @ wrong.T).max(1), strict=True)
    best = (0.0, "")
    for mark in np.arange(0.3, 0.85, 0.025):
        for margin in np.arange(-0.1, 0.2, 0.02):
            taken = {kind: np.mean([a >= mark and a - b > margin for a, b in some]) for kind, some in found.items()}
            worth = taken["right"] * 2 + (1 - taken["twisted"]) + (1 - taken["near"])
            shown = ", ".join(f"{kind} {share:.2f}" for kind, share in taken.items())
            best = max(best, (float(worth), f"mark {mark:.3f}, margin {margin:+.2f}: taken as right: {shown}"))
    return best[1]


def main() -> None:
    """Train and write the model, or print what a scenario that was left out would find."""
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--without")
    parser.add_argument("--into", type=Path, default=MODEL / "matcher.onnx")
    given = parser.parse_args()
    torch.manual_seed(0)
    matcher = Matcher(given.encoder)
    asked, backs, held = families()
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/lines.yaml") if not path.parent.name.startswith("_"))
    pools = [*(scenario_pool(name) for name in names if name != given.without), *asked]
    print(f"{sum(pool.size for pool in pools)} ways of asking, {len(backs)} give-backs")
    print("before:", backs_told_apart(matcher, held), *([found_share(matcher, given.without)] if given.without else []))
    learn(matcher, pools, backs, given.steps, given.rate)
    print("after:", backs_told_apart(matcher, held), *([found_share(matcher, given.without)] if given.without else []))
    if not given.without:
        with tempfile.TemporaryDirectory() as scratch:
            full = Path(scratch) / "full.onnx"
            write_graph(matcher.encoder.eval(), full)
            quantized(full, given.into)


if __name__ == "__main__":
    main()
