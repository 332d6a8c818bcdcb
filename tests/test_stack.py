"""What is served beside Gradio's own: a few files of the weights, and nothing else of them."""

from __future__ import annotations

import asyncio
import shutil
import threading
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from playground import stack
from playground.features.classroom.membership import Members
from playground.features.play import first_page as play_page
from playground.features.public_api.api_address import ApiAddress
from playground.gradio_app.internals import switch
from playground.gradio_app.internals.queue import LOOK_SECONDS
from playground.registry import FEATURES
from playground.server.addresses import Addresses, Pace
from playground.server.faults import Faults
from playground.server.forwarded import Forwarded
from playground.server.health import Health
from playground.server.own_origin import OwnOrigin
from playground.server.plain_request import PlainRequest
from playground.server.request_filter import CLOSED, OTHER_WAY, HostHeaderCheck
from playground.server.route import served
from playground.web.emoji_names import FILE, emoji_names, words_of
from playground.web.security_headers import SecurityHeaders
from tests.fake_catalogue import NAMES, SPECS

REFUSED = {"detail": CLOSED}


@pytest.fixture
def own_weights(weights, tmp_path):
    """A folder with what trainings leave, of this test alone."""
    return shutil.copytree(weights, tmp_path / "weights")


async def _app(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"the app's own"})


def client(weights) -> httpx.AsyncClient:
    """A client of all that stands before the app, with the routes of the first page."""
    services = SimpleNamespace(specs=SPECS, weights=weights, features=FEATURES, client=lambda: "")
    routes = served(play_page.routes(services))
    layers = [
        *stack.outermost(services, threading.Event()),
        *stack.middleware(services, routes),
    ]
    app = stack.around(Starlette(routes=[*routes, Mount("/", _app)]), layers)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")


def ask(weights, *paths, method="GET", **headers):
    """Answers of what stands in front of the app."""

    async def all_of_them():
        async with client(weights) as asking:
            return [await asking.request(method, path, headers=headers) for path in paths]

    return asyncio.run(all_of_them())


def test_names_are_read_and_cut_into_words(weights, tmp_path):
    assert emoji_names(weights) == NAMES
    assert {"tears", "joy", "cow"} <= words_of(NAMES)
    assert emoji_names(tmp_path) == ()


def test_names_and_parts_are_served_and_may_be_kept(weights):
    names, part = ask(weights, "/shipped/names.json", "/shipped/pack/childhoods.js")
    assert names.json() == list(NAMES)
    assert part.headers["content-type"].startswith("text/javascript")
    assert part.text.startswith("playground.unpack(")
    for answer in (names, part):
        assert answer.headers["cache-control"] == "public, max-age=3600"
    (head,) = ask(weights, "/shipped/names.json", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")


def test_behind_a_prefix_that_a_proxy_keeps_all_is_found(weights):
    async def all_of_them():
        services = SimpleNamespace(
            specs=SPECS, weights=weights, features=FEATURES, client=lambda: ""
        )
        routes = served(play_page.routes(services))
        layers = [
            *stack.outermost(services, threading.Event()),
            *stack.middleware(services, routes),
        ]
        app = stack.around(Starlette(routes=[*routes, Mount("/", _app)]), layers)
        transport = httpx.ASGITransport(app, root_path="/play")
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as asking:
            paths = ("/shipped/names.json", "/shipped/pack/childhoods.js", "/upload")
            return [[await asking.get(f"{root}{path}") for path in paths] for root in ("/play", "")]

    for names, part, other in asyncio.run(all_of_them()):
        assert names.json() == list(NAMES)
        assert part.status_code == 200
        assert other.status_code == 404


def test_nothing_else_beside_the_weights_is_served(own_weights):
    (own_weights / "gan" / "model.safetensors").write_bytes(b"secret")
    paths = [
        "/shipped/gan/model.safetensors",
        "/shipped/model.safetensors",
        "/shipped/../gan/model.safetensors",
        "/shipped/%2e%2e/gan/model.safetensors",
        "/shipped/gan.png",
        "/shipped/pack/nothing.js",
        "/shipped/",
    ]
    for answer in ask(own_weights, *paths):
        assert answer.status_code == 404
        assert answer.content in {b"the app's own", b"Not Found"} or answer.json() == REFUSED
    (own_weights / FILE).unlink()
    (missing,) = ask(own_weights, "/shipped/names.json")
    assert missing.status_code == 404
    (posted,) = ask(own_weights, "/shipped/names.json", method="POST")
    assert (posted.status_code, posted.json()) == (405, {"detail": OTHER_WAY})


def test_the_first_page_is_noticed_when_it_has_gone_out():
    seen = threading.Event()
    app = stack.FirstPage(_app, seen)

    async def get(path):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as asking:
            await asking.get(path)

    asyncio.run(get("/config"))
    assert not seen.is_set()
    asyncio.run(get("/"))
    assert seen.is_set()


def test_what_stands_in_front_is_around_the_app_once_it_is_served(services, monkeypatch):
    monkeypatch.delenv(switch.NAME, raising=False)
    queue = SimpleNamespace(sleep_when_free=0.001, push=None)
    app = SimpleNamespace(
        middleware_stack=_app,
        get_blocks=lambda: SimpleNamespace(
            fns={7: SimpleNamespace(api_name="page_open")},
            state_session_capacity=10,
            _queue=queue,
        ),
    )

    async def start():
        async with stack.in_front(services, threading.Event())(app):
            transport = httpx.ASGITransport(app.middleware_stack)
            async with httpx.AsyncClient(transport=transport, base_url="http://page") as asking:
                return (await asking.get("/healthz")), (await asking.get("/else"))

    health, other = asyncio.run(start())
    assert health.json()["live"]
    assert other.text == "the app's own"
    assert queue.sleep_when_free == LOOK_SECONDS
    assert queue.push is not None  # limited
    layers = stack.outermost(services, threading.Event(), bool)
    assert layers[-1].kwargs == {"path": "/gradio_api/run/predict", "is_opening": bool}


def test_where_gradio_is_left_as_it_is_all_but_the_caches_stand_behind_its_own(
    services, monkeypatch
):
    monkeypatch.setenv(switch.NAME, "1")
    plain = stack.settings(services, threading.Event())["middleware"]
    monkeypatch.setenv(switch.NAME, "0")
    usual = stack.settings(services, threading.Event())["middleware"]
    kinds = [layer.cls for layer in plain]
    assert kinds == [
        *(SecurityHeaders, Faults, Forwarded, PlainRequest, HostHeaderCheck, OwnOrigin),
        *(Health, Addresses, Members, ApiAddress, Pace, stack.FirstPage),
        *(layer.cls for layer in usual),
    ]


def test_the_first_models_are_read_when_the_page_was_seen(monkeypatch):
    seen, warmed = threading.Event(), threading.Event()
    monkeypatch.setattr(stack, "FIRST_PAGE_SECONDS", 20.0)
    stack.warm_when_seen(SimpleNamespace(warm=warmed.set), seen)
    assert not warmed.wait(0.1)
    seen.set()
    assert warmed.wait(5)
