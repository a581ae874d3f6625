"""The network while it learns: a published encoder as the body, and three heads on it.

The body is all-mpnet-base-v2 or all-MiniLM-L6-v2. Both take the token ids of the tokenizer that ships with the program:
the first has the same words four places further on, and is put in the same order here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModel

from bot.listen.network import BETWEEN, START, UNKNOWN
from bot.listen.reading import FOCUSES, MOVES

PADDING = 0
MPNET = {"shift": 4, "start": 0, "padding": 1, "between": 2, "unknown": 3, "first_place": 2}
"""Where mpnet has BERT's words and marks, and the first place it gives to a token."""


@dataclass(frozen=True)
class Body:
    """A published encoder: the `layers` that are kept, and how many of the lowest are `frozen`."""

    folder: Path
    layers: tuple[int, ...]
    frozen: int


CUT_AFTER = 6
"""The layer whose vectors the cuts are read from: form counts more than meaning there, and half the work is saved."""


class CutHead(torch.nn.Module):
    """Two convolutions over the vectors of the tokens: each place sees four tokens to either side."""

    def __init__(self, width: int, inner: int = 192) -> None:
        super().__init__()
        self.near = torch.nn.Conv1d(width, inner, 5, padding=2)
        self.around = torch.nn.Conv1d(inner, inner, 5, padding=2)
        self.out = torch.nn.Conv1d(inner, 1, 1)
        self.drop = torch.nn.Dropout(0.3)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        inside = self.drop(torch.nn.functional.gelu(self.near(hidden.transpose(1, 2))))
        inside = self.drop(torch.nn.functional.gelu(self.around(inside)))
        return self.out(inside).squeeze(1)


class Network(torch.nn.Module):
    """`ids`, `mask`, `own` of shape (texts, tokens) in; scores of moves, focuses and, for each token, of a cut, out."""

    def __init__(self, body: Body, drop: float = 0.2) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(body.folder, attn_implementation="eager", local_files_only=True)
        self.is_mpnet = self.body.config.model_type == "mpnet"
        if self.is_mpnet:
            _in_berts_order(self.body.embeddings.word_embeddings)
        self.body.encoder.layer = torch.nn.ModuleList([self.body.encoder.layer[i] for i in body.layers])
        for one in self.body.modules():
            if isinstance(one, torch.nn.Dropout):
                one.p = 0.0
        for part in [self.body.embeddings, *self.body.encoder.layer[: body.frozen]] if body.frozen else []:
            for weights in part.parameters():
                weights.requires_grad = False
        width = self.body.config.hidden_size
        self.drop = torch.nn.Dropout(drop)
        self.moves = torch.nn.Linear(2 * width, len(MOVES))
        self.focuses = torch.nn.Linear(2 * width, len(FOCUSES))
        self.cuts = CutHead(width)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, own: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the scores of moves, focuses and cuts."""
        seen = self.body(input_ids=ids, attention_mask=mask, output_hidden_states=True, **self._where(ids, mask, own))
        hidden = seen.last_hidden_state
        pooled = self.drop(torch.cat([_mean(hidden, own), _mean(hidden, mask)], 1))
        return self.moves(pooled), self.focuses(pooled), self.cuts(seen.hidden_states[CUT_AFTER])

    def cuts_of(self, ids: torch.Tensor, mask: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """Return the scores of the cuts alone: only the lower layers run."""
        layers = self.body.encoder.layer
        self.body.encoder.layer = layers[:CUT_AFTER]
        try:
            seen = self.body(input_ids=ids, attention_mask=mask, **self._where(ids, mask, own))
            return self.cuts(seen.last_hidden_state)
        finally:
            self.body.encoder.layer = layers

    def _where(self, ids: torch.Tensor, mask: torch.Tensor, own: torch.Tensor) -> dict[str, torch.Tensor]:
        if self.is_mpnet:
            places = torch.arange(ids.shape[1], device=ids.device).unsqueeze(0) + MPNET["first_place"]
            return {"position_ids": places.expand(ids.shape)}
        return {"token_type_ids": (mask - own).clamp(min=0)}


def _mean(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)


def _in_berts_order(embedding: torch.nn.Embedding) -> None:
    """Put mpnet's word vectors where BERT's token ids look for them."""
    given = embedding.weight.data
    ordered = given[MPNET["shift"] : MPNET["shift"] + 30522].clone()
    marks = ((START, "start"), (PADDING, "padding"), (BETWEEN, "between"), (UNKNOWN, "unknown"))
    for here, there in marks:
        ordered[here] = given[MPNET[there]]
    embedding.weight = torch.nn.Parameter(ordered)
    embedding.num_embeddings, embedding.padding_idx = len(ordered), None


def padded(texts: Sequence[tuple[Sequence[int], Sequence[int]]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return (ids, mask, own) for texts given as (ids, own), filled up to the longest."""
    longest = max(len(ids) for ids, _ in texts)
    found = tuple(torch.full((len(texts), longest), PADDING, dtype=torch.long) for _ in range(3))
    for row, (ids, own) in enumerate(texts):
        for into, values in zip(found, (ids, [1] * len(ids), own), strict=True):
            into[row, : len(ids)] = torch.tensor(values)
    return found
