"""What a page asks of this room: read a file in, look back on it, print it. It keeps nothing from one to the next.

Between two steps the conversation stays with whoever asked, as JSON.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.elsewhere.debriefing import LookedBack, look_back, paper_of, without_names
from bot.elsewhere.files import said_in_file
from bot.elsewhere.spoken import Said, Speaker, leads, speakers
from bot.exports.paper import Paper
from bot.exports.writing import printed

TITLE = "A conversation held elsewhere"


@dataclass(frozen=True)
class Brought:
    """A conversation that was read in: who speaks, and who is likely to lead."""

    said: str
    """As JSON, to be handed back."""
    speakers: tuple[Speaker, ...]
    leader: str


@dataclass(frozen=True)
class Shown:
    """A conversation that was looked back on, as a paper to show, and as JSON to be handed back."""

    paper: Paper
    said: str
    leader: str


class Elsewhere:
    """Conversations held elsewhere, read with the words in `prompts`."""

    def __init__(self, prompts: Path) -> None:
        self._prompts = prompts

    def brought(self, name: str, raw: bytes) -> Brought:
        """Return who speaks in a file. Raise UsageError, with what to do, where that cannot be seen."""
        said = said_in_file(name, raw)
        return Brought(_as_json(said), speakers(said), leads(said)[0])

    def looked_back(self, said: str, leader: str, *, hide: Sequence[str] | None) -> Shown:
        """Return the debrief; with `hide`, names are taken out first, these among them. Raise UsageError."""
        spoken = said_in_file(TITLE, said.encode("utf-8", "replace"))
        if hide is not None:
            hidden = without_names(spoken, hide)
            leader = dict(zip((one.speaker for one in spoken), (one.speaker for one in hidden), strict=True)).get(
                leader, leader
            )
            spoken = hidden
        found = self._read(spoken, leader)
        return Shown(paper_of(found, TITLE), _as_json(spoken), found.leader)

    def printed(self, said: str, leader: str, kind: str) -> bytes:
        """Return the debrief as a file. Raise UsageError for another kind than those of bot/exports/writing.py."""
        return printed(paper_of(self._read(said_in_file(TITLE, said.encode("utf-8", "replace")), leader), TITLE), kind)

    def _read(self, said: Sequence[Said], leader: str) -> LookedBack:
        return look_back(self._prompts, said, leader=leader)


def _as_json(said: Sequence[Said]) -> str:
    return json.dumps([{"speaker": one.speaker, "text": one.words} for one in said], ensure_ascii=False)
