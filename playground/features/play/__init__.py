"""The first page: scenes, recorded runs, games."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Feature, Place, entries

FEATURE = Feature(
    "play",
    Path(__file__).parent,
    place=Place("play", "Play"),
    scenes=entries("playground.features.play.scenes"),
    first_page="playground.features.play.first_page:page",
    routes=(
        "playground.features.play.first_page:routes",
        "playground.features.play.real_or_made:routes",
        "playground.features.play.nearest_emoji:routes",
    ),
)
