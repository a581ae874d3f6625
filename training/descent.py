"""How the matcher and the pairer are trained: so many steps of a loss, the words more slowly than the rest."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

LOWEST = 0.02
"""Share of the rate that is left at the end."""
TOLD_EVERY = 100
"""Steps."""


@dataclass(frozen=True)
class Course:
    """Steps, the rate they begin with, steps of warming up, weight decay, and how much slower the words learn."""

    steps: int
    rate: float
    warm_up: int
    decay: float
    words_slower: int


def descend(network: torch.nn.Module, loss_of_step: Callable[[], torch.Tensor], course: Course) -> None:
    """Train in place; print how the loss goes."""
    words = [one for name, one in network.named_parameters() if "embeddings" in name]
    others = [one for name, one in network.named_parameters() if "embeddings" not in name]
    groups = [{"params": others, "lr": course.rate}, {"params": words, "lr": course.rate / course.words_slower}]
    optimiser = torch.optim.AdamW(groups, weight_decay=course.decay)
    slope = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda at: min(1.0, (at + 1) / course.warm_up) * max(LOWEST, 1 - at / course.steps)
    )
    began, total = time.monotonic(), 0.0
    network.train()
    for at in range(1, course.steps + 1):
        loss = loss_of_step()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        slope.step()
        total += loss.item()
        if at % TOLD_EVERY == 0:
            print(f"step {at}, {time.monotonic() - began:.0f} s, loss {total / TOLD_EVERY:.2f}", flush=True)
            total = 0.0
