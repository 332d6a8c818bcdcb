"""Stable Diffusion's latents as small pictures, without a decoder."""

from __future__ import annotations

import torch
from torch import Tensor

_RED_GREEN_BLUE = (
    (0.3512, 0.2297, 0.3227),
    (0.3250, 0.4974, 0.2350),
    (-0.2829, 0.1762, 0.2721),
    (-0.2120, -0.2616, -0.7177),
)
"""What each of the four latent channels adds to red, green and blue, for every model that shares
the autoencoder of Stable Diffusion 1 and 2. The figures are ComfyUI's (`SD15.latent_rgb_factors`
in github.com/comfyanonymous/ComfyUI, comfy/latent_formats.py); that a linear map does is keturn's
finding (discuss.huggingface.co/t/23204)."""


def colours(clean: Tensor) -> Tensor:
    """Latents (B, 4, H, W) as the U-Net sees them -> (B, 3, H, W) near [-1, 1], on the CPU."""
    channels = clean.float().cpu()
    return torch.einsum("bzhw,zc->bchw", channels, torch.tensor(_RED_GREEN_BLUE))
