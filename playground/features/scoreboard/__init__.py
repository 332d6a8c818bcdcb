"""One yardstick for all models."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature

FEATURE = Feature("scoreboard", Path(__file__).parent)
