"""How alike two sets of samples are: coverage and density, and the Fréchet distance.

Coverage and density after Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for
Generative Models", eqs. 4 and 5. Around every real sample lies a ball that reaches to its k-th
nearest real neighbour. Coverage is the share of balls with a generated sample in them, so it falls
when kinds of pictures are missing; density is how many balls a generated sample lies in, divided by
k, so it falls when pictures lie where no real ones are. It can exceed 1.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from models.measure.metric import JACKKNIFE_GROUPS, Metric, jackknife

NEIGHBOURS = 5  # k
FRECHET_SAMPLES = 1_000  # with fewer, the distance says more about their number than about them
_ROWS = 500  # real samples whose distances are held at a time: 20 MB for 10,000 others


def coverage_and_density(
    real: np.ndarray, drawn: np.ndarray, neighbours: int = NEIGHBOURS
) -> dict[str, Metric]:
    """`coverage` and `density` of generated samples (M, D) among real ones (N, D).

    The intervals are the jackknife's over both sets at once: group g is every sample whose place
    is g modulo the number of groups, so the order within a set must mean nothing.
    """
    counts = _counts(_tensor(real), _tensor(drawn), neighbours)  # (N, 1 + G)
    covered, dense = [], []
    for column, (own, others) in enumerate(zip(_kept(len(real)), _kept(len(drawn)), strict=True)):
        chosen = counts[own, column].astype(np.float64)
        covered.append(float((chosen > 0).mean()))
        dense.append(float(chosen.sum()) / (neighbours * int(others.sum())))
    return {
        "coverage": jackknife(covered[0], covered[1:], len(drawn), 0.0, 1.0).of("share"),
        "density": jackknife(dense[0], dense[1:], len(drawn), 0.0),
    }


def frechet(real: np.ndarray, drawn: np.ndarray) -> Metric:
    """Fréchet distance of two sets of features (N, D) and (M, D) (Heusel et al. 2017, eq. 6).

    Raises:
        ValueError: when a set has fewer than 1,000 samples.
    """
    if min(len(real), len(drawn)) < FRECHET_SAMPLES:
        raise ValueError(f"The Fréchet distance needs at least {FRECHET_SAMPLES:,} samples a set.")
    pairs = zip(_kept(len(real)), _kept(len(drawn)), strict=True)
    values = [_frechet(_tensor(real[own]), _tensor(drawn[others])) for own, others in pairs]
    return jackknife(values[0], values[1:], len(drawn), 0.0)


def distances(some: Tensor, others: Tensor) -> Tensor:
    """Euclidean distances (R, M) of samples (R, D) and (M, D)."""
    # Products of matrices would be faster, but round so that equal samples are not at distance 0.
    return torch.cdist(some, others, compute_mode="donot_use_mm_for_euclid_dist")


def _counts(real: Tensor, drawn: Tensor, neighbours: int) -> np.ndarray:
    """How many generated samples each real one's ball holds, (N, 1 + G).

    In column 0 of all samples; in column 1 + g with group g left out of both sets, the ball being
    larger accordingly.
    """
    group = torch.arange(len(drawn)) % JACKKNIFE_GROUPS  # (M)
    counts = torch.zeros(len(real), 1 + JACKKNIFE_GROUPS, dtype=torch.int64)
    for first in range(0, len(real), _ROWS):
        rows = slice(first, first + _ROWS)
        radii = _radii(real, rows, neighbours)  # (R, 1 + G)
        away = distances(real[rows], drawn)  # (R, M)
        for column, radius in enumerate(radii.unbind(1)):
            inside = (away < radius[:, None]) & (group != column - 1)
            counts[rows, column] = inside.sum(1)
    return counts.numpy()


def _radii(real: Tensor, rows: slice, neighbours: int) -> Tensor:
    """Distance to the k-th nearest other sample, (R, 1 + G), with columns as in `_counts`."""
    away = distances(real[rows], real)  # (R, N)
    own = torch.arange(len(away))
    away[own, own + rows.start] = torch.inf
    groups = [_smallest(away[:, g::JACKKNIFE_GROUPS], neighbours) for g in range(JACKKNIFE_GROUPS)]
    columns = [groups, *(groups[:g] + groups[g + 1 :] for g in range(JACKKNIFE_GROUPS))]
    return torch.stack([torch.cat(c, 1).kthvalue(neighbours, 1).values for c in columns], 1)


def _smallest(away: Tensor, count: int) -> Tensor:
    return away.topk(min(count, away.shape[1]), dim=1, largest=False).values


def _kept(count: int) -> list[np.ndarray]:
    """Masks (count,): first everything, then everything but one group."""
    group = np.arange(count) % JACKKNIFE_GROUPS
    return [group >= 0, *(group != g for g in range(JACKKNIFE_GROUPS))]


def _frechet(real: Tensor, drawn: Tensor) -> float:
    measure = FrechetInceptionDistance(_Features(real.shape[1]))
    measure.update(real, real=True)
    measure.update(drawn, real=False)
    return float(measure.compute())


class _Features(nn.Identity):
    """Tells torchmetrics that what it is given are features already."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_features = width


def _tensor(samples: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(samples, np.float32))
