"""A quantile of measured times with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.measure.metric import Metric


def quantile(values: Sequence[float], share: float) -> Metric:
    """The value that `share` of all lie at or below, with the interval of order statistics.

    The interval reaches from the l-th to the u-th smallest value, each chosen so that the true
    quantile lies beyond it in at most 2.5 % of all cases (Conover 1999, section 3.2). Where the
    sample is too small for that it ends at the smallest or the largest value there is.
    """
    ordered, n = np.sort(np.asarray(values, float)), len(values)
    at_most = np.cumsum([math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)])
    low = max(1, int(np.searchsorted(at_most, 0.025, "right")))  # P(fewer than l below) <= 2.5 %
    high = min(n, int(np.searchsorted(at_most, 0.975)) + 1)
    place = max(1, math.ceil(share * n))
    low, high = min(low, place), max(high, place)
    return Metric(float(ordered[place - 1]), float(ordered[low - 1]), float(ordered[high - 1]), n)


def exactly(value: float, n: int) -> Metric:
    """A count or a single measurement, which has no interval of its own."""
    return Metric(value, value, value, n)
