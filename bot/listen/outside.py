"""What lies outside a rehearsal: distress, a safeguarding matter, an allegation, abuse; and talk to the machine.

Noticed before anything is coded (CODEBOOK 25). The classifier learns from training/guard.jsonl; patterns in
prompts/outside.yaml catch what must never be missed.
"""

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from bot.content import ContentModel, Patterns, read_model
from bot.errors import CodebookError
from bot.listen.encoder import FOLDER, Encoder, shared_encoder
from bot.listen.features import hashed, sequences

KINDS = ("none", "distress", "safeguarding", "allegation", "abuse", "real_person", "is_real", "injection")
GUARD_BUCKETS = 2**13
FEWEST_WORDS = 3
"""Shorter sentences say too little for the classifier; the patterns still apply."""
Kind = Literal["distress", "safeguarding", "allegation", "abuse", "real_person", "is_real", "injection"]


class Aside(ContentModel):
    """When the program steps in, what it says, and whether the leader's words may be kept."""

    above: float = Field(ge=0, le=1)
    """Chance from which the classifier alone is believed."""
    words: Patterns = []
    """Patterns that are enough by themselves."""
    never: Patterns = []
    """Patterns that rule it out."""
    says: list[str] = Field(min_length=1)
    keep: bool = False


class OutsideFile(ContentModel):
    """outside.yaml as written."""

    asides: dict[Kind, Aside]


class Outside:
    """Notice what must not be played."""

    def __init__(self, content: OutsideFile, encoder: Encoder, path: Path = FOLDER / "guard.npz") -> None:
        self.asides = content.asides
        self._encoder = encoder
        self._path = path

    def notice(self, words: str) -> str | None:
        """Return the kind of what lies outside the rehearsal in these words, or None. Looks sentence by sentence."""
        sentences = _sentences(words)
        for sentence in sentences:
            if (kind := self._kind(sentence)) is not None:
                return kind
        return self._kind(words, by_meaning=False) if len(sentences) > 1 else None

    def says(self, kind: str, times: int = 0, name: str = "Alex") -> str:
        """Return what the program says, in its own voice, of the colleague `name`; `times` it has said it before."""
        says = self.asides[kind].says  # type: ignore[index]
        return says[min(times, len(says) - 1)].replace("{name}", name)

    def keeps(self, kind: str) -> bool:
        """Return whether a turn of this kind may be written down."""
        return self.asides[kind].keep  # type: ignore[index]

    def _kind(self, sentence: str, by_meaning: bool = True) -> str | None:
        """Return the kind of one sentence; of a whole turn by patterns alone, for the classifier knows sentences."""
        text = sentence.replace("’", "'").strip()
        if not any(char.isalpha() for char in text) and not re.search(r"\d{6,}", text):
            return None
        known = by_meaning and len(text.split()) >= FEWEST_WORDS
        chances = self._chances(text) if known else np.zeros(len(KINDS), dtype=np.float32)
        for kind, aside in self.asides.items():
            if any(re.search(pattern, text, re.IGNORECASE) for pattern in aside.never):
                continue
            sure = any(re.search(pattern, text, re.IGNORECASE) for pattern in aside.words)
            if sure or chances[KINDS.index(kind)] >= aside.above:
                return kind
        return None

    def _chances(self, text: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        arrays = self._arrays
        places, values = hashed(sequences(text), GUARD_BUCKETS)
        scores = arrays["words"][:, places] @ values + arrays["meaning"] @ self._encoder.encode([text])[0]
        scores = scores + arrays["bias"]
        grown = np.exp(scores - scores.max())
        return np.asarray(grown / grown.sum(), dtype=np.float32)

    @cached_property
    def _arrays(self) -> dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]:
        with np.load(self._path) as arrays:
            return {name: arrays[name].astype(np.float32) for name in arrays.files}


def _sentences(words: str) -> list[str]:
    found = [one.strip() for one in re.split(r"(?<=[.!?])\s+", words) if one.strip()]
    return found or [words]


def load_outside(prompts: Path, encoder: Encoder) -> Outside:
    """Return the guard. Raise CodebookError where outside.yaml cannot be used."""
    content = read_model(prompts / "outside.yaml", OutsideFile, CodebookError)
    if missing := [kind for kind in KINDS[1:] if kind not in content.asides]:
        raise CodebookError(
            "outside.yaml", f"the kind {missing[0]!r} is not there, and would be missed.", "Add it under asides."
        )
    return Outside(content, encoder)


@lru_cache(maxsize=2)
def shared_outside(prompts: Path) -> Outside:
    """Return the guard of this process."""
    return load_outside(prompts, shared_encoder())
