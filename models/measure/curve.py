"""A loss curve as a small SVG that can be read on light and on dark ground."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

_WIDTH, _HEIGHT = 480, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 12, 40
_GREY, _LINE = "#808080", "#3987e5"  # both have contrast enough with white and with near-black
_LOGARITHMIC = 5.0  # losses that span more than this factor are drawn on a logarithmic axis


def draw(points: Sequence[tuple[float, float]], across: str = "steps", up: str = "loss") -> str:
    """The curve through (step, loss) points, with axes and ticks."""
    steps, losses = zip(*points, strict=True)
    logarithmic = min(losses) > 0 and max(losses) > _LOGARITHMIC * min(losses)
    x = _scale(0.0, max(steps), _LEFT, _WIDTH - _RIGHT, logarithmic=False)
    y = _scale(min(losses), max(losses), _HEIGHT - _BOTTOM, _TOP, logarithmic=logarithmic)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="11" '
        f'fill="{_GREY}">',
        f"<title>{up} over {across}</title>",
        *(_tick_across(x(tick), _label(tick)) for tick in _ticks(0.0, max(steps))),
        *(
            _tick_up(y(tick), _label(tick))
            for tick in (_decades if logarithmic else _ticks)(min(losses), max(losses))
        ),
        _text(_WIDTH - _RIGHT, _HEIGHT - 6, across, "end"),
        _text(4, _TOP + 4, up + (" (log)" if logarithmic else ""), "start"),
        f'<polyline fill="none" stroke="{_LINE}" stroke-width="1.5" stroke-linejoin="round" '
        f'points="{" ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in points)}"/>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _scale(
    low: float, high: float, start: float, end: float, *, logarithmic: bool
) -> Callable[[float], float]:
    """Values between `low` and `high` -> places between `start` and `end`."""
    f = math.log if logarithmic else float
    reach = f(high) - f(low) or 1.0
    return lambda value: start + (end - start) * (f(value) - f(low)) / reach


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round values between `low` and `high`."""
    if high <= low:
        return [low]
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    """Of 1, 2 and 5 times the powers of ten, those between `low` and `high`."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [m * 10.0**p for p in powers for m in (1, 2, 5) if low <= m * 10.0**p <= high]


def _label(value: float) -> str:
    return f"{value:,.6g}"


def _tick_across(place: float, label: str) -> str:
    bottom = _HEIGHT - _BOTTOM
    mark = f'<path stroke="{_GREY}" d="M{place:.1f} {bottom}v4"/>'
    return mark + _text(place, bottom + 16, label, "middle")


def _tick_up(place: float, label: str) -> str:
    line = (
        f'<path stroke="{_GREY}" stroke-opacity=".35" d="M{_LEFT} {place:.1f}H{_WIDTH - _RIGHT}"/>'
    )
    return line + _text(_LEFT - 6, place + 4, label, "end")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
