"""Drawers that look inside a model."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature, entries

FEATURE = Feature("drawers", Path(__file__).parent, drawers=entries("playground.features.drawers"))
