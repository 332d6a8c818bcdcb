"""The critic of the GAN, which looks at a picture and says how real it is.

Spectral normalisation after Miyato et al. 2018, labels projected onto the features after
Miyato & Koyama 2018.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from models.networks.decoder import COLOURS, DIGITS, LabelEmbedding


class Critic(nn.Module):
    """Pictures (B, 3, 32, 32) and labels (B, 3) -> how real they look (B,), and what they show.

    The three heads that read digit, ink and paper off a picture are an auxiliary classifier
    (Odena et al. 2017): they make the generator answer for its label. A critic of pictures without
    labels has no such heads.
    """

    def __init__(self, width: int = 64, labelled: bool = True) -> None:
        super().__init__()
        widths = (3, width, width * 2, width * 4)
        self.blocks = nn.ModuleList(
            spectral_norm(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1))
            for inputs, outputs in pairwise(widths)
        )
        self.last = spectral_norm(nn.Conv2d(widths[-1], widths[-1], 3, padding=1))
        self.realness = spectral_norm(nn.Linear(widths[-1], 1))
        self.labels = LabelEmbedding(widths[-1]) if labelled else None
        self.reader = nn.Linear(widths[-1] * 16, DIGITS + 2 * COLOURS) if labelled else None

    def forward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Returns realness (B,) and label logits (B, 10 + 8 + 8), or (B, 0) without labels."""
        h = images
        for block in (*self.blocks, self.last):
            h = F.leaky_relu(block(h), 0.1)  # (B, C, 4, 4) after the last
        pooled = h.sum(dim=(2, 3)) / 4
        realness = self.realness(pooled).squeeze(1)
        if self.labels is None or self.reader is None:
            return realness, realness.new_zeros(len(realness), 0)
        projected = (pooled * self.labels(labels)).sum(1) / pooled.shape[1] ** 0.5
        return realness + projected, self.reader(h.flatten(1))

    @torch.no_grad()
    def renew_norms(self) -> None:
        """Compute the singular vectors behind each spectral norm anew, from the weights.

        Training keeps them by power iteration. The averaged network has averages of those vectors,
        which are shorter than 1 and not its own: its norms would be far too small.
        """
        for layer in (*self.blocks, self.last, self.realness):
            weight = layer.parametrizations.weight
            left, _, right = torch.linalg.svd(weight.original.flatten(1), full_matrices=False)
            weight[0]._u.copy_(left[:, 0])
            weight[0]._v.copy_(right[0])
