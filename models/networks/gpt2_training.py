"""GPT-2 (Radford et al. 2019) over whole texts in one pass, for training from random weights.

The same function as transformers' `GPT2LMHeadModel` without dropout, in a page and without its four
seconds of imports; what writes is `gpt2.py`.
"""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Module):
    """One transformer block: attention, then two layers at each place."""

    causal: ClassVar[bool] = True
    """Does no place look ahead?"""

    def __init__(self, width: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1 = nn.LayerNorm(width, epsilon)
        self.attend = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.norm_2 = nn.LayerNorm(width, epsilon)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, T, D) -> (B, T, D)."""
        heads = self.attend(self.norm_1(x)).unflatten(-1, (3, self.heads, -1))  # (B, T, 3, H, D/H)
        q, k, v = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, D / H)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.project(seen.transpose(1, 2).flatten(2))
        wide = F.gelu(self.widen(self.norm_2(x)), approximate="tanh")
        result: Tensor = x + self.narrow(wide)
        return result


class Gpt2(nn.Module):
    """Embeddings, blocks, and a head that shares the embedding of the tokens."""

    def __init__(
        self,
        vocabulary: int,
        context: int,
        width: int,
        layers: int,
        heads: int,
        epsilon: float = 1e-5,
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(context, width)
        self.blocks = nn.ModuleList([Block(width, heads, epsilon) for _ in range(layers)])
        self.norm = nn.LayerNorm(width, epsilon)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, V) of what follows each of `tokens` (B, T), T at most the context."""
        x = self.tokens(tokens) + self.places(torch.arange(tokens.shape[1], device=tokens.device))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.tokens.weight)
