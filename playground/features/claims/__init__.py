"""Claims, tested: card and place."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature, Place

FEATURE = Feature(
    "claims",
    Path(__file__).parent,
    place=Place("claims", "Claims", build="playground.features.claims.place:build_claims"),
)
