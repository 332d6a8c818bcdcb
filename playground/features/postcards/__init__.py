"""Postcards: a picture and a page for every link."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature

FEATURE = Feature(
    "postcards",
    Path(__file__).parent,
    routes=("playground.features.postcards.routes:routes",),
)
