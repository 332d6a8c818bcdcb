"""Batches of the digits world: real strokes, painted in concepts that are not held out."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from models import datasets

DATA = {"MNIST, 60,000 training images": datasets.MNIST_SHA256["train"]}


@cache
def _allowed() -> np.ndarray:
    """(10, 8, 8) bool: may this digit be shown in this ink on this paper in training?"""
    allowed = np.zeros((10, len(datasets.COLOURS), len(datasets.COLOURS)), bool)
    for concept in datasets.concepts():
        place = concept.digit, *map(datasets.COLOURS.index, (concept.ink, concept.paper))
        allowed[place] = not concept.held_out
    return allowed


def draw_batch(
    size: int, generator: torch.Generator, pairs: int | None = None
) -> tuple[Tensor, Tensor]:
    """Random training pictures with their labels.

    Args:
        pairs: paint with only so many pairs of ink and paper, other ones for every batch.

    Returns:
        images (B, 3, 32, 32) float32 in [-1, 1] and labels (B, 3): digit, ink, paper.
    """
    strokes, digits = datasets.mnist("train")
    chosen = torch.randint(len(strokes), (size,), generator=generator).numpy()
    digit = digits[chosen]
    allowed = _allowed() if pairs is None else _allowed() & _some_pairs(pairs, generator)
    places = np.stack([_pick(allowed[d], generator) for d in digit])
    palette = datasets.palette_array()
    painted = datasets.paint(strokes[chosen], palette[places[:, 0]], palette[places[:, 1]])
    labels = np.concatenate([digit[:, None].astype(np.int64), places], axis=1)
    return to_tensor(painted), torch.from_numpy(labels)


def to_tensor(images: np.ndarray) -> Tensor:
    """(B, 32, 32, 3) uint8 -> (B, 3, 32, 32) float32 in [-1, 1]."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1


def _pick(allowed: np.ndarray, generator: torch.Generator) -> np.ndarray:
    """One of the places (ink, paper) that an (8, 8) mask allows."""
    places = np.argwhere(allowed)
    chosen: np.ndarray = places[int(torch.randint(len(places), (1,), generator=generator))]
    return chosen


def _some_pairs(count: int, generator: torch.Generator) -> np.ndarray:
    """(10, 8, 8) bool: for every digit the same `count` pairs of ink and paper, and one of its own.

    The one of its own is allowed for the digit, whatever the others are.
    """
    shape = (len(datasets.COLOURS), len(datasets.COLOURS))
    chosen = np.zeros((10, *shape), bool)
    for place in torch.randperm(shape[0] * shape[1], generator=generator)[:count].tolist():
        chosen[:, place // shape[1], place % shape[1]] = True
    for digit in range(10):
        ink, paper = _pick(_allowed()[digit], generator)
        chosen[digit, ink, paper] = True
    return chosen
