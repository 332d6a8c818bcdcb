"""Four machines look at your drawing."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Drawer

ENTRY = Drawer(
    "drawing",
    Path(__file__).parent,
    "Four machines look at your drawing",
    "Draw a digit or anything else: what the VAE keeps of it and how strange it finds it, what "
    "the GAN’s critic says, which caption CLIP picks, and how diffusion draws it again.",
    "images",
    order=60,
    shows=("look", "redraw"),
    claim="reconstruction",
)
