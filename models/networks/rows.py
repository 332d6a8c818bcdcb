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

Which numbers of rows agree on the machine at hand is tried out when a network is loaded, for every
shape in it and on so many rows that a kernel which changes one in eight is seen, see `trials`.
Nothing is computed in a number of rows that was not found to agree.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from models.networks import trials
from models.networks.trials import Trial

logger = logging.getLogger(__name__)

LARGEST = 32
ALONE = 1
SIZES = (4, 8, 16, 24, LARGEST)
"""The numbers of rows that are computed where texts share a step, all others padded to them."""
TRIED = 64
"""Rows of a trial: it misses what happens to one in eight twice in ten thousand times."""
TRIED_IN_LARGE = 32
"""The same for what takes long: missed 14 times in a thousand."""
TRIED_AS_A_WHOLE = 8
"""The same for a network, the products of which are tried each for itself: what its other
operations do to a row depends on where it ends, and shows in most rows or in none."""
_LARGE = 2**24  # numbers in a weight, 64 MB
_WEIGHT_LEVELS = 127
_INPUT_LEVELS = 63
"""Whole numbers on each side of zero. Two products of an input of 7 bits and a weight of 8 still
fit the 16 bits in which AVX2 adds them up; of 8 and 8 they would be cut off."""
_ENGINE = "fbgemm"
_TINY = 1e-12  # so that a row of zeros can be divided by its size


class Form(NamedTuple):
    """The shape of a product's weight (O, I), and what its inputs are."""

    outputs: int
    inputs: int
    dtype: torch.dtype
    device: torch.device

    @classmethod
    def of(cls, weight: Tensor) -> Form:
        """That of a product which takes what its weight is."""
        outputs, inputs = weight.shape
        return cls(outputs, inputs, weight.dtype, weight.device)


class Product(Protocol):
    """A linear layer: x (M, I) -> (M, O)."""

    form: Form

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
        self.form = Form.of(weight)

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
        self.form = Form.of(weight)
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
        return 4 * self.form.outputs * self.form.inputs + _nbytes(self._bias)


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
        self.form = Form.of(weight.float())
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


class Kind(Protocol):
    """Makes a product of a weight (O, I) and a bias (O)."""

    def __call__(self, weight: Tensor, bias: Tensor | None = None) -> Product:
        """The product."""
        ...


def fastest(weight: Tensor, bias: Tensor | None = None) -> Product:
    """The product that is fastest here among those that keep rows apart; tried out."""
    # Inductor's own operators: private, but there in every torch this project supports.
    packs = hasattr(torch.ops.mkldnn, "_linear_pointwise") and torch.backends.mkldnn.is_available()
    if packs and weight.device.type == "cpu" and weight.dtype == torch.float32:
        product = Packed(weight, bias)
        if agreeing([product], SIZES) == SIZES:
            return product
    return Steady(weight, bias)


def padded(count: int, sizes: Sequence[int] = SIZES) -> int:
    """The number of rows, at most 32, that is computed when `count` are needed.

    Args:
        sizes: those that agree with each other, in rising order.
    """
    if count > LARGEST:
        raise ValueError(f"At most {LARGEST} rows share one product, not {count}.")
    return next((size for size in sizes if size >= count), LARGEST)


def agreeing(
    products: Iterable[Product], sizes: Sequence[int] = (ALONE, *SIZES)
) -> tuple[int, ...]:
    """Those numbers of rows of which each row comes out the same in every one of `products`.

    One row of less than float32 is never among them: it takes another kernel, and four cost what
    one costs (11.8 ms for GPT-2 in bfloat16, on an AMD CPU with AVX512-BF16).
    """
    for product in products:
        form = product.form
        if form.dtype != torch.float32:
            sizes = [size for size in sizes if size != ALONE]
        count = TRIED_IN_LARGE if form.outputs * form.inputs > _LARGE else TRIED
        shape = (form.outputs, form.inputs)
        sizes = tried(trial_of(type(product).__name__, shape, form, count), _of(product), sizes)
    return tuple(sizes)


def trial_of(what: str, shape: Sequence[int], form: Form, count: int) -> Trial:
    """A trial to be made: of a product or network in the precision of `form`, of `count` rows."""
    dtype = str(form.dtype).removeprefix("torch.")
    return Trial(what, tuple(shape), dtype, form.device.type, count)


@torch.inference_mode()
def tried(
    trial: Trial, compute: Callable[[Tensor], Tensor], sizes: Sequence[int]
) -> tuple[int, ...]:
    """Those of `sizes` in which each of the trial's rows comes out as it does among 32.

    What is known already is not tried again.

    Args:
        compute: which rows (R), of the trial's or of 32 if those are less -> what becomes of each
            of them, (R, ...), when they are computed together.
    """
    trial = trials.known(trial)
    if untried := trial.untried(sizes):
        parts = torch.arange(max(trial.rows, LARGEST)).split(LARGEST)
        whole = torch.cat([compute(part) for part in parts])
        agree = [n for n in untried if _agrees(compute, whole, n, trial.rows)]
        trial = trial.with_found(untried, agree)
        trials.keep(trial)
        logger.log(logging.WARNING if trial.differ else logging.DEBUG, "tried out: %s", trial)
    return tuple(size for size in sizes if size in trial.agree)


def _agrees(compute: Callable[[Tensor], Tensor], whole: Tensor, size: int, rows: int) -> bool:
    """Whether so many rows of `whole` come out the same in groups of a size, in other places."""
    order = torch.randperm(len(whole), generator=torch.Generator().manual_seed(size))
    starts = [*range(0, len(whole) - size, size), len(whole) - size][: -(-rows // size)]
    groups = (order[start : start + size] for start in starts)
    return all(torch.equal(compute(group), whole[group]) for group in groups)


def _of(product: Product) -> Callable[[Tensor], Tensor]:
    """What a product makes of random rows."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(TRIED, product.form.inputs, generator=generator)
    x = x.to(product.form.device, product.form.dtype)
    return lambda rows: product(x[rows])


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
