"""Train the ranker: which passages answer a question, told word by word.

    make ranker

Late interaction (Khattab and Zaharia 2020, ColBERT). The passages are read by the encoder as it is shipped, so that the
library reads each but once for its vector and for this; what becomes of its word pieces goes through a matrix that is
learnt. The questions have a network of their own, which begins as the published encoder; its lower half stays as it is.
Learns from training/library: each question must come nearest to the passage it was written for, among all passages by
the same writer and some by another; what a document does not answer must stay under a level that is learnt too.
`--without LETTERS` leaves writers out (g and h always are), and prints how well their questions are found.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from descent import Course, descend
from export_encoder import quantized
from torch.nn import functional
from transformers import AutoModel

from bot.library.passages import plain
from bot.library.ranker import LENGTH, LONGEST, MATRIX, NETWORK
from bot.listen.encoder import DIMENSIONS, FOLDER, shared_encoder
from bot.listen.runtime import word_pieces

WRITERS = Path(__file__).resolve().parent / "library"
WATCHED = "gh"
LOWER = 3
"""Layers of the question's network that stay as published."""
QUESTIONS_A_STEP, NOTHING_A_STEP, OTHERS_A_STEP = 24, 4, 40
"""Questions with and without an answer by one writer, and passages by another writer beside all of the first's."""
NOTHING_WEIGHS = 0.5
AS_TYPED = 0.15
"""Share of the questions seen without capitals and the last mark."""
HEAT, LEVEL = 20.0, 0.5
"""What the scores are multiplied by at first, and the level under which no passage answers."""
WARM_UP, DECAY = 30, 0.01
FASTER = dict.fromkeys(("of_question", "of_passage", "weigh", "heat", "level"), 20)
"""How much faster than the network the matrices and what stands beside them learn."""


@dataclass(frozen=True)
class Shelf:
    """What one writer wrote: the places of the passages, questions with the place of the answer, and without one."""

    places: list[int]
    asked: list[tuple[str, int]]
    nothing: list[str]


def shelves_of() -> tuple[dict[str, Shelf], list[str]]:
    """Return the shelf of each writer, and the texts of all passages as the library embeds them."""
    shelves: dict[str, Shelf] = {}
    texts: list[str] = []
    for path in sorted(WRITERS.glob("*.jsonl")):
        shelf = shelves[path.stem] = Shelf([], [], [])
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if "text" in row:
                shelf.places.append(len(texts))
                shelf.asked.extend((question, len(texts)) for question in row["questions"])
                texts.append(". ".join((row["document"], row["section"], plain(row["text"]))))
            else:
                shelf.nothing.extend(row["nothing"])
    return shelves, texts


class Passages:
    """All passages as the encoder reads them, around their mean: shape (passages, pieces, 384), and which exist."""

    def __init__(self, texts: Sequence[str]) -> None:
        read = [torch.tensor(shared_encoder().read(text)[1]) for text in texts]
        self.middle = torch.cat(read).mean(0)
        self.pieces = torch.nn.utils.rnn.pad_sequence([one - self.middle for one in read], batch_first=True)
        lengths = torch.tensor([len(one) for one in read])
        self.there = torch.arange(self.pieces.shape[1])[None] < lengths[:, None]

    def directions(self) -> torch.Tensor:
        """Return the directions in which the pieces differ most, shape (64, 384): where the matrix begins."""
        return torch.linalg.svd(self.pieces[self.there][::7], full_matrices=False)[2][:LENGTH].clone()


