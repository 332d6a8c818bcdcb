"""Text: two models continue one prompt."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature, Place, Restore

FEATURE = Feature(
    "text",
    Path(__file__).parent,
    place=Place(
        "text",
        "Text",
        build="playground.features.text.place:build_text",
        restore="playground.features.text.place:restore_text",
    ),
    restores=(
        Restore("text", "shakespeare", "text", "text-write"),
        Restore("text", "", "text", "text-write"),
        Restore("text", "shakespeare", "text", "text-score-press", task="score"),
        Restore("text", "", "text", "text-score-press", task="score"),
    ),
)
