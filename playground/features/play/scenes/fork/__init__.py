"""Another letter, and another text."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Part, Scene

ENTRY = Scene(
    "fork",
    Path(__file__).parent,
    order=70,
    parts=(Part("texts", requests="playground.features.play.replay_pack:texts"),),
)
