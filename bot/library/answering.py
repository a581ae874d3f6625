"""Which sentence of a passage answers a question: the one to be quoted and marked."""

import re
from collections.abc import Sequence

import numpy as np

from bot.library.passages import SHORTEST_SENTENCE, plain
from bot.library.words import telling_words
from bot.listen.encoder import Encoder, Vectors

BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+>|]|\d+\.)\s)")
"""Between paragraphs, items of a list and rows of a table."""
END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"”’')\]*_]))\s+")
MARK = re.compile(r"\s*(?:(?:[-*+>]|\d+\.)\s+)*")
"""What a line begins with before its words."""
WORDS = 0.15
"""What the share of the question's words counts beside the cosine with it."""


def sentences_of(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each sentence in Markdown, marks of lists left out; rows of tables are no sentences."""
    found: list[tuple[int, int]] = []
    for first, last in _parts(BLOCK, text, 0, len(text)):
        if text[first:last].lstrip().startswith("|"):
            continue
        begins = MARK.match(text, first, last)
        found += _parts(END, text, begins.end() if begins else first, last)
    trimmed = ((start, start + len(text[start:end].rstrip())) for start, end in found)
    return [(start, end) for start, end in trimmed if re.search(r"\w", text[start:end])]


def answering(question: str, vector: Vectors, text: str, encoder: Encoder) -> tuple[int, int]:
    """Return (start, end) of the sentence of `text` that comes nearest to the question; (0, 0) where there is none.

    `vector` is the question's. 'No.' and the like answer nothing by themselves.
    """
    spans = sentences_of(text)
    telling = [span for span in spans if span[1] - span[0] > SHORTEST_SENTENCE] or spans
    if not telling:
        return 0, 0
    words = [plain(text[start:end]) for start, end in telling]
    nearness = encoder.encode(words) @ vector + WORDS * _shares(question, words)
    return telling[int(np.argmax(nearness))]


def _shares(question: str, sentences: Sequence[str]) -> Vectors:
    asked = {word[:5] for word in telling_words(question)}
    held = [asked & {word[:5] for word in telling_words(sentence)} for sentence in sentences]
    return np.array([len(one) / max(len(asked), 1) for one in held], dtype=np.float32)


def _parts(border: re.Pattern[str], text: str, first: int, last: int) -> list[tuple[int, int]]:
    starts, ends = [first], []
    for found in border.finditer(text, first, last):
        ends.append(found.start())
        starts.append(found.end())
    return [(start, end) for start, end in zip(starts, [*ends, last], strict=True) if end > start]
