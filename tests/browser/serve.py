"""The real app over pretended models, as a process of its own: python -m tests.browser.serve.

Models from the hub are fetched from a small one on loopback, slowly enough to watch.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests import hub_server

FORGET = "/forget"
"""Where the app is told to forget what it has computed, so that nothing is a replay."""
KEPT_BYTES = 64_000_000
HUB_BYTES, HUB_BYTES_PER_SECOND = 3_000_000, 250_000


def main() -> None:
    """Serve until the process is ended; address and port come from Gradio's variables.

    PLAYGROUND_TEST_WEIGHTS names a folder with snapshots; without it some are made up.
    """
    with tempfile.TemporaryDirectory() as folder, hub_server.serving() as hub:
        # huggingface_hub reads these once, when Gradio imports it.
        os.environ["HF_ENDPOINT"], os.environ["HF_HOME"] = hub.address, f"{folder}/hub"
        hub.bytes_per_second = HUB_BYTES_PER_SECOND
        _serve(Path(folder), hub)


def _serve(folder: Path, hub: hub_server.Hub) -> None:
    from playground.gradio_app.internals.stubs import leave_out_stubs
    from playground.server import listening

    listening.check()
    leave_out_stubs()
    from models.pool import Pool
    from playground import site, stack, wiring
    from playground.core.logs import LoggedEngine
    from playground.core.services import Services, client_of
    from playground.registry import FEATURES
    from tests.fake_catalogue import SPECS, leave_snapshots, of_hub

    weights = Path(os.environ.get("PLAYGROUND_TEST_WEIGHTS") or folder / "weights")
    if weights == folder / "weights":
        leave_snapshots(weights)
    specs = {**SPECS, **of_hub(hub, HUB_BYTES)}
    pool = Pool(specs)
    states = wiring.open_states(FEATURES)
    admit = wiring.admission(specs, wiring.refusal(FEATURES, states))
    known = client_of(FEATURES, states)
    engine = LoggedEngine(pool, admit=admit, cache_bytes=KEPT_BYTES, client_of=known)
    services = Services(engine, pool, specs, weights=weights, features=FEATURES, states=states)
    demo = site.build(services)

    def forget(_: Request) -> Response:
        engine.forget_finished()
        return Response()

    app_kwargs = stack.settings(services, threading.Event())
    app_kwargs["routes"].append(Route(FORGET, forget, methods=["POST"]))
    demo.launch(app_kwargs=app_kwargs, **site.launch_settings(demo))


if __name__ == "__main__":
    main()
