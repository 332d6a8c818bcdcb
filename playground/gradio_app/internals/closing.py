"""The end of the server that Gradio has started."""

from __future__ import annotations

import threading
import time
from typing import Any

from playground.gradio_app.internals.switch import plain_gradio

TOLD_SECONDS = 2.0  # for the last words to reach those who are being served
CLOSED_SECONDS = 1  # for the server to close its connections, whoever still listens


def close_server(demo: Any) -> None:
    """Wait until everybody has read the last words, two seconds at most, and stop serving.

    `Blocks.close` is public, but waits for every open connection for as long as it lasts. uvicorn's
    server, which Gradio keeps in `demo.server`, knows the tasks that still answer, and takes a
    limit. An app that serves nobody ends 0.1 s after it is asked instead of after two. Without it,
    the two seconds are waited in any case, and two more while somebody listens.
    """
    time.sleep(0.1)
    until = time.monotonic() + TOLD_SECONDS
    while (plain_gradio() or demo.server.server_state.tasks) and time.monotonic() < until:
        time.sleep(0.02)
    if not plain_gradio():
        demo.server.config.timeout_graceful_shutdown = CLOSED_SECONDS
    closing = threading.Thread(target=demo.close, args=(False,), name="closing-server", daemon=True)
    closing.start()
    closing.join(2 * CLOSED_SECONDS)
