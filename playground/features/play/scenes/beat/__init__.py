"""Guess the next letter, against the models."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Part, Scene

ENTRY = Scene(
    "beat",
    Path(__file__).parent,
    order=50,
    parts=(Part("beat", requests="playground.features.play.beat_the_machine:requests"),),
)
