"""What a process has used and holds, from Linux's /proc (proc(5)); there is nothing elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ENGINE_THREADS = "engine-"
"""How the names of the threads begin that call adapters, and of those that these have started."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One look at a process; the seconds are of processor time since its start."""

    cpu_seconds: float
    engine_seconds: float
    memory_bytes: int
    open_files: int
    threads: int

    @property
    def app_seconds(self) -> float:
        """Everything but the models' own computing."""
        return self.cpu_seconds - self.engine_seconds


def entry_point() -> tuple[str, ...]:
    """What to start Python with, so that the threads of `app.py` can be told apart from outside."""
    if sys.version_info >= (3, 14):
        return ("app.py",)
    return ("-m", "models.measure.load.named", "app.py")


def look(process_id: int) -> Usage:
    """What a process has used by now.

    Raises:
        FileNotFoundError: when it has ended, or the system has no /proc.
    """
    home = Path(f"/proc/{process_id}")
    tasks = list(_tasks(home))
    return Usage(
        cpu_seconds=_cpu_seconds(home / "stat"),
        engine_seconds=sum(s for name, s in tasks if name.startswith(ENGINE_THREADS)),
        memory_bytes=int((home / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        open_files=len(list((home / "fd").iterdir())),
        threads=len(tasks),
    )


def _tasks(home: Path) -> Iterator[tuple[str, float]]:
    """Name and seconds of every thread; of those that end meanwhile, none."""
    for task in (home / "task").iterdir():
        try:
            yield (task / "comm").read_text().strip(), _cpu_seconds(task / "stat")
        except (FileNotFoundError, ProcessLookupError):
            continue


def _cpu_seconds(stat: Path) -> float:
    """The sum of `utime` and `stime`, fields 14 and 15; the second may itself hold spaces."""
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
