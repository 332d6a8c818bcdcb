"""Seconds from `python app.py` to the first page, against a bare Gradio page in the same run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.measure.metric import Metric, mean

ROOT = Path(__file__).resolve().parents[2]
_HELLO_WORLD = """
import os
import gradio as gr
gr.Interface(lambda name: f"Hello, {name}!", "text", "text").launch(
    server_port=int(os.environ["GRADIO_SERVER_PORT"]), quiet=True)
"""
_LIMIT_SECONDS = 60


def measure(runs: int) -> dict[str, Metric]:
    """Start both in turn, `runs` times after one warm-up each; ratio pair by pair."""
    pairs = [_pair() for _ in range(runs + 1)][1:]
    ours, bare = np.array(pairs).T
    return {
        "start_seconds": mean(ours),
        "hello_world_seconds": mean(bare),
        "start_ratio": mean(ours / bare),
    }


def _pair() -> tuple[float, float]:
    return (
        seconds_to_page([sys.executable, "app.py"]),
        seconds_to_page([sys.executable, "-c", _HELLO_WORLD]),
    )


def seconds_to_page(command: Sequence[str]) -> float:
    """Start a server on a free port, wait for its first 200, and end it.

    Raises:
        TimeoutError: when no page comes within a minute.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "PLAYGROUND_WARM": "0",
    }
    started = time.perf_counter()
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_page(f"http://127.0.0.1:{port}/", started)
        return time.perf_counter() - started
    finally:
        server.terminate()
        server.wait(10)


def _wait_for_page(address: str, started: float) -> None:
    while time.perf_counter() - started < _LIMIT_SECONDS:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    raise TimeoutError(f"no page at {address} within {_LIMIT_SECONDS} s")
