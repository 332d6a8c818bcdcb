"""The switch that turns all tricks off."""

from __future__ import annotations

import os

NAME = "PLAYGROUND_PLAIN_GRADIO"


def plain_gradio() -> bool:
    """Whether Gradio is left as it is, as the operator says with PLAYGROUND_PLAIN_GRADIO=1."""
    return os.environ.get(NAME, "0") == "1"
