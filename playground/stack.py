"""Serving: our routes, what stands in front of Gradio's app, and word of the first page."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from models.device import keep_imported
from playground.core.feature import Feature, loaded
from playground.core.services import Services
from playground.core.share_link import place_of_query
from playground.gradio_app.internals import (
    addresses,
    arguments,
    listeners,
    open_page,
    page,
    queue,
    sessions,
)
from playground.gradio_app.internals.layers import put_in_front, put_outermost
from playground.gradio_app.internals.switch import plain_gradio
from playground.gradio_app.page_injection import PageInjection
from playground.server import connections, live
from playground.server.addresses import Addresses, Pace
from playground.server.faults import Faults
from playground.server.forwarded import Forwarded
from playground.server.health import Health
from playground.server.own_origin import OwnOrigin, Unread
from playground.server.plain_request import PlainRequest
from playground.server.request_filter import HostHeaderCheck, RequestFilter, Rule, rules_of
from playground.server.response_cache import OpenPageCache, ResponseCache
from playground.server.route import Route, is_private, served, shared_seconds
from playground.web import i18n
from playground.web.assets import SHIPPED, content
from playground.web.emoji_names import FILE as NAMES_FILE
from playground.web.security_headers import SecurityHeaders

FIRST_PAGE_SECONDS = 3.0
CHEAP_RATE, CHEAP_BURST = 300.0, 3_000.0
"""Requests of one client, a second and at once: thirty cold pages behind one address are 2,100,
nearly all of which are answered from memory."""
RATE, BURST = 50.0, 400.0
"""The same of those that are not: thirty who open a page and press a button make 300."""
IDLE_SECONDS, LONGEST_BUSY_SECONDS = 5.0, 900.0
_FETCHED = {".js", ".css"}
"""Of a feature's folder, what browsers fetch when it is needed."""
OPENING = "page_open"  # the name of the function that an opened page calls


def settings(services: Services, first_page: threading.Event) -> dict[str, Any]:
    """What Gradio's app gets besides: our routes, and what stands in front of all of them.

    Args:
        first_page: set once somebody has been served the page.
    """
    connections.limit()
    routes = served(own_routes(services))
    # Where Gradio is left as it is, these stand behind its own middleware.
    before = outermost(services, first_page, cached=False, routes=routes) if plain_gradio() else []
    return {
        "lifespan": in_front(services, first_page, routes),
        "middleware": [*before, *middleware(services, routes)],
        "routes": routes,
    }


def own_routes(services: Services) -> list[Route]:
    """All addresses of ours but for files, with their limits."""
    features = (routes(services) for routes in loaded(services.features, "routes"))
    return [*live.routes(services), *(route for found in features for route in found)]


def warm_when_seen(services: Services, first_page: threading.Event) -> None:
    """Read the first models once somebody has seen the page, or after a moment.

    What is there by now, all of Gradio, is not gone through for garbage again.
    """
    keep_imported()

    def warm() -> None:
        first_page.wait(FIRST_PAGE_SECONDS)
        services.warm()

    threading.Thread(target=warm, name="warm", daemon=True).start()


