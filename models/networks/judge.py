"""A digit classifier: the judge of what a picture of the digits world shows."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Judge(nn.Module):
    """Strokes (B, 1, 28, 28) in [0, 1] -> logits of the ten digits (B, 10)."""

    def __init__(self, width: int = 32, features: int = 128) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.conv3 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.conv4 = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.hidden = nn.Linear(2 * width * 7 * 7, features)
        self.dropout = nn.Dropout(0.4)
        self.head = nn.Linear(features, 10)

    def features(self, strokes: Tensor) -> Tensor:
        """What the last layer reads, (B, features): the space where samples are compared."""
        h = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(strokes)))), 2)
        h = F.max_pool2d(F.relu(self.conv4(F.relu(self.conv3(h)))), 2)  # (B, C, 7, 7)
        return F.relu(self.hidden(self.dropout(h.flatten(1))))

    def forward(self, strokes: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(self.features(strokes)))
        return logits
