"""Which sentence of a passage answers a question: the one to be quoted and marked."""

import re
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from bot.library.passages import SHORTEST_SENTENCE, Passage, embedding_text, plain
from bot.library.ranker import Ranker, nearness
from bot.library.words import telling_words
from bot.listen.encoder import Packed, Vectors

BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+>|]|\d+\.)\s)")
"""Between paragraphs, items of a list and rows of a table."""
END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"”’')\]*_]))\s+")
MARK = re.compile(r"\s*(?:(?:[-*+>]|\d+\.)\s+)*")
"""What a line begins with before its words."""
WORDS = 0.15
"""What the share of the question's words counts beside its nearness."""


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


def answering(question: str, passage: Passage, pieces: Packed, ranker: Ranker) -> tuple[int, int]:
    """Return (start, end) of the sentence of the passage that comes nearest to the question; (0, 0) if there is none.

    `pieces` is what is kept of the passage's word pieces: each sentence is seen in its place, and nothing is read anew.
    'No.' and the like answer nothing by themselves.
    """
    spans = sentences_of(passage.text)
    telling = [span for span in spans if span[1] - span[0] > SHORTEST_SENTENCE] or spans
    if not telling:
        return 0, 0
    words = [plain(passage.text[start:end]) for start, end in telling]
    parts = [pieces[first:last] for first, last in _pieces_of(words, embedding_text(passage), ranker)]
    wanted = ranker.wanted(question)
    near = np.array([nearness(wanted, [part])[0] if len(part) else -1.0 for part in parts])
    return telling[int(np.argmax(near + WORDS * _shares(question, words)))]


def _pieces_of(sentences: Sequence[str], text: str, ranker: Ranker) -> list[tuple[int, int]]:
    """Return (first, last) of the word pieces of `text` that make each sentence; (0, 0) where it is not found."""
    spans = ranker.spans(text)
    begins = [start for start, _ in spans]
    found = []
    place = 0
    for sentence in sentences:
        start = text.find(sentence, place)
        if start < 0:
            found.append((0, 0))
            continue
        place = start + len(sentence)
        found.append((bisect_left(begins, start), bisect_left(begins, place)))
    return found


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
