"""The matcher's second lesson: to tell, of a question and a line together, whether the line answers it.

One network does both. The scorer reads the pair ([CLS] question [SEP] line [SEP]) and learns from answers.json of the
scenarios, where people read topic by topic which line answers which question: the lines of the topic that do not are
its hardest examples, lines of neighbouring topics the next. And from judged.jsonl: replies of earlier versions to
strangers' questions, and whether listeners who had not read the lines found that they speak to the question. So that it
goes on finding topics as before, its vectors are held to those it had when the lesson began (distillation, Hinton and
others 2015).
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from export_encoder import SentenceEncoder, quantized
from tokenizers import Encoding, Tokenizer
from torch.nn import functional

from bot.colleague.loading import load_scenario, scenario_names

ROOT = Path(__file__).resolve().parent.parent
PROMPTS, MODEL = ROOT / "prompts", ROOT / "bot" / "listen" / "model"
QUESTIONS_A_STEP = 8
BESIDE, NEAR, FAR = 4, 2, 1
"""Lines that do not answer, of each question: of its topic, of the topics nearest to it, of anywhere."""
NEAREST = 8
"""Topics among which the near ones are drawn."""
KEPT_A_STEP, KEPT_WEIGHT = 40, 20.0
"""Texts a step whose vectors are held, and how much that counts."""
AS_TYPED = 0.12
LONGEST = 96
"""Tokens of a pair."""
HELD_EVERY = 12
"""One question in so many is never learnt from, by its place."""


@dataclass(frozen=True)
class Asked:
    """A question, lines that answer it and lines that do not: of its topic, of topics near it, of anywhere."""

    question: str
    answers: list[str]
    beside: list[str]
    near: list[str]


class Scorer(SentenceEncoder):
    """The encoder, and a score of pairs on the same network: above 0, the line likelier answers than not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.head = torch.nn.Linear(384, 1)

    def score(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Return one score a pair."""
        hidden = self.transformer(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        scores: torch.Tensor = self.head(hidden[:, 0])[:, 0]
        return scores


class PairTexts:
    """Turns pairs of texts into tensors."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return ids, mask and types, each of shape (pairs, longest of them)."""
        return _padded([self._tokenizer.encode(one, two) for one, two in pairs])

    def alone(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids and mask of single texts."""
        return _padded([self._tokenizer.encode(text) for text in texts])[:2]


def _padded(rows: Sequence[Encoding]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    width = max(len(row.ids) for row in rows)
    ids, mask, types = (torch.zeros(len(rows), width, dtype=torch.long) for _ in range(3))
    for at, row in enumerate(rows):
        ids[at, : len(row.ids)] = torch.tensor(row.ids)
        mask[at, : len(row.ids)] = 1
        types[at, : len(row.ids)] = torch.tensor(row.type_ids)
    return ids, mask, types


def asked_of(name: str, vectors_of: Callable[[Sequence[str]], np.ndarray]) -> tuple[list[Asked], list[Asked]]:
    """Return the questions of a scenario with their lines: to learn from, and held."""
    scenario = load_scenario(PROMPTS, name)
    topics = scenario.lines.topics
    middles = np.stack([vectors_of(topic.asks).mean(axis=0) for topic in topics])
    learnt, held = [], []
    for topic, order in zip(topics, np.argsort(-(middles @ middles.T), axis=1), strict=True):
        near = [line.say for at in order[1 : NEAREST + 1] for line in topics[at].lines]
        for number, (question, places) in enumerate(topic.answers.items()):
            answers = [topic.lines[place].say for place in places]
            beside = [line.say for at, line in enumerate(topic.lines) if at not in places]
            (held if number % HELD_EVERY == 5 else learnt).append(Asked(question, answers, beside, near))
    return learnt, held


def judged(path: Path) -> list[tuple[str, str, float]]:
    """Return (question, reply, 1 or 0) of replies that listeners judged."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [(row["leader"], row["reply"], float(row["on"])) for row in rows]


def pairs_of(one: Asked, everywhere: Sequence[str], dice: random.Random) -> list[tuple[str, str]]:
    """Return pairs of the question with lines, the first of which answers it."""
    lines = [dice.choice(one.answers)]
    lines += dice.sample(one.beside, min(BESIDE, len(one.beside)))
    lines += dice.sample(one.near, 1 + BESIDE + NEAR - len(lines))
    lines += dice.sample(list(everywhere), FAR)
    question = one.question.lower().rstrip("?. ") if dice.random() < AS_TYPED else one.question
    return [(question, line) for line in lines]


def learn_answers(
    encoder: Scorer, learnt: Sequence[Asked], told: Sequence[tuple[str, str, float]], steps: int, rate: float
) -> None:
    """Train the scorer, and what it stands on, in place."""
    dice, texts, pairs_to = random.Random(1), _texts(learnt), PairTexts()
    everywhere = sorted({line for one in learnt for line in one.answers})
    before = _as_it_was(encoder, texts, pairs_to)
    frozen = encoder.transformer.embeddings.word_embeddings.parameters()
    for parameter in frozen:
        parameter.requires_grad_(False)
    optimiser = torch.optim.AdamW([p for p in encoder.parameters() if p.requires_grad], lr=rate, weight_decay=0.01)
    course = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda at: min(1.0, (at + 1) / 60) * max(0.03, 1 - at / steps)
    )
    order: list[Asked] = []
    began, total = time.monotonic(), np.zeros(2)
    encoder.train()
    for at in range(1, steps + 1):
        if len(order) < QUESTIONS_A_STEP:
            order = dice.sample(list(learnt), len(learnt))
        some = [order.pop() for _ in range(QUESTIONS_A_STEP)]
        pairs = [pair for one in some for pair in pairs_of(one, everywhere, dice)]
        extra = dice.sample(list(told), min(len(told), QUESTIONS_A_STEP))
        chosen = dice.sample(range(len(texts)), KEPT_A_STEP)
        with torch.autocast("cpu", torch.bfloat16):
            scores = encoder.score(*pairs_to([*pairs, *((q, line) for q, line, _ in extra)])).float()
            vectors = encoder(*pairs_to.alone([texts[one] for one in chosen])).float()
        table = scores[: len(pairs)].view(QUESTIONS_A_STEP, -1)
        right = torch.zeros_like(table)
        right[:, 0] = 1
        loss = functional.cross_entropy(table, torch.zeros(len(table), dtype=torch.long))
        loss = loss + functional.binary_cross_entropy_with_logits(table, right)
        if extra:
            wanted = torch.tensor([on for *_, on in extra])
            loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(scores[len(pairs) :], wanted)
        strayed = (1 - (vectors * before[chosen]).sum(1)).mean()
        optimiser.zero_grad()
        (loss + KEPT_WEIGHT * strayed).backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimiser.step()
        course.step()
        total += [loss.item(), strayed.item()]
        if at % 100 == 0:
            print(f"step {at}, {time.monotonic() - began:.0f} s, loss and strayed {(total / 100).round(3)}", flush=True)
            total[:] = 0
    encoder.eval()


def _texts(learnt: Sequence[Asked]) -> list[str]:
    return sorted({one.question for one in learnt} | {line for one in learnt for line in one.answers})


@torch.no_grad()
def _as_it_was(encoder: Scorer, texts: Sequence[str], pairs_to: PairTexts) -> torch.Tensor:
    encoder.eval()
    found = torch.zeros(len(texts), 384)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    for start in range(0, len(order), 128):
        some = order[start : start + 128]
        with torch.autocast("cpu", torch.bfloat16):
            found[some] = encoder(*pairs_to.alone([texts[at] for at in some])).float()
    return found


@torch.no_grad()
def found_among(encoder: Scorer, held: Sequence[Asked], most: int = 300) -> str:
    """Return how often the line with the highest score answers: among those of its topic, and with near topics'."""
    encoder.eval()
    pairs_to, within, among = PairTexts(), [], []
    for one in random.Random(2).sample(list(held), min(most, len(held))):
        lines = [*one.answers, *one.beside]
        with torch.autocast("cpu", torch.bfloat16):
            scores = encoder.score(*pairs_to([(one.question, line) for line in [*lines, *one.near[:60]]])).float()
        within.append(int(scores[: len(lines)].argmax()) < len(one.answers))
        among.append(int(scores.argmax()) < len(one.answers))
    shares = f"best of its topic {np.mean(within):.3f}, with near topics {np.mean(among):.3f}"
    return f"of {len(within)} held questions the line with the highest score answers: {shares}"


def every_scenario() -> list[str]:
    """Return the scenarios that have answers."""
    return [name for name in scenario_names(PROMPTS) if (PROMPTS / "scenarios" / name / "answers.json").is_file()]


def write_both(encoder: Scorer, path: Path) -> None:
    """Write the network with both of its outputs as it is, in eval mode."""
    example = PairTexts()([("Who was there?", "Everybody."), ("When?", "On Tuesday, after lunch.")])
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "tokens"} for name in names}
    torch.onnx.export(
        _Both(encoder).eval(),
        example,
        str(path),
        input_names=names,
        output_names=["embedding", "answers"],
        dynamic_axes=axes | {"embedding": {0: "batch"}, "answers": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


class _Both(torch.nn.Module):
    def __init__(self, encoder: Scorer) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = self.encoder.transformer(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        kept = mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * kept).sum(1) / kept.sum(1).clamp(min=1e-9)
        return functional.normalize(pooled, p=2, dim=1), self.encoder.head(hidden[:, 0])[:, 0]


def main() -> None:
    """Teach the matcher, whose weights after its first lesson are given, to tell answers; write matcher.onnx."""
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder", type=Path)
    parser.add_argument("weights", type=Path, help="what train_matcher.py --weights wrote")
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--judged", type=Path, default=ROOT / "training" / "judged.jsonl")
    parser.add_argument("--into", type=Path, default=MODEL / "matcher.onnx")
    given = parser.parse_args()
    torch.manual_seed(0)
    encoder = Scorer(given.encoder)
    encoder.load_state_dict(torch.load(given.weights), strict=False)
    pairs_to = PairTexts()

    @torch.no_grad()
    def vectors_of(texts: Sequence[str]) -> np.ndarray:
        return encoder.eval()(*pairs_to.alone(texts)).numpy()

    both = [asked_of(name, vectors_of) for name in every_scenario()]
    learnt, held = ([one for parts in both for one in parts[place]] for place in (0, 1))
    print(f"{len(learnt)} questions to learn from, {len(held)} held")
    learn_answers(encoder, learnt, judged(given.judged), given.steps, given.rate)
    print(found_among(encoder, held))
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        write_both(encoder, full)
        quantized(full, given.into)


if __name__ == "__main__":
    main()
