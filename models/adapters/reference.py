"""How a figure lies among those of real pictures, of which only derived numbers are shipped.

`python -m models.measure reference` writes them beside the weights they were measured with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models import checkpoint

FILE = "reference.json"
QUANTILES = 101
"""From the least to the greatest in steps of a percent."""
_PLACES = 6  # significant digits of a quantile


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One figure of `n` real pictures, as its quantiles (101,) in rising order."""

    figure: str
    quantiles: np.ndarray
    n: int

    def share_below(self, value: float) -> float:
        """The share of the real pictures whose figure is less, between quantiles in proportion."""
        shares = np.linspace(0.0, 1.0, len(self.quantiles))
        return float(np.interp(value, self.quantiles, shares))


def among(reference: Reference | None, value: float) -> dict[str, float]:
    """What a look says of a figure's place: nothing where there is nothing to compare with."""
    if reference is None:
        return {}
    return {"percentile": reference.share_below(value), "percentile_n": float(reference.n)}


def read(folder: Path) -> Reference | None:
    """What is kept beside weights; None where nothing is, or where it is about other weights."""
    file = folder / FILE
    if not file.is_file():
        return None
    content: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if content["weights"] != checkpoint.revision(folder):
        return None
    quantiles = np.array(content["quantiles"], np.float64)
    return Reference(content["figure"], quantiles, int(content["n"]))


def write(
    folder: Path, figure: str, values: np.ndarray, command: str, data: Mapping[str, str]
) -> Path:
    """Keep the quantiles of a figure (N,), with all that says where they come from."""
    quantiles = np.quantile(values, np.linspace(0.0, 1.0, QUANTILES))
    content = {
        "figure": figure,
        "n": len(values),
        "command": command,
        "data": dict(data),
        "weights": checkpoint.revision(folder),
        "quantiles": [float(f"{quantile:.{_PLACES}g}") for quantile in quantiles],
    }
    path = folder / FILE
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path
