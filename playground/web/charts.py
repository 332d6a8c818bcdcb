"""Charts as inline SVG with their table behind them. Pure: no gradio, everything escaped.

Every chart carries its words in an alternative text, labels its marks directly, and can be read as
a table and saved as CSV. A family has its ink, its shape and its dash; what is real has ink alone.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from models.families import FAMILIES
from playground.core.format import THIN_SPACE, significant
from playground.web.tokens import shape_parts

WIDTH = 340
"""In units of the drawing, which are pixels on a phone."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 92, 12, 40
_HEAD = 26  # above the plot of lines, whose y axis says there what it is
_PLOT_HEIGHT = 164
_ROW, _BAR, _NAMES, _FIGURES = 34, 12, 116, 68
_LEAST_GAP = 13  # between two labels at the ends of lines
_ROOM = 0.06  # beyond the values, as a part of their span, where an axis has no end of its own


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a chart.

    Args:
        label: what it says, with its unit.
        low, high: where it begins and ends; None lets the values decide.
        percent: values are shares of 1, shown in percent.
        log: in equal steps of the logarithm; it then begins where the values do.
    """

    label: str
    low: float | None = 0.0
    high: float | None = None
    percent: bool = False
    log: bool = False

    def say(self, value: float) -> str:
        """A value as it stands on this axis."""
        return f"{significant(100 * value)} %" if self.percent else significant(value)

    def tick(self, value: float) -> str:
        """A round value beside this axis."""
        return f"{100 * value:g} %" if self.percent else f"{value:,g}".replace(",", THIN_SPACE)


@dataclass(frozen=True, slots=True)
class Mark:
    """One value with its 95 % interval.

    Args:
        value: None for a figure that could not be had; `missing` then says why.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    family: str = ""  # "" for what is real or human
    x: float = 0.0  # where it lies, in a chart of lines or dots
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Marks that belong together, from left to right; with a single mark, a dot."""

    label: str
    family: str
    marks: tuple[Mark, ...]


def bars(title: str, marks: Sequence[Mark], axis: Axis, name: str = "chart") -> str:
    """Horizontal bars, one under another, with their intervals and figures.

    Args:
        title: what the chart shows, in a sentence; also its alternative text.
        name: of the CSV file, without its ending.
    """
    scale = _scale(axis, _ends(marks), _NAMES, WIDTH - _FIGURES)
    rows = "".join(_bar(mark, row, axis, scale) for row, mark in enumerate(marks))
    height = _TOP + _ROW * len(marks) + 26
    zero = scale(axis.low or 0.0)
    floor = height - 26
    base = f'<path class="axis" d="M{zero:.1f} {_TOP - 4}V{floor}"/>'
    words = _text(WIDTH / 2, height - 6, axis.label + _sample_words(marks), "middle", "small")
    drawn = _svg(title, height, base + rows + words, [_say(mark, axis) for mark in marks])
    return _figure(title, drawn, _rows_of_bars(marks, axis), name)


def lines(title: str, drawn: Sequence[Line], x: Axis, y: Axis, name: str = "chart") -> str:
    """Lines with bands of their intervals, or dots, each labelled where it ends.

    Args:
        title: what the chart shows, in a sentence; also its alternative text.
        name: of the CSV file, without its ending.
    """
    marks = [mark for line in drawn for mark in line.marks if mark.value is not None]
    across = _scale(x, [mark.x for mark in marks], _LEFT, WIDTH - _RIGHT)
    bottom = _HEAD + _PLOT_HEIGHT
    up = _scale(y, _ends(marks), bottom, _HEAD)
    places = _spread([up(_last(line)) for line in drawn], bottom)
    pieces = [
        _frame(x, y, marks, across, up),
        *(_line(line, across, up) for line in drawn),
        *(
            _label(line, across, up(_last(line)), place)
            for line, place in zip(drawn, places, strict=True)
        ),
    ]
    words = [f"{line.label}: {_say(line.marks[-1], y)}" for line in drawn if line.marks]
    svg = _svg(title, bottom + _BOTTOM, "".join(pieces), words)
    return _figure(title, svg, _rows_of_lines(drawn, x, y), name)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """A table; its first column names the rows."""
    heads = "".join(
        f'<th scope="col">{escape(word)}</th>' if word else "<td></td>" for word in head
    )
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    # Wider than a phone it scrolls sideways, which keys can do only where the focus can be.
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(caption or "Table")}">'
        f"<table>{said}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def csv_link(head: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> str:
    """A link that saves a table as CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    address = "data:text/csv;charset=utf-8," + quote(text.getvalue())
    return f'<a class="ghost" download="{escape(name)}.csv" href="{address}">CSV</a>'


