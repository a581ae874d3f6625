"""The network of the reader: words where they stand, in; scores for moves and focuses, and chances of a cut, out."""

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import StorageError
from bot.listen.runtime import open_network, word_pieces
from bot.listen.spelling import mended
from bot.listen.together import side_by_side

if TYPE_CHECKING:
    import onnxruntime

Scores = NDArray[np.float32]

LONGEST_SEGMENT, LONGEST_PREVIOUS, LONGEST_BEFORE = 64, 40, 30
"""Tokens read of each part: the segment from its start, the other two from their ends."""
WINDOW, OVERLAP = 120, 20
"""Words that are looked at together for cuts, and how many of them the next look sees again."""
LONGEST_WORD, ROOMY = 12, 360
"""Tokens of one word that are read while there is room: a window of gibberish fits the 512 places of the network."""
START, BETWEEN, UNKNOWN = 101, 102, 100
"""The tokens [CLS], [SEP] and [UNK]."""


@dataclass(frozen=True)
class Laid:
    """Token ids, and which of them belong to the segment (1) or to what stands around it (0). Of one length."""

    ids: list[int]
    own: list[int]


def laid_out(tokenizer: Any, segment: str, previous: str, before: str) -> Laid:
    """Return the tokens of a segment, of the other's line before it, and of what the leader said before it.

    Slips in the leader's words are put right first.
    """
    own = [START, *_ids(tokenizer, mended(segment))[:LONGEST_SEGMENT], BETWEEN]
    around = [
        *_ids(tokenizer, previous)[-LONGEST_PREVIOUS:],
        BETWEEN,
        *_ids(tokenizer, mended(before))[-LONGEST_BEFORE:],
        BETWEEN,
    ]
    return Laid(own + around, [1] * len(own) + [0] * len(around))


def word_tokens(tokenizer: Any, words: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the token ids of some words with [CLS] and [SEP], and where each word's first token stands."""
    ids, firsts = [START], []
    for word in words:
        firsts.append(len(ids))
        pieces = _ids(tokenizer, mended(word)) or [UNKNOWN]
        ids += pieces[:LONGEST_WORD] if len(ids) < ROOMY else pieces[:1]
    return [*ids, BETWEEN], firsts


def _ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return found


class Network:
    """Loaded at the first words. Each segment runs by itself, as in the encoder and for its reasons; several at a time.

    `folder` holds reader.onnx, reader.json and tokenizer.json.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: tuple[onnxruntime.InferenceSession, Any] | None = None

    @cached_property
    def name(self) -> str:
        """Return a name that changes whenever a reading could."""
        with (self._folder / "reader.onnx").open("rb") as file:
            found = hashlib.file_digest(file, "sha256")
        found.update((self._folder / "reader.json").read_bytes())
        return f"reader-{found.hexdigest()[:12]}"

    def settings(self) -> dict[str, float]:
        """Return the numbers that were measured with the network: heats and thresholds. Raise StorageError."""
        try:
            found: dict[str, float] = json.loads((self._folder / "reader.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise damaged(self._folder) from error
        return found

    def scores(self, segment: str, previous: str, before: str) -> tuple[Scores, Scores]:
        """Return (scores of the moves, scores of the focuses), in the order of MOVES and FOCUSES."""
        network, tokenizer = self._load()
        laid = laid_out(tokenizer, segment, previous, before)
        moves, focuses = network.run(["moves", "focuses"], _inputs(laid.ids, laid.own), _only_what_is_asked())
        return moves[0], focuses[0]

    def cuts(self, words: Sequence[str]) -> Scores:
        """Return a score for each word, above 0 where a new segment is likelier than not to begin there."""
        found = np.full(len(words), -np.inf, dtype=np.float32)
        starts = range(0, max(len(words) - OVERLAP, 1), WINDOW - OVERLAP)
        looks = side_by_side(self._cuts, [words[start : start + WINDOW] for start in starts])
        for start, seen in zip(starts, looks, strict=True):
            known = OVERLAP // 2 if start else 0
            found[start + known : start + len(seen)] = seen[known:]
        return found

    def _cuts(self, words: Sequence[str]) -> Scores:
        network, tokenizer = self._load()
        ids, firsts = word_tokens(tokenizer, words)
        scores: Scores = network.run(["cuts"], _inputs(ids, [1] * len(ids)), _only_what_is_asked())[0][0]
        return scores[firsts]

    def _load(self) -> tuple["onnxruntime.InferenceSession", Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _open(self._folder, self._threads)
            return self._loaded


@cache
def _only_what_is_asked() -> "onnxruntime.RunOptions":
    """Return the option to leave out what the asked-for scores do not need: cuts need the lower layers alone."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.only_execute_path_to_fetches = True
    return options


def _inputs(ids: list[int], own: list[int]) -> dict[str, NDArray[np.int64]]:
    return {
        "input_ids": np.array([ids], dtype=np.int64),
        "attention_mask": np.ones((1, len(ids)), dtype=np.int64),
        "segment_mask": np.array([own], dtype=np.int64),
    }


def damaged(folder: Path) -> StorageError:
    """Return the error for model files that cannot be used."""
    return StorageError(
        f"The reader in {folder} cannot be loaded.", "Install the program again; its files are damaged."
    )


def _open(folder: Path, threads: int) -> tuple["onnxruntime.InferenceSession", Any]:
    try:
        return open_network(folder / "reader.onnx", threads, packed=True), word_pieces(folder)
    except Exception as error:  # onnxruntime and tokenizers raise types of their own making
        raise damaged(folder) from error