class Ranker(torch.nn.Module):
    """The question's network, and the matrix for passages."""

    def __init__(self, folder: Path, passages: Passages) -> None:
        super().__init__()
        self.network = AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True)
        self.middle = passages.middle
        self.of_question = torch.nn.Linear(DIMENSIONS, LENGTH, bias=False)
        self.of_passage = torch.nn.Linear(DIMENSIONS, LENGTH, bias=False)
        self.weigh = torch.nn.Linear(DIMENSIONS, 1)
        self.heat = torch.nn.Parameter(torch.tensor(HEAT).log())
        self.level = torch.nn.Parameter(torch.tensor(LEVEL))
        self.of_question.weight.data = passages.directions()
        self.of_passage.weight.data = passages.directions()
        torch.nn.init.zeros_(self.weigh.weight)
        for part in (self.network.embeddings, self.network.pooler, *self.network.encoder.layer[:LOWER]):
            part.requires_grad_(False)
        self._tokenizer = word_pieces(FOLDER)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the word pieces of questions, shape (questions, pieces, 64), and what each weighs."""
        types = torch.zeros_like(input_ids)
        read = self.network(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=types)
        hidden = read.last_hidden_state - self.middle
        weights = self.weigh(hidden).squeeze(-1) + (attention_mask - 1.0) * 1e9
        return functional.normalize(self.of_question(hidden), dim=-1), torch.softmax(weights, dim=1)

    def kept(self, pieces: torch.Tensor) -> torch.Tensor:
        """Return what is kept of passages' word pieces, shape (passages, pieces, 64)."""
        return functional.normalize(self.of_passage(pieces), dim=-1)

    def scores(self, questions: Sequence[str], kept: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """Return how near each passage comes to each question, shape (questions, passages)."""
        rows = [torch.tensor(self._tokenizer.encode(question).ids[:LONGEST]) for question in questions]
        ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        asked, weights = self(ids, (ids > 0).long())
        wanted, told = asked.reshape(-1, LENGTH), kept.reshape(-1, LENGTH)
        with torch.no_grad():
            near = (wanted @ told.T).reshape(-1, *there.shape).masked_fill_(~there[None], -1)
            best = near.argmax(-1) + torch.arange(len(kept))[None] * kept.shape[1]
        nearest = told.index_select(0, best.reshape(-1)).reshape(len(wanted), len(kept), LENGTH)
        cosines = (nearest @ wanted[:, :, None]).squeeze(-1).reshape(*weights.shape, len(kept))
        return (cosines * weights[:, :, None]).sum(1)


def as_typed(text: str, dice: random.Random) -> str:
    """Return the text, now and then without capitals and its last mark."""
    return text.lower().rstrip("?. ") if dice.random() < AS_TYPED else text


def loss_of(ranker: Ranker, shelves: Sequence[Shelf], passages: Passages, dice: random.Random) -> torch.Tensor:
    """Return the loss of one step: questions by one writer."""
    shelf, other = dice.sample(list(shelves), 2)
    asked, nothing = dice.sample(shelf.asked, QUESTIONS_A_STEP), dice.sample(shelf.nothing, NOTHING_A_STEP)
    places = [*shelf.places, *dice.sample(other.places, OTHERS_A_STEP)]
    texts = [as_typed(text, dice) for text in (*(question for question, _ in asked), *nothing)]
    scores = ranker.scores(texts, ranker.kept(passages.pieces[places]), passages.there[places])
    answers = [places.index(place) for _, place in asked]
    with_none = torch.cat([scores, ranker.level.expand(len(texts), 1)], dim=1)
    others = torch.arange(len(places) + 1).ge(len(shelf.places)) & torch.arange(len(places) + 1).lt(len(places))
    with_none[len(asked) :] = with_none[len(asked) :].masked_fill(others, -1e4)  # may answer what his do not
    heat = ranker.heat.exp()
    found = functional.cross_entropy(scores[: len(asked)] * heat, torch.tensor(answers))
    told = functional.cross_entropy(with_none * heat, torch.tensor([*answers, *[len(places)] * len(nothing)]))
    return found + NOTHING_WEIGHS * told


@torch.no_grad()
def found_share(ranker: Ranker, shelf: Shelf, passages: Passages) -> tuple[float, float]:
    """Return how many of a writer's questions find their passage among the writer's: first, and in three."""
    ranker.eval()
    kept, there = ranker.kept(passages.pieces[shelf.places]), passages.there[shelf.places]
    order = torch.cat(
        [
            ranker.scores([question for question, _ in shelf.asked[at : at + 32]], kept, there)
            for at in range(0, len(shelf.asked), 32)
        ]
    ).argsort(1, descending=True)[:, :3]
    right = order == torch.tensor([shelf.places.index(place) for _, place in shelf.asked])[:, None]
    ranker.train()
    return float(right[:, 0].float().mean()), float(right.any(1).float().mean())


def export(ranker: Ranker, folder: Path) -> None:
    """Write the question's network (int8) and the matrix for passages."""
    names = {"input_names": ["input_ids", "attention_mask"], "output_names": ["pieces", "weights"]}
    axes = {name: {0: "batch", 1: "tokens"} for name in (*names["input_names"], *names["output_names"])}
    example = (torch.tensor([[101, 7592, 102, 0], [101, 2088, 2003, 102]]), torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]]))
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        torch.onnx.export(ranker.eval(), example, str(full), **names, dynamic_axes=axes, opset_version=17, dynamo=False)
        quantized(full, folder / NETWORK)
    matrix = np.ascontiguousarray(ranker.of_passage.weight.detach().numpy().T)
    np.savez(folder / MATRIX, matrix=matrix, middle=ranker.middle.numpy())


def main() -> None:
    """Train and write the model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--without", default="")
    parser.add_argument("--into", type=Path, default=FOLDER)
    given = parser.parse_args()
    torch.manual_seed(0)
    dice = random.Random(0)
    shelves, texts = shelves_of()
    passages = Passages(texts)
    ranker = Ranker(given.encoder, passages)
    out = {*WATCHED, *given.without}
    learnt = [shelf for writer, shelf in shelves.items() if writer not in out]
    for writer in sorted(out):
        print(f"{writer} before:", *(f"{share:.3f}" for share in found_share(ranker, shelves[writer], passages)))
    course = Course(given.steps, given.rate, WARM_UP, DECAY, 1, FASTER)
    descend(ranker, lambda: loss_of(ranker, learnt, passages, dice), course)
    for writer in sorted(out):
        print(f"{writer} after:", *(f"{share:.3f}" for share in found_share(ranker, shelves[writer], passages)))
    export(ranker, given.into)


if __name__ == "__main__":
    main()
