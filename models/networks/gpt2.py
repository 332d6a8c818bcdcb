"""GPT-2 (Radford et al. 2019) for decoding: many texts side by side, each in a slot of one cache.

The parameters are those of transformers' `GPT2LMHeadModel`, by their names there; only the way of
computing differs. Rows that share a step do not touch each other's results, see `rows`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import copy
from functools import cached_property
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from models.networks import rows

KEY_BLOCK = 64  # attention looks over a multiple of this many places


class Norm(NamedTuple):
    """The weight and bias of a layer normalisation, each (D)."""

    weight: Tensor
    bias: Tensor

    @property
    def nbytes(self) -> int:
        """Bytes of both."""
        return self.weight.nbytes + self.bias.nbytes


class Block(NamedTuple):
    """The parameters of one transformer block."""

    norm_1: Norm
    attend: rows.Product  # width -> queries, keys and values
    project: rows.Product
    norm_2: Norm
    widen: rows.Product
    narrow: rows.Product


class Gpt2Decoder:
    """Next-token logits from a cache of keys and values; decides nothing, remembers nothing."""

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        config: Mapping[str, Any],
        device: str,
        dtype: str,
        product: rows.Kind | None = None,
    ) -> None:
        """Take the parameters and the config.json of a `GPT2LMHeadModel`.

        The last layer is computed in float32 whatever the `dtype`: GPT-2's logits lie around -100,
        where bfloat16 knows only every half.

        Args:
            product: how matrices are multiplied; by default what is fastest for device and dtype.

        Raises:
            ValueError: when the configuration asks for what is not computed here.
        """
        _check(config)
        self.dtype: torch.dtype = getattr(torch, dtype)
        self.device = torch.device(device)
        self.heads: int = config["n_head"]
        self.epsilon: float = config["layer_norm_epsilon"]
        self._product = product or rows.fastest
        own = {name.removeprefix("transformer."): t.to(device) for name, t in tensors.items()}
        self.tokens = own["wte.weight"].to(self.dtype)  # (V, D)
        self.places = own["wpe.weight"].to(self.dtype)  # (N, D)
        self.blocks = [self._block(own, f"h.{i}") for i in range(config["n_layer"])]
        self.norm = Norm(own["ln_f.weight"].float(), own["ln_f.bias"].float())
        self.head = self._product(own.get("lm_head.weight", own["wte.weight"]).float())  # D -> V

    @property
    def context(self) -> int:
        """How many tokens the model can look back over, N."""
        return self.places.shape[0]

    def nbytes(self) -> int:
        """Bytes held by the parameters."""
        parts = [part for block in self.blocks for part in block]
        return sum(part.nbytes for part in (*parts, self.norm, self.head, self.tokens, self.places))

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
        texts = torch.arange(tokens.shape[0], device=self.device)[:, None]  # (R, 1)
        future = torch.arange(length, device=self.device) > positions[..., None]  # (R, T, K)
        mask = torch.zeros(future.shape, dtype=self.dtype, device=self.device)
        mask = mask.masked_fill_(future, -torch.inf)[:, None]  # (R, 1, T, K)
        places = positions.clamp(max=self.context - 1)
        x = F.embedding(tokens, self.tokens) + F.embedding(places, self.places)  # (R, T, D)
        for block, (keys, values) in zip(self.blocks, cache, strict=True):
            q, k, v = self._heads(block.attend(self._normalise(x, block.norm_1).flatten(0, 1)), x)
            keys[texts, :, positions] = k
            values[texts, :, positions] = v
            seen = F.scaled_dot_product_attention(
                q.transpose(1, 2), keys[:, :, :length], values[:, :, :length], attn_mask=mask
            )  # (R, H, T, D / H)
            x = self._go_on(block, x, seen)
        return x

    @torch.inference_mode()
    def embed(self, tokens: Tensor) -> Tensor:
        """What the first block is given of texts (R, T) from their beginning: (R, T, D)."""
        places = torch.arange(tokens.shape[1], device=self.device)
        return F.embedding(tokens, self.tokens) + F.embedding(places, self.places)

    @torch.inference_mode()
    def look(self, x: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """One block over whole texts (R, T, D), no cache; layers are counted from 0.

        Attention is softmax(Q Kᵀ / √d) over the places up to each one's own (Vaswani et al. 2017,
        equation 1). It is written out here: the kernels that `read` uses never hold it.

        Returns:
            (R, T, D) after the block, and the attention (R, H, T, T) in float32.
        """
        block = self.blocks[layer]
        heads = self._heads(block.attend(self._normalise(x, block.norm_1).flatten(0, 1)), x)
        q, k, v = (part.transpose(1, 2) for part in heads)  # (R, H, T, D / H)
        scores = (q @ k.transpose(2, 3)).float() / math.sqrt(q.shape[-1])  # (R, H, T, T)
        future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=self.device).triu(1)
        attention = scores.masked_fill_(future, -torch.inf).softmax(-1)
        return self._go_on(block, x, attention.to(v.dtype) @ v), attention

    @torch.inference_mode()
    def logits(self, x: Tensor) -> Tensor:
        """Of the next token, (M, V) in float32, from what `read` returned at M places (M, D)."""
        return self.head(self._normalise(x.float(), self.norm))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of texts that may share a step, see `rows`; tried out when first asked for.

        All blocks are of the same shapes, so one is tried: its products each for itself, where
        little things show most, and all that it does.
        """
        block = self.blocks[0]
        products = (block.attend, block.project, block.widen, block.narrow, self.head)
        form, name = block.attend.form, type(block.attend).__name__
        shape = (self.places.shape[1], self.heads)
        trial = rows.trial_of(f"{name} GPT-2 block", shape, form, rows.TRIED_AS_A_WHOLE)
        return rows.tried(trial, self._first_block(), rows.agreeing(products))

    def _first_block(self) -> Callable[[Tensor], Tensor]:
        """What the first block makes of any of 32 texts, which have read a token: (R, D)."""
        first = copy(self)
        first.blocks = self.blocks[:1]
        generator, shape = torch.Generator().manual_seed(0), (rows.LARGEST, 1)
        tokens = torch.randint(len(self.tokens), shape, generator=generator).to(self.device)
        length = self.key_length(2)
        cache = first.cache(rows.LARGEST, length)
        cache += torch.randn(cache.shape, generator=generator).to(cache)

        def compute(texts: Tensor) -> Tensor:
            places = torch.ones(len(texts), 1, dtype=torch.long, device=self.device)
            x = first.read(tokens[texts], places, cache[:, :, texts], length)
            return self._normalise(x[:, 0].float(), self.norm)

        return compute

    def _heads(self, projected: Tensor, x: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, each (R, T, H, D / H), from `projected` (R T, 3 D)."""
        return projected.view(*x.shape[:2], 3, self.heads, -1).unbind(2)

    def _go_on(self, block: Block, x: Tensor, seen: Tensor) -> Tensor:
        """The rest of a block over x (R, T, D), from what attention saw (R, H, T, D / H)."""
        x = x + block.project(seen.transpose(1, 2).reshape(-1, x.shape[-1])).view_as(x)
        wide = block.widen(self._normalise(x, block.norm_2).flatten(0, 1))  # (R T, 4 D)
        return x + block.narrow(F.gelu(wide, approximate="tanh")).view_as(x)

    def _normalise(self, x: Tensor, norm: Norm) -> Tensor:
        return F.layer_norm(x, norm.weight.shape, norm.weight, norm.bias, self.epsilon)

    def _block(self, tensors: Mapping[str, Tensor], name: str) -> Block:
        def part(part: str) -> tuple[Tensor, Tensor]:
            weight, bias = (f"{name}.{part}.{p}" for p in ("weight", "bias"))
            return tensors[weight].to(self.dtype), tensors[bias].to(self.dtype)

        def product(name: str) -> rows.Product:
            weight, bias = part(name)
            return self._product(weight.t(), bias)  # transformers' Conv1D: input by output

        return Block(
            norm_1=Norm(*part("ln_1")),
            attend=product("attn.c_attn"),
            project=product("attn.c_proj"),
            norm_2=Norm(*part("ln_2")),
            widen=product("mlp.c_fc"),
            narrow=product("mlp.c_proj"),
        )


def _check(config: Mapping[str, Any]) -> None:
    activation = config.get("activation_function", "gelu_new")
    if activation not in ("gelu_new", "gelu_pytorch_tanh"):
        raise ValueError(f"This GPT-2 uses {activation}, which is not computed here.")
    if config.get("scale_attn_by_inverse_layer_idx") or not config.get("scale_attn_weights", True):
        raise ValueError("This GPT-2 scales its attention in a way that is not computed here.")
