"""The emoji world as tensors."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from models import datasets
from models.train.pictures import to_tensor

DATA = {"Noto emoji, 1,374 pictures and names": datasets.EMOJI_SHA256}


@cache
def pictures() -> Tensor:
    """All emoji on white, (1374, 3, 32, 32) in [-1, 1], in the order of their names."""
    return to_tensor(datasets.emoji()[0])


def draw_batch(size: int, generator: torch.Generator) -> Tensor:
    """Random emoji (B, 3, 32, 32) in [-1, 1]."""
    images = pictures()
    return images[torch.randint(len(images), (size,), generator=generator)]
