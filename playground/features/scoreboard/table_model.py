"""The scoreboard: one row for each model, every figure with its interval, every gap with a reason.

Pure: what is shipped is read off `metrics.json` beside the weights and nowhere else, models of the
hub off their entry in the catalogue; what was measured on this machine is handed in. Figures of
different worlds are never ranked against each other: they are about different data.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from models.base import ModelSpec
from models.checkpoint import METRICS_FILE
from models.measure import board
from models.measure.metric import Metric
from models.measure.report import UNLISTED
from models.pool import LoadState
from playground.core.format import duration, significant, tagline_of

Better = Literal["less", "more", ""]
Source = Literal["shipped", "here"]


@dataclass(frozen=True, slots=True)
class Column:
    """One measure: its name in files, its heading, its unit, and which end of it is better.

    Args:
        say: a value in words, unit included.
        unit: of the value in files.
        sampled: whether it has an interval; sizes are counted.
    """

    key: str
    heading: str
    say: Callable[[float], str]
    unit: str
    better: Better = ""
    sampled: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A shipped figure and the one of this machine; without either, why there is none."""

    metric: Metric | None = None
    why: str = ""
    here: Metric | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One model with all its figures, by the keys of `COLUMNS`."""

    id: str
    name: str
    about: str
    family: str
    kind: str
    world: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    remark: str = ""  # on what was measured here
    measured: str = ""  # how the shipped figures came about


@dataclass(frozen=True, slots=True)
class Here:
    """What was measured of one model on this machine.

    Args:
        why: the sentence that says why there is nothing.
        shared: whether others used the machine meanwhile.
    """

    metrics: Mapping[str, Metric] = field(default_factory=dict)
    why: str = ""
    shared: bool = False


def _bytes(value: float) -> str:
    millions = value / 1e6
    if millions >= 1000:
        return f"{significant(millions / 1e3)} GB"
    return f"{significant(millions, 3)} MB"


def _millions(value: float) -> str:
    return f"{significant(value / 1e6)} M"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


COLUMNS = (
    Column("parameters", "Weights", _millions, "", "less", False, "how many numbers it has learnt"),
    Column("stored_bytes", "Size", _bytes, "bytes", "less", False, "of its files"),
    Column("load_seconds", "Load", duration, "s", "less"),
    Column("first_seconds", "First step", duration, "s", "less"),
    Column("step_seconds", "A step", duration, "s", "less", help="a letter, or one redraw"),
    Column("picture_seconds", "A picture", duration, "s", "less"),
    Column("peak_bytes", "Peak memory", _bytes, "bytes", "less", help="the most its process held"),
    Column("bits_per_character", "Bits a letter", significant, "bits", "less"),
    Column("all_right", "Right", _percent, "", "more", help="shows what was asked for"),
    Column("coverage", "Coverage", _percent, "", "more", help="of the variety of real"),
    Column("density", "Density", significant, "", "more", help="how close to real ones"),
    Column("frechet", "Fréchet", significant, "", "less", help="distance from real ones"),
    Column("training_seconds", "Training", duration, "s", "less", False),
)
QUALITY = ("bits_per_character", "all_right", "coverage", "density", "frechet")
SPEED = ("load_seconds", "first_seconds", "step_seconds", "picture_seconds", "peak_bytes")
_PICTURES_ONLY = frozenset({"picture_seconds", "all_right", "coverage", "density", "frechet"})
KINDS = {"text": "writes", "image": "draws", "measure": "judges"}


# Rows


def rows(
    specs: Iterable[ModelSpec],
    weights: Path,
    state: Callable[[str], LoadState],
    here: Mapping[str, Here],
) -> list[Row]:
    """A row for every model on the machine, in the order they are offered; judges come last.

    Args:
        weights: the folder of the shipped models.
        state: of a model, by its id.
        here: what was measured on this machine, by model.
    """
    offered = [spec for spec in specs if spec.kind != "measure"]
    listed = {spec.id for spec in offered}
    made = [_offered_row(s, weights, state(s.id), here.get(s.id, Here())) for s in offered]
    return made + [_judge_row(j, weights) for j in UNLISTED if j not in listed]


def _offered_row(spec: ModelSpec, weights: Path, state: LoadState, here: Here) -> Row:
    content = {} if spec.files else read_metrics(weights / spec.source)
    own = spec.id == spec.source  # else it computes with another's weights
    shipped = _hub_figures(spec) if spec.files else _shipped_figures(content, spec.id, own=own)
    cells = {
        column.key: _cell(column.key, shipped, here, _why(column.key, spec, state, content))
        for column in COLUMNS
    }
    remark = here.why or ("others were at work here meanwhile" if here.shared else "")
    about = tagline_of(spec)
    kinds = (spec.family, spec.kind, spec.world)
    return Row(spec.id, spec.name, about, *kinds, cells, remark, _measured(content, spec.id))


def _judge_row(model_id: str, weights: Path) -> Row:
    content = read_metrics(weights / model_id)
    shipped = _shipped_figures(content, model_id)
    why = "judges, and makes nothing" if content else "no weights here"
    untold = "makes nothing, so it is not timed"
    cells = {
        c.key: _cell(c.key, shipped, Here(), untold if content and c.key in SPEED else why)
        for c in COLUMNS
    }
    family = "contrastive" if model_id == "clip_mini" else "classifier"
    kinds = (family, "measure", "digits")
    measured = _measured(content, model_id)
    return Row(model_id, model_id, UNLISTED[model_id], *kinds, cells, measured=measured)


def _measured(content: Mapping[str, Any], model_id: str) -> str:
    """Commands and machines behind the shipped figures of one model."""
    if not content:
        return ""
    training, quality = content["training"], content.get("measured")
    told = [f"trained by {training['command']} on {training['hardware']}"]
    if quality:
        told.append(f"quality by {quality['command']} on {quality['hardware']}")
    if speed := board.kept(content, model_id):
        busy = speed.get("load_average")
        told.append(f"speed by {speed['command']} on {speed['hardware']}")
        told += [f"with {busy:g} processes at work on that machine"] * (busy is not None)
    return ", ".join(told)


def read_metrics(folder: Path) -> Mapping[str, Any]:
    """The metrics.json of a folder; empty where there is none."""
    file = folder / METRICS_FILE
    content: Mapping[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return content


def _cell(key: str, shipped: Mapping[str, Metric], here: Here, why: str) -> Cell:
    metric, measured = shipped.get(key), here.metrics.get(key)
    return Cell(metric, "" if metric or measured else why, measured)


def _counted(value: float) -> Metric:
    return Metric(value, value, value, 1)


def _shipped_figures(
    content: Mapping[str, Any], model_id: str, *, own: bool = True
) -> dict[str, Metric]:
    if not content:
        return {}
    kept = board.kept(content, model_id)
    sampled = {**(content["metrics"] if own else {}), **kept.get("metrics", {})}
    found = {
        "parameters": _counted(content["parameters"]),
        "training_seconds": _counted(content["training"]["seconds"]),
    }
    if "stored_bytes" in kept:
        found["stored_bytes"] = _counted(kept["stored_bytes"])
    keys = {column.key for column in COLUMNS}
    return found | {k: Metric(**m) for k, m in sampled.items() if k in keys}


def _hub_figures(spec: ModelSpec) -> dict[str, Metric]:
    stored = sum(file.size_bytes for file in spec.files)
    found = {"stored_bytes": _counted(stored)}
    return found | ({"parameters": _counted(spec.parameters)} if spec.parameters else {})


# Reasons


def _why(key: str, spec: ModelSpec, state: LoadState, content: Mapping[str, Any]) -> str:
    """Why a model has no figure of this kind: the first of these that holds."""
    reasons = (
        (not spec.files and state == "unavailable", "no weights here"),
        (not spec.files and not content, "no metrics.json beside its weights"),
        (spec.kind == "text" and key in _PICTURES_ONLY, "draws no pictures"),
        (spec.kind != "text" and key == "bits_per_character", "writes no text"),
        (key in QUALITY, _why_no_quality(key, spec)),
        (key == "training_seconds", "trained by others"),
        (key == "parameters", "nobody has counted them"),
        (state == "not_downloaded", "not downloaded"),
        (bool(spec.files), "not measured here yet"),
    )
    return next((words for holds, words in reasons if holds), "not measured yet")


def _why_no_quality(key: str, spec: ModelSpec) -> str:
    if spec.files:
        text = spec.kind == "text"
        return "not measured: may have read the test text" if text else "draws other things"
    if key == "bits_per_character":
        return "not measured yet"
    if key == "all_right" and spec.world == "emoji":
        reads = "prompt" in spec.can
        return "the judge reads digits alone" if reads else "takes no words"
    emoji = key == "frechet" and spec.world == "emoji"
    return "too few emoji for a distance" if emoji else "not measured for this family"


# Files


@dataclass(frozen=True, slots=True)
class Entry:
    """One figure as it is exported."""

    model: str
    name: str
    family: str
    kind: str
    world: str
    measure: str
    unit: str
    source: Source
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    why_empty: str


def entries(chosen: Sequence[Row]) -> list[Entry]:
    """Every figure of these rows, one after another; a gap is an entry with its reason."""
    return [
        _entry(row, column, source, metric, cell.why)
        for row in chosen
        for column in COLUMNS
        for cell in [row.cells[column.key]]
        for source, metric in _sources(cell)
    ]


def _sources(cell: Cell) -> Iterator[tuple[Source, Metric | None]]:
    if cell.metric or not cell.here:
        yield "shipped", cell.metric
    if cell.here:
        yield "here", cell.here


def _entry(row: Row, column: Column, source: Source, metric: Metric | None, why: str) -> Entry:
    return Entry(
        model=row.id,
        name=row.name,
        family=row.family,
        kind=row.kind,
        world=row.world,
        measure=column.key,
        unit=column.unit,
        source=source,
        value=metric.value if metric else None,
        low=metric.low if metric else None,
        high=metric.high if metric else None,
        n=metric.n if metric else None,
        why_empty=why,
    )


def as_csv(chosen: Sequence[Row]) -> str:
    """The rows as comma-separated values, one figure a line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(Entry.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(entry) for entry in entries(chosen))
    return text.getvalue()


def as_json(chosen: Sequence[Row]) -> str:
    """The same as a list of objects."""
    found = [asdict(entry) for entry in entries(chosen)]
    return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
