"""One word of a caption changed."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Part, Scene

ENTRY = Scene(
    "word",
    Path(__file__).parent,
    order=60,
    parts=(Part("word", requests="playground.features.play.replay_pack:word"),),
)
