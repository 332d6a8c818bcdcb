"""Attention and memory, on one cursor."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Drawer

ENTRY = Drawer(
    "cursor",
    Path(__file__).parent,
    "Attention and memory",
    "Move over a text and see, for the letter under the cursor, where GPT looks and what the "
    "LSTM still remembers: a bar under each earlier letter.",
    "text",
    order=70,
    shows=("look",),
    world="shakespeare",
    hub=True,
)
