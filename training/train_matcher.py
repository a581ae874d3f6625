"""Train the matcher: the published encoder, taught which questions ask the same, and which lines answer them.

    make matcher

Learns from training/families (questions and give-backs in schools of other kinds, by four hands), from the ways of
asking in the scenarios, and from training/answers (which of a topic's lines answer which question, read line by line).
What is asked about one thing is drawn together; what is asked about its neighbours in the same conversation, or twists
what was told, is pushed away (supervised contrastive learning, Khosla and others 2020); and a question is drawn to the
lines that answer it, away from the lines beside them that do not. Writes matcher.onnx. One question of ten in
training/answers is never learnt from: the closing figures are theirs. `--without NAME` leaves a scenario out, and
prints how well its questions are found without it.
"""

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from export_encoder import SentenceEncoder, quantized, write_graph
from tokenizers import Tokenizer
from torch.nn import functional

ROOT = Path(__file__).resolve().parent.parent
MODEL, SCENARIOS, FAMILIES, ANSWERS = (
    ROOT / "bot" / "listen" / "model",
    ROOT / "prompts" / "scenarios",
    ROOT / "training" / "families",
    ROOT / "training" / "answers",
)
HELD_HAND = "d"
"""The hand whose give-backs are never trained on: they set the marks in cues.yaml."""
HEAT = 0.06
FAMILIES_A_STEP, QUESTIONS_OF_EACH, BACKS_A_STEP = 40, 5, 12
AS_TYPED = 0.12
"""Share of the questions seen without capitals and marks."""
TOPICS_ANSWERED, ASKED_OF_EACH, LINES_BESIDE = 20, 3, 3
"""Of a step that learns answers: topics, questions of each, and lines of each that may answer or not."""
ANSWER_HEAT = 0.05
HELD_EVERY = 10
"""One question in so many is held out of training/answers, by the hash of its words."""
SCENARIO_WEIGHT = 2.0
"""How much more often a scenario's questions come up than others."""
WARM_UP, DECAY = 50, 0.01
LONGEST = 64
"""Tokens."""


@dataclass(frozen=True)
class Pool:
    """Things asked about in one conversation: the ways of asking of each."""

    name: str
    asks: list[list[str]]

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


@dataclass(frozen=True)
class Answered:
    """A topic's lines, and for each of its questions the indices of the lines that answer it."""

    lines: list[str]
    asked: list[tuple[str, frozenset[int]]]


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
    return Pool(name, [[ask for ask in some if not is_held(ask)] for some in asks])


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


def is_held(question: str) -> bool:
    """Return whether a question is one of those that are never learnt from."""
    return int(hashlib.sha256(question.encode()).hexdigest(), 16) % HELD_EVERY == 0


def answered(held: bool, without: str | None = None) -> dict[str, list[Answered]]:
    """Return the topics of every scenario with their questions: those to learn from, or those held out."""
    found: dict[str, list[Answered]] = {}
    for path in sorted(ANSWERS.glob("*.jsonl")):
        if path.stem != without:
            rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
            found[path.stem] = [_answered(row, held) for row in rows]
    return found


def _answered(row: dict, held: bool) -> Answered:
    asked = [(one["ask"], frozenset(one["lines"])) for one in row["asked"]]
    return Answered(row["lines"], [(ask, lines) for ask, lines in asked if lines and is_held(ask) == held])


def _joined(groups: Sequence[list[list[str]]]) -> Iterator[Pool]:
    """Yield pools of about a step's size out of smaller ones."""
    together: list[list[str]] = []
    for group in groups:
        together += group
        if len(together) >= FAMILIES_A_STEP:
            yield Pool("families", together)
            together = []
    if together:
        yield Pool("families", together)


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
        some = [as_typed(text, dice) for text in some]
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


def answers_of(topics: Sequence[Answered], dice: random.Random) -> tuple[list[str], list[str], torch.Tensor]:
    """Return questions and lines of one scenario, and which line (column) answers which question (row)."""
    questions: list[str] = []
    lines: list[str] = []
    pairs: list[tuple[int, int]] = []
    some = [one for one in topics if one.asked]
    for topic in dice.sample(some, min(TOPICS_ANSWERED, len(some))):
        asked = dice.sample(topic.asked, min(ASKED_OF_EACH, len(topic.asked)))
        taken = {dice.choice(sorted(answers)) for _, answers in asked}
        taken |= set(dice.sample(range(len(topic.lines)), min(LINES_BESIDE, len(topic.lines))))
        column = {line: len(lines) + at for at, line in enumerate(sorted(taken))}
        for at, (_, answers) in enumerate(asked, len(questions)):
            pairs += [(at, column[line]) for line in answers & taken]
        questions += [as_typed(question, dice) for question, _ in asked]
        lines += [topic.lines[line] for line in sorted(taken)]
    right = torch.zeros(len(questions), len(lines), dtype=torch.bool)
    right[tuple(torch.tensor(pairs).T)] = True
    return questions, lines, right


