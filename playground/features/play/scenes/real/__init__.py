"""Real or made: which digits did a person write?"""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Part, Scene

ENTRY = Scene(
    "real",
    Path(__file__).parent,
    order=20,
    parts=(Part("real", requests="playground.features.play.real_or_made:recorded"),),
)
