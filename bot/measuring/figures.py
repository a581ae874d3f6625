"""The figures themselves: plain functions of what was right and what was read."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Pairs = Sequence[tuple[str, str]]
"""(what is right, what was read), one for each segment."""


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of one label, and how often it is right to give it."""

    precision: float
    recall: float
    f1: float
    support: int


def accuracy(pairs: Pairs) -> float:
    """Return the share read right; 0 for none."""
    return sum(truth == guess for truth, guess in pairs) / len(pairs) if pairs else 0.0


def score(pairs: Pairs, label: str) -> Score:
    """Return the figures of one label."""
    hits = sum(truth == guess == label for truth, guess in pairs)
    named = sum(guess == label for _, guess in pairs)
    support = sum(truth == label for truth, _ in pairs)
    whole = named + support
    return Score(
        hits / named if named else 0.0, hits / support if support else 0.0, 2 * hits / whole if whole else 0.0, support
    )


def macro_f1(pairs: Pairs) -> float:
    """Return the mean F1 over the labels that occur."""
    labels = sorted({truth for truth, _ in pairs})
    return sum(score(pairs, label).f1 for label in labels) / len(labels) if labels else 0.0


def kappa(pairs: Pairs) -> float:
    """Return Cohen's kappa: agreement beyond what the two sets of counts would give by chance."""
    total = len(pairs)
    if not total:
        return 0.0
    right, read = Counter(truth for truth, _ in pairs), Counter(guess for _, guess in pairs)
    chance = sum(right[label] * read[label] for label in right) / total**2
    return (accuracy(pairs) - chance) / (1 - chance) if chance < 1 else 1.0


def calibration_error(chances: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error: how far confidence is from the share right, over `bins` of equal width."""
    error = 0.0
    for confidence, share, count in reliability(chances, right, bins):
        error += abs(confidence - share) * count / len(chances)
    return error


def reliability(chances: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, how many) of each bin that holds any."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for chance, hit in zip(chances, right, strict=True):
        found.setdefault(min(int(chance * bins), bins - 1), []).append((chance, hit))
    return [
        (sum(chance for chance, _ in held) / len(held), sum(hit for _, hit in held) / len(held), len(held))
        for _, held in sorted(found.items())
    ]


def boundary_f1(pairs: Iterable[tuple[set[int], set[int]]]) -> float:
    """Return the F1 of cuts, from (right, made) sets of word places of each turn; 1 where there is nothing to cut."""
    hits = made = right = 0
    for truth, guess in pairs:
        hits, made, right = hits + len(truth & guess), made + len(guess), right + len(truth)
    return 2 * hits / (made + right) if made + right else 1.0


def confusions(pairs: Pairs) -> list[tuple[str, str, int]]:
    """Return (right, read, how often) of what was read wrong, the commonest first."""
    wrong = Counter((truth, guess) for truth, guess in pairs if truth != guess)
    return [(truth, guess, count) for (truth, guess), count in wrong.most_common()]


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Spearman's rank correlation, ties sharing their rank; 0 where either does not vary."""
    if len(set(one)) < 2 or len(set(other)) < 2:
        return 0.0
    return statistics.correlation(_ranks(one), _ranks(other))


def _ranks(values: Sequence[float]) -> list[float]:
    return [sum(one < value for one in values) + (sum(one == value for one in values) - 1) / 2 for value in values]
