"""Between one result and another: what random draws and their conditions are mixed to.

A mean of independent normal draws varies less than each of them, and networks have never seen such
numbers. With weights whose squares add up to 1 the mixture is as normal as what it is made of, and
at an end, where one weight is 1 and all others are 0, it is that draw to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def path(first: Tensor, last: Tensor, frames: int) -> Tensor:
    """From one standard normal draw to another, (frames, ...): along a part of a circle.

    Frame k is cos(pi t / 2) first + sin(pi t / 2) last with t = k / (frames - 1): the spherical
    interpolation of White 2016, "Sampling Generative Networks", section 2.1, for draws at a right
    angle, as those of many numbers nearly are. Equal draws stay what they are.
    """
    if torch.equal(first, last):
        return first.expand(frames, *first.shape)
    turns = [math.pi / 2 * k / (frames - 1) for k in range(1, frames - 1)]
    weights = [(1.0, 0.0), *((math.cos(a), math.sin(a)) for a in turns), (0.0, 1.0)]
    return torch.stack([first * a + last * b for a, b in weights])


def blend(first: Tensor, last: Tensor, frames: int) -> Tensor:
    """From one condition to another in equal strides, (frames, ...)."""
    shares = [k / (frames - 1) for k in range(frames)]
    mixed = torch.stack([first.float() * (1 - t) + last.float() * t for t in shares])
    return mixed.to(first.dtype)


def inside(corners: Tensor, x: float, y: float) -> Tensor:
    """Within a square of four standard normal draws (4, ...), at x to the right and y down.

    The sum of the corners (top left, top right, bottom left, bottom right), each with its bilinear
    weight w, divided by the root of the sum of w squared.
    """
    weights = ((1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y)
    length = math.sqrt(sum(w * w for w in weights))
    return _weighed(corners, [w / length for w in weights])


def _weighed(draws: Tensor, weights: Sequence[float]) -> Tensor:
    column = torch.tensor(weights, dtype=draws.dtype).view(-1, *[1] * (draws.dim() - 1))
    mixed: Tensor = (draws * column).sum(0)
    return mixed
