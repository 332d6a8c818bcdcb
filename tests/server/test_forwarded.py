"""Whose word of a visitor's address counts: that of proxies, and of nobody else."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.middleware import Middleware

from playground import stack
from playground.server import listening
from playground.server.faults import Faults
from playground.server.forwarded import UVICORNS, VARIABLE, Forwarded, Proxies, networks
from playground.web.security_headers import SecurityHeaders
from tests.browser.conftest import own_address

SAID = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "play.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Anything": "x",
    "Forwarded": "for=203.0.113.7",
    "X-Real-IP": "203.0.113.7",
    "X-Gradio-Server": "https://play.example",
}


def behind(peer: str, proxies: Proxies, headers: dict[str, str] = SAID) -> dict[str, Any]:
    """The scope of a request from somebody, as the app behind gets it."""
    seen: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 4711),
        "headers": [(b"host", b"inner"), *raw],
    }
    asyncio.run(Forwarded(inner, proxies)(scope, None, None))  # type: ignore[arg-type]
    return seen[0]


NAMED = Proxies(networks("10.0.0.5, 10.1.0.0/16, 2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "proxies", "counts"),
    [
        ("127.0.0.1", Proxies(), True),
        ("::1", Proxies(), True),
        ("::ffff:127.0.0.1", Proxies(), True),
        ("10.0.0.5", Proxies(), False),
        ("10.0.0.5", NAMED, True),
        ("::ffff:10.1.2.3", NAMED, True),
        ("10.0.0.6", Proxies(networks("::ffff:10.0.0.6")), True),
        ("::ffff:10.0.1.7", Proxies(networks("::ffff:10.0.1.0/120")), True),
        ("10.0.2.7", Proxies(networks("::ffff:10.0.1.0/120")), False),
        ("2001:db8::7", NAMED, True),
        ("10.2.0.1", NAMED, False),
        ("testclient", NAMED, False),
        ("10.2.0.1", Proxies(hosts=True), True),
        ("203.0.113.9", Proxies(networks("*")), True),
    ],
)
def test_only_from_proxies_do_these_headers_come_through(
    peer: str, proxies: Proxies, counts: bool
) -> None:
    scope = behind(peer, proxies)
    names = {name.decode() for name, _ in scope["headers"]}
    assert names == ({"host"} | {name.lower() for name in SAID} if counts else {"host"})
    assert scope["client"] == (("203.0.113.7", 0) if counts else (peer, 4711))
    assert scope["scheme"] == ("https" if counts else "http")


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("9.9.9.9, 203.0.113.7, 10.1.2.3", "203.0.113.7"),  # the first may be anybody's invention
        ("203.0.113.7:4000", "203.0.113.7"),
        ("[2a00:1450::1]:80, 10.0.0.5", "2a00:1450::1"),
        ("10.1.2.3, 10.0.0.5", "10.1.2.3"),
        ("unknown", "10.0.0.5"),
        ("203.0.113.7, _hidden, 10.1.2.3", "10.1.2.3"),
        ("", "10.0.0.5"),
        (" , ", "10.0.0.5"),
    ],
)
def test_who_asks_is_the_last_that_is_no_proxy(said: str, who: str) -> None:
    scope = behind("10.0.0.5", NAMED, {"X-Forwarded-For": said})
    assert scope["client"] == (who, 4711 if who == "10.0.0.5" else 0)


def test_several_headers_are_read_one_after_the_other() -> None:
    assert NAMED.who_asks("10.0.0.5", ["9.9.9.9", "203.0.113.7"]) == "203.0.113.7"


def test_on_a_space_the_last_public_address_is_who_asks() -> None:
    scope = behind(
        "10.2.0.1", Proxies(hosts=True), {"X-Forwarded-For": "1.1.1.1, 9.9.9.9, 10.7.7.7"}
    )
    assert scope["client"][0] == "9.9.9.9"


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https,http", "https"), ("HTTPS", "https"), ("gopher", "http"), ("", "http")],
)
def test_the_scheme_is_what_the_first_proxy_says(said: str, scheme: str) -> None:
    assert behind("127.0.0.1", Proxies(), {"X-Forwarded-Proto": said})["scheme"] == scheme


def test_what_the_operator_sets_is_read_when_the_app_begins() -> None:
    assert Proxies.of({VARIABLE: "10.0.0.5"}).connects("10.0.0.5")
    assert not Proxies.of({}).connects("10.0.0.5")
    assert Proxies.of({"SPACE_ID": "somebody/playground"}).connects("10.0.0.5")


def test_it_stands_before_everything_else(services: Any) -> None:
    layers = [layer.cls for layer in stack.outermost(services, threading.Event())]
    assert layers[:3] == [SecurityHeaders, Faults, Forwarded]  # two read nothing of a request


# Over sockets


async def tell(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what an app would know of a request."""
    if scope["type"] != "http":
        return
    names = [name.decode() for name, _ in scope["headers"]]
    told = {"client": scope["client"][0], "scheme": scope["scheme"], "headers": names}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


@contextmanager
def served(app: Any) -> Iterator[int]:
    """The server that Gradio uses, with its own settings, on all addresses of this machine."""
    config = uvicorn.Config(app, host="0.0.0.0", port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def told_from(host: str, port: int) -> dict[str, Any]:
    answer = httpx.get(f"http://{host}:{port}/", headers=SAID, trust_env=False)
    told: dict[str, Any] = answer.json()
    return told


def test_the_servers_own_layer_believes_nobody_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(UVICORNS, raising=False)
    with served(tell) as port:  # as it is by itself
        assert told_from("127.0.0.1", port)["client"] == "203.0.113.7"
    given: dict[str, str] = {}
    listening.check(given)
    monkeypatch.setenv(UVICORNS, given[UVICORNS])
    with served(tell) as port:
        told = told_from("127.0.0.1", port)
    assert (told["client"], told["scheme"]) == ("127.0.0.1", "http")


@pytest.mark.parametrize("named", [False, True])
def test_a_neighbour_in_the_network_is_believed_only_if_named(
    monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    neighbour = own_address()
    if neighbour == "127.0.0.1":
        pytest.skip("this machine is in no network")
    monkeypatch.setenv(UVICORNS, "")
    monkeypatch.setenv(VARIABLE, neighbour if named else "")
    with served(stack.around(tell, [Middleware(Forwarded)])) as port:
        here, there = told_from("127.0.0.1", port), told_from(neighbour, port)
    assert (here["client"], here["scheme"]) == ("203.0.113.7", "https")
    assert (there["client"], there["scheme"]) == (
        ("203.0.113.7", "https") if named else (neighbour, "http")
    )
    assert ("x-forwarded-host" in there["headers"]) is named
