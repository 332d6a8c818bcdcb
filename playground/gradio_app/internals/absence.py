"""What is not installed, remembered."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from playground.gradio_app.internals.switch import plain_gradio

ASKED_FOR = "matplotlib"


def remember_absence(package: str = ASKED_FOR) -> None:
    """Let Python say at once that a package is not there.

    Gradio (`utils.py`, `MatplotlibBackendMananger`) tries to import matplotlib before and after
    every redraw, and Python looks through every folder of its path each time. Measured: 0.34 ms a
    time, 0.03 ms with None in `sys.modules`, by which Python knows that the import fails. Without
    it, the search is made.
    """
    if not plain_gradio() and package not in sys.modules and find_spec(package) is None:
        sys.modules[package] = None  # type: ignore[assignment]
