"""The most memory that a piece of work takes, in a process of its own."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_PROGRAM = """
import sys
from models.device import prepare_environment
prepare_environment()
from importlib import import_module
from models.measure.peak import peak_bytes
module, name = sys.argv[1:]
getattr(import_module(module), name)()
print("peak", peak_bytes())
"""


def peak_bytes() -> int:
    """The most memory that this process ever held.

    On Linux by the program's own high-water mark: what `getrusage` tells of a process that was
    just started counts the memory of the one that started it.
    """
    if _STATUS.exists() and (mark := re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())):
        return 1024 * int(mark[1])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def peak_memory_gb(module: str, function: str) -> float:
    """Call a function without arguments in a new process; the most memory it held, in GB.

    Raises:
        RuntimeError: when it fails.
    """
    command = [sys.executable, "-c", _PROGRAM, module, function]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    words = done.stdout.split()
    if done.returncode or words[-2:-1] != ["peak"]:
        raise RuntimeError(f"{module}:{function} failed:\n{done.stderr[-2000:]}")
    return int(words[-1]) / 1e9
