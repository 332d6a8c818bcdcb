"""A transformer that reads both ways and fills in what is hidden (Devlin et al. 2019).

Trained with every share of letters hidden it is a diffusion model of text (absorbing states: Austin
et al. 2021, Sahoo et al. 2024): it writes by uncovering letters, and it scores with an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.gpt2_training import Block


class BothWays(Block):
    """A transformer block in which every place looks at all others, ahead and behind."""

    causal = False


class MaskedTransformer(nn.Module):
    """Letters, some of them hidden (B, T) -> logits (B, T, V) of what stands at every place.

    The token `hidden` = V stands for a hidden letter. The net is not told how many are hidden: it
    sees that (Sahoo et al. 2024).
    """

    def __init__(
        self, vocabulary: int, context: int = 256, width: int = 256, layers: int = 4, heads: int = 4
    ) -> None:
        super().__init__()
        self.hidden = vocabulary
        self.context = context
        self.tokens = nn.Embedding(vocabulary + 1, width)
        self.places = nn.Embedding(context, width)
        self.blocks = nn.ModuleList([BothWays(width, heads, 1e-5) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.places.weight, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.places(torch.arange(tokens.shape[1], device=tokens.device))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.tokens.weight[: self.hidden])

    def hide(self, tokens: Tensor, shares: Tensor, generator: torch.Generator) -> Tensor:
        """Tokens (B, T), of each row about a share (B,) hidden."""
        chances = torch.rand(tokens.shape, generator=generator).to(tokens.device)
        return torch.where(chances < shares[:, None], self.hidden, tokens)

    def bound(self, tokens: Tensor, shares: Tensor, generator: torch.Generator) -> Tensor:
        """An upper bound of the surprise of rows, (B,) nats a letter, by one sample of what is hid.

        The surprise of what is hidden, divided by the share that is (Sahoo et al. 2024, eq. 10, for
        a linear schedule): its mean over shares from 0 to 1 is the bound.
        """
        seen = self.hide(tokens, shares, generator)
        logits = self(seen).float()
        nats = F.cross_entropy(logits.flatten(0, 1), tokens.flatten(), reduction="none")
        hidden = (seen == self.hidden).float()
        return (nats.view_as(tokens) * hidden).mean(1) / shares

    @torch.no_grad()
    def uncover(
        self, tokens: Tensor, passes: int, temperature: float, generator: torch.Generator
    ) -> Iterator[Tensor]:
        """Fill what is hidden in one text (T,), surest places first, in so many passes.

        Each pass draws a letter for every hidden place, keeps those drawn with the highest chances,
        and gives the text as it then is (as in MaskGIT: Chang et al. 2022).
        """
        text = tokens.clone()
        for left in range(passes, 0, -1):
            hidden = (text == self.hidden).nonzero()[:, 0]
            if not len(hidden):
                return
            chances = (self(text[None])[0, hidden].float() / temperature).softmax(-1)
            drawn = torch.multinomial(chances.cpu(), 1, generator=generator).to(text.device)
            sure = chances.gather(1, drawn)[:, 0]
            kept = sure.topk(-(-len(hidden) // left)).indices
            text[hidden[kept]] = drawn[kept, 0]
            yield text.clone()


def even_shares(rows: int, generator: torch.Generator, least: float = 1e-3) -> Tensor:
    """Shares (B,) from `least` to 1, spread evenly from a random start: less noise in the mean."""
    start = torch.rand(1, generator=generator)
    even = (torch.arange(rows) / rows + start) % 1
    return least + (1 - least) * even
