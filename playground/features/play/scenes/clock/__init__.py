"""Three families draw the time."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Part, Scene

ENTRY = Scene(
    "clock",
    Path(__file__).parent,
    order=10,
    parts=(Part("clock", requests="playground.features.play.replay_pack:clock"),),
    markup="playground.features.play.clock:markup",
    data="playground.features.play.clock:data",
    alone=False,
)
