"""Start the playground: python app.py. Gradio's variables, such as GRADIO_SERVER_PORT, hold."""

from __future__ import annotations

import logging
import os
import threading

from models.device import prepare_environment

prepare_environment()  # before anything imports what reads it

from models.catalog import specs  # noqa: E402
from models.engine import Engine  # noqa: E402
from models.pool import Pool  # noqa: E402
from playground import serve, ui  # noqa: E402
from playground.services import Services  # noqa: E402

FIRST_PAGE_SECONDS = 3.0

pool = Pool(specs())
services = Services(Engine(pool), pool, specs())
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
