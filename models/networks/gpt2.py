"""GPT-2 (Radford et al. 2019) for decoding: many texts side by side, each in a slot of one cache.

The parameters are those of transformers' `GPT2LMHeadModel`, by their names there; only the way of
computing differs. Rows that share a step do not touch each other's results, see `rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from models.networks.rows import steady

KEY_BLOCK = 128  # attention looks over a multiple of this many places


class Affine(NamedTuple):
    """A weight and its bias."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """x (M, I) -> (M, O), with the weight (O, I)."""
        return F.linear(x, self.weight, self.bias)


class Block(NamedTuple):
    """The parameters of one transformer block."""

    norm_1: Affine
    attend: Affine  # width -> queries, keys and values
    project: Affine
    norm_2: Affine
    widen: Affine
    narrow: Affine


class Gpt2Decoder:
    """Next-token logits from a cache of keys and values; decides nothing, remembers nothing."""

    def __init__(
        self, tensors: Mapping[str, Tensor], config: Mapping[str, Any], device: str, dtype: str
    ) -> None:
        """Take the parameters and the config.json of a `GPT2LMHeadModel`.

        The last layer is computed in float32 whatever the `dtype`: GPT-2's logits lie around -100,
        where bfloat16 knows only every half.

        Raises:
            ValueError: when the configuration asks for what is not computed here.
        """
        _check(config)
        self.dtype: torch.dtype = getattr(torch, dtype)
        self.device = torch.device(device)
        self.heads: int = config["n_head"]
        self.epsilon: float = config["layer_norm_epsilon"]
        own = {name.removeprefix("transformer."): t.to(device) for name, t in tensors.items()}
        self.tokens = own["wte.weight"].to(self.dtype)  # (V, D)
        self.places = own["wpe.weight"].to(self.dtype)  # (N, D)
        self.blocks = [self._block(own, f"h.{i}") for i in range(config["n_layer"])]
        self.norm = Affine(own["ln_f.weight"].float(), own["ln_f.bias"].float())
        self.head = steady(own.get("lm_head.weight", own["wte.weight"]).float())  # (V, D)

    @property
    def context(self) -> int:
        """How many tokens the model can look back over, N."""
        return self.places.shape[0]

    def nbytes(self) -> int:
        """Bytes held by the parameters."""
        affines = [affine for block in self.blocks for affine in block]
        tensors = [t for affine in (*affines, self.norm) for t in affine]
        return sum(t.nbytes for t in (*tensors, self.tokens, self.places, self.head))

    def cache(self, slots: int, length: int) -> Tensor:
        """Room for the keys and values of `slots` texts: (layers, 2, S, H, length, D / H)."""
        size = self.places.shape[1] // self.heads
        shape = (len(self.blocks), 2, slots, self.heads, length, size)
        return torch.zeros(shape, dtype=self.dtype, device=self.device)

    def key_length(self, length: int) -> int:
        """`length` rounded up to whole blocks, as far as the context reaches."""
        return min(-(-length // KEY_BLOCK) * KEY_BLOCK, self.context)

    @torch.inference_mode()
    def read(self, tokens: Tensor, positions: Tensor, cache: Tensor, length: int) -> Tensor:
        """Read T tokens in each of R slots; their keys and values go into the cache.

        Args:
            tokens, positions: (R, T) integers. A position from `length` on is computed like any
                other, but nobody looks at it: that is how rows and places are left out.
            cache: (layers, 2, R, H, at least length, D / H), changed in place.
            length: how many places of the cache are looked over, K.

        Returns:
            (R, T, D) of the last block.
        """
        rows = torch.arange(tokens.shape[0], device=self.device)[:, None]  # (R, 1)
        future = torch.arange(length, device=self.device) > positions[..., None]  # (R, T, K)
        mask = torch.zeros(future.shape, dtype=self.dtype, device=self.device)
        mask = mask.masked_fill_(future, -torch.inf)[:, None]  # (R, 1, T, K)
        places = positions.clamp(max=self.context - 1)
        x = F.embedding(tokens, self.tokens) + F.embedding(places, self.places)  # (R, T, D)
        for block, (keys, values) in zip(self.blocks, cache, strict=True):
            q, k, v = self._heads(block.attend(self._normalise(x, block.norm_1).flatten(0, 1)), x)
            keys[rows, :, positions] = k
            values[rows, :, positions] = v
            seen = F.scaled_dot_product_attention(
                q.transpose(1, 2), keys[:, :, :length], values[:, :, :length], attn_mask=mask
            )  # (R, H, T, D / H)
            x = x + block.project(seen.transpose(1, 2).reshape(-1, x.shape[-1])).view_as(x)
            wide = block.widen(self._normalise(x, block.norm_2).flatten(0, 1))  # (R T, 4 D)
            x = x + block.narrow(F.gelu(wide, approximate="tanh")).view_as(x)
        return x

    @torch.inference_mode()
    def logits(self, x: Tensor) -> Tensor:
        """Of the next token, (M, V) in float32, from what `read` returned at M places (M, D)."""
        return F.linear(self._normalise(x.float(), self.norm), self.head)

    def _heads(self, projected: Tensor, x: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, each (R, T, H, D / H), from `projected` (R T, 3 D)."""
        return projected.view(*x.shape[:2], 3, self.heads, -1).unbind(2)

    def _normalise(self, x: Tensor, norm: Affine) -> Tensor:
        return F.layer_norm(x, norm.weight.shape, norm.weight, norm.bias, self.epsilon)

    def _block(self, tensors: Mapping[str, Tensor], name: str) -> Block:
        def affine(part: str) -> Affine:
            weight, bias = (
                tensors[f"{name}.{part}.{p}"].to(self.dtype) for p in ("weight", "bias")
            )
            # transformers' Conv1D keeps its weight input by output.
            return Affine(weight if weight.ndim == 1 else steady(weight.t()), bias)

        parts = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
        return Block(*map(affine, parts))


def _check(config: Mapping[str, Any]) -> None:
    activation = config.get("activation_function", "gelu_new")
    if activation not in ("gelu_new", "gelu_pytorch_tanh"):
        raise ValueError(f"This GPT-2 uses {activation}, which is not computed here.")
    if config.get("scale_attn_by_inverse_layer_idx") or not config.get("scale_attn_weights", True):
        raise ValueError("This GPT-2 scales its attention in a way that is not computed here.")
