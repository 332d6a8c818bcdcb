"""Where requests come from, over real sockets, and whose runs they make."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from playground.core import identity
from playground.core.logs import LoggedEngine
from playground.core.services import client_of
from playground.server.addresses import FOR_EVERYBODY, Addresses, Pace
from tests.fake_adapters import staged, text_recipe


async def tell(request: Request) -> Response:
    """Where this request came from."""
    return PlainTextResponse(identity.address())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server that tells every visitor where they come from."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = Starlette(routes=[Route("/", tell)], middleware=[Middleware(Addresses)])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("own", ["127.0.0.1", "127.0.0.2"])
def test_a_request_is_known_by_where_it_comes_from(port: int, own: str) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=own)) as client:
        assert client.get(f"http://127.0.0.1:{port}/").text == own
    assert identity.address() == ""


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),  # the same device a day later
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_of_a_long_address_only_the_network_counts(host: str, network: str) -> None:
    assert identity.network_of(SimpleNamespace(client=SimpleNamespace(host=host))) == network


def test_without_a_request_there_is_no_address() -> None:
    assert identity.network_of(None) == ""
    assert identity.network_of(SimpleNamespace(client=None)) == ""


def test_a_run_belongs_to_where_it_was_asked_from() -> None:
    with staged() as stage:
        engine = LoggedEngine(stage.pool, client_of=client_of((), ()))
        try:
            with identity.coming_from("203.0.113.7"):
                assert engine.submit(text_recipe(1), "page").client == "203.0.113.7"
                assert engine.submit(text_recipe(2), "page", "named").client == "named"
            assert engine.submit(text_recipe(3), "page").client == ""
        finally:
            engine.close()


def test_the_requests_of_one_client_pass_at_a_pace_and_delay_nobody_else() -> None:
    who, passed = [""], list[tuple[str, float]]()

    async def app(scope: object, receive: object, send: object) -> None:
        passed.append((who[0], time.monotonic()))

    async def run() -> float:
        begun = time.monotonic()
        pace = Pace(app, lambda: who[0], rate=20.0, burst=3.0)
        asked = []
        for who[0], shared in [*[("many", False)] * 7, ("many", True), ("other", False)]:
            scope = {"type": "http", FOR_EVERYBODY: shared}
            asked.append(asyncio.ensure_future(pace(scope, None, None)))  # type: ignore[arg-type]
            await asyncio.sleep(0)
        at_once = len(passed)
        await asyncio.gather(*asked)
        assert at_once == 3 + 1 + 1
        return time.monotonic() - begun

    assert asyncio.run(run()) >= 4 / 20 - 0.05
    assert len(passed) == 9
