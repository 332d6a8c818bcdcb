"""An emoji that nobody has drawn yet."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Part, Scene

ENTRY = Scene(
    "emoji",
    Path(__file__).parent,
    order=40,
    parts=(
        Part(
            "emoji",
            requests="playground.features.play.invented_emoji:requests",
            made="playground.features.play.nearest_emoji:inventions",
        ),
    ),
)
