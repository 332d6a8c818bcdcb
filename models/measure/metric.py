"""A measured figure with its 95 % interval and its sample size."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np

Z95 = 1.959964  # two-sided 95 % quantile of the standard normal


@dataclass(frozen=True, slots=True)
class Metric:
    """`value` with its 95 % interval `low` to `high`, from `n` samples."""

    value: float
    low: float
    high: float
    n: int

    def as_dict(self) -> dict[str, float]:
        """Plain JSON-ready form, rounded to what the sample can bear."""
        return {k: round(v, 5) if k != "n" else v for k, v in asdict(self).items()}


def share(right: Iterable[bool]) -> Metric:
    """A proportion with Wilson's score interval (Wilson 1927)."""
    answers = np.fromiter(right, bool)
    n = len(answers)
    p = float(answers.mean())
    centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2)) / (1 + Z95**2 / n)
    return Metric(p, centre - half, centre + half, n)


def mean(values: np.ndarray, block: int = 1) -> Metric:
    """A mean with a normal interval.

    Args:
        values: (N,) in order.
        block: neighbours that may depend on each other; the interval is taken over the means of
            blocks of this length, so that N dependent values do not pass for N independent ones.
    """
    centre = float(values.mean())
    whole = values[: len(values) // block * block].reshape(-1, block).mean(1)
    half = Z95 * float(whole.std(ddof=1)) / math.sqrt(len(whole))
    return Metric(centre, centre - half, centre + half, len(values))
