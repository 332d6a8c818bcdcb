"""Pictures at the border: tensors in [-1, 1] inside, PIL RGB outside."""

from __future__ import annotations

from PIL import Image
from torch import Tensor


def to_images(tensor: Tensor) -> tuple[Image.Image, ...]:
    """(B, 3, H, W) in [-1, 1] -> B RGB pictures; what lies outside is clipped."""
    pixels = ((tensor.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return tuple(Image.fromarray(p) for p in pixels.permute(0, 2, 3, 1).contiguous().numpy())
