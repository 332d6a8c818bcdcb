"""The end: whoever is being served is told in a sentence, and then the process goes, in seconds.

A step under way cannot be interrupted and may take minutes, so nobody waits for it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from playground.core.services import Services

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


def serve_until(
    asked: threading.Event, services: Services, close_server: Callable[[], None]
) -> None:
    """Serve until the process is asked to end; does not return.

    Args:
        close_server: waits for the last words to be read, and stops serving.
    """
    while not asked.wait(timeout=1.0):
        pass
    logger.info("asked to end", extra={"event": "closing"})
    close(services, close_server)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)  # torch may still compute; at a normal exit its threads crash, or are waited for


def close(services: Services, close_server: Callable[[], None]) -> None:
    """End all runs with a sentence, wait for it to be read, and stop serving."""
    threading.Thread(target=services.close, name="closing", daemon=True).start()
    close_server()
