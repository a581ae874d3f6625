"""What is drawn on Transcripts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.pictures.plots import way_plot
from bot.web.render.drawing import counted, draw, look

if TYPE_CHECKING:
    from bot.coach.practice import Practice, Way
    from bot.record.kept import Summary
    from bot.studio import View


def shelf(sessions: Sequence["Summary"], search: str = "", opened: str = "") -> str:
    """Return the list of conversations; `opened` is the id of the one being read."""
    heading = counted(len(sessions), "conversation", "conversations")
    return look(draw("shelf.html", sessions=sessions, counted=heading, search=search.strip(), open=opened))


def way_in() -> str:
    """Return the way to bring in a conversation held elsewhere."""
    return look(draw("way_in.html"))


def reading(view: "View") -> str:
    """Return one conversation to read, with the coach in the margin and everything that can be done with it."""
    return look(draw("reading.html", view=view))


def nothing_open(*, any_kept: bool, practice: "Practice", levels: Sequence[str]) -> str:
    """Return what stands beside the list before one is chosen: the practice over time. `levels` are named 0 to 4."""
    says = "Choose a conversation to read it here." if any_kept else ""
    ways = [(way, way_plot(way.levels, _way_in_words(way, levels))) for way in practice.ways]
    count = counted(len(practice.attempts), "finished conversation", "finished conversations")
    over_time = draw("practice.html", practice=practice, ways=ways, levels=levels, counted=count) if any_kept else ""
    return look(draw("nothing_open.html", says=says), over_time)


def _way_in_words(way: "Way", levels: Sequence[str]) -> str:
    said = [levels[one].lower() if one is not None else "not shown" for one in way.levels]
    return f"{way.name}: " + ", then ".join(said)
