"""A small scatter plot as inline SVG: a mark in the shape of each family, its name beside it.

Pure. Across runs a scale of powers of ten, up a scale from zero; each mark has the whiskers of its
95 % interval, the axes have their units, and the picture is told in words for who cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from models.families import FAMILIES
from models.measure.metric import Metric
from playground.web.tokens import shape_parts

WIDTH, HEIGHT = 340, 236
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 12, 12, 44
_LINE_PX = 14
_LETTER_PX = 6.2  # the mean width of a letter of 12 px, to see which labels meet
_MARK_PX = 16
_DECADE_PX = 12


@dataclass(frozen=True, slots=True)
class Axis:
    """What runs along an axis: its words with unit, and how a value is said.

    Args:
        most: the end of the scale, where the measure has one.
    """

    words: str
    say: Callable[[float], str]
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One model in the plot."""

    name: str
    family: str
    x: Metric
    y: Metric


def scatter(title: str, across: Axis, up: Axis, points: Sequence[Point]) -> str:
    """The plot as a figure with its caption; a sentence where there is nothing to show."""
    if not points:
        return (
            f'<figure class="scatter"><p class="says">{escape(title)}: no figures yet.</p></figure>'
        )
    scale_x, x_ticks = _decades([v for p in points for v in (p.x.low, p.x.high)])
    scale_y, y_ticks = _from_zero(up.most or max(p.y.high for p in points))
    inside = (
        *_grid(x_ticks, scale_x, across.say, y_ticks, scale_y),
        *(_whiskers(p, scale_x, scale_y) for p in points),
        *_marks(points, scale_x, scale_y),
        f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{escape(across.words)}'
        "</text>",
    )
    told = escape(in_words(title, across, up, points))
    return (
        '<figure class="scatter">'
        f"<figcaption><b>{escape(title)}</b> {escape(up.words)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">'
        f"{''.join(inside)}</svg></figure>"
    )


def in_words(title: str, across: Axis, up: Axis, points: Sequence[Point]) -> str:
    """What the plot shows, for who cannot see it."""
    told = "; ".join(f"{p.name}: {up.say(p.y.value)} at {across.say(p.x.value)}" for p in points)
    return f"{title}. {up.words} against {across.words}. {told}."


Scale = Callable[[float], float]


def _decades(values: Sequence[float]) -> tuple[Scale, list[float]]:
    """Powers of ten around all values, and a tick at each; of a single one at 1, 2 and 5."""
    logs = [math.log10(value) for value in values if value > 0]
    first, last = math.floor(min(logs)), math.ceil(max(logs))
    last = max(last, first + 1)

    def scale(value: float) -> float:
        share = (math.log10(max(value, 10.0**first)) - first) / (last - first)
        return _LEFT + _DECADE_PX + share * (WIDTH - _LEFT - _RIGHT - 2 * _DECADE_PX)

    between = (1, 2, 5) if last - first == 1 else (1,)
    ticks = [m * 10.0**power for power in range(first, last) for m in between]
    return scale, [*ticks, 10.0**last]


def _from_zero(most: float) -> tuple[Scale, list[float]]:
    """From zero to a round number, with at most five steps."""
    unit = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    step = next(unit * m for m in (0.1, 0.2, 0.25, 0.5, 1, 2) if most <= 5 * unit * m + 1e-12)
    count = math.ceil(most / step - 1e-9)

    def scale(value: float) -> float:
        return HEIGHT - _BOTTOM - value / (count * step) * (HEIGHT - _BOTTOM - _TOP)

    return scale, [i * step for i in range(count + 1)]


