"""What a caption says of a picture: the words that all picture families of a world are asked in.

A caption is read once, by one small network that stays as it is while the others learn. It hands on
how likely it holds every word of every part ("cat" 0.99, "with sunglasses" 0.98 …), and for each
part one chance more: that the caption does not say. So three families are asked for the same thing
in the same way, and what was understood can be shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from models.datasets import split_words

PADDING = 0
"""The token that fills a row up; known words count from 1."""


class CaptionReader(nn.Module):
    """A small transformer encoder (Vaswani et al. 2017) over known words, a head for each part.

    Args:
        words: how many words are known.
        parts: how many things each part can be.
    """

    def __init__(
        self,
        words: int,
        parts: Sequence[int],
        longest: int = 24,
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
    ) -> None:
        super().__init__()
        self.longest = longest
        self.words = nn.Embedding(words + 1, width)
        self.places = nn.Embedding(longest, width)
        block = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.queries = nn.Parameter(torch.randn(len(parts), width) * 0.02)
        self.heads = nn.ModuleList(nn.Linear(width, size + 1) for size in parts)

    def forward(self, tokens: Tensor) -> list[Tensor]:
        """Logits (B, size + 1) of every part of tokens (B, T); the last one is "not said"."""
        places = torch.arange(tokens.shape[1], device=tokens.device)
        said = self.words(tokens) + self.places(places)
        asked = self.queries.expand(len(tokens), -1, -1)
        hidden = torch.cat([asked, said], dim=1)  # (B, parts + T, D)
        empty = torch.cat([tokens.new_ones(asked.shape[:2]), tokens], dim=1) == PADDING
        read = self.blocks(hidden, src_key_padding_mask=empty)
        return [head(read[:, i]) for i, head in enumerate(self.heads)]

    @torch.no_grad()
    def understood(self, tokens: Tensor) -> Tensor:
        """The chances of all words of all parts side by side, (B, sum of sizes + parts)."""
        return torch.cat([logits.softmax(1) for logits in self(tokens)], dim=1)


def numbered(words: Sequence[str]) -> dict[str, int]:
    """The token of every known word."""
    return {word: token for token, word in enumerate(words, start=PADDING + 1)}


def tokens_of(texts: Sequence[str], known: Mapping[str, int], longest: int) -> Tensor:
    """Captions as rows of tokens (B, T); words that are not known are left out."""
    rows = [[known[w] for w in split_words(text) if w in known][:longest] for text in texts]
    return torch.tensor([row + [PADDING] * (longest - len(row)) for row in rows])
