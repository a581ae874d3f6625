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


@dataclass(frozen=True)
class Frame:
    """The drawing's measures, in its own units."""

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
    top = max((getattr(state, pen.value) for state in series for pen in PENS), default=0)
    frame = Frame(wide, turns[-1], max(60, int(-(-top // 20) * 20)))
    width, height = frame.size
    says = f"Line plot: how {name} felt after each of your turns. The same in words stands below it."
    body = [_grid(frame), _letters(frame, marks)]
    body += [_line(frame, pen, [(turn, getattr(state, pen.value)) for turn, state in zip(turns, series, strict=True)]) for pen in PENS]
    if wide and series:
        body.append(_end_labels(frame, series[-1]))
    kind = "wide" if wide else "narrow"
    return Markup(  # noqa: S704  (names are escaped, the rest is numbers)
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(says)}">{"".join(body)}</svg>'
    )


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
    told = "; ".join(f"{pair.ask}: {_mine(pair)}{name} {pair.his}" for pair in pairs)
    body = [_scale(value, _across(value, width, left), height) for value in range(5)]
    for place, pair in enumerate(pairs):
        down = place * row + (24 if wide else 38)
        body.append(f'<text x="0" y="{down + 5 if wide else down - 16}" font-size="15">{escape(pair.ask)}</text>')
        body.append(_dumbbell(pair, down, width, left))
    kind = "wide" if wide else "narrow"
    return Markup(  # noqa: S704  (names are escaped, the rest is numbers)
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(told)}">{"".join(body)}</svg>'
    )


def _grid(frame: Frame) -> str:
    left, right, _, bottom = frame.edges
    width, height = frame.size
    size = 15 if frame.wide else 14
    parts = [
        f'<line x1="{left}" x2="{width - right}" y1="{frame.y(value):.1f}" y2="{frame.y(value):.1f}" stroke="var(--rule)"/>'
        f'<text class="soft" x="{left - 8}" y="{frame.y(value) + 4:.1f}" font-size="{size}" text-anchor="end">{value}</text>'
        for value in range(0, frame.highest + 1, 20)
    ]
    every = max(1, -(-frame.turns // (20 if frame.wide else 10)))
    for turn in range(0, frame.turns + 1, every):
        label = "Start" if turn == 0 and frame.wide else str(turn)
        parts.append(
            f'<text class="soft" x="{frame.x(turn):.1f}" y="{height - bottom + 22}" font-size="{size}" text-anchor="middle">{label}</text>'
        )
    middle = (left + width - right) / 2
    parts.append(
        f'<text class="soft" x="{middle}" y="{height - 6}" font-size="{size}" text-anchor="middle">Your turns</text>'
    )
    return "".join(parts)


def _letters(frame: Frame, marks: Sequence[Mark]) -> str:
    _, _, top, bottom = frame.edges
    parts = []
    for place, mark in enumerate(marks):
        across = frame.x(mark.turn)
        parts.append(
            f'<line x1="{across:.1f}" x2="{across:.1f}" y1="{top - 8}" y2="{frame.size[1] - bottom}" stroke="var(--ink)" stroke-width="1.2" stroke-dasharray="2 3"/>'
            f'<circle cx="{across:.1f}" cy="{top - 22}" r="12" fill="var(--ink)"/>'
            f'<text x="{across:.1f}" y="{top - 17.5}" font-size="13" font-weight="700" text-anchor="middle" style="fill:var(--paper)">{escape(mark.letter)}</text>'
        )
        if frame.wide:
            parts.append(_mark_label(frame, marks, place))
    return "".join(parts)


def _mark_label(frame: Frame, marks: Sequence[Mark], place: int) -> str:
    """Put the label to the right of its letter, else to the left, else leave it to the key."""
    mark, across = marks[place], frame.x(marks[place].turn)
    needs = 34 + LETTER_WIDTH * len(mark.label)
    after = frame.x(marks[place + 1].turn) - 14 if place + 1 < len(marks) else frame.size[0]
    before = frame.x(marks[place - 1].turn) + 14 if place else 0
    if place and frame.x(marks[place - 1].turn) + 34 + LETTER_WIDTH * len(marks[place - 1].label) < across:
        before = frame.x(marks[place - 1].turn) + 34 + LETTER_WIDTH * len(marks[place - 1].label)
    if across + needs <= after:
        side, anchor = 18, "start"
    elif across - needs >= before:
        side, anchor = -18, "end"
    else:
        return ""
    high = frame.edges[2] - 17.5
    return f'<text x="{across + side:.1f}" y="{high}" font-size="15" text-anchor="{anchor}">{escape(mark.label)}</text>'


def _line(frame: Frame, pen: Pen, values: Sequence[tuple[int, float]]) -> str:
    points = [(frame.x(turn), frame.y(value)) for turn, value in values]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    drawn = f'<polyline points="{path}" fill="none" stroke="{pen.colour}" stroke-width="{pen.width}" stroke-dasharray="{pen.dashes}" stroke-linecap="round" stroke-linejoin="round"/>'
    return drawn + "".join(_point(pen, x, y) for x, y in points)


def _point(pen: Pen, x: float, y: float) -> str:
    if pen.value == "understood":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{pen.colour}"/>'
    if pen.value == "defensiveness":
        return f'<path d="M{x - 4.4:.1f} {y + 3.4:.1f} h8.8 l-4.4 -7.6z" fill="{pen.colour}"/>'
    return f'<rect x="{x - 3.4:.1f}" y="{y - 3.4:.1f}" width="6.8" height="6.8" fill="var(--page)" stroke="{pen.colour}" stroke-width="1.6"/>'


def _end_labels(frame: Frame, last: "State") -> str:
    """Put the names at the line ends, moved apart where they would touch."""
    wanted = sorted((frame.y(getattr(last, pen.value)) + 5, pen.name) for pen in PENS)
    placed: list[tuple[float, str]] = []
    for high, name in wanted:
        placed.append((max(high, placed[-1][0] + APART) if placed else high, name))
    across = frame.x(frame.turns) + 13
    return "".join(
        f'<text x="{across:.1f}" y="{high:.1f}" font-size="15" font-weight="600">{name}</text>' for high, name in placed
    )


def _sample(pen: Pen) -> str:
    return (
        f'<svg viewBox="0 0 34 12" width="34" height="12" aria-hidden="true"><line x1="2" x2="32" y1="6" y2="6" stroke="{pen.colour}" '
        f'stroke-width="{pen.width}" stroke-dasharray="{pen.dashes}" stroke-linecap="round"/>{_point(pen, 17, 6)}</svg>'
    )


def _across(value: float, width: int, left: int) -> float:
    return left + 8 + value * (width - left - 32) / 4


def _scale(value: int, across: float, height: int) -> str:
    return (
        f'<line x1="{across:.1f}" x2="{across:.1f}" y1="6" y2="{height - 28}" stroke="var(--rule)"/>'
        f'<text class="soft" x="{across:.1f}" y="{height - 8}" font-size="14" text-anchor="middle">{value}</text>'
    )


def _dumbbell(pair: "RatingPair", down: float, width: int, left: int) -> str:
    his = _across(pair.his, width, left)
    if pair.mine is None:
        return _diamond(his, down)
    mine, beside = _across(pair.mine, width, left), 8 if pair.mine == pair.his else 0
    bar = f'<line x1="{min(his, mine):.1f}" x2="{max(his, mine):.1f}" y1="{down}" y2="{down}" stroke="var(--ink-2)" stroke-width="2"/>'
    disc = f'<circle cx="{mine - beside:.1f}" cy="{down}" r="7" fill="var(--you)"/>'
    return (bar if not beside else "") + disc + _diamond(his + beside, down)


def _diamond(across: float, down: float) -> str:
    return f'<path d="M{across:.1f} {down - 9} l9 9 l-9 9 l-9 -9z" fill="var(--page)" stroke="var(--them)" stroke-width="2.4"/>'


def _mine(pair: "RatingPair") -> str:
    return "" if pair.mine is None else f"you {pair.mine}, "
