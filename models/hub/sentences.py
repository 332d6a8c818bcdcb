"""Sentences about files from the hub, and the errors that carry them to the visitor."""

from __future__ import annotations

import math

GO_ON = "The shipped models go on"
NO_ANSWER = f"The hub did not answer. {GO_ON}; try again when the network is back."
SHUT_DOWN = "The playground is being shut down; try again in a minute."


class HubError(RuntimeError):
    """A model from the hub cannot be had; the message says to the visitor why and what to do."""


def size_words(size_bytes: float, *, down: bool = False) -> str:
    """A size as people say it, rounded up for what is needed and down for what there is."""
    unit, name = (1e8, "GB") if size_bytes >= 1e8 else (1e6, "MB")
    if down and 0 < size_bytes < 1e6:  # a slow line's speed
        unit, name = 1e3, "kB"
    count = (math.floor if down else math.ceil)(size_bytes / unit)
    return f"{count / 10:.1f} {name}" if name == "GB" else f"{count} {name}"
