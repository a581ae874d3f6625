"""Pictures as inline SVG in token colours: one drawing for wide screens, one for narrow; readable in grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

if TYPE_CHECKING:
    from bot.coach.debrief import RatingPair
    from bot.colleague.state import State


class Pen(NamedTuple):
    """How one line of the plot is drawn: never told apart by colour alone."""

    value: str
    name: str
    colour: str
    width: float
    dashes: str


class Mark(NamedTuple):
    """A moment that the debrief names, lettered on top of the plot."""

    turn: int
    letter: str
    label: str


PENS = (
    Pen("understood", "Feels understood", "var(--you)", 3.2, ""),
    Pen("defensiveness", "Defensive", "var(--stop)", 2.4, "7 5"),
    Pen("openness", "Open to trying", "var(--ink)", 2.0, "1.5 5"),
)
LETTER_WIDTH = 7.6
"""In drawing units, at the size of the labels; rough, and on the safe side."""
APART = 19
"""Least distance between two labels at line ends."""
BESIDE = 34
"""What a lettered mark and the space after it take up."""


@dataclass(frozen=True)
class Frame:
    """The measures of the plot over the turns, in the drawing's own units."""

    wide: bool
    turns: int
    highest: int

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height."""
        return (1000, 330) if self.wide else (358, 310)

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Return the spaces left, right, top and bottom."""
        return (34, 150, 46, 48) if self.wide else (34, 14, 46, 48)

    @property
    def type_size(self) -> int:
        """Return the size of the labels."""
        return 15 if self.wide else 14

    def x(self, turn: float) -> float:
        """Return where a turn stands across; 0 is the start."""
        left, right, _, _ = self.edges
        return left + turn * (self.size[0] - left - right) / max(self.turns, 1)

    def y(self, value: float) -> float:
        """Return where a value stands down."""
        _, _, top, bottom = self.edges
        return top + (self.highest - value) * (self.size[1] - top - bottom) / self.highest


