"""A server of ours as a process of its own, on a free port, for as long as it is needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[3]
_LIMIT_SECONDS = 60
_END_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, and the id of its process."""

    port: int
    process_id: int


@contextmanager
def serving(*arguments: str, host: str = "127.0.0.1", **settings: str) -> Iterator[int]:
    """As `running`, for those who need the port alone."""
    with running(*arguments, host=host, settings=settings) as server:
        yield server.port


@contextmanager
def running(
    *arguments: str,
    host: str = "127.0.0.1",
    errors: IO[bytes] | None = None,
    output: IO[bytes] | None = None,
    settings: Mapping[str, str] | None = None,
    port: int = 0,
) -> Iterator[Server]:
    """Run Python with `arguments` from the repository's root, from its first answer on.

    Args:
        arguments: a file such as "app.py", or "-m" and a module, or "-c" and code.
        host: the address to listen at; "0.0.0.0" for all.
        errors: where the process writes its standard error, if not to that of this one.
        output: the same for its standard output, which nobody reads otherwise.
        settings: further environment variables.
        port: where it listens; 0 for any that is free.

    Raises:
        TimeoutError: when no page comes within a minute.
        RuntimeError: when the process ends before it answers.
    """
    port = port or _free_port()
    address = {"GRADIO_SERVER_NAME": host, "GRADIO_SERVER_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"GRADIO_ANALYTICS_ENABLED": "False"} | address | dict(settings or {}),
        stdout=output or subprocess.DEVNULL,
        stderr=errors,
    )
    try:
        _wait_for_page(f"http://127.0.0.1:{port}/", process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(_END_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_page(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    raise TimeoutError(f"no page at {address} within {_LIMIT_SECONDS} s")
