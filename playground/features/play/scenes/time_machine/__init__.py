"""What all models could do while they learnt."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Part, Scene

ENTRY = Scene(
    "childhoods",
    Path(__file__).parent,
    order=30,
    parts=(
        Part("childhoods", made="playground.features.play.time_machine:book_and_digits"),
        Part("childhoods_emoji", made="playground.features.play.time_machine:emoji"),
    ),
)
