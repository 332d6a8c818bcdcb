"""A plane of seeds to drag in."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Drawer

ENTRY = Drawer(
    "plane",
    Path(__file__).parent,
    "A plane of seeds to drag in",
    "Four seeds at the corners of a square, and a picture for every place between them, drawn "
    "while you drag.",
    "images",
    order=50,
    shows=("plane",),
)
