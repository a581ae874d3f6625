"""What is drawn on Transcripts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.web.render.drawing import counted, draw, look

if TYPE_CHECKING:
    from bot.record.kept import Summary
    from bot.studio import View


def shelf(sessions: Sequence["Summary"], search: str = "", opened: str = "") -> str:
    """Return the list of conversations; `opened` is the id of the one being read."""
    heading = counted(len(sessions), "conversation", "conversations")
    return look(draw("shelf.html", sessions=sessions, counted=heading, search=search.strip(), open=opened))


def reading(view: "View") -> str:
    """Return one conversation to read, with the coach in the margin and everything that can be done with it."""
    return look(draw("reading.html", view=view))


def nothing_open(*, any_kept: bool) -> str:
    """Return what stands beside the list before one is chosen."""
    says = "Choose a conversation to read it here." if any_kept else ""
    return look(draw("nothing_open.html", says=says))
