"""Work out again how much each sign for a passage counts: BASE and WEIGHTS of bot/library/signs.py.

    make signs

A conditional logistic regression (McFadden 1974): for each question of tests/library/calibration.yaml the passages that
search looked at compete with there being no answer. Where several passages of the article may answer, their chances
are added up. Prints the numbers, to be put into the file.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import yaml

from bot.library.ingest import ingest
from bot.library.search import Library
from bot.library.signs import Signs
from bot.listen.encoder import shared_encoder
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CALIBRATION = ROOT / "tests" / "library"
STEPS, RATE, RIDGE = 600, 0.05, 0.02
"""Of the descent (Adam, on signs of variance 1), and what large weights cost."""


@dataclass(frozen=True)
class Case:
    """A question: the signs of each passage looked at, shape (passages, signs), and which of them may answer."""

    signs: np.ndarray
    answers: np.ndarray


def cases() -> list[Case]:
    """Return the questions to the shipped articles, and those to the other documents."""
    content = yaml.safe_load((CALIBRATION / "calibration.yaml").read_text(encoding="utf-8"))
    asked = [
        (question, name) for kind in ("asked", "told") for name, some in content[kind].items() for question in some
    ]
    asked += [(question, "") for kind in ("far", "near") for question in content["nothing"][kind]]
    other = [(question, name) for name, some in content["other"]["asked"].items() for question in some]
    other += [(question, "") for question in content["other"]["nothing"]]
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "none" / "knowledge").mkdir(parents=True)
        shipped = Settings(home=Path(home) / "one", content=ROOT)
        others = Settings(home=Path(home) / "two", content=Path(home) / "none")
        ingest([CALIBRATION / "other"], others, shared_encoder())
        return [*_cases(shipped, asked), *_cases(others, other)]


def _cases(settings: Settings, asked: Sequence[tuple[str, str]]) -> list[Case]:
    found = []
    with Library(settings, shared_encoder()) as library:
        article = {passage.id: passage.article for passage in library.passages()}
        for question, name in asked:
            signs = library.signs(question)
            rows = np.array([astuple(one) for one in signs.values()]).reshape(-1, len(fields(Signs)))
            found.append(Case(rows, np.array([article[which] == name for which in signs], dtype=bool)))
    return found


def fitted(some: Sequence[Case]) -> tuple[float, np.ndarray]:
    """Return the base and the weights under which what answers is likeliest."""
    every = np.concatenate([case.signs for case in some])
    middle, spread = every.mean(0), every.std(0) + 1e-9
    weights = np.zeros(every.shape[1] + 1)
    momentum, size = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        slope = np.mean([_slope((case.signs - middle) / spread, case.answers, weights) for case in some], axis=0)
        slope[1:] += RIDGE * weights[1:]
        momentum, size = 0.9 * momentum + 0.1 * slope, 0.99 * size + 0.01 * slope**2
        weights -= RATE * momentum / (1 - 0.9**step) / (np.sqrt(size / (1 - 0.99**step)) + 1e-8)
    counts = weights[1:] / spread
    return float(weights[0] - counts @ middle), counts


def _slope(signs: np.ndarray, answers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the slope of the loss in base and weights. No answer has odds of 1."""
    odds = np.exp(np.clip(weights[0] + signs @ weights[1:], -30, 30))
    chance = odds / (1 + odds.sum())
    true = odds * answers / (odds * answers).sum() if answers.any() else np.zeros_like(odds)
    return np.concatenate([[(chance - true).sum()], (chance - true) @ signs])


def main() -> None:
    """Print the numbers."""
    base, weights = fitted(cases())
    print(f"BASE = {base:.1f}")
    print(f"WEIGHTS = ({', '.join(f'{weight:.1f}' for weight in weights)})")


if __name__ == "__main__":
    main()
