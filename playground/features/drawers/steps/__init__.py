"""Speed against quality."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Drawer

ENTRY = Drawer(
    "steps",
    Path(__file__).parent,
    "Speed against quality",
    "Fewer steps are faster and rougher: the same noise cleaned in 1, 2, 4, 8 and 20 steps, "
    "beside the models that draw in one pass.",
    "images",
    order=20,
)
