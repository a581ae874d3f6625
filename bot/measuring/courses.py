"""How the relationship goes with each kind of leader, turn by turn, as a picture: `alex evaluate colleague --plot`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from bot.colleague.state import NAMES, State
from bot.errors import UsageError

Course = Mapping[str, Sequence[float]]
"""The mean of each value of the state after 0, 1, 2… turns (points, 0 to 100)."""
COLUMNS = 2
INCHES = (5.0, 2.6)
"""Width and height of the picture of one value."""


@dataclass(frozen=True)
class Walked:
    """The states of one conversation, and who led it."""

    kind: str
    states: tuple[State, ...]


def courses(walked: Sequence[Walked]) -> dict[str, Course]:
    """Return the course of each kind of leader, in the order given; an ended conversation stands still."""
    return {kind: _course([one.states for one in walked if one.kind == kind]) for kind in _kinds(walked)}


def draw(walked: Sequence[Walked], title: str, path: Path) -> None:
    """Write the courses to `path` (.svg, .png or .pdf): one picture a value, one line a kind.

    Raise UsageError where the drawing library is not there, or the file's ending is none that it draws.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        fix = "Install it into the program's own environment: pip install 'alex-rehearsal[measuring]'."
        raise UsageError("The library that draws pictures is not installed.", fix) from None
    rows = -(-len(NAMES) // COLUMNS)
    figure = Figure(figsize=(INCHES[0] * COLUMNS, INCHES[1] * rows), layout="constrained")
    found = courses(walked)
    places = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
    for place, name in zip(places, NAMES, strict=False):
        for number, (kind, course) in enumerate(found.items()):
            place.plot(course[name], label=kind, color=f"C{number % 10}", linestyle="-" if number < 10 else "--")
        place.set(title=name, ylim=(0, 100), xlabel="turns", ylabel="points")
        place.xaxis.get_major_locator().set_params(integer=True)
    for place in places[len(NAMES) :]:
        place.set_axis_off()
    handles = figure.axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=5)
    figure.suptitle(title)
    try:
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except ValueError:
        raise UsageError(
            f"No picture can be written to {path.name}.", "Let its name end in .svg, .png or .pdf."
        ) from None


def _kinds(walked: Sequence[Walked]) -> list[str]:
    return list(dict.fromkeys(one.kind for one in walked))


def _course(talks: Sequence[tuple[State, ...]]) -> Course:
    longest = max(map(len, talks))
    filled = [[*states, *[states[-1]] * (longest - len(states))] for states in talks]
    return {name: [fmean(getattr(states[at], name) for states in filled) for at in range(longest)] for name in NAMES}
