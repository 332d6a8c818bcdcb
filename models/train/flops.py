"""How many floating-point operations a training step takes, by count.

torch's own counter knows matrix products and convolutions. What it does not know are two kernels
of the CPU: a layer of an LSTM and fused attention. A multiplication and an addition are two
operations; causal attention is counted in full, as torch does; what is done element by element is
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

_aten = torch.ops.aten
Shape = Sequence[int]


def counter() -> FlopCounterMode:
    """A context in which operations are counted; `get_total_flops()` tells how many."""
    kernels = {
        _aten.mkldnn_rnn_layer: _lstm,
        _aten.mkldnn_rnn_layer_backward: _lstm_backward,
        _aten._scaled_dot_product_flash_attention_for_cpu: _attention,
        _aten._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
    }
    return FlopCounterMode(display=False, custom_mapping=kernels)


def _lstm(x: Shape, from_input: Shape, from_hidden: Shape, *_: Any, **__: Any) -> int:
    """x (T, B, I), weights (4 H, I) and (4 H, H)."""
    return 2 * x[0] * x[1] * (prod(from_input) + prod(from_hidden))


def _lstm_backward(x: Shape, from_input: Shape, from_hidden: Shape, *_: Any, **__: Any) -> int:
    return 2 * _lstm(x, from_input, from_hidden)


def _attention(q: Shape, k: Shape, v: Shape, *_: Any, **__: Any) -> int:
    """q (B, H, T, D), k and v (B, H, S, D): two products."""
    return 2 * prod(q[:3]) * k[2] * (q[3] + v[3])


def _attention_backward(_: Shape, q: Shape, k: Shape, v: Shape, *__: Any, **___: Any) -> int:
    """Five products: attention's weights anew, then gradients of v, of them, of q and of k."""
    return 2 * prod(q[:3]) * k[2] * (3 * q[3] + 2 * v[3])
