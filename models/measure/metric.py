"""A measured figure with its 95 % interval and its sample size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

Z95 = 1.959963984540054  # two-sided 95 % quantile of the standard normal
JACKKNIFE_GROUPS = 20
_T95 = 2.093024  # the same of Student's t with one degree of freedom fewer than groups

Unit: TypeAlias = Literal["", "share", "count"]
"""What a value is: a share of 1, a number of things, or something its name says the unit of."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`value` with its 95 % interval `low` to `high`, from `n` samples.

    Whatever prints a value asks `unit`: a share is written in percent, never as a count.
    """

    value: float
    low: float
    high: float
    n: int
    unit: Unit = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON-ready form, rounded to what the sample can bear; without a unit of ""."""
        rounded = {k: round(getattr(self, k), 5) for k in ("value", "low", "high")}
        return {**rounded, "n": self.n, **({"unit": self.unit} if self.unit else {})}

    def of(self, unit: Unit) -> Metric:
        """The same figure with its unit."""
        return replace(self, unit=unit)


def share(right: Iterable[bool]) -> Metric:
    """A proportion with Wilson's score interval."""
    answers = np.fromiter(right, bool)
    low, high = wilson(int(answers.sum()), len(answers))
    return Metric(float(answers.mean()), low, high, len(answers), "share")


def wilson(k: int, n: int) -> tuple[float, float]:
    """The score interval for k of n (Wilson 1927, J. Am. Stat. Assoc. 22: 209).

    It holds for small samples and for shares of 0 and 1, where k/n ± 2 standard errors fails.
    """
    p = k / n
    centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2)) / (1 + Z95**2 / n)
    return centre - half, centre + half


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


def ratio(sums: np.ndarray, sizes: np.ndarray) -> Metric:
    """A mean over units that come in clusters, such as characters in names.

    The clusters are the independent samples; the interval is that of a ratio of means (Cochran
    1977, eq. 2.46).

    Args:
        sums: (C,) the sum over the units of each cluster.
        sizes: (C,) how many units each has.
    """
    value = float(sums.sum() / sizes.sum())
    clusters = len(sums)
    spread = float(np.square(sums - value * sizes).sum()) * clusters / (clusters - 1)
    half = Z95 * math.sqrt(spread) / float(sizes.sum())
    return Metric(value, value - half, value + half, int(sizes.sum()))


def jackknife(
    value: float, left_out: Sequence[float], n: int, low: float = -math.inf, high: float = math.inf
) -> Metric:
    """Any statistic with the interval of the delete-a-group jackknife (Efron & Stein 1981).

    Unlike a bootstrap it never repeats a sample, which would change who is whose neighbour.

    Args:
        value: the statistic of all samples.
        left_out: the same with each of the `JACKKNIFE_GROUPS` groups of samples left out.
        n: how many samples there are.
        low, high: the interval is cut to what the statistic can be.
    """
    groups = len(left_out)
    away = np.array(left_out) - np.mean(left_out)
    half = _T95 * math.sqrt((groups - 1) / groups * float(np.square(away).sum()))
    return Metric(value, max(low, value - half), min(high, value + half), n)


def median(values: np.ndarray) -> Metric:
    """A median with the interval of order statistics (Conover 1999, section 3.2).

    From the l-th smallest to the l-th largest value, with the largest l for which fewer than l of
    n values lie on one side of the true median in at most 2.5 % of all cases.
    """
    ordered, n = np.sort(values), len(values)
    rank, beyond = 0, 1 / 2**n
    while beyond <= 0.025:
        rank += 1
        beyond += math.comb(n, rank) / 2**n
    place = max(rank, 1) - 1
    low, high = float(ordered[place]), float(ordered[n - 1 - place])
    return Metric(float(np.median(ordered)), low, high, n)
