"""How the small networks are trained: so many steps of a loss, the words more slowly than the rest."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch

LOWEST = 0.02
"""Share of the rate that is left at the end."""
TOLD_EVERY = 100
"""Steps."""


@dataclass(frozen=True)
class Course:
    """Steps, the rate they begin with, steps of warming up, weight decay, and how much slower the words learn.

    `faster` says what learns faster than the rest, by how its parameters' names begin, and how many times.
    """

    steps: int
    rate: float
    warm_up: int
    decay: float
    words_slower: int
    faster: Mapping[str, float] = field(default_factory=dict)


def descend(network: torch.nn.Module, loss_of_step: Callable[[], torch.Tensor], course: Course) -> None:
    """Train in place; print how the loss goes."""
    groups = [
        {"params": [one], "lr": course.rate * _times(name, course)}
        for name, one in network.named_parameters()
        if one.requires_grad
    ]
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


def _times(name: str, course: Course) -> float:
    """Return how many times as fast as the rest a parameter learns."""
    if "embeddings" in name:
        return 1 / course.words_slower
    return next((times for begins, times in course.faster.items() if name.startswith(begins)), 1.0)
