"""A classifier of several parts at once: the judge of what a 32×32 picture shows."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


class PartsJudge(nn.Module):
    """Pictures (B, C, 32, 32) in [-1, 1] -> logits of all parts side by side (B, sum of sizes)."""

    def __init__(
        self, parts: Sequence[int], channels: int = 3, width: int = 48, features: int = 128
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.conv4 = nn.Conv2d(2 * width, 2 * width, 3, stride=2, padding=1)
        self.conv5 = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        norms = (width, width, 2 * width, 2 * width, 2 * width)
        self.norms = nn.ModuleList(nn.GroupNorm(8, channels) for channels in norms)
        self.hidden = nn.Linear(2 * width * 4 * 4, features)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(features, sum(parts))

    def features(self, images: Tensor) -> Tensor:
        """What the last layer reads, (B, features): the space where samples are compared."""
        h = images
        convs = (self.conv1, self.conv2, self.conv3, self.conv4, self.conv5)
        for conv, norm in zip(convs, self.norms, strict=True):
            h = F.silu(norm(conv(h)))  # (B, C, 8, 8) after the last
        return F.silu(self.hidden(self.dropout(F.avg_pool2d(h, 2).flatten(1))))

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(self.features(images)))
        return logits
