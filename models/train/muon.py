"""Muon for every kind of weight, convolutions included."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from models.device import computes_bfloat16

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised by Newton-Schulz iterations (Jordan et al. 2024).

    torch's own `Muon` takes matrices alone. Here a convolution (C_out, C_in, H, W) is stepped as
    the matrix (C_out, C_in * H * W), as in Jordan's CIFAR-10 records. Updates are scaled to the
    root mean square that AdamW's have (Liu et al. 2025, eq. 4), so learning rates carry over.
    """

    def __init__(
        self, params: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Step every parameter that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._step(weight, weight.grad, group)

    def _step(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        average = state["momentum"].lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(average, group["momentum"])  # Nesterov
        update = orthogonalise(ahead.flatten(1)).view_as(weight)
        scale = 0.2 * max(update.flatten(1).shape) ** 0.5
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        weight.add_(update, alpha=-group["lr"] * scale)


def orthogonalise(matrix: Tensor, iterations: int = 5) -> Tensor:
    """A matrix with the same singular vectors and singular values near one.

    In bfloat16 where the hardware computes it: the iterations bear it, and emulated it is slow.
    """
    precision = torch.bfloat16 if computes_bfloat16(matrix.device.type) else torch.float32
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = (x / (x.norm() + 1e-7)).to(precision)
    on_gram = precision == torch.float32 and x.shape[1] >= 2 * x.shape[0]
    x = _iterate_on_gram(x, iterations) if on_gram else _iterate(x, iterations)
    upright: Tensor = x if matrix.shape[0] <= matrix.shape[1] else x.T
    return upright.to(matrix.dtype)


def _iterate(x: Tensor, iterations: int) -> Tensor:
    """Newton-Schulz on a flat matrix: X <- (a + b G + c G^2) X, G = X X^T."""
    a, b, c = _COEFFICIENTS
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


def _iterate_on_gram(x: Tensor, iterations: int) -> Tensor:
    """The same, but X is touched twice only: all factors are polynomials in the first G.

    They commute, so G of the next step is P G P = P^2 G, and X takes the product of all P at the
    end. Of a matrix four times as wide as high this takes 50 products of its height where the plain
    iterations take 90. G squares the singular values, which half precision does not bear.
    """
    a, b, c = _COEFFICIENTS
    gram = x @ x.T
    whole = torch.eye(len(x), dtype=x.dtype, device=x.device)
    for i in range(iterations):
        factor = b * gram + c * gram @ gram
        factor.diagonal().add_(a)
        whole = factor @ whole if i else factor
        if i < iterations - 1:
            gram = factor @ (factor @ gram)
    return whole @ x


def optimizers(model: nn.Module, lr: float, weight_decay: float) -> list[torch.optim.Optimizer]:
    """Muon for the weights of linear layers and convolutions, AdamW for all other parameters."""
    layers = (m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d))
    weights = {id(m.weight): m.weight for m in layers}
    others = [p for p in model.parameters() if id(p) not in weights]
    return [
        Muon(weights.values(), lr, weight_decay=weight_decay),
        torch.optim.AdamW(others, lr, betas=(0.9, 0.99), weight_decay=0.0),
    ]
