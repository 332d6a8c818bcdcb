"""Start the playground: python app.py. Gradio's variables, such as GRADIO_SERVER_PORT, hold."""

from __future__ import annotations

import logging
import os
import sys
import threading

from models.device import prepare_environment

prepare_environment()  # before anything imports what reads it

from playground import serve, ui  # noqa: E402
from playground.services import open_services  # noqa: E402

FIRST_PAGE_SECONDS = 3.0

try:
    services = open_services()
except ValueError as error:  # in what the operator has set, in words
    sys.exit(str(error))
demo = ui.build(services)


def main() -> None:
    """Serve the page; read the first models once somebody has seen it, or after a moment."""
    logging.basicConfig(level=os.environ.get("PLAYGROUND_LOG", "WARNING"))
    seen = threading.Event()
    app_kwargs = serve.settings(services, seen)
    demo.launch(prevent_thread_lock=True, app_kwargs=app_kwargs, **ui.launch_settings())
    seen.wait(FIRST_PAGE_SECONDS)
    services.warm()
    demo.block_thread()


if __name__ == "__main__":
    main()
