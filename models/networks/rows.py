"""How rows are laid out so that each comes out the same alone and among others, to the last bit.

Matrix kernels block differently by shape, and sums in another order round differently. Measured
with torch 2.13 on an AMX CPU: with a weight stored input by output in float32, and output by input
in bfloat16, a row of a product is the same for every number of rows from 4 to 32, and in every
place among them. So steps are computed with rows padded to a few sizes in that range. On an AMD
CPU without AMX this holds on one thread, which is what the app computes on, and not on two.
"""

from __future__ import annotations

import torch
from torch import Tensor

LARGEST = 32
_SMALLEST = 4
_STRIDE = 8


def padded(count: int) -> int:
    """The number of rows, at most 32, that is computed when `count` are needed."""
    if count > LARGEST:
        raise ValueError(f"At most {LARGEST} rows share one product, not {count}.")
    return _SMALLEST if count <= _SMALLEST else -(-count // _STRIDE) * _STRIDE


def steady(weight: Tensor) -> Tensor:
    """The same weight (O, I) in the memory order whose products do not depend on other rows."""
    if weight.dtype == torch.float32:
        return weight.t().contiguous().t()
    return weight.contiguous()