# Scales


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """About so many round values in a span, in steps of 1, 2 or 5 times a power of 10."""
    span = high - low
    if span <= 0:
        return [low]
    raw = span / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Powers of 2 or 10 from `low` to `high`, at most so many."""
    base = 2 if low >= 0.5 and high / low <= 1024 else 10
    first = math.ceil(math.log(low, base) - 1e-9)
    last = math.floor(math.log(high, base) + 1e-9)
    skip = max(1, math.ceil((last - first + 1) / most))
    return [float(base) ** power for power in range(first, last + 1, skip)]


def _scale(axis: Axis, values: Sequence[float], start: float, end: float) -> Callable[..., float]:
    """Where on the drawing a value lies."""
    low, high = _span(axis, values)
    turn = math.log if axis.log else float

    def place(value: float) -> float:
        inside = min(max(value, low), high)
        return start + (turn(inside) - turn(low)) / (turn(high) - turn(low)) * (end - start)

    return place


def _span(axis: Axis, values: Sequence[float]) -> tuple[float, float]:
    """From where to where an axis goes; never of no length."""
    found = [v for v in values if math.isfinite(v) and (v > 0 or not axis.log)] or [1.0]
    least, most = min(found), max(found)
    if axis.log:
        room = (most / least) ** _ROOM if most > least else 2.0
        low, high = least / room, most * room
    else:
        room = _ROOM * (most - least) or abs(most) * _ROOM or 1.0
        low = least - room if axis.low is None else min(axis.low, least)
        high = most
    high = high if axis.high is None else axis.high
    if high <= low:
        high = low + 1
    return low, high


def _ends(marks: Sequence[Mark]) -> list[float]:
    """Every value of marks and of their intervals."""
    found = [v for m in marks if m.value is not None for v in (m.value, m.low, m.high)]
    return [v for v in found if v is not None]


# Marks


def _bar(mark: Mark, row: int, axis: Axis, scale: Callable[..., float]) -> str:
    middle = _TOP + _ROW * row + _ROW / 2
    name = _text(0, middle + 4, mark.label, "start")
    if mark.value is None:
        return name + _text(_NAMES, middle + 4, mark.missing or "not measured", "start", "muted")
    zero, end = scale(axis.low or 0.0), scale(mark.value)
    left, width = min(zero, end), max(abs(end - zero), 1.0)
    top = middle - _BAR / 2
    drawn = f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_BAR}"/>'
    figure = _text(WIDTH, middle + 4, axis.say(mark.value), "end", "figure")
    return f"<g {_ink(mark.family)}>{drawn}{_whisker(mark, middle, scale)}</g>{name}{figure}"


def _whisker(mark: Mark, middle: float, scale: Callable[..., float]) -> str:
    if mark.low is None or mark.high is None:
        return ""
    low, high = scale(mark.low), scale(mark.high)
    ends = f"M{low:.1f} {middle - 5:.1f}v10M{high:.1f} {middle - 5:.1f}v10"
    return f'<path class="whisker" d="M{low:.1f} {middle:.1f}H{high:.1f}{ends}"/>'


def _line(line: Line, across: Callable[..., float], up: Callable[..., float]) -> str:
    marks = [mark for mark in line.marks if mark.value is not None]
    if not marks:
        return ""
    if len(marks) == 1:
        return f"<g {_ink(line.family)}>{_upright(marks[0], across, up)}</g>"
    points = [f"{across(m.x):.1f} {up(m.value):.1f}" for m in marks]
    dash = FAMILIES[line.family].dash if line.family in FAMILIES else ""
    style = f' stroke-dasharray="{dash}"' if dash else ""
    path = f'<path class="line" d="M{"L".join(points)}"{style}/>'
    return f"<g {_ink(line.family)}>{_band(marks, across, up)}{path}</g>"


def _band(marks: Sequence[Mark], across: Callable[..., float], up: Callable[..., float]) -> str:
    held = [m for m in marks if m.low is not None and m.high is not None]
    if len(held) < 2:
        return ""
    over = [f"{across(m.x):.1f} {up(m.high):.1f}" for m in held]
    under = [f"{across(m.x):.1f} {up(m.low):.1f}" for m in reversed(held)]
    return f'<path class="band" d="M{"L".join(over + under)}Z"/>'


def _upright(mark: Mark, across: Callable[..., float], up: Callable[..., float]) -> str:
    """The interval of a dot, upright; its shape is drawn with its label."""
    if mark.low is None or mark.high is None:
        return ""
    x, low, high = across(mark.x), up(mark.low), up(mark.high)
    return f'<path class="whisker" d="M{x:.1f} {low:.1f}V{high:.1f}"/>'


def _label(line: Line, across: Callable[..., float], end: float, place: float) -> str:
    """Shape and word behind the end of a line, moved a little where they would meet others."""
    x = across(line.marks[-1].x) if line.marks else WIDTH - _RIGHT
    shape = shape_parts(line.family) if line.family in FAMILIES else _SQUARE
    dot = len(line.marks) == 1
    mark = (x - 6, end - 6) if dot else (x + 6, place - 6)
    side = x + (12 if dot else 22)
    moved = abs(place - end) > 4 and dot
    leader = f'<path class="leader" d="M{x + 6:.1f} {end:.1f}L{side:.1f} {place:.1f}"/>'
    return (
        f'<g {_ink(line.family)}>{leader if moved else ""}<g class="mark" '
        f'transform="translate({mark[0]:.1f} {mark[1]:.1f}) scale(.75)">{shape}</g></g>'
        f"{_text(side, place + 4, line.label, 'start')}"
    )


_SQUARE = '<path d="M2 2h12v12H2z" fill="none" stroke="currentColor" stroke-width="2"/>'


def _frame(
    x: Axis,
    y: Axis,
    marks: Sequence[Mark],
    across: Callable[..., float],
    up: Callable[..., float],
) -> str:
    """Both axes with their ticks, and what they say; how many samples below."""
    bottom, right = _HEAD + _PLOT_HEIGHT, WIDTH - _RIGHT
    pieces = [f'<path class="axis" d="M{_LEFT} {_HEAD}V{bottom}H{right}"/>']
    low, high = _span(y, _ends(marks))
    for value in (log_ticks if y.log else ticks)(low, high):
        place = up(value)
        pieces.append(f'<path class="grid-line" d="M{_LEFT} {place:.1f}H{right}"/>')
        pieces.append(_text(_LEFT - 6, place + 4, y.tick(value), "end", "small"))
    low, high = _span(x, [m.x for m in marks])
    for value in (log_ticks if x.log else ticks)(low, high):
        pieces.append(_text(across(value), bottom + 16, x.tick(value), "middle", "small"))
    said = x.label + _sample_words(marks)
    pieces.append(_text(_LEFT, bottom + 34, said, "start", "small"))
    pieces.append(_text(0, _HEAD - 14, y.label, "start", "small"))
    return "".join(pieces)


def _last(line: Line) -> float:
    values = [mark.value for mark in line.marks if mark.value is not None]
    return values[-1] if values else 0.0


def _spread(places: Sequence[float], bottom: float) -> list[float]:
    """The same places, moved apart so that labels at them do not meet."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved, floor = list(places), -math.inf
    for i in order:
        moved[i] = max(moved[i], floor)
        floor = moved[i] + _LEAST_GAP
    ceiling = bottom
    for i in reversed(order):  # those that were moved out at the bottom come back
        moved[i] = min(moved[i], ceiling)
        ceiling = moved[i] - _LEAST_GAP
    return moved


