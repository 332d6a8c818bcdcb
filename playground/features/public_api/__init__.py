"""The functions that programs may call."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature

FEATURE = Feature(
    "public_api",
    Path(__file__).parent,
    middleware="playground.features.public_api.api_address:ApiAddress",
    publishes="playground.features.public_api.api:publish",
)
