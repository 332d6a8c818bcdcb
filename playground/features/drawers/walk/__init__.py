"""Walk from one picture to another."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Drawer

ENTRY = Drawer(
    "walk",
    Path(__file__).parent,
    "Walk from one picture to another",
    "Two seeds or two concepts, and what each family puts between them. Does it change little "
    "by little, or jump?",
    "images",
    order=40,
    shows=("walk",),
)
