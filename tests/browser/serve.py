"""The real app over pretended models, as a process of its own: python -m tests.browser.serve."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from models.engine import Engine
from models.pool import Pool
from playground import serve, ui
from playground.services import Services
from tests.pretend import SPECS, leave_snapshots


def main() -> None:
    """Serve until the process is ended; address and port come from Gradio's variables.

    PLAYGROUND_TEST_WEIGHTS names a folder with snapshots; without it some are made up.
    """
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(os.environ.get("PLAYGROUND_TEST_WEIGHTS") or folder)
        if weights == Path(folder):
            leave_snapshots(weights)
        pool = Pool(SPECS)
        services = Services(Engine(pool), pool, SPECS, weights=weights)
        demo = ui.build(services)
        app_kwargs = serve.settings(services, threading.Event())
        demo.launch(app_kwargs=app_kwargs, **ui.launch_settings())


if __name__ == "__main__":
    main()
