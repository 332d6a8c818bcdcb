"""Pictures at the border: tensors in [-1, 1] inside, PIL RGB outside."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor


def to_images(tensor: Tensor) -> tuple[Image.Image, ...]:
    """(B, 3, H, W) in [-1, 1] -> B RGB pictures; what lies outside is clipped."""
    pixels = ((tensor.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return tuple(Image.fromarray(p) for p in pixels.permute(0, 2, 3, 1).contiguous().numpy())


def to_tensor(images: Sequence[Image.Image] | np.ndarray) -> Tensor:
    """RGB pictures, or (B, H, W, 3) uint8 -> (B, 3, H, W) in [-1, 1]."""
    pixels = np.stack([np.asarray(image, np.float32) for image in images])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous() / 127.5 - 1


def read_picture(encoded: str) -> Image.Image | None:
    """The picture of an option; None for "". ValueError in words where it cannot be read."""
    if not encoded:
        return None
    try:
        with Image.open(io.BytesIO(base64.b64decode(encoded)), formats=("PNG",)) as picture:
            return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError):
        raise ValueError("This picture cannot be read; give another PNG.") from None


def given_picture(encoded: str) -> Image.Image:
    """The same where a picture is needed."""
    picture = read_picture(encoded)
    if picture is None:
        raise ValueError("There is no picture to look at: draw one, or choose a file.")
    return picture