# Pieces


def _ink(family: str) -> str:
    known = family if family in FAMILIES else "real"
    return f'class="of" data-ink="{known}"'


def _text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    classes = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{classes}>{escape(words)}</text>'


def _sample_words(marks: Sequence[Mark]) -> str:
    counts = sorted({mark.n for mark in marks if mark.n})
    if not counts:
        return ""
    span = [f"{n:,}".replace(",", THIN_SPACE) for n in (counts[0], counts[-1])]
    return f" · N = {span[0]}" + (f" to {span[1]}" if len(counts) > 1 else "")


def _say(mark: Mark, axis: Axis) -> str:
    if mark.value is None:
        return f"{mark.label}: {mark.missing or 'not measured'}"
    said = f"{mark.label} {axis.say(mark.value)}"
    if mark.low is not None and mark.high is not None:
        said += f" ({axis.say(mark.low)} to {axis.say(mark.high)})"
    return said


def _svg(title: str, height: float, content: str, words: Sequence[str]) -> str:
    alternative = escape(f"{title} {'; '.join(words)}.")
    return (
        f'<svg class="chart-drawing" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{alternative}">{content}</svg>'
    )


def _figure(title: str, svg: str, rows: list[list[str]], name: str) -> str:
    head, *body = rows
    return (
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>{svg}'
        f'<details class="details"><summary>Table</summary>{table(head, body)}'
        f"{csv_link(head, body, name)}</details></figure>"
    )


_INTERVAL = ["95 % from", "to", "N"]


def _rows_of_bars(marks: Sequence[Mark], axis: Axis) -> list[list[str]]:
    return [["", axis.label, *_INTERVAL], *([mark.label, *_cells(mark, axis)] for mark in marks)]


def _rows_of_lines(drawn: Sequence[Line], x: Axis, y: Axis) -> list[list[str]]:
    head = ["", x.label, y.label, *_INTERVAL]
    return [head, *([q.label, x.tick(m.x), *_cells(m, y)] for q in drawn for m in q.marks)]


def _cells(mark: Mark, axis: Axis) -> list[str]:
    """Value, interval and N of a mark, in the unit that its axis names."""
    if mark.value is None:
        return [mark.missing or "not measured", "", "", ""]
    factor = 100 if axis.percent else 1
    numbers = [mark.value, mark.low, mark.high]
    said = ("" if number is None else f"{factor * number:.5g}" for number in numbers)
    return [*said, "" if mark.n is None else str(mark.n)]
