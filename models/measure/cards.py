"""card.md: what a model is, how it came about, how well it does and what it is bad at."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models import catalog
from models.measure import curve

CARD, CURVE = "card.md", "loss.svg"
_LICENCE = "MIT"


def write(model_id: str, folder: Path, content: Mapping[str, Any]) -> None:
    """Write the card of a model from its metrics.json, and its loss curve beside it."""
    points = content["training"].get("loss_curve", [])
    if points:
        (folder / CURVE).write_text(curve.draw(points))
    (folder / CARD).write_text("\n".join(_card(model_id, content, bool(points))))


def _card(model_id: str, content: Mapping[str, Any], curved: bool) -> Iterator[str]:
    what, limits, licence = _said_in_training(model_id)
    yield from (f"# {model_id}", "", what, "")
    yield from _origin(content)
    yield f"| licence | {licence} |"
    if credit := catalog.credit(model_id):
        yield f"| credit | {credit} |"
    if curved:
        yield from ("", f"![The training loss over the steps]({CURVE})")
    if limits:
        yield from ("", "## What it is bad at", "", limits)
    if content["metrics"]:
        yield from _figures(content)
    for exhibit in content.get("exhibits", ()):
        yield from _exhibit(exhibit)
    yield ""


def _said_in_training(model_id: str) -> tuple[str, str, str]:
    """What the training script says of the model: its docstring, its LIMITS and its LICENCE.

    Limits are "" where it names none. The licence is MIT unless the data asks for another one.
    """
    name = f"models.train.{model_id}"
    if importlib.util.find_spec(name) is None:
        return "", "", _LICENCE
    script = importlib.import_module(name)
    what = (script.__doc__ or "").strip().replace(f"Train `{model_id}`: ", "", 1)
    limits: str = getattr(script, "LIMITS", "")
    licence: str = getattr(script, "LICENCE", _LICENCE)
    return what, limits, licence


def _origin(content: Mapping[str, Any]) -> Iterator[str]:
    training = content["training"]
    yield from ("| | |", "|---|---|")
    yield f"| weights | `{content['weights']}`, {content['parameters']:,} parameters |"
    yield from (f"| data | {name}: `{digest}` |" for name, digest in training["data"].items())
    yield f"| command | `{training['command']}` |"
    if "further_from" in training:
        before = training["further_from"]
        yield f"| went on from | `{before['weights']}`, made by `{before['command']}` |"
    yield f"| seed | {training['seed']} |"
    yield f"| steps | {_steps(training)} |"
    yield f"| time | {training['seconds'] / 60:.0f} minutes on {training['hardware']} |"
    if "training_flops" in training:
        yield f"| compute | {_compute(training)} |"
    yield f"| torch | {training['torch']} |"


def _compute(training: Mapping[str, Any]) -> str:
    """Operations by count, and what they took of one core."""
    flops, minutes = training["training_flops"], training["core_seconds"] / 60
    return f"{flops:.3g} floating-point operations by count, {minutes:.0f} minutes of one core"


def _steps(training: Mapping[str, Any]) -> str:
    steps = f"{training['steps']:,}"
    if "autoencoder_steps" not in training:
        return steps
    return f"{steps}, after {training['autoencoder_steps']:,} of the autoencoder"


def _figures(content: Mapping[str, Any]) -> Iterator[str]:
    measured = content.get("measured", {})
    yield from ("", "## Measured", "")
    yield from ("| measured | value | 95 % interval | N |", "|---|---|---|---|")
    yield from (_row(name, metric) for name, metric in content["metrics"].items())
    yield ""
    if measured:
        yield f"Measured with `{measured['command']}`, as stored, on {measured['hardware']}."
        yield ""
        yield from (f"- {_quoted(note['of'])}: {note['note']}" for note in measured["notes"])
        yield from (f"- {name}: `{digest}`" for name, digest in measured["data"].items())


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(name: str, metric: Mapping[str, Any]) -> str:
    factor, unit = (100, " %") if metric.get("unit") == "share" else (1, "")
    value, low, high = (f"{factor * metric[key]:.4g}" for key in ("value", "low", "high"))
    return f"| {name} | {value}{unit} | {low} – {high} | {metric['n']:,} |"


def _exhibit(exhibit: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"## {exhibit['title']}", "")
    if exhibit["file"]:
        yield from (f"![{exhibit['title']}]({exhibit['file']})", "")
        yield from (f"{i}. {line}" for i, line in enumerate(exhibit["lines"], 1))
    else:
        yield from ("```text", *exhibit["lines"], "```")
