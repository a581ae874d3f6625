"""The labelled turns: who wrote them, which are never trained on, and one row a segment.

training/turns/*.jsonl holds one leader's turn a line, one file a writer; each writer speaks in several voices. The
split is by writer, so that no voice stands on both sides.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.measuring.sets import measuring_set

WATCHED = ("c", "kept-back")
"""Writers never trained on, looked at while the reader was made: to choose between readers, and for its thresholds."""
EXAM = ("x", "y")
"""Writers never trained on, looked at once, at the end."""


@dataclass(frozen=True)
class Row:
    """One labelled segment where it stands: `before` is what the leader said before it in the turn."""

    writer: str
    voice: str
    text: str
    previous: str
    before: str
    move: str
    focus: str | None
    hard: bool


@dataclass(frozen=True)
class Turn:
    """One turn as its segments, in order."""

    writer: str
    voice: str
    previous: str
    segments: tuple[Mapping[str, object], ...]

    @property
    def texts(self) -> list[str]:
        """Return the words of each segment."""
        return [str(one["text"]) for one in self.segments]


def trained_on() -> list[str]:
    """Return the writers trained on."""
    found = {path.stem for path in measuring_set("training", "turns").glob("*.jsonl")}
    return sorted(found - {*WATCHED, *EXAM})


def turns(names: Iterable[str]) -> Iterator[Turn]:
    """Yield the turns of these writers, in the order of their files."""
    for name in sorted(names):
        for line in measuring_set("training", "turns", f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            turn = json.loads(line)
            yield Turn(name, turn["author"], turn["previous"] or "", tuple(turn["segments"]))


def rows(names: Iterable[str]) -> list[Row]:
    """Return the segments of these writers' turns."""
    found = []
    for turn in turns(names):
        for i, one in enumerate(turn.segments):
            focus = str(one["focus"]) if one["focus"] else None
            where = (turn.writer, turn.voice, turn.texts[i], turn.previous, " ".join(turn.texts[:i]))
            found.append(Row(*where, str(one["move"]), focus, bool(one["hard"])))
    return found
