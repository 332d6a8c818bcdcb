"""What `python app.py` takes to the first page, against a bare Gradio page in the same run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.measure.app.server import running
from models.measure.load import process
from models.measure.metric import Metric, mean

HELLO_WORLD = (
    "import gradio as gr; "
    'gr.Interface(lambda name: f"Hello, {name}!", "text", "text").launch(quiet=True)'
)
SETTINGS = {"PLAYGROUND_WARM": "0", "PYTHONDONTWRITEBYTECODE": ""}
"""Bytecode is kept from the warm-up on, as it is from the first start of an app that is in use."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds by the clock, and of processors, to the first answer.

    Args:
        cpu_seconds: NaN where the system does not say.
    """

    seconds: float
    cpu_seconds: float


def measure(runs: int) -> dict[str, Metric]:
    """Start both in turn, `runs` times after one warm-up each; ratios pair by pair.

    Seconds of processors say more than the clock's where others use the machine as well.
    """
    pairs = [(first_page("app.py"), first_page("-c", HELLO_WORLD)) for _ in range(runs + 1)][1:]
    ours, bare = np.array([[one.seconds for one in pair] for pair in pairs]).T
    ours_cpu, bare_cpu = np.array([[one.cpu_seconds for one in pair] for pair in pairs]).T
    found = {
        "start_seconds": mean(ours),
        "hello_world_seconds": mean(bare),
        "start_ratio": mean(ours / bare),
        "start_cpu_seconds": mean(ours_cpu),
        "hello_world_cpu_seconds": mean(bare_cpu),
        "start_cpu_ratio": mean(ours_cpu / bare_cpu),
    }
    return {name: metric for name, metric in found.items() if metric.value == metric.value}


def first_page(*arguments: str) -> Start:
    """What a server takes from its start to its first 200."""
    started = time.perf_counter()
    with running(*arguments, settings=SETTINGS) as server:
        seconds = time.perf_counter() - started
        told = Path(f"/proc/{server.process_id}").exists()
        return Start(seconds, process.look(server.process_id).cpu_seconds if told else float("nan"))
