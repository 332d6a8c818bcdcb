"""The end: whoever is being served is told in a sentence, and then the process goes, in seconds.

A step under way cannot be interrupted and may take minutes, so nobody waits for it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

from playground.core.services import Services

TOLD_SECONDS = 2.0  # for the last words to reach those who are being served
CLOSED_SECONDS = 1  # for the server to close its connections, whoever still listens
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

logger = logging.getLogger(__name__)


def notice() -> threading.Event:
    """An event that is set when the process is asked to end; call it in the main thread.

    Asked a second time, the process ends at once.
    """
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        asked.set()

    for number in _SIGNALS:
        signal.signal(number, ask)
    return asked


def serve_until(asked: threading.Event, demo: Any, services: Services) -> None:
    """Serve until the process is asked to end; does not return."""
    while not asked.wait(timeout=1.0):
        pass
    logger.info("asked to end", extra={"event": "closing"})
    close(demo, services)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)  # torch may still compute; at a normal exit its threads crash, or are waited for


def close(demo: Any, services: Services) -> None:
    """End all runs with a sentence, wait for it to be read, and stop serving."""
    threading.Thread(target=services.close, name="closing", daemon=True).start()
    server = demo.server
    until = time.monotonic() + TOLD_SECONDS
    time.sleep(0.1)
    while server.server_state.tasks and time.monotonic() < until:
        time.sleep(0.02)
    server.config.timeout_graceful_shutdown = CLOSED_SECONDS
    closing = threading.Thread(target=demo.close, args=(False,), name="closing-server", daemon=True)
    closing.start()
    closing.join(2 * CLOSED_SECONDS)
