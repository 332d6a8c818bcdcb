"""Seconds from `python app.py` to the first page, against a bare Gradio page in the same run."""

from __future__ import annotations

import time

import numpy as np

from models.measure.metric import Metric, mean
from models.measure.server import serving

HELLO_WORLD = (
    "import gradio as gr; "
    'gr.Interface(lambda name: f"Hello, {name}!", "text", "text").launch(quiet=True)'
)


def measure(runs: int) -> dict[str, Metric]:
    """Start both in turn, `runs` times after one warm-up each; ratio pair by pair."""
    pairs = [
        (seconds_to_page("app.py"), seconds_to_page("-c", HELLO_WORLD)) for _ in range(runs + 1)
    ]
    ours, bare = np.array(pairs[1:]).T
    return {
        "start_seconds": mean(ours),
        "hello_world_seconds": mean(bare),
        "start_ratio": mean(ours / bare),
    }


def seconds_to_page(*arguments: str) -> float:
    """How long a server takes from its start to its first 200."""
    started = time.perf_counter()
    with serving(*arguments, PLAYGROUND_WARM="0"):
        return time.perf_counter() - started
