"""What a visitor’s runs leave, and the lab sheet."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature

FEATURE = Feature(
    "history",
    Path(__file__).parent,
    front="playground.features.history.front:front",
    routes=("playground.features.history.routes:routes",),
    opens="playground.features.history.store:open_history",
    keeps="playground.features.history.routes:keeper_of",
)