def in_front(
    services: Services, first_page: threading.Event, routes: Sequence[BaseRoute] = ()
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """What puts `outermost` around Gradio's app as soon as that has been made."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(connections.say_rarely())
        is_opening = open_page.opening_call(app, OPENING)
        layers = outermost(services, first_page, is_opening, routes=routes)
        put_in_front(app, partial(around, layers=layers))
        put_outermost(app, Unread)
        sessions.keep_lean(app)
        queue.look_less_often(app)
        listeners.limit(app, services.client)
        forever = (queue.sweep(app), listeners.end_unheard(app), collect_when_idle(services))
        tasks = [asyncio.create_task(each) for each in forever]
        yield
        for task in tasks:
            task.cancel()

    return lifespan


async def collect_when_idle(services: Services, seconds: float = IDLE_SECONDS) -> None:
    """Collect the oldest garbage, for ever, when nothing is under way.

    Going through all that has been kept for long takes some tenths of a second, in which nothing
    else is done; by itself Python would do it in the middle of a class. Most garbage is young, and
    collected as ever.
    """
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 2**31 - 1)
    busy_since, collected = time.monotonic(), 0
    while True:
        await asyncio.sleep(seconds)
        now, seen = time.monotonic(), gc.get_stats()[1]["collections"]
        load = services.engine.load()
        if load.running + load.waiting and now - busy_since < LONGEST_BUSY_SECONDS:
            continue
        busy_since = now
        if seen - collected >= middle:  # there may be some
            await asyncio.to_thread(_collect)
            collected = seen


def _collect() -> None:
    """Collect all garbage; what is left is passed over from then on."""
    gc.collect()
    keep_imported()


def outermost(
    services: Services,
    first_page: threading.Event,
    is_opening: Callable[[bytes], bool] | None = None,
    *,
    cached: bool = True,
    routes: Sequence[BaseRoute] = (),
) -> list[Middleware]:
    """What comes before everything of Gradio's.

    Args:
        is_opening: tells the call that every opened page makes by its body.
        cached: whether answers are kept.
        routes: our own, which say what everybody is given.
    """
    layers = [
        Middleware(SecurityHeaders),
        Middleware(Faults),
        Middleware(Forwarded),
        Middleware(PlainRequest),
        Middleware(HostHeaderCheck),
        Middleware(OwnOrigin, private=partial(is_private, routes)),
        Middleware(Health, services=services),
        *_whose(services),
        Middleware(Pace, client=services.client, rate=CHEAP_RATE, burst=CHEAP_BURST),
        Middleware(FirstPage, event=first_page),
    ]
    if cached:
        place_of = partial(place_of_query, specs=services.specs, features=services.features)
        files, origin = addresses.CACHED, addresses.ORIGIN
        shared = partial(shared_seconds, routes)
        layers.append(
            Middleware(ResponseCache, place_of=place_of, files=files, origin=origin, shared=shared)
        )
    if cached and is_opening is not None:
        layers.append(Middleware(OpenPageCache, path=open_page.ADDRESS, is_opening=is_opening))
    return layers


def middleware(services: Services, routes: Sequence[BaseRoute] = ()) -> list[Middleware]:
    """What stands between Gradio's own middleware and its app.

    Args:
        routes: our own, as they are when the first request comes.
    """
    place_of = partial(place_of_query, specs=services.specs, features=services.features)
    files = shipped_files(services.features, services.weights)
    first_page = next(loaded(services.features, "first_page"))
    front = first_page(services.specs, services.features)
    allowed, no_such = partial(rules, routes), addresses.unknown_function()
    return [
        *_whose(services),
        Middleware(Pace, client=services.client, rate=RATE, burst=BURST),
        Middleware(
            RequestFilter,
            rules=allowed,
            no_such=no_such,
            refuses=arguments.refusal,
            sessions=sessions.names,
        ),
        Middleware(PageInjection, front=front, place_of=place_of),
        Middleware(Files, files=files, scripts=page.mended_scripts()),
    ]


def _whose(services: Services) -> list[Middleware]:
    """What knows, for as long as a request is answered, whose it is.

    A cache asks what stands behind it for everybody, so that the same stands there once more.
    """
    return [
        Middleware(Addresses),
        *(Middleware(made) for made in loaded(services.features, "middleware")),
    ]


def rules(routes: Sequence[BaseRoute]) -> tuple[Rule, ...]:
    """All that may be asked for: our files and routes, and those of Gradio's that are in use."""
    files = Rule(f"{SHIPPED}{{path:path}}", addresses.READ)
    gradios = (Rule(a.path, a.methods, plain=a.plain, local=a.local) for a in addresses.ALLOWED)
    return (files, *rules_of(routes), *gradios)


def around(app: ASGIApp, layers: Sequence[Middleware]) -> ASGIApp:
    """An app behind middleware, the first of it outermost."""
    for layer in reversed(layers):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return app


def shipped_files(features: Sequence[Feature], weights: Path) -> dict[str, Path]:
    """Path of an address -> file, for all that browsers may fetch besides the page."""
    files = (file for feature in features for file in sorted(feature.folder.rglob("*")))
    fetched = [file for file in files if file.suffix in _FETCHED]
    drawers = (drawer.folder for feature in features for drawer in feature.drawers)
    measured = (file for folder in drawers for file in folder.glob("*.json"))
    return {f"{SHIPPED}names.json": weights / NAMES_FILE} | {
        f"{SHIPPED}{file.name}": file for file in (*fetched, *measured, *i18n.FOLDER.glob("*.json"))
    }


class Files:
    """Answers requests for a few files by name, and for nothing else beside them.

    Args:
        files: path of an address -> file.
        scripts: path of an address -> script.
    """

    def __init__(
        self, app: ASGIApp, files: Mapping[str, Path], scripts: Mapping[str, bytes]
    ) -> None:
        self.app = app
        self.files = files
        self.scripts = scripts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        answer = self._answer(scope["path"]) if asked else None
        await (answer or self.app)(scope, receive, send)

    def _answer(self, path: str) -> ASGIApp | None:
        if path in self.scripts:
            return Response(self.scripts[path], media_type="text/javascript")
        file = self.files.get(path)
        if file is None or not file.is_file():
            return None
        if file.suffix == ".js":
            return Response(content(file), media_type="text/javascript")
        return FileResponse(file)


class FirstPage:
    """Sets an event when the first page has been served."""

    def __init__(self, app: ASGIApp, event: threading.Event) -> None:
        self.app = app
        self.event = event

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/":
            self.event.set()
