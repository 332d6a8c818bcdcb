"""Batches of the digits world: real strokes, painted in concepts that are not held out."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from models import worlds

DATA = {"MNIST, 60,000 training images": worlds.MNIST_SHA256["train"]}


@cache
def _allowed() -> np.ndarray:
    """(10, 8, 8) bool: may this digit be shown in this ink on this paper in training?"""
    allowed = np.zeros((10, len(worlds.COLOURS), len(worlds.COLOURS)), bool)
    for concept in worlds.concepts():
        place = concept.digit, *map(worlds.COLOURS.index, (concept.ink, concept.paper))
        allowed[place] = not concept.held_out
    return allowed


def draw_batch(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random training pictures with their labels.

    Returns:
        images (B, 3, 32, 32) float32 in [-1, 1] and labels (B, 3): digit, ink, paper.
    """
    strokes, digits = worlds.mnist("train")
    chosen = torch.randint(len(strokes), (size,), generator=generator).numpy()
    digit = digits[chosen]
    places = np.stack([np.argwhere(_allowed()[d])[_pick(d, generator)] for d in digit])
    palette = worlds.palette_array()
    painted = worlds.paint(strokes[chosen], palette[places[:, 0]], palette[places[:, 1]])
    labels = np.concatenate([digit[:, None].astype(np.int64), places], axis=1)
    return to_tensor(painted), torch.from_numpy(labels)


def to_tensor(images: np.ndarray) -> Tensor:
    """(B, 32, 32, 3) uint8 -> (B, 3, 32, 32) float32 in [-1, 1]."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1


def _pick(digit: int, generator: torch.Generator) -> int:
    return int(torch.randint(int(_allowed()[digit].sum()), (1,), generator=generator))
