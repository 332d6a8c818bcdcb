"""A small variational autoencoder for 32×32 pictures (Kingma & Welling 2014).

The encoder is given no label: from the picture alone it makes a code z and a guess of what the
picture shows, as in the semi-supervised model "M2" of Kingma et al. 2014. The decoder draws from z
and a label; when no label is said it draws from the encoder's guess. So z has no reason to repeat
what the label says, and a drawing without a label can still be read. Where pictures have no labels
at all, as in the emoji world, there is only z.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.decoder import COLOURS, DIGITS, Decoder

SIGMA = 0.6
"""Standard deviation of a pixel around its reconstruction in the digits world, in units of
[-1, 1]."""


class Encoder(nn.Module):
    """Pictures (B, 3, 32, 32) in [-1, 1] -> mean and log variance of z (B, Z), label logits."""

    def __init__(
        self, latent: int = 32, width: int = 64, hidden: int = 256, labelled: bool = True
    ) -> None:
        super().__init__()
        widths = (3, width, width * 2, width * 3)
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 4, 2, 1) for i, o in pairwise(widths))
        self.norms = nn.ModuleList(nn.GroupNorm(8, o) for o in widths[1:])
        self.hidden = nn.Linear(widths[-1] * 16, hidden)
        self.code = nn.Linear(hidden, 2 * latent)
        self.reader = nn.Linear(hidden, DIGITS + 2 * COLOURS) if labelled else None

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns mean (B, Z), log variance (B, Z) and label logits (B, 10 + 8 + 8) or (B, 0)."""
        h = images
        for conv, norm in zip(self.convs, self.norms, strict=True):
            h = F.silu(norm(conv(h)))
        h = F.silu(self.hidden(h.flatten(1)))
        mean, log_variance = self.code(h).chunk(2, dim=1)
        logits = mean.new_zeros(len(mean), 0) if self.reader is None else self.reader(h)
        return mean, log_variance.clamp(-10, 10), logits


class Vae(nn.Module):
    """Encoder and decoder, conditioned on a label where pictures have one."""

    def __init__(
        self,
        latent: int = 32,
        width: int = 192,
        style: int = 128,
        encoder_width: int = 64,
        hidden: int = 256,
        labelled: bool = True,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(latent, encoder_width, hidden, labelled)
        self.decoder = Decoder(latent, width, style, labelled)

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
        embedding = self.decoder.labels
        assert embedding is not None
        told, guessed = embedding(labels), embedding.expected(logits)
        embedded = torch.where(said[:, None], told, guessed)
        drawn = self.decoder.decode(_sample(mean, log_variance), embedded)
        return drawn, mean, log_variance, logits

    def without_label(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruct pictures that have no label: pictures, mean and log variance."""
        mean, log_variance, _ = self.encoder(images)
        return self.decoder(_sample(mean, log_variance)), mean, log_variance


def _sample(mean: Tensor, log_variance: Tensor) -> Tensor:
    return mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
