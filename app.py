"""Start the playground: python app.py. Gradio's variables, such as GRADIO_SERVER_PORT, hold."""

from __future__ import annotations

import sys
import threading

from models.device import prepare_environment

prepare_environment()  # before anything imports what reads it
from playground.core import logs  # noqa: E402
from playground.gradio_app.internals import closing, stubs  # noqa: E402
from playground.wiring import configure, open_services  # noqa: E402

try:
    configure()
    services = open_services()
except ValueError as error:  # in what the operator has set, in words
    sys.exit(str(error))

stubs.leave_out_stubs()
from playground import site, stack  # noqa: E402 - Gradio, which takes seconds
from playground.server import shutdown  # noqa: E402

demo = site.build(services)


def main() -> None:
    """Serve the page until asked to end; read the first models once somebody has seen it."""
    asked, seen = shutdown.notice(), threading.Event()
    app_kwargs = stack.settings(services, seen)
    demo.launch(prevent_thread_lock=True, app_kwargs=app_kwargs, **site.launch_settings(demo))
    logs.adopt()
    stack.warm_when_seen(services, seen)
    shutdown.serve_until(asked, services, lambda: closing.close_server(demo))


if __name__ == "__main__":
    main()
