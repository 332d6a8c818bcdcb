"""Contact sheet."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Drawer

ENTRY = Drawer(
    "sheet",
    Path(__file__).parent,
    "64 at once: who repeats itself?",
    "64 pictures of one concept from each family. How many different ones are among them, and "
    "which two are the most alike?",
    "images",
    order=30,
)
