"""Run a script, and write down what holds its event loops: FILE SCRIPT.

    python -m models.measure.attack.loop_watch held.txt app.py

A line for each callback that took its thread more than `LEAST_SECONDS`: the seconds of processor,
and what it was. Seconds by the clock would count what others on the machine do.
"""

from __future__ import annotations

import asyncio
import gc
import runpy
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TextIO

LEAST_SECONDS = 0.005
_LOOK_SECONDS = 0.02
_FRAMES = 6


class Watch:
    """Writes down from `begin` on what every event loop of this process does at one go."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.begun: dict[int, float] = {}  # thread -> when its callback began, by the clock
        self.seen: dict[int, str] = {}  # thread -> where that was when somebody looked
        self.collecting: dict[int, float] = {}
        self.collected = 0.0  # seconds that the last callback collected garbage for

    def begin(self) -> None:
        """From now on."""
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            thread, begun = threading.get_ident(), time.thread_time()
            self.begun[thread], self.collected = time.monotonic(), 0.0
            run(handle)
            took = time.thread_time() - begun
            del self.begun[thread]
            if took >= LEAST_SECONDS:
                self._write(took, self.seen.pop(thread, "") or repr(handle)[:200])

        asyncio.Handle._run = timed  # type: ignore[method-assign, assignment]
        gc.callbacks.append(self._collects)
        threading.Thread(target=self._look, name="loop watch", daemon=True).start()

    def _write(self, took: float, where: str) -> None:
        of_it = f"{1000 * self.collected:.0f} ms of it in garbage; " if self.collected else ""
        self.out.write(f"{took:.4f} {of_it}{where}\n")

    def _collects(self, phase: str, _: object) -> None:
        thread = threading.get_ident()
        if thread in self.begun and phase == "start":
            self.collecting[thread] = time.thread_time()
        elif thread in self.collecting and phase == "stop":
            self.collected += time.thread_time() - self.collecting.pop(thread)

    def _look(self) -> None:
        """Where a loop is that has not come back for a while."""
        while True:
            time.sleep(_LOOK_SECONDS)
            before = time.monotonic() - _LOOK_SECONDS
            for thread, begun in list(self.begun.items()):
                if begun < before and (frame := sys._current_frames().get(thread)):
                    self.seen[thread] = _place(frame)


def _place(frame: FrameType) -> str:
    """The innermost calls, from the inside out."""
    stack = traceback.extract_stack(frame)[-_FRAMES:]
    return " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(stack))


def read(file: Path) -> Iterator[tuple[float, str]]:
    """Seconds and description of every callback that has been written down."""
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        seconds, _, what = line.partition(" ")
        yield float(seconds), what


def main() -> None:
    """Run the script as if it had been started by itself."""
    file, script = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    sys.path[0] = str(Path(script).resolve().parent)
    out = open(file, "w", buffering=1, encoding="utf-8")  # noqa: SIM115 - as long as it runs
    Watch(out).begin()
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
