"""How different the pictures of a contact sheet are, and how different real digits would be.

    python -m playground.tools.sample_variety    derive real digits' figures anew (needs MNIST)

The distance of two pictures is the root of the mean squared difference of their colour values
(RMS), of 255 at most. The page works it out (`features/drawers/sheet/sheet.js`); here are the
same figures in numpy, and those of real test digits, which are shipped as numbers because the
digits themselves are not part of the repository.

Two real digits in the same ink on the same paper differ by the difference of their strokes times
that of the two colours. So what is kept are distances of strokes, between 0 and 1, for any colours.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np

from models import console, datasets
from playground.web.assets import FEATURES

logger = logging.getLogger(__name__)

FILE = FEATURES / "drawers" / "sheet" / "sample_variety.json"
SHEET = 64
"""Pictures on a sheet: the more there are, the nearer is the nearest other one."""
SETS = 200
LIMIT_PERCENT = 5.0
"""Of real digits, so many are nearer to another one than what counts as two different pictures."""
_INTERVAL = (2.5, 97.5)


def distances(pictures: np.ndarray) -> np.ndarray:
    """RMS difference (N, N) of pictures (N, …), in their own unit."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float64)  # (N, D)
    squares = (flat**2).sum(1)
    away = squares[:, None] + squares - 2 * flat @ flat.T
    np.fill_diagonal(away, 0.0)
    found: np.ndarray = np.sqrt(away.clip(0) / flat.shape[1])
    return found


def nearest(away: np.ndarray) -> np.ndarray:
    """How far each picture (N,) is from the nearest other one, from the distances (N, N)."""
    others = away + np.diag(np.full(len(away), np.inf))
    found: np.ndarray = others.min(1)
    return found


def different(away: np.ndarray, limit: float) -> int:
    """How many pictures are left when those nearer to each other than `limit` count as one.

    Also by way of others: these are the connected parts of the graph of near pictures.
    """
    part = np.arange(len(away))
    for one, other in np.argwhere(np.triu(away < limit, 1)):
        part[part == part[other]] = part[one]
    return len(set(part.tolist()))


def derive(sets: int = SETS, seed: int = 0) -> dict[str, Any]:
    """The figures of real test digits, for each digit over many sheets of `SHEET` drawn of them."""
    strokes, labels = datasets.mnist("test")
    padded = np.zeros((len(strokes), datasets.IMAGE_PX, datasets.IMAGE_PX), np.float32)
    edge = (datasets.IMAGE_PX - datasets.STROKE_PX) // 2
    padded[:, edge:-edge, edge:-edge] = strokes.astype(np.float32) / 255
    generator = np.random.default_rng(seed)
    digits = [_derive_digit(padded[labels == digit], sets, generator) for digit in range(10)]
    return {
        "pictures": SHEET,
        "sets": sets,
        "limit_percent": LIMIT_PERCENT,
        "palette": datasets.PALETTE,
        "digits": digits,
    }


def _derive_digit(
    strokes: np.ndarray, sets: int, generator: np.random.Generator
) -> dict[str, object]:
    """Distance to the nearest, what counts as different, and how many are, of one digit."""
    whole = distances(strokes)
    chosen = [generator.choice(len(strokes), SHEET, replace=False) for _ in range(sets)]
    sheets = [whole[np.ix_(places, places)] for places in chosen]
    near = np.array([nearest(sheet) for sheet in sheets])  # (S, SHEET)
    limit = float(np.percentile(near, LIMIT_PERCENT))
    counts = np.array([different(sheet, limit) for sheet in sheets], float)
    return {
        "of": len(strokes),
        "nearest": _interval(near.mean(1)),
        "limit": round(limit, 5),
        "different": _interval(counts),
    }


def _interval(values: np.ndarray) -> list[float]:
    """The mean over all sheets, and between what bounds 95 % of them lie."""
    return [round(float(v), 4) for v in (values.mean(), *np.percentile(values, _INTERVAL))]


def limit_of(digit: int, ink: str, paper: str) -> float:
    """What counts as different in these colours, of 255, by the numbers that are shipped."""
    known = json.loads(FILE.read_text(encoding="utf-8"))
    colours = np.array([datasets.PALETTE[ink], datasets.PALETTE[paper]])
    return float(known["digits"][digit]["limit"] * distances(colours)[0, 1])


def main() -> None:
    """Write the file that the page reads."""
    console.write_anything()
    FILE.write_text(json.dumps(derive(), indent=1) + "\n", encoding="utf-8")
    logger.info("wrote %s, %d bytes", FILE, FILE.stat().st_size)


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(message)s")
    main()
