"""Three families of 32×32 pictures on one condition: painter, critic, encoder and flow network.

The condition is a row of numbers (B, K), such as what a `CaptionReader` has understood. What paints
is built from the same residual block in all of them, so that the families differ in how they learn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from models.networks.decoder import StyledNorm

GROUPS = 8
SIDE = 4
"""Pixels of the coarsest picture on the way from a code to 32 pixels."""
PATCH = 2
"""So many pixels each way are one place for the blocks: a quarter of the work."""


class Block(nn.Module):
    """Two convolutions and a way around them (He et al. 2016), both normed in the style."""

    def __init__(self, inputs: int, outputs: int, style: int) -> None:
        super().__init__()
        self.norm_1 = StyledNorm(inputs, style)
        self.conv_1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm_2 = StyledNorm(outputs, style)
        self.conv_2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.around = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)
        nn.init.zeros_(self.conv_2.bias)  # type: ignore[arg-type]
        self.conv_2.weight.data.mul_(0.1)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        h = self.conv_1(F.silu(self.norm_1(x, style)))
        h = self.conv_2(F.silu(self.norm_2(h, style)))
        out: Tensor = self.around(x) + h
        return out


class Painter(nn.Module):
    """A code z (B, Z) and a condition (B, K) -> pictures (B, C, 32, 32) in [-1, 1]."""

    def __init__(
        self,
        condition: int,
        channels: int = 3,
        latent: int = 64,
        widths: tuple[int, int, int] = (200, 176, 96),
        style: int = 160,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.condition = nn.Linear(condition, style)
        self.style = nn.Sequential(nn.Linear(latent + style, style), nn.SiLU())
        self.first = nn.Linear(latent + style, widths[0] * SIDE * SIDE)
        inputs = (widths[0], *widths[:-1])
        self.blocks = nn.ModuleList(Block(i, o, style) for i, o in zip(inputs, widths, strict=True))
        self.norm = nn.GroupNorm(GROUPS, widths[-1])
        self.outward = nn.Conv2d(widths[-1], PATCH**2 * channels, 3, padding=1)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        joined = torch.cat([z, self.condition(condition)], dim=1)  # (B, Z + S)
        style = self.style(joined)
        h = self.first(joined).unflatten(1, (-1, SIDE, SIDE))
        for i, block in enumerate(self.blocks):
            h = block(F.interpolate(h, scale_factor=2) if i else h, style)
        return torch.tanh(F.pixel_shuffle(self.outward(F.silu(self.norm(h))), PATCH))


class Critic(nn.Module):
    """Pictures and conditions -> how real they look (B,), and what they show (B, sum of parts).

    Spectral normalisation after Miyato et al. 2018, the condition projected onto the features after
    Miyato & Koyama 2018, heads that read the parts off a picture after Odena et al. 2017.
    """

    def __init__(
        self,
        condition: int,
        parts: int,
        channels: int = 3,
        widths: tuple[int, ...] = (64, 128, 192),
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            spectral_norm(nn.Conv2d(i, o, 4, stride=2, padding=1))
            for i, o in pairwise((channels, *widths))
        )
        self.last = spectral_norm(nn.Conv2d(widths[-1], widths[-1], 3, padding=1))
        self.realness = spectral_norm(nn.Linear(widths[-1], 1))
        self.condition = nn.Linear(condition, widths[-1], bias=False)
        self.reader = nn.Linear(widths[-1] * SIDE * SIDE, parts)

    def forward(self, images: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        h = images
        for block in (*self.blocks, self.last):
            h = F.leaky_relu(block(h), 0.1)  # (B, C, 4, 4) after the last
        pooled = h.sum(dim=(2, 3)) / SIDE
        projected = (pooled * self.condition(condition)).sum(1) / pooled.shape[1] ** 0.5
        return self.realness(pooled).squeeze(1) + projected, self.reader(h.flatten(1))

    @torch.no_grad()
    def renew_norms(self) -> None:
        """Compute the singular vectors behind each spectral norm anew, from the weights.

        The averaged network has averages of the vectors, which are not its own.
        """
        for layer in (*self.blocks, self.last, self.realness):
            weight = layer.parametrizations.weight
            left, _, right = torch.linalg.svd(weight.original.flatten(1), full_matrices=False)
            weight[0]._u.copy_(left[:, 0])
            weight[0]._v.copy_(right[0])


class Encoder(nn.Module):
    """Pictures -> mean and log variance of a code (B, Z), and what they show (B, sum of parts)."""

    def __init__(
        self,
        latent: int,
        parts: int,
        channels: int = 3,
        widths: tuple[int, ...] = (64, 128, 192),
        hidden: int = 256,
    ) -> None:
        super().__init__()
        pairs = list(pairwise((channels, *widths)))
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 4, 2, 1) for i, o in pairs)
        self.norms = nn.ModuleList(nn.GroupNorm(GROUPS, o) for _, o in pairs)
        self.hidden = nn.Linear(widths[-1] * SIDE * SIDE, hidden)
        self.code = nn.Linear(hidden, 2 * latent)
        self.reader = nn.Linear(hidden, parts)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = images
        for conv, norm in zip(self.convs, self.norms, strict=True):
            h = F.silu(norm(conv(h)))
        h = F.silu(self.hidden(h.flatten(1)))
        mean, log_variance = self.code(h).chunk(2, dim=1)
        return mean, log_variance.clamp(-10, 10), self.reader(h)


class ConditionalVae(nn.Module):
    """Encoder and painter (Kingma & Welling 2014; Sohn et al. 2015 for the condition)."""

    def __init__(
        self, condition: int, parts: int, channels: int = 3, latent: int = 64, hidden: int = 160
    ) -> None:
        super().__init__()
        self.encoder = Encoder(latent, parts, channels, hidden=hidden)
        self.painter = Painter(condition, channels, latent)

    def forward(self, images: Tensor, condition: Tensor) -> tuple[Tensor, ...]:
        """Pictures painted from their codes, mean and log variance (B, Z), and what was read."""
        mean, log_variance, read = self.encoder(images)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.painter(z, condition), mean, log_variance, read


class FlowNet(nn.Module):
    """Which way pixels move at a time between noise and picture: a U-Net (Ronneberger et al. 2015).

    Three resolutions, self-attention at the coarsest; time and condition come in as the style.
    """

    def __init__(
        self,
        condition: int,
        channels: int = 3,
        widths: tuple[int, int, int] = (64, 112, 176),
        style: int = 192,
        heads: int = 4,
    ) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(64, style), nn.SiLU(), nn.Linear(style, style))
        self.condition = nn.Linear(condition, style)
        first, middle, last = widths
        self.inward = nn.Conv2d(PATCH**2 * channels, first, 3, padding=1)
        self.down = nn.ModuleList(
            [Block(first, first, style), Block(first, middle, style), Block(middle, last, style)]
        )
        self.attend = nn.MultiheadAttention(last, heads, batch_first=True)
        self.attend_norm = nn.GroupNorm(GROUPS, last)
        self.middle = Block(last, last, style)
        self.up = nn.ModuleList(
            [
                Block(2 * last, last, style),
                Block(last + middle, middle, style),
                Block(middle + first, first, style),
            ]
        )
        self.norm = nn.GroupNorm(GROUPS, first)
        self.outward = nn.Conv2d(first, PATCH**2 * channels, 3, padding=1)
        nn.init.zeros_(self.outward.weight)

    def forward(self, x: Tensor, time: Tensor, condition: Tensor) -> Tensor:
        """x (B, C, 32, 32), time (B,) from 0 (noise) to 1 (picture), condition (B, K)."""
        style = F.silu(self.time(waves(time)) + self.condition(condition))
        h, kept = self.inward(F.pixel_unshuffle(x, PATCH)), []
        for i, block in enumerate(self.down):
            h = block(F.avg_pool2d(h, 2) if i else h, style)
            kept.append(h)
        h = self.middle(self._attended(h), style)
        for i, block in enumerate(self.up):
            h = F.interpolate(h, scale_factor=2) if i else h
            h = block(torch.cat([h, kept.pop()], dim=1), style)
        return F.pixel_shuffle(self.outward(F.silu(self.norm(h))), PATCH)

    def _attended(self, x: Tensor) -> Tensor:
        """x (B, C, 4, 4) with every place having looked at all others."""
        places = self.attend_norm(x).flatten(2).transpose(1, 2)  # (B, 16, C)
        seen, _ = self.attend(places, places, places, need_weights=False)
        looked: Tensor = x + seen.transpose(1, 2).unflatten(2, x.shape[2:])
        return looked

    @torch.no_grad()
    def paint(
        self,
        noise: Tensor,
        condition: Tensor,
        wordless: Tensor,
        steps: int = 20,
        guidance: float = 1.5,
    ) -> Iterator[Tensor]:
        """Walk from noise to pictures in equal steps; gives what the picture would be, each time.

        Args:
            noise: (B, C, 32, 32).
            wordless: the condition (1, K) of an empty caption. What the words add to it is taken
                `guidance` times (Ho & Salimans 2022).
        """
        x = noise
        for step in range(steps):
            time = x.new_full((len(x),), step / steps)
            velocity = self(x, time, condition)
            if guidance != 1:
                without = self(x, time, wordless.expand_as(condition))
                velocity = without + guidance * (velocity - without)
            yield x + (1 - step / steps) * velocity
            x = x + velocity / steps


def waves(time: Tensor, width: int = 64) -> Tensor:
    """Sines and cosines (B, width) of times (B,) at rising frequencies (Vaswani et al. 2017)."""
    half = width // 2
    rates = torch.exp(-math.log(1_000) * torch.arange(half, device=time.device) / half)
    angles = 1_000 * time[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)
