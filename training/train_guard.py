"""Train the guard on training/guard.jsonl, with every labelled segment as one more example of ordinary talk.

make guard             # cross-validated, then trained on everything but the writers kept apart
"""

import json
import re
from pathlib import Path

import numpy as np
import yaml
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot.listen.encoder import FOLDER, Encoder
from bot.listen.features import hashed, sequences
from bot.listen.outside import GUARD_BUCKETS, KINDS
from bot.measuring.turns import rows, trained_on, turns

STRENGTH = 8.0


def examples() -> tuple[list[str], list[str]]:
    lines = [json.loads(line) for line in (Path(__file__).parent / "guard.jsonl").read_text("utf-8").splitlines()]
    texts, kinds = [one["text"] for one in lines], [one["kind"] for one in lines]
    ordinary = [row.text for row in rows(trained_on()) if row.move != "off_task"]
    for turn in turns(trained_on()):
        if len(turn.segments) > 1 and all(one["move"] != "off_task" for one in turn.segments):
            ordinary.append(" ".join(turn.texts))
    ordinary += said_by_simulated_leaders()
    strangers = (Path(__file__).parent / "strangers.jsonl").read_text("utf-8").splitlines()
    ordinary += [one for line in strangers for one in sentences(json.loads(line)["question"])]
    return [*texts, *ordinary], [*kinds, *["none"] * len(ordinary)]


def sentences(turn: str) -> list[str]:
    """Return a turn, and its sentences where it has more than one: the guard looks at each, and at all together."""
    found = [one.strip() for one in re.split(r"(?<=[.!?])\s+", turn) if one.strip()]
    return [turn, *found] if len(found) > 1 else [turn]


def said_by_simulated_leaders() -> list[str]:
    """Return what simulated leaders say in every scenario: tough, clumsy and kind, and none of it dangerous."""
    files = sorted((Path(__file__).parent.parent / "prompts" / "scenarios").glob("*/leaders.yaml"))
    lists = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]
    return [text for words in lists for name, found in words.items() if name != "sneer" for text in found]


def sparse(parts: list[list[str]], buckets: int) -> csr_matrix:
    places, values, ends = [], [], [0]
    for one in parts:
        where, weights = hashed(one, buckets)
        places.append(where)
        values.append(weights)
        ends.append(ends[-1] + len(where))
    return csr_matrix((np.concatenate(values), np.concatenate(places), ends), shape=(len(parts), buckets))


def matrix(texts: list[str], encoder: Encoder) -> csr_matrix:
    return hstack(
        [sparse([sequences(text) for text in texts], GUARD_BUCKETS), csr_matrix(encoder.encode(texts))]
    ).tocsr()


def fit(features: csr_matrix, labels: np.ndarray) -> LogisticRegression:
    weights = np.where(labels == "none", 1.0, 3.0)
    return LogisticRegression(C=STRENGTH, max_iter=800).fit(features, labels, sample_weight=weights)


def main() -> None:
    encoder = Encoder()
    texts, kinds = examples()
    features, labels = matrix(texts, encoder), np.array(kinds)
    chances = np.zeros((len(labels), len(KINDS)))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(features, labels):
        model = fit(features[train], labels[train])
        chances[test] = model.predict_proba(features[test])[:, [list(model.classes_).index(k) for k in KINDS]]
    for kind in KINDS[1:]:
        column, truth = chances[:, KINDS.index(kind)], labels == kind
        rates = [
            f"{mark:.2f}: found {np.mean(column[truth] >= mark):.2f}, false {np.sum(column[labels == 'none'] >= mark)}"
            for mark in (0.3, 0.4, 0.5, 0.6, 0.7)
        ]
        print(f"{kind} ({truth.sum()} of {len(labels)}): " + " | ".join(rates))
    model = fit(features, labels)
    order = [list(model.classes_).index(kind) for kind in KINDS]
    weights = model.coef_[order].astype(np.float16)
    np.savez_compressed(
        FOLDER / "guard.npz",
        words=weights[:, :GUARD_BUCKETS],
        meaning=weights[:, GUARD_BUCKETS:],
        bias=model.intercept_[order].astype(np.float32),
    )


if __name__ == "__main__":
    main()
