"""Text: two models continue one prompt."""

from __future__ import annotations

from pathlib import Path

from models.worlds import asked_in_words
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
    restores=tuple(
        Restore("text", world, "text", button, task)
        for world in asked_in_words("text")
        for button, task in (("text-write", ""), ("text-score-press", "score"))
    ),
)