def state_plot(
    series: Sequence["State"], turns: Sequence[int], marks: Sequence[Mark], name: str, *, wide: bool
) -> Markup:
    """Return the plot of a conversation; `series` has the start first, `turns` the number of the turn of each."""
    lines = [[getattr(state, pen.value) for state in series] for pen in PENS]
    top = max((value for line in lines for value in line), default=0)
    frame = Frame(wide, max(turns, default=0), max(60, int(-(-top // 20) * 20)))
    body = [_grid(frame), *(_letter(frame, marks, place) for place in range(len(marks)))]
    body += [_line(frame, pen, turns, line) for pen, line in zip(PENS, lines, strict=True)]
    if wide and series:
        body.append(_end_labels(frame, [line[-1] for line in lines]))
    says = f"Line plot: how {name} felt after each of your turns. The same in words stands below it."
    return _picture(frame.size, says, body, wide=wide)


def plot_key(marks: Sequence[Mark]) -> Markup:
    """Return what the lines and letters mean; the lines' names are shown on narrow screens only."""
    lines = "".join(f'<span class="narrow-only">{_sample(pen)} {pen.name}</span>' for pen in PENS)
    letters = "".join(
        f"<span><b>{escape(mark.letter)}</b> {escape(mark.label)}, turn {mark.turn}</span>" for mark in marks
    )
    return Markup(f'<div class="plotkey small">{lines}{letters}</div>')  # noqa: S704  (escaped above)


def rating_plot(pairs: Sequence["RatingPair"], name: str, *, wide: bool) -> Markup:
    """Return the leader's ratings beside the colleague's, 0 to 4: a disc and a diamond on one line each."""
    width, row, left = (540, 40, 250) if wide else (358, 54, 10)
    height = len(pairs) * row + 34
    body = [_rung(value, _across(value, width, left), height) for value in range(5)]
    for place, pair in enumerate(pairs):
        down = place * row + (24 if wide else 38)
        body.append(_tag("text", escape(pair.ask), x=0, y=down + 5 if wide else down - 16, font_size=15))
        mine = None if pair.mine is None else _across(pair.mine, width, left)
        body.append(_dumbbell(mine, _across(pair.his, width, left), down))
    says = "; ".join(f"{pair.ask}: {_said(pair)}{name} {pair.his}" for pair in pairs)
    return _picture((width, height), says, body, wide=wide)


def _picture(size: tuple[int, int], says: str, body: Sequence[str], *, wide: bool | None = None) -> Markup:
    """Return a drawing for wide screens, for narrow ones, or (None) for both."""
    named = {
        "class": {True: "wide", False: "narrow", None: "small-plot"}[wide],
        "viewBox": f"0 0 {size[0]} {size[1]}",
        "role": "img",
    }
    return Markup(_tag("svg", "".join(body), **named, aria_label=says))  # noqa: S704  (names and words are escaped)


def _tag(kind: str, inside: str = "", /, **attributes: object) -> str:
    """Return an SVG element. Numbers get one decimal; `font_size` is written font-size."""
    written = "".join(
        f' {name.replace("_", "-")}="{f"{value:.1f}" if isinstance(value, float) else escape(str(value))}"'
        for name, value in attributes.items()
    )
    return f"<{kind}{written}>{inside}</{kind}>"


# The plot over the turns --------------------------------------------------------------------------------------


def _grid(frame: Frame) -> str:
    left, right, _, bottom = frame.edges
    width, height = frame.size
    label = {"class": "soft", "font_size": frame.type_size}
    parts = []
    for value in range(0, frame.highest + 1, 20):
        down = frame.y(value)
        parts.append(_tag("line", x1=left, x2=width - right, y1=down, y2=down, stroke="var(--rule)"))
        parts.append(_tag("text", str(value), x=left - 8, y=down + 4, text_anchor="end", **label))
    every = max(1, -(-frame.turns // (20 if frame.wide else 10)))
    for turn in range(0, frame.turns + 1, every):
        said = "Start" if turn == 0 and frame.wide else str(turn)
        parts.append(_tag("text", said, x=frame.x(turn), y=height - bottom + 22, text_anchor="middle", **label))
    middle = (left + width - right) / 2
    parts.append(_tag("text", "Your turns", x=middle, y=height - 6, text_anchor="middle", **label))
    return "".join(parts)


def _letter(frame: Frame, marks: Sequence[Mark], place: int) -> str:
    mark, across = marks[place], frame.x(marks[place].turn)
    _, _, top, bottom = frame.edges
    foot = frame.size[1] - bottom
    ink = {"stroke": "var(--ink)", "stroke_width": 1.2, "stroke_dasharray": "2 3"}
    bold = {"font_size": 13, "font_weight": 700, "text_anchor": "middle", "style": "fill:var(--paper)"}
    parts = [
        _tag("line", x1=across, x2=across, y1=top - 8, y2=foot, **ink),
        _tag("circle", cx=across, cy=top - 22, r=12, fill="var(--ink)"),
        _tag("text", escape(mark.letter), x=across, y=top - 17.5, **bold),
    ]
    if frame.wide and (side := _side(frame, marks, place)):
        anchor = "start" if side > 0 else "end"
        parts.append(_tag("text", escape(mark.label), x=across + side, y=top - 17.5, font_size=15, text_anchor=anchor))
    return "".join(parts)


def _side(frame: Frame, marks: Sequence[Mark], place: int) -> int:
    """Return where a mark's label goes: right of its letter, else left, else 0: only the key has it."""
    across, needs = frame.x(marks[place].turn), _needs(marks[place])
    after = frame.x(marks[place + 1].turn) - 14 if place + 1 < len(marks) else frame.size[0]
    before = frame.x(marks[place - 1].turn) + _needs(marks[place - 1]) if place else 0
    if across + needs <= after:
        return 18
    return -18 if across - needs >= before else 0


def _needs(mark: Mark) -> float:
    return BESIDE + LETTER_WIDTH * len(mark.label)


def _line(frame: Frame, pen: Pen, turns: Sequence[int], values: Sequence[float]) -> str:
    points = [(frame.x(turn), frame.y(value)) for turn, value in zip(turns, values, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return _stroke("polyline", pen, points=path) + "".join(_point(pen, x, y) for x, y in points)


def _stroke(kind: str, pen: Pen, **where: object) -> str:
    drawn = {"stroke": pen.colour, "stroke_width": pen.width, "stroke_dasharray": pen.dashes, "stroke_linecap": "round"}
    return _tag(kind, fill="none", stroke_linejoin="round", **where, **drawn)


def _point(pen: Pen, x: float, y: float) -> str:
    if pen.value == "understood":
        return _tag("circle", cx=x, cy=y, r=3.6, fill=pen.colour)
    if pen.value == "defensiveness":
        return _tag("path", d=f"M{x - 4.4:.1f} {y + 3.4:.1f} h8.8 l-4.4 -7.6z", fill=pen.colour)
    open_square = {"fill": "var(--page)", "stroke": pen.colour, "stroke_width": 1.6}
    return _tag("rect", x=x - 3.4, y=y - 3.4, width=6.8, height=6.8, **open_square)


def _end_labels(frame: Frame, last: Sequence[float]) -> str:
    """Put the names at the line ends, moved apart where they would touch."""
    wanted = sorted((frame.y(value) + 5, pen.name) for pen, value in zip(PENS, last, strict=True))
    placed: list[tuple[float, str]] = []
    for high, name in wanted:
        placed.append((max(high, placed[-1][0] + APART) if placed else high, name))
    across = frame.x(frame.turns) + 13
    return "".join(_tag("text", name, x=across, y=high, font_size=15, font_weight=600) for high, name in placed)


def _sample(pen: Pen) -> str:
    line = _stroke("line", pen, x1=2, x2=32, y1=6, y2=6)
    return _tag("svg", line + _point(pen, 17, 6), viewBox="0 0 34 12", width=34, height=12, aria_hidden="true")


# The ratings --------------------------------------------------------------------------------------------------


def _across(value: float, width: int, left: int) -> float:
    return left + 8 + value * (width - left - 32) / 4


def _rung(value: int, across: float, height: int) -> str:
    label = {"class": "soft", "font_size": 14, "text_anchor": "middle"}
    line = _tag("line", x1=across, x2=across, y1=6, y2=height - 28, stroke="var(--rule)")
    return line + _tag("text", str(value), x=across, y=height - 8, **label)


def _dumbbell(mine: float | None, his: float, down: float) -> str:
    """Draw the leader's disc and the colleague's diamond; where they agree, side by side."""
    if mine is None:
        return _diamond(his, down)
    beside = 8 if mine == his else 0
    bar = {"y1": down, "y2": down, "stroke": "var(--ink-2)", "stroke_width": 2}
    joined = "" if beside else _tag("line", x1=min(his, mine), x2=max(his, mine), **bar)
    return joined + _tag("circle", cx=mine - beside, cy=down, r=7, fill="var(--you)") + _diamond(his + beside, down)


def _diamond(across: float, down: float) -> str:
    path = f"M{across:.1f} {down - 9} l9 9 l-9 9 l-9 -9z"
    return _tag("path", d=path, fill="var(--page)", stroke="var(--them)", stroke_width=2.4)


def _said(pair: "RatingPair") -> str:
    return "" if pair.mine is None else f"you {pair.mine}, "


# A behaviour from try to try ------------------------------------------------------------------------------------

WAY = (190, 34)
"""Width and height of the small plot of one behaviour, in the drawing's own units."""


def way_plot(levels: Sequence[int | None], says: str) -> Markup:
    """Return a behaviour's levels (0 to 4, None where not shown), oldest first; `says` is the same in words."""
    width, height = WAY
    step = (width - 16) / max(len(levels) - 1, 1)
    rise = (height - 12) / 4
    at = [(8 + place * step, None if one is None else height - 6 - one * rise) for place, one in enumerate(levels)]
    body = [_tag("line", x1=4, x2=width - 4, y1=height - 6, y2=height - 6, stroke="var(--rule)")]
    for run in _runs(at):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
        body.append(_tag("polyline", points=points, fill="none", stroke="var(--you)", stroke_width=2.0))
        body += [_tag("circle", cx=x, cy=y, r=3.4, fill="var(--you)") for x, y in run]
    return _picture(WAY, says, body)


def _runs(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Return the stretches without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]
