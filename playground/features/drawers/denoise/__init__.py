"""Denoising, step by step."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Drawer

ENTRY = Drawer(
    "denoise",
    Path(__file__).parent,
    "Denoising, step by step",
    "A diffusion model begins with noise and cleans it a little at a time. Go back and forth "
    "between the noise and the picture that it believes is behind it.",
    "images",
    order=10,
    shows=("look",),
)
