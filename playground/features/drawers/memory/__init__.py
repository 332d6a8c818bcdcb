"""Memory."""

from __future__ import annotations

from pathlib import Path

from playground.core.feature import Drawer

ENTRY = Drawer(
    "memory",
    Path(__file__).parent,
    "Who remembers a new name?",
    "A name that nobody has ever read comes three times in a text. Who has taken it in is less "
    "surprised the third time.",
    "text",
    order=80,
    shows=("score",),
    world="shakespeare",
    hub=True,
    claim="long_memory",
)
