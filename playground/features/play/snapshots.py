"""What each model made on its way from noise to finished, as its training has left it.

Beside the weights lie `snapshots.json`, one object for each moment, and for models that draw
`snapshots.png`, one row of 32-pixel pictures side by side for each of them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from models import checkpoint
from models.base import ModelSpec
from models.datasets import IMAGE_PX

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a model could do after so many steps of training."""

    step: int
    seconds: float
    loss: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Learning:
    """A model and its snapshots, from the first to the finished one."""

    spec: ModelSpec
    snapshots: tuple[Snapshot, ...]
    across: int = 0  # pictures in each row of the sheet; 0 where there is none


def read_all(weights: Path, specs: Iterable[ModelSpec]) -> list[Learning]:
    """The learning of every model that writes or draws and has left snapshots."""
    makers = (spec for spec in specs if spec.kind != "measure")
    return [learning for spec in makers if (learning := _read(weights, spec))]


def sheet_of(weights: Path, spec: ModelSpec) -> Path:
    """Where the pictures of a model's snapshots lie, if it has any."""
    return weights / spec.source / checkpoint.SHEET_FILE


def _read(weights: Path, spec: ModelSpec) -> Learning | None:
    facts = weights / spec.source / checkpoint.SNAPSHOTS_FILE
    if not facts.is_file():
        return None
    rows = json.loads(facts.read_text(encoding="utf-8"))
    snapshots = tuple(
        Snapshot(int(r["step"]), float(r["seconds"]), float(r["loss"]), r.get("text", ""))
        for r in rows
    )
    if not snapshots:
        return None
    if spec.kind == "text":
        return Learning(spec, snapshots)
    across = _across(sheet_of(weights, spec), len(snapshots))
    return Learning(spec, snapshots, across) if across else None


def _across(sheet: Path, rows: int) -> int:
    """How many pictures stand side by side; 0 when the sheet is missing or has other rows."""
    if not sheet.is_file():
        return 0
    with Image.open(sheet) as image:
        width, height = image.size
    if height == rows * IMAGE_PX:
        return width // IMAGE_PX
    log.warning("%s has %d pixels for %d rows of pictures", sheet, height, rows)
    return 0
