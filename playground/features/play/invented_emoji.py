"""The inventions of "This emoji does not exist" that are recorded: a name each, and its pictures.

A test compares what the recorded names spell with what the pictures were asked for.
"""

from __future__ import annotations

from typing import Any

INVENTION = {"temperature": 0.8, "length": 80}
PICTURES = 8
_SPELT = {52: "red face with open card", 18: "wand face with sungrile", 7: "disking heart"}
"""By seed, what the inventor writes from it."""
_FRAMES = (0, 4, 10)


def requests() -> dict[str, dict[str, Any]]:
    """Runs `name-<number>` and `drawing-<number>`, as the browser asks for them, too."""
    runs: dict[str, dict[str, Any]] = {}
    for number, (seed, name) in enumerate(_SPELT.items()):
        runs[f"name-{number}"] = {"model": "char_lstm_emoji", "options": INVENTION, "seed": seed}
        runs[f"drawing-{number}"] = {
            "model": "diffusion_emoji",
            "prompt": name,
            "options": {"count": PICTURES},
            "seed": seed,
            "frames": _FRAMES,
        }
    return runs
