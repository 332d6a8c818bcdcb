"""Figures in a lesson's text: taken from the shipped results when the page is made, never typed.

    {{ sharp_or_blurry.gan }}                         a figure of a claim
    {{ energy.diffusion_mini / energy.gan }}          two of them, or one and a number, by + - * /
    {{ metric.char_lstm.bits_per_character }}         a figure from a model's metrics.json
    {{ model.gan.parameters }}                        what the catalogue says of a model
    {{ long_memory | verdict }}                       what the figures say of a claim

Behind a bar stands how it is written: percent, whole, tenth, million, interval, n, of_n (“28 of
30”), and for a whole claim verdict or because. Without one a figure has at most three significant
digits. A figure knows its unit: a share is in percent, or of_n, and never stands as a bare number.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from models import checkpoint
from models.base import ModelSpec
from models.experiments import results
from models.experiments.claim import Verdict, from_metrics
from models.experiments.results import Shipped
from models.measure.metric import Metric, Unit
from playground.core.format import in_unit, significant, whole
from playground.features.lessons.budget import spend

_OPEN, _CLOSE = "{{", "}}"
_LONGEST_FIELD = 1000
_TERM = r"[a-z0-9_]+(?:\.[a-z0-9_]+){1,2}|\d+(?:\.\d+)?"
_SUM = re.compile(rf"\s*({_TERM})\s*(?:([-+*/])\s*({_TERM})\s*)?")
_OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "percent": lambda value: f"{100 * value:.0f} %",
    "whole": whole,
    "tenth": lambda value: f"{value:.1f}",
    "million": lambda value: significant(value / 1e6),
}
_OF_SAMPLES = ("interval", "n", "of_n")
_OF_MODELS = ("parameters", "memory_bytes")


def fill(line: str, specs: Mapping[str, ModelSpec]) -> str:
    """A line with its fields replaced; ValueError in words for one that means nothing."""
    return replace_fields(line, lambda field: words(field, specs))


def replace_fields(line: str, written: Callable[[str], str]) -> str:
    """A line with what stands between double braces, and the braces, replaced by `written` of it.

    Every character is looked at once or twice, whatever the line holds: a visitor's own lesson
    comes here, and a regular expression would look for an end from each of its beginnings.
    """
    parts, done = list[str](), 0
    while (begins := line.find(_OPEN, done)) >= 0:
        ends = line.find(_CLOSE, begins + len(_OPEN))
        if ends < 0:  # nor is there one behind a later beginning
            break
        parts += [line[done:begins], written(line[begins + len(_OPEN) : ends])]
        done = ends + len(_CLOSE)
    return "".join([*parts, line[done:]])


def words(field: str, specs: Mapping[str, ModelSpec]) -> str:
    """What stands in the text for a field."""
    if len(field) > _LONGEST_FIELD:
        raise ValueError(f"A figure’s name has at most {_LONGEST_FIELD} characters.")
    spend()
    expression, _, how = (part.strip() for part in field.partition("|"))
    if expression in results.ids():
        return _of_claim(expression, how)
    if how in _OF_SAMPLES:
        return _of_sample(_metric(expression), how)
    if how and how not in _WRITTEN:
        known = ", ".join([*_WRITTEN, *_OF_SAMPLES])
        raise ValueError(f"“{how}” is no way to write a figure; there are {known}.")
    value, unit = figure(expression, specs), unit_of(expression)
    if unit == "percent" or (unit == "share" and how not in {"", "percent"}):
        raise ValueError(
            f"“{expression}” is a share: write it in percent (“| percent”), or as “28 of 30” "
            "(“| of_n”)."
        )
    if how or unit == "share":
        return _WRITTEN[how or "percent"](value)
    return in_unit(value, "count" if value == int(value) else "")


def unit_of(expression: str) -> Unit | Literal["percent"]:
    """What a figure is, or two of them with a sign between; a hundred times a share is percent."""
    found = _SUM.fullmatch(expression)
    first, sign, second = found.groups() if found else ("", None, None)
    units = [_unit(term) for term in (first, second) if term]
    if "share" not in units or (sign == "/" and units[1] == "share"):
        return ""
    return "percent" if sign == "*" else "share"


def figure(expression: str, specs: Mapping[str, ModelSpec]) -> float:
    """A figure, a number, or two of them with a sign between; ValueError in words otherwise."""
    found = _SUM.fullmatch(expression)
    if found is None:
        raise ValueError(
            f"“{expression.strip()}” is no figure; write one as claim.figure, such as "
            "sharp_or_blurry.gan."
        )
    first, sign, second = found.groups()
    value = _term(first, specs)
    if sign is not None:
        try:
            value = _OPERATIONS[sign](value, _term(second, specs))
        except ZeroDivisionError:
            raise ValueError(f"“{expression.strip()}” divides by zero.") from None
    if not math.isfinite(value):
        raise ValueError("A figure of this lesson has too many digits to be computed with.")
    return value


def verdict(claim: str) -> Verdict:
    """What the shipped figures say of a claim."""
    return results.experiment(claim).verdict(_shipped(claim).outcome.named())


def _term(term: str, specs: Mapping[str, ModelSpec]) -> float:
    if term[0].isdigit():
        return float(term)
    kind, _, rest = term.partition(".")
    if kind != "model":
        return _metric(term).value
    model, _, name = rest.partition(".")
    if model not in specs:
        raise ValueError(f"There is no model called “{model}” here.")
    if name not in _OF_MODELS:
        raise ValueError(f"Of a model there is {' or '.join(_OF_MODELS)}, not “{name}”.")
    return float(getattr(specs[model], name))


def _unit(term: str) -> Unit:
    measured = not term[0].isdigit() and not term.startswith("model.")
    return _metric(term).unit if measured else ""


def _metric(term: str) -> Metric:
    """A figure with its interval, of a claim or of a model."""
    kind, _, name = term.partition(".")
    if kind == "metric":
        model, _, name = name.partition(".")
        found, whose = _kept(checkpoint.WEIGHTS, model), f"the metrics of “{model}”"
    else:
        found, whose = _shipped(kind).outcome.named(), f"the result of “{kind}”"
    if name not in found:
        raise ValueError(f"There is no figure “{name}” in {whose}.")
    return found[name]


@cache
def _kept(weights: Path, model: str) -> Mapping[str, Metric]:
    try:
        return from_metrics(weights, model)
    except FileNotFoundError:
        raise ValueError(f"There are no figures of a model called “{model}”.") from None


@cache
def _shipped(claim: str) -> Shipped:
    found = results.shipped(claim) if claim in results.ids() else None
    if found is None:
        results.experiment(claim)  # says so if there is no such claim
        raise ValueError(f"No result is shipped for “{claim}”, so no figure can be taken from it.")
    return found


def _of_claim(claim: str, how: str) -> str:
    found = verdict(claim)
    if how == "because":
        return found.because
    if how == "verdict":
        return found.words
    raise ValueError(f"Of a whole claim there is “{claim} | verdict” or “{claim} | because”.")


def _of_sample(metric: Metric, how: str) -> str:
    if how == "n":
        return whole(metric.n)
    if how == "of_n":
        if metric.unit != "share":
            raise ValueError("Only a share can be written as “28 of 30”.")
        return f"{whole(metric.value * metric.n)} of {whole(metric.n)}"
    value, low, high = (in_unit(v, metric.unit) for v in (metric.value, metric.low, metric.high))
    return f"{value} ({low.removesuffix(' %')}–{high})"
