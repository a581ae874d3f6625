"""What the texts of a scenario mean to an encoder, kept by text, so that only what is new has to be worked out.

`known/` beside this module holds that of the scenarios that come with the program (training/learn_lines.py makes it);
what a coach has changed or added is kept in a folder of the leader's own, which may be deleted at any time.
"""

import contextlib
import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.listen.encoder import DIMENSIONS, Encoder, Packed

SHIPPED = Path(__file__).parent / "known"
UNREADABLE = OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile
KEPT_OF_ONE = 4
"""Files kept of one scenario; the oldest go."""


@dataclass(frozen=True)
class _Learnt:
    """A file as it was found: the place of each text, by its mark, among the vectors."""

    places: Mapping[int, int]
    vectors: Packed


NOTHING = _Learnt({}, np.zeros((0, DIMENSIONS), dtype=np.int8))


def vectors_of(encoder: Encoder, texts: Sequence[str], scenario: str) -> Packed:
    """Return the vectors of `texts`, in order: those that ship with the program, and for the others the encoder's."""
    shipped = _read(SHIPPED, encoder, scenario)
    places = [shipped.places.get(_mark(text)) for text in texts]
    found = np.empty((len(texts), DIMENSIONS), dtype=np.int8)
    known = [row for row, place in enumerate(places) if place is not None]
    found[known] = shipped.vectors[[place for place in places if place is not None]]
    others = [row for row, place in enumerate(places) if place is None]
    if others:
        found[others] = encoder.packed([texts[row] for row in others])
    return found


def learn(encoder: Encoder, texts: Sequence[str], folder: Path, scenario: str, fingerprint: str) -> int:
    """Let `encoder` know the vectors of those `texts` that do not ship with the program.

    What is not in `folder` either is worked out and kept there; return how many that were. A file that cannot be read
    or written costs only time.
    """
    shipped = NOTHING if folder == SHIPPED else _read(SHIPPED, encoder, scenario)
    missing = [text for text in dict.fromkeys(texts) if _mark(text) not in shipped.places]
    new = _recall(encoder, missing, _read(folder, encoder, scenario)) if missing else []
    encoder.encode(new)
    with contextlib.suppress(OSError):
        if new:
            _write(folder, encoder, scenario, missing)
            _tidy(folder, scenario)
        if not is_learnt(encoder, folder, scenario, fingerprint):
            folder.mkdir(parents=True, exist_ok=True)
            _note(folder, encoder, scenario).write_text(fingerprint + "\n", encoding="utf-8")
    return len(new)


def is_learnt(encoder: Encoder, folder: Path, scenario: str, fingerprint: str) -> bool:
    """Return whether every text of the scenario, as it stands, is on the disk."""
    return fingerprint in (_fingerprint(SHIPPED, encoder, scenario), _fingerprint(folder, encoder, scenario))


def _recall(encoder: Encoder, texts: Sequence[str], learnt: _Learnt) -> list[str]:
    """Let the encoder know those of the texts that were found; return the others."""
    places = {text: learnt.places.get(_mark(text)) for text in texts}
    found = {text: place for text, place in places.items() if place is not None}
    if found:
        encoder.recall(list(found), learnt.vectors[list(found.values())])
    return [text for text in texts if text not in found]


def _file(folder: Path, encoder: Encoder, scenario: str) -> Path:
    return folder / f"{scenario}-{encoder.name}.npz"


def _mark(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _note(folder: Path, encoder: Encoder, scenario: str) -> Path:
    """Return where it stands which scenario was learnt in full: a file of its own, for it changes more often."""
    return _file(folder, encoder, scenario).with_suffix(".txt")


def _fingerprint(folder: Path, encoder: Encoder, scenario: str) -> str:
    with contextlib.suppress(*UNREADABLE):
        return _note(folder, encoder, scenario).read_text(encoding="utf-8").strip()
    return ""


def _read(folder: Path, encoder: Encoder, scenario: str) -> _Learnt:
    with contextlib.suppress(*UNREADABLE), _opened(folder, encoder, scenario) as file:
        marks: NDArray[np.uint64] = file["marks"]
        places = {int(mark): place for place, mark in enumerate(marks)}
        steps: Packed = file["steps"]
        if steps.shape == (len(marks), DIMENSIONS) and steps.dtype == np.int8:
            return _Learnt(places, steps)
    return NOTHING


def _opened(folder: Path, encoder: Encoder, scenario: str) -> "np.lib.npyio.NpzFile":
    content = io.BytesIO(_file(folder, encoder, scenario).read_bytes())
    return np.load(content, allow_pickle=False)  # type: ignore[no-any-return]


def _write(folder: Path, encoder: Encoder, scenario: str, texts: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        marks = np.array([_mark(text) for text in texts], dtype=np.uint64)
        with os.fdopen(handle, "wb") as file:
            np.savez(file, marks=marks, steps=encoder.packed(texts))
        Path(name).replace(_file(folder, encoder, scenario))
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _tidy(folder: Path, scenario: str) -> None:
    kept = sorted(folder.glob(f"{scenario}-*.npz"), key=lambda path: path.stat().st_mtime)
    for path in [*kept[:-KEPT_OF_ONE], *folder.glob(f"{scenario}.*.npy")]:
        path.unlink(missing_ok=True)
        path.with_suffix(".txt").unlink(missing_ok=True)
