"""Recipes that show where a model breaks."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature

FEATURE = Feature("break_it", Path(__file__).parent)
