"""From a latent and labels to a 32×32 picture: the half that the GAN and the VAE have in common.

Both families draw with this one network, so that what differs between their pictures comes from how
they were trained. Labels are a digit, an ink and a paper; each has its own embedding and the three
are summed, so that a combination never seen in training can still be asked for. Where pictures have
no labels, as in the emoji world, the same network goes by the latent alone.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DIGITS, COLOURS = 10, 8


def split_label_logits(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logits (B, 26) of digit (B, 10), ink (B, 8) and paper (B, 8)."""
    digit, ink, paper = logits.split((DIGITS, COLOURS, COLOURS), dim=1)
    return digit, ink, paper


class LabelEmbedding(nn.Module):
    """Digit, ink and paper (B, 3) -> (B, width); label index -1 stands for "not said"."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.digit = nn.Embedding(DIGITS + 1, width)
        self.ink = nn.Embedding(COLOURS + 1, width)
        self.paper = nn.Embedding(COLOURS + 1, width)

    def forward(self, labels: Tensor) -> Tensor:
        digit, ink, paper = (labels + 1).unbind(1)  # 0 = not said
        embedded: Tensor = self.digit(digit) + self.ink(ink) + self.paper(paper)
        return embedded

    def expected(self, logits: Tensor) -> Tensor:
        """The mean embedding (B, width) under label logits (B, 10 + 8 + 8)."""
        digit, ink, paper = (part.softmax(1) for part in split_label_logits(logits))
        mixed: Tensor = (
            digit @ self.digit.weight[1:]
            + ink @ self.ink.weight[1:]
            + paper @ self.paper.weight[1:]
        )
        return mixed


class StyledNorm(nn.Module):
    """Group normalisation with scale and shift from a style (B, S) (Perez et al. 2018)."""

    def __init__(self, channels: int, style: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels, affine=False)
        self.affine = nn.Linear(style, 2 * channels)
        nn.init.normal_(self.affine.weight, std=0.02)
        nn.init.zeros_(self.affine.bias)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.affine(style)[:, :, None, None].chunk(2, dim=1)
        normed: Tensor = self.norm(x) * (1 + scale) + shift
        return normed


class _UpBlock(nn.Module):
    """Residual block that doubles the resolution."""

    def __init__(self, inputs: int, outputs: int, style: int) -> None:
        super().__init__()
        self.norm = StyledNorm(inputs, style)
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        h = self.conv(F.interpolate(F.silu(self.norm(x, style)), scale_factor=2))
        up: Tensor = F.interpolate(self.skip(x), scale_factor=2) + h
        return up


class Decoder(nn.Module):
    """Latent z (B, Z) and labels -> pictures (B, 3, 32, 32) in [-1, 1].

    Normalisation is conditioned on latent and labels after Miyato & Koyama 2018.
    """

    def __init__(
        self, latent: int = 64, width: int = 192, style: int = 128, labelled: bool = True
    ) -> None:
        super().__init__()
        self.latent = latent
        self.labels = LabelEmbedding(style) if labelled else None
        joined = latent + (style if labelled else 0)
        self.style = nn.Sequential(nn.Linear(joined, style), nn.SiLU(), nn.Linear(style, style))
        self.first = nn.Linear(joined, width * 4 * 4)
        widths = (width, width * 2 // 3, width // 3, width // 6)
        self.blocks = nn.ModuleList(
            _UpBlock(inputs, outputs, style) for inputs, outputs in pairwise(widths)
        )
        self.norm = nn.GroupNorm(8, widths[-1])
        self.to_rgb = nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures for labels (B, 3) of which every one is said; none for a network without."""
        if self.labels is None or labels is None:
            return self.decode(z)
        return self.decode(z, self.labels(labels))

    def decode(self, z: Tensor, embedded: Tensor | None = None) -> Tensor:
        """Pictures for labels already embedded, (B, S)."""
        joined = z if embedded is None else torch.cat([z, embedded], dim=1)  # (B, Z + S)
        style = self.style(joined)
        h = self.first(joined).unflatten(1, (-1, 4, 4))
        for block in self.blocks:
            h = block(h, style)
        return torch.tanh(self.to_rgb(F.silu(self.norm(h))))
