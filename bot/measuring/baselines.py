"""Three plain readers to stand beside ours: rules on words, counts of words, and the frozen encoder.

They are trained anew each time, on the same writers as ours, and need scikit-learn (the extra `training`).
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bot.errors import UsageError
from bot.listen.encoder import Encoder
from bot.listen.reading import MOVES
from bot.measuring.turns import Row

RULES: tuple[tuple[str, str], ...] = (
    ("off_task", r"\b(ignore (all|your)|prompt|chatbot|language model|instructions)\b|[^\x00-\x7f]{4,}"),
    ("social", r"^(hi|hello|hiya|morning|good (morning|afternoon)|thanks for coming|have a (good|nice)|see you)\b"),
    ("accusing_question", r"\bwhy (have|did|do|are|can|could|would|is|was)(n['’]t| you not)|how (dare|could) you|\bexcuse\b"),
    ("leading_question", r"\b(isn|aren|don|doesn|didn|wouldn|shouldn|won|can)['’]?t (you|it|they|we|that)\b.*\?|, (right|no|surely)\?"),
    ("suggestion", r"\b(have you (tried|thought)|you could|what if|how about|why not|might be worth|maybe try)\b"),
    ("test_idea", r"\b(what would (show|tell)|how (would|could|will) we know|evidence|let's (ask|test|see)|find out)\b"),
    ("next_step", r"\b(shall we|could we|which (unit|one|class) would you|when (shall|could)|let's (meet|say|look)|by when)\b"),
    ("own_fallibility", r"\b(i (may|might) (have|be)|my (fault|mistake)|i should have|i got (it|that|this) wrong|sorry|did i)\b"),
    ("directive", r"\b(i need you to|you (must|need to|have to|will)|i expect|make sure|by (friday|monday|tomorrow)|otherwise)\b"),
    ("judgement", r"\b(you (never|always|clearly|obviously|just)|not good enough|unacceptable|unprofessional|lazy)\b"),
    ("own_view", r"\b(i (think|worry|feel|believe|want)|my (worry|concern|view)|i'm (worried|concerned|not sure))\b"),
    ("observation", r"\b(i (saw|noticed|looked|watched|heard|counted)|in the books|last (week|tuesday|term))\b"),
    ("paraphrase", r"^(so|it sounds like|what i'm hearing|you're saying|in other words)\b|\b(have i got|is that) (that )?right\b"),
    ("appreciation", r"\b(well done|brilliant|great|good (job|work)|strength|impressed|appreciate|talent)\b"),
    ("acknowledgement", r"^(ok|okay|right|fair|yes|yeah|mm|i see|that makes sense|of course|understood)\b|\bi (can )?(hear|understand)\b"),
    ("common_ground", r"\b(we both|we all|both of us|between us|neither of us)\b"),
    ("softening", r"\b(just a (small|tiny|quick)|no big deal|probably nothing|don['’]t worry|it['’]s only|tiny)\b"),
    ("framing", r"\b(i['’]d like to talk|i wanted to talk|this isn['’]t|today|appraisal|can we start)\b"),
    ("open_question", r"\b(what|how|tell me|talk me through|why)\b"),
    ("closed_question", r"\?"),
)  # fmt: skip
"""The first that fits gives the move; a list such as one writes in an afternoon, and not tuned after."""


def by_rules(rows: Sequence[Row]) -> list[str]:
    """Return the move of each row by keyword rules; what fits none is an own view."""
    rules = [(move, re.compile(pattern, re.IGNORECASE)) for move, pattern in RULES]
    return [next((move for move, rule in rules if rule.search(row.text)), "own_view") for row in rows]


def by_word_counts(known: Sequence[Row], rows: Sequence[Row]) -> list[str]:
    """Return the move of each row by logistic regression over TF-IDF of one and two words."""
    sklearn = _sklearn()
    words = sklearn["TfidfVectorizer"](ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"[\w']+|[?!.,]")
    seen = words.fit_transform([row.text for row in known])
    return _regression(sklearn, seen, known, words.transform([row.text for row in rows]))


def by_frozen_encoder(known: Sequence[Row], rows: Sequence[Row], encoder: Encoder) -> list[str]:
    """Return the move of each row by logistic regression over the encoder's vectors of segment and previous line."""
    sklearn = _sklearn()
    return _regression(sklearn, _vectors(known, encoder), known, _vectors(rows, encoder))


def _vectors(rows: Sequence[Row], encoder: Encoder) -> Any:
    texts = encoder.encode([row.text for row in rows])
    return np.hstack([texts, encoder.encode([row.previous or "Nothing yet." for row in rows])])


def _regression(sklearn: dict[str, Any], seen: Any, known: Sequence[Row], asked: Any) -> list[str]:
    model = sklearn["LogisticRegression"](C=10.0, max_iter=400, class_weight="balanced")
    model.fit(seen, [MOVES.index(row.move) for row in known])
    return [MOVES[int(place)] for place in model.predict(asked)]


def _sklearn() -> dict[str, Any]:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise UsageError(
            "The plain readers that ours is compared with need scikit-learn.",
            "Install it with: .venv/bin/pip install -c constraints.txt -e '.[training]'. Or leave them out: --no-baselines.",
        ) from error
    return {"TfidfVectorizer": TfidfVectorizer, "LogisticRegression": LogisticRegression}
