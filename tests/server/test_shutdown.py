"""The real app as a process, ended in the middle of running streams: told, quick, and clean."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PRETENDED = """
import runpy
from unittest.mock import patch
from tests.fake_catalogue import SPECS
with patch("models.catalog.specs", lambda: SPECS):
    runpy.run_path("app.py", run_name="__main__")
"""
"""The entry point as it stands, over models that are there at once and take their time."""
SLOW = "delay=0.05"
OPTIONS = {"length": 1000, "temperature": 0.8, "top_k": 0, "top_p": 1.0}


@contextmanager
def app(port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A running app and its port; both its ends are the test's own affair."""
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    settings = {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "PLAYGROUND_WARM": "0",
        "PLAYGROUND_LOG": "INFO",
        "PLAYGROUND_LOG_FORMAT": "json",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PRETENDED],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield process, port
    finally:
        process.kill()
        process.communicate(timeout=10)


def answers(port: int) -> bool:
    """Whether the health check says that all is well."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).json()["ready"]
    except httpx.TransportError:
        return False


class Reader(threading.Thread):
    """Reads a stream of the app line by line, until it ends."""

    def __init__(self, method: str, address: str, **asked: object) -> None:
        super().__init__(daemon=True)
        self.lines: list[str] = []
        self.asked = (method, address, asked)
        self.start()

    def run(self) -> None:
        method, address, asked = self.asked
        with httpx.stream(method, address, timeout=30, **asked) as answer:
            self.lines.extend([f"status {answer.status_code}"])
            try:
                for line in answer.iter_lines():
                    self.lines.append(line)
            except httpx.TransportError as error:
                self.lines.append(f"broken off: {error!r}")

    def wait_for_lines(self, count: int) -> None:
        until = time.monotonic() + 20
        while len(self.lines) < count:
            assert time.monotonic() < until, self.lines
            time.sleep(0.02)


def two_streams(port: int) -> list[Reader]:
    """A run of the first page, and one of the API through Gradio's queue."""
    address = f"http://127.0.0.1:{port}"
    run = {"model": "char_lstm", "prompt": SLOW, "options": OPTIONS, "seed": 1}
    ours = Reader("POST", f"{address}/live", json={"visitor": "v", "runs": [run]})
    call = f"{address}/gradio_api/call/text_generate"
    asked = httpx.post(call, json={"data": ["gpt2_mini", SLOW, 2, 1000, 0.8, 0, 1.0]}, timeout=30)
    theirs = Reader("GET", f"{call}/{asked.json()['event_id']}")
    readers = [ours, theirs]
    for reader in readers:
        reader.wait_for_lines(6)
    return readers


def end(process: subprocess.Popen[str], number: int) -> tuple[float, str]:
    """Ask a process to end: how long it took, and all that it logged."""
    asked = time.monotonic()
    process.send_signal(number)
    _, log = process.communicate(timeout=10)
    return time.monotonic() - asked, log


def test_who_is_being_served_is_told_and_the_process_goes_within_five_seconds():
    with app() as (process, port):
        readers = two_streams(port)
        heartbeat = Reader("GET", f"http://127.0.0.1:{port}/gradio_api/heartbeat/somebody")
        heartbeat.wait_for_lines(1)
        seconds, log = end(process, signal.SIGTERM)
        assert seconds < 5
        assert process.returncode == 0
        for reader in readers:
            reader.join(5)
            assert not reader.is_alive()
            assert "being shut down" in "\n".join(reader.lines[-4:])
            assert not any("broken off" in line for line in reader.lines)
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert "Traceback" not in log
    assert SLOW not in log
    ended = [event for event in events if event.get("event") == "run_ended"]
    assert {(event["model"], event["outcome"]) for event in ended} == {
        ("char_lstm", "failed"),
        ("gpt2_mini", "failed"),
    }


def test_after_a_kill_the_next_start_on_the_same_port_is_clean():
    with app() as (process, port):
        two_streams(port)
        process.kill()
        process.wait(10)
        with app(port) as (second, same):
            known = httpx.get(f"http://127.0.0.1:{same}/healthz").json()
            assert (known["runs"], known["queue"]) == (0, 0)
            readers = two_streams(port)
            seconds, log = end(second, signal.SIGINT)
            assert seconds < 5
            assert second.returncode == 0
            assert "Traceback" not in log
            assert "being shut down" in "\n".join(line for r in readers for line in r.lines)
