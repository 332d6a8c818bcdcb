"""A small variational autoencoder for 32×32 pictures (Kingma & Welling 2014).

The encoder is given no label: from the picture alone it makes a code z and a guess of what the
picture shows, as in the semi-supervised model "M2" of Kingma et al. 2014. The decoder draws from z
and a label; when no label is said it draws from the encoder's guess. So z has no reason to repeat
what the label says, and a drawing without a label can still be read.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.decoder import COLOURS, DIGITS, LabelledDecoder


class Encoder(nn.Module):
    """Pictures (B, 3, 32, 32) in [-1, 1] -> mean and log variance of z (B, Z), label logits."""

    def __init__(self, latent: int = 32, width: int = 64) -> None:
        super().__init__()
        widths = (3, width, width * 2, width * 3)
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 4, 2, 1) for i, o in pairwise(widths))
        self.norms = nn.ModuleList(nn.GroupNorm(8, o) for o in widths[1:])
        self.hidden = nn.Linear(widths[-1] * 16, 256)
        self.code = nn.Linear(256, 2 * latent)
        self.reader = nn.Linear(256, DIGITS + 2 * COLOURS)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns mean (B, Z), log variance (B, Z) and label logits (B, 10 + 8 + 8)."""
        h = images
        for conv, norm in zip(self.convs, self.norms, strict=True):
            h = F.silu(norm(conv(h)))
        h = F.silu(self.hidden(h.flatten(1)))
        mean, log_variance = self.code(h).chunk(2, dim=1)
        return mean, log_variance.clamp(-10, 10), self.reader(h)


class Vae(nn.Module):
    """Encoder and label-conditioned decoder."""

    def __init__(self, latent: int = 32, width: int = 192, style: int = 128) -> None:
        super().__init__()
        self.encoder = Encoder(latent)
        self.decoder = LabelledDecoder(latent, width, style)

    def forward(self, images: Tensor, labels: Tensor, said: Tensor) -> tuple[Tensor, ...]:
        """Reconstruct pictures from their codes.

        Args:
            images: (B, 3, 32, 32) in [-1, 1].
            labels: (B, 3) digit, ink, paper.
            said: (B,) bool; where False the decoder goes by the encoder's guess.

        Returns:
            Pictures (B, 3, 32, 32), mean and log variance (B, Z), label logits (B, 26).
        """
        mean, log_variance, logits = self.encoder(images)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        told = self.decoder.labels(labels)
        guessed = self.decoder.labels.expected(logits)
        embedded = torch.where(said[:, None], told, guessed)
        return self.decoder.decode(z, embedded), mean, log_variance, logits