def _grid(
    x_ticks: Sequence[float],
    scale_x: Scale,
    say_x: Callable[[float], str],
    y_ticks: Sequence[float],
    scale_y: Scale,
) -> list[str]:
    base = HEIGHT - _BOTTOM
    lines = [
        f'<path class="rule" d="M{_LEFT} {scale_y(t):.1f}H{WIDTH - _RIGHT}"/>'
        f'<text x="{_LEFT - 6}" y="{scale_y(t) + 4:.1f}" text-anchor="end">{t:g}</text>'
        for t in y_ticks
    ]
    return lines + [
        f'<path class="rule" d="M{scale_x(t):.1f} {base}v4"/>'
        f'<text x="{scale_x(t):.1f}" y="{base + 17}" text-anchor="middle">{escape(say_x(t))}</text>'
        for t in x_ticks
    ]


def _whiskers(point: Point, scale_x: Scale, scale_y: Scale) -> str:
    x, y = scale_x(point.x.value), scale_y(point.y.value)
    (x0, x1), (y0, y1) = (
        (scale(metric.low), scale(metric.high))
        for scale, metric in ((scale_x, point.x), (scale_y, point.y))
    )
    return (
        f'<path class="whisker" data-family="{escape(point.family)}" '
        f'd="M{x0:.1f} {y:.1f}H{x1:.1f}M{x:.1f} {y0:.1f}V{y1:.1f}"/>'
    )


@dataclass(frozen=True, slots=True)
class _Box:
    """What a piece of the drawing covers."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        """Whether both cover the same place."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    @property
    def inside(self) -> bool:
        """Whether it stays within the axes."""
        across = self.left >= _LEFT and self.right <= WIDTH - _RIGHT
        return across and self.top >= 0 and self.bottom <= HEIGHT - _BOTTOM


def _marks(points: Sequence[Point], scale_x: Scale, scale_y: Scale) -> list[str]:
    """The shapes, and their names where none of them covers anything."""
    taken = [box for point in points for box in _covered(point, scale_x, scale_y)]
    pieces = []
    for point in points:
        label = _free(point, scale_x, scale_y, taken)
        taken.append(label)
        x, y = scale_x(point.x.value) - _MARK_PX / 2, scale_y(point.y.value) - _MARK_PX / 2
        shape = shape_parts(point.family) if point.family in FAMILIES else ""
        pieces.append(
            f'<g class="mark" data-family="{escape(point.family)}">'
            f'<g transform="translate({x:.1f} {y:.1f})">{shape}</g>'
            f'<text x="{label.left:.1f}" y="{label.bottom - 3:.1f}">{escape(point.name)}</text></g>'
        )
    return pieces


def _covered(point: Point, scale_x: Scale, scale_y: Scale) -> tuple[_Box, ...]:
    """A mark, and its whiskers."""
    x, y, half = scale_x(point.x.value), scale_y(point.y.value), _MARK_PX / 2
    return (
        _Box(x - half, y - half, x + half, y + half),
        _Box(scale_x(point.x.low), y - 1, scale_x(point.x.high), y + 1),
        _Box(x - 1, scale_y(point.y.high), x + 1, scale_y(point.y.low)),
    )


def _free(point: Point, scale_x: Scale, scale_y: Scale, taken: Sequence[_Box]) -> _Box:
    """Where a name has room: right, left, above or below its mark; right where there is none."""
    x, y, width = scale_x(point.x.value), scale_y(point.y.value), _LETTER_PX * len(point.name)
    right = max(x + _MARK_PX / 2, scale_x(point.x.high)) + 4
    left = min(x - _MARK_PX / 2, scale_x(point.x.low)) - 4 - width
    near, middle = x + _MARK_PX / 2, y - _LINE_PX / 2
    above = min(y - _MARK_PX / 2, scale_y(point.y.high)) - _LINE_PX
    below = max(y + _MARK_PX / 2, scale_y(point.y.low))
    corners = [(right, middle), (left, middle)]
    corners += [(at, top) for top in (above, below) for at in (x - width / 2, near, x - width)]
    boxes = [_Box(at, top, at + width, top + _LINE_PX) for at, top in corners]
    free = (box for box in boxes if box.inside and not any(box.meets(other) for other in taken))
    return next(free, boxes[0])
