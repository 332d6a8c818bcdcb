"""How rows are laid out so that each comes out the same alone and among others, to the last bit.

Matrix kernels block differently by shape, and sums in another order round differently. Three kinds
of product keep rows apart:

- `Packed`, float32 on a CPU: oneDNN's kernels over weights laid out once for them. Measured with
  torch 2.13 on an AVX2 CPU, a row is the same for every number of rows from 1 to 64 and in every
  place among them, and four rows take 0.65 times what they take unpacked.
- `Steady`, any precision and device: torch's own product over a weight in the memory order in which
  rows come out the same for every number from 4 to 32 (input by output in float32, output by input
  in bfloat16; measured on an AMX CPU, and on an AMD CPU on one thread, which the app computes on).
  So steps are computed with rows padded to a few sizes in that range.
- `Rounded`, int8: sums of whole numbers, which are exact in every order.

Whether packed products keep rows apart on the machine at hand is tried out before they are used,
and whether one row alone is among the sizes that agree, when a network first draws.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

LARGEST = 32
_SMALLEST = 4
_STRIDE = 8
_WEIGHT_LEVELS = 127
_INPUT_LEVELS = 63
"""Whole numbers on each side of zero. Two products of an input of 7 bits and a weight of 8 still
fit the 16 bits in which AVX2 adds them up; of 8 and 8 they would be cut off."""
_ENGINE = "fbgemm"
_TINY = 1e-12  # so that a row of zeros can be divided by its size


class Product(Protocol):
    """A linear layer: x (M, I) -> (M, O)."""

    def __call__(self, x: Tensor) -> Tensor:
        """Every row of x (M, I) through the layer."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        ...


class Steady:
    """A product whose rows agree from four rows on."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self._weight, self._bias = steady(weight), bias

    def __call__(self, x: Tensor) -> Tensor:
        """x (M, I) -> (M, O)."""
        return F.linear(x, self._weight, self._bias)

    @property
    def nbytes(self) -> int:
        """Bytes of weight and bias."""
        return self._weight.nbytes + _nbytes(self._bias)


class Packed:
    """A product over a float32 weight (O, I) that is laid out once for oneDNN's kernels."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self._shape = weight.shape
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), LARGEST)
        self._bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        """x (M, I) -> (M, O)."""
        result: Tensor = torch.ops.mkldnn._linear_pointwise(
            x, self._weight, self._bias, "none", [], ""
        )
        return result

    @property
    def nbytes(self) -> int:
        """Bytes of weight and bias; a packed tensor does not tell its own."""
        return 4 * self._shape.numel() + _nbytes(self._bias)


class Rounded:
    """A product in int8: a fourth of the bytes of float32, and not the same result.

    Weights are rounded to 255 levels for each output. Inputs are rounded to 127 levels for each
    row, where torch's own dynamic quantisation takes one scale for all rows, which would let one
    visitor's text change another's.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        scales = weight.float().abs().amax(1).clamp(min=_TINY) / _WEIGHT_LEVELS  # (O)
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        with warnings.catch_warnings():
            # Tensors of rounded numbers are to go from torch one day; 2.8 to 2.13 have them.
            warnings.simplefilter("ignore")
            rounded = torch.quantize_per_channel(weight.float(), scales, zeros, 0, torch.qint8)
            self._weight = _pack(rounded)
        self._bias = weight.new_zeros(1).float() if bias is None else bias.float()
        self._bytes = weight.numel() + scales.nbytes + self._bias.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """x (M, I) -> (M, O)."""
        scales = x.abs().amax(1, keepdim=True).clamp_(min=_TINY)  # (M, 1)
        product: Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            x / scales, 1 / _INPUT_LEVELS, _INPUT_LEVELS + 1, self._weight
        )
        return torch.addcmul(self._bias, product, scales)

    @property
    def nbytes(self) -> int:
        """Bytes of weight, scales and bias."""
        return self._bytes


Kind: TypeAlias = type[Steady] | type[Packed] | type[Rounded]


def kind(device: torch.device, dtype: torch.dtype) -> Kind:
    """The product that is fastest here among those that keep rows apart."""
    suits = device.type == "cpu" and dtype == torch.float32
    return Packed if suits and _packs_well() else Steady


@cache
def _packs_well() -> bool:
    """Whether this machine has packed products that keep rows apart; tried out, in 0.1 s."""
    # Inductor's own operators: private, but there in every torch this project supports.
    if not (
        hasattr(torch.ops.mkldnn, "_linear_pointwise") and torch.backends.mkldnn.is_available()
    ):
        return False
    generator = torch.Generator().manual_seed(0)
    for outputs, inputs in ((768, 256), (256, 1024), (2304, 768)):
        product = Packed(torch.randn(outputs, inputs, generator=generator))
        x = torch.randn(LARGEST, inputs, generator=generator)
        whole = product(x)
        sizes = {padded(count) for count in range(1, LARGEST)}
        if not all(torch.equal(product(x[-size:]), whole[-size:]) for size in sizes):
            return False
    return True


def padded(count: int, smallest: int = _SMALLEST) -> int:
    """The number of rows, at most 32, that is computed when `count` are needed.

    Args:
        smallest: 1 where one row alone is known to come out as among others.
    """
    if count > LARGEST:
        raise ValueError(f"At most {LARGEST} rows share one product, not {count}.")
    if count <= smallest:
        return smallest
    return _SMALLEST if count <= _SMALLEST else -(-count // _STRIDE) * _STRIDE


def fewest(compute: Callable[[int], Tensor]) -> int:
    """1 where one row alone comes out as it does among four, which is tried out; else 4.

    Args:
        compute: number of rows -> what a network makes of that many, (R, ...); the first of them
            always of the same.
    """
    return 1 if torch.equal(compute(1)[0], compute(_SMALLEST)[0]) else _SMALLEST


def steady(weight: Tensor) -> Tensor:
    """The same weight (O, I) in the memory order whose products do not depend on other rows."""
    if weight.dtype == torch.float32:
        return weight.t().contiguous().t()
    return weight.contiguous()


def _pack(rounded: Tensor) -> Any:
    """An int8 weight as FBGEMM wants it; of the engines for x86, only this one takes our inputs."""
    if _ENGINE not in torch.backends.quantized.supported_engines:
        raise ValueError("Products in int8 need an x86 processor.")
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = _ENGINE
    try:
        return torch.ops.quantized.linear_prepack(rounded, None)
    finally:
        torch.backends.quantized.engine = before


def _nbytes(tensor: Tensor | None) -> int:
    return 0 if tensor is None else tensor.nbytes
