"""What a scenario holds, by meaning, kept on disk: so that only the first conversation after a change has to wait."""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.listen.encoder import Encoder

KEPT_OF_ONE = 3
"""Files kept of one scenario; the oldest go."""


def make_ready(encoder: Encoder, texts: Sequence[str], folder: Path, scenario: str, fingerprint: str) -> None:
    """Let `encoder` know the vectors of `texts`, from the disk where they are there; else work them out and keep them.

    A file that cannot be read or written costs only time.
    """
    path = file_of(encoder, folder, scenario, fingerprint)
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        found = None
    if found is not None and len(found) == len(texts):
        encoder.recall(texts, found)
        return
    vectors = encoder.encode(texts)
    with contextlib.suppress(OSError):
        _write(path, vectors)
        _tidy(folder, scenario)


def file_of(encoder: Encoder, folder: Path, scenario: str, fingerprint: str) -> Path:
    """Return where the vectors of a scenario are kept, whether they are there or not."""
    return folder / f"{scenario}.{fingerprint}-{encoder.name}.npy"


def _write(path: Path, vectors: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, vectors, allow_pickle=False)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _tidy(folder: Path, scenario: str) -> None:
    kept = sorted(folder.glob(f"{scenario}.*.npy"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-KEPT_OF_ONE]:
        path.unlink(missing_ok=True)
