"""Numbers, times and sizes as people read them. Pure; with units, and thin spaces in thousands."""

from __future__ import annotations

import math

from models.base import ModelSpec
from models.engine import Waiting
from models.measure.metric import Unit

THIN_SPACE = "\u202f"
"""No line ends at it: a number is never parted."""
_BYTES_PER_PARAMETER = 2  # weights are shipped in bfloat16

# Numbers


def significant(value: float, digits: int = 3) -> str:
    """A number with at most `digits` significant digits and thin spaces in its thousands."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{round(value, places):,.{places}f}".replace(",", THIN_SPACE)


def whole(value: float) -> str:
    """A number without decimals, with thin spaces in its thousands."""
    return f"{value:,.0f}".replace(",", THIN_SPACE)


def in_unit(value: float, unit: Unit) -> str:
    """A measured value as it is written: a share in percent, a count without decimals if whole."""
    if unit == "share":
        return f"{significant(100 * value)} %"
    return whole(value) if unit == "count" and value == int(value) else significant(value)


def duration(seconds: float) -> str:
    """A span of time in the unit that reads best."""
    if seconds >= 7200:
        return f"{significant(seconds / 3600, 2)} h"
    if seconds >= 120:
        return f"{significant(seconds / 60, 2)} min"
    if 0 < seconds < 0.001:
        return f"{significant(seconds * 1e6, 2)} µs"
    if 0 < seconds < 1:
        return f"{significant(seconds * 1e3, 2)} ms"
    return f"{significant(seconds, 2)} s"


def roughly(seconds: float) -> str:
    """An estimate of a span of time, in whole seconds or minutes."""
    if seconds >= 120:
        return f"about {round(seconds / 60)} min"
    return f"about {max(1, round(seconds, -1 if seconds > 20 else 0)):.0f} s"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th …"""
    teen = 10 <= number % 100 <= 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def plural(number: int, noun: str) -> str:
    """A count with its noun: 1 picture, 4 pictures."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", THIN_SPACE)


def size(spec: ModelSpec) -> str:
    """How big a model is, in words: "3.46 M weights · 6.9 MB"; "" when nobody has counted."""
    if not spec.parameters:
        return ""
    millions = spec.parameters / 1e6
    return f"{significant(millions, 2 if millions < 100 else 3)} M weights · {stored_size(spec)}"


def stored_size(spec: ModelSpec) -> str:
    """The bytes of a model's weights, in words: "6.9 MB"; "" when nobody has counted."""
    if not spec.parameters:
        return ""
    millions = spec.parameters / 1e6
    fetched = sum(file.size_bytes for file in spec.files) / 1e6
    stored = fetched or millions * _BYTES_PER_PARAMETER
    rounded = spec.memory_bytes / 1e6 < stored  # when it is read: on disk it is its twin's file
    stored = spec.memory_bytes / 1e6 if rounded else stored
    held = f"{significant(stored / 1e3, 2)} GB" if stored >= 1e3 else f"{significant(stored, 2)} MB"
    where = " in memory" if rounded else ""
    return f"{held}{where}"


# Words


def tagline_of(spec: ModelSpec) -> str:
    """What a model's title says about it after its name."""
    return spec.title.partition(" · ")[2]


def waiting_words(waiting: Waiting) -> tuple[str, str]:
    """The mark and the words for what a run waits for; empty for a mere heartbeat."""
    if waiting.what == "queue":
        return ("", _queue_words(waiting)) if waiting.position else ("", "")
    what = {"loading": "loading", "checking": "checking its files"}.get(waiting.what, "waking up")
    if waiting.total:
        return "◔", f"{what} {waiting.elapsed:.0f} of {math.ceil(waiting.total)} s"
    return "◔", f"{what} {waiting.elapsed:.0f} s"


def _queue_words(waiting: Waiting) -> str:
    place = "next in line" if waiting.position == 1 else f"{ordinal(waiting.position)} in line"
    return place if waiting.seconds is None else f"{place}, about {math.ceil(waiting.seconds)} s"