def drawn_to(questions: torch.Tensor, lines: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the loss of questions (rows) that must be nearer to the lines that answer them than to all others."""
    scores = functional.log_softmax(questions @ lines.T / ANSWER_HEAT, dim=1)
    return -((scores * right).sum(1) / right.sum(1)).mean()


def answers_found(matcher: Matcher, held: dict[str, list[Answered]]) -> str:
    """Return how often the nearest line of the topic, and of the scenario, answers a question that was held out."""
    within, anywhere = [], []
    for topics in held.values():
        every = matcher.vectors([line for topic in topics for line in topic.lines])
        start = 0
        for topic in topics:
            places = range(start, start + len(topic.lines))
            if topic.asked:
                closeness = matcher.vectors([question for question, _ in topic.asked]) @ every.T
                for row, (_, answers) in zip(closeness, topic.asked, strict=True):
                    within.append(int(row[places.start : places.stop].argmax()) in answers)
                    anywhere.append(int(row.argmax()) - start in answers)
            start = places.stop
    shares = f"of its topic {np.mean(within):.3f}, of all {np.mean(anywhere):.3f}"
    return f"of {len(within)} questions held out, the nearest line answers: {shares}"


def learn(
    matcher: Matcher,
    pools: Sequence[Pool],
    backs: Sequence[Back],
    answers: dict[str, list[Answered]],
    steps: int,
    rate: float,
) -> None:
    """Train in place."""
    dice = random.Random(0)
    words = [one for name, one in matcher.named_parameters() if "embeddings" in name]
    others = [one for name, one in matcher.named_parameters() if "embeddings" not in name]
    groups = [{"params": others, "lr": rate}, {"params": words, "lr": rate / 5}]
    optimiser = torch.optim.AdamW(groups, weight_decay=DECAY)
    course = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda at: min(1.0, (at + 1) / WARM_UP) * max(0.02, 1 - at / steps)
    )
    began, total = time.monotonic(), 0.0
    matcher.train()
    for at in range(1, steps + 1):
        texts, labels = step_of(pools, backs, dice)
        questions, lines, right = answers_of(answers[dice.choice(sorted(answers))], dice)
        vectors = matcher([*texts, *questions, *lines])
        ours, others_of = vectors[: len(texts)], vectors[len(texts) :]
        loss = contrast(ours, torch.tensor(labels))
        loss = loss + drawn_to(others_of[: len(questions)], others_of[len(questions) :], right)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(matcher.parameters(), 1.0)
        optimiser.step()
        course.step()
        total += loss.item()
        if at % 100 == 0:
            print(f"step {at}, {time.monotonic() - began:.0f} s, loss {total / 100:.2f}", flush=True)
            total = 0.0


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


def export(matcher: Matcher, target: Path) -> None:
    """Write the encoder as int8 ONNX."""
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        write_graph(matcher.encoder.eval(), full)
        quantized(full, target)


def main() -> None:
    """Train and write the model, or print what a scenario that was left out would find."""
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--without")
    parser.add_argument("--into", type=Path, default=MODEL / "matcher.onnx")
    parser.add_argument("--weights", type=Path)
    given = parser.parse_args()
    torch.manual_seed(0)
    matcher = Matcher(given.encoder)
    asked, backs, held = families()
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/lines.yaml") if not path.parent.name.startswith("_"))
    pools = [*(scenario_pool(name) for name in names if name != given.without), *asked]
    print(f"{sum(pool.size for pool in pools)} ways of asking, {len(backs)} give-backs")
    print("before:", backs_told_apart(matcher, held), *([found_share(matcher, given.without)] if given.without else []))
    learn(matcher, pools, backs, answered(held=False, without=given.without), given.steps, given.rate)
    print(answers_found(matcher, answered(held=True)))
    print("after:", backs_told_apart(matcher, held), *([found_share(matcher, given.without)] if given.without else []))
    if given.weights:
        torch.save(matcher.encoder.state_dict(), given.weights)
    if not given.without:
        export(matcher, given.into)


if __name__ == "__main__":
    main()
