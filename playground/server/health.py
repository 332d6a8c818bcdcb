"""`GET /healthz`: whether the playground lives and can be relied on, and how much it has to do.

Answered on the event loop, in front of everything else, from plain values: it waits for no worker
thread, however many visitors are streaming. What watches over the process (a container's health
check, a proxy) replaces it when the answer is 503, or none comes.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from models.networks import trials
from playground.core.services import Services

PATH = "/healthz"
_STATUS = "/proc/self/statm"
_FILES = ("/proc/self/fd", "/dev/fd")  # Linux, and what other Unixes have


def report(services: Services) -> dict[str, Any]:
    """What is known of the running app at this moment.

    `runs` is the number of pieces of work that are being carried out, `queue` of those in line.
    `memory_bytes` is what is resident, `open_files` counts sockets too; null where the system does
    not say. `ready` is false once two threads of the engine never came back. `rows` is what was
    tried out of this machine's kernels since it began, for each shape and precision in use: in how
    many rows at a time each of them comes out the same, see `models.networks.trials`.
    """
    load = services.engine.load()
    return {
        "live": True,
        "ready": services.engine.healthy(),
        "models": {model: services.pool.state(model) for model in services.specs},
        "runs": load.running,
        "queue": load.waiting,
        "abandoned": load.abandoned,
        "cache_bytes": load.cache_bytes,
        "memory_bytes": memory_bytes(),
        "open_files": open_files(),
        "threads": threading.active_count(),
        "rows": [trial.as_json() for trial in trials.found()],
    }


class Health:
    """Answers `/healthz`, and passes everything else on."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self.services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        known = report(self.services)
        status = 200 if known["ready"] else 503
        answer = JSONResponse(known, status, headers={"Cache-Control": "no-store"})
        await answer(scope, receive, send)


def memory_bytes() -> int | None:
    """Resident memory of this process; its highest where the system does not tell the present."""
    try:
        with open(_STATUS, encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return _highest_memory_bytes()


def _highest_memory_bytes() -> int | None:
    try:
        import resource
    except ImportError:  # on Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, else kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def open_files() -> int | None:
    """How many files and sockets this process has open, the one that counts them left out."""
    folder = next(filter(os.path.isdir, _FILES), None)
    return None if folder is None else len(os.listdir(folder)) - 1
