"""Ask an app for its health again and again, in a process of its own: PORT PATH EVERY_SECONDS.

Who asks beside a hundred clients in their process times how long those keep it waiting. Writes a
line for every answer: its status (0 for none) and the seconds it took.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from models.measure.app.server import ROOT

_LIMIT_SECONDS = 30.0


def main() -> None:
    """Ask until somebody ends this process."""
    port, path, every = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    while True:
        started = time.perf_counter()
        status = ask(port, path)
        sys.stdout.write(f"{status} {time.perf_counter() - started:.6f}\n")
        sys.stdout.flush()
        time.sleep(every)


def ask(port: int, path: str) -> int:
    """The status of one answer on a connection of its own; 0 when there was none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_LIMIT_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 0
    finally:
        connection.close()


@contextmanager
def watching(port: int, path: str, every_seconds: float, seen: list[float]) -> Iterator[None]:
    """Have another process ask meanwhile; `seen` has then the seconds of each answer, inf for a bad
    one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "models.measure.load.watch", str(port), path, str(every_seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        seen.append(_seconds(process.stdout.readline()))  # it is at work
        yield
    finally:
        process.terminate()
        # The last line may be cut off.
        seen += map(_seconds, process.stdout.read().split("\n")[:-1])
        process.wait()


def _seconds(line: str) -> float:
    """How long one answer took; without end for a bad one."""
    status, took = line.split()
    return float(took) if status == "200" else float("inf")


if __name__ == "__main__":
    main()
