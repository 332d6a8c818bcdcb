"""Serving: our routes, what stands in front of Gradio's app, and word of the first page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.responses import FileResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.core.emoji_names import FILE as NAMES_FILE
from playground.core.feature import Feature, loaded
from playground.core.services import Services
from playground.core.share_link import place_of_query
from playground.features.play.first_page import FrontDoor
from playground.gradio_app.internals import keep_lean, sweep
from playground.server import live
from playground.server.health import Health
from playground.server.request_filter import Doorstep, Gate
from playground.server.response_cache import Kept, Opening, function_number
from playground.web import i18n
from playground.web.assets import SHIPPED, content

FIRST_PAGE_SECONDS = 3.0
_FETCHED = {".js", ".css"}
"""Of a feature's folder, what browsers fetch when it is needed."""
LOOK_SECONDS = 0.01
"""How often Gradio's queue looks for something to do. Its own millisecond costs 7 % of a core as
long as the app runs, whether or not anybody is there."""
OPENING = "page_open"  # the name of the function that an opened page calls


def settings(services: Services, first_page: threading.Event) -> dict[str, Any]:
    """What Gradio's app gets besides: our routes, and what stands in front of all of them.

    Args:
        first_page: set once somebody has been served the page.
    """
    return {
        "lifespan": in_front(services, first_page),
        "middleware": middleware(services),
        "routes": [
            *live.routes(services),
            *(
                route
                for routes in loaded(services.features, "routes")
                for route in routes(services)
            ),
        ],
    }


def warm_when_seen(services: Services, first_page: threading.Event) -> None:
    """Read the first models once somebody has seen the page, or after a moment."""

    def warm() -> None:
        first_page.wait(FIRST_PAGE_SECONDS)
        services.warm()

    threading.Thread(target=warm, name="warm", daemon=True).start()


def in_front(
    services: Services, first_page: threading.Event
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """What puts `outermost` around Gradio's app as soon as that has been made.

    Middleware that Gradio is given stands behind its own, which compresses every file anew.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        opening = function_number(app.get_blocks().fns, OPENING)
        layers = outermost(services, first_page, opening)
        app.middleware_stack = around(app.middleware_stack, layers)
        keep_lean(app)
        queue = app.get_blocks()._queue
        queue.sleep_when_free = LOOK_SECONDS
        sweeping = asyncio.create_task(sweep(queue))
        yield
        sweeping.cancel()

    return lifespan


def outermost(
    services: Services, first_page: threading.Event, opening: int | None = None
) -> list[Middleware]:
    """What comes before everything of Gradio's.

    Args:
        opening: the number under which the page calls the function that opens it.
    """
    place_of = partial(place_of_query, specs=services.specs, features=services.features)
    layers = [
        Middleware(Doorstep),
        Middleware(Health, services=services),
        Middleware(FirstPage, event=first_page),
        Middleware(Kept, place_of=place_of),
    ]
    return layers if opening is None else [*layers, Middleware(Opening, function=opening)]


def middleware(services: Services) -> list[Middleware]:
    """What stands between Gradio's own middleware and its app."""
    specs, weights = services.specs, services.weights
    return [
        Middleware(Gate),
        *(Middleware(made) for made in loaded(services.features, "middleware")),
        Middleware(FrontDoor, specs=specs, weights=weights, features=services.features),
        Middleware(Files, files=shipped_files(services.features, weights)),
    ]


def around(app: ASGIApp, layers: Sequence[Middleware]) -> ASGIApp:
    """An app behind middleware, the first of it outermost."""
    for layer in reversed(layers):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return app


def shipped_files(features: Iterable[Feature], weights: Path) -> dict[str, Path]:
    """Path of an address -> file, for all that browsers may fetch besides the page."""
    files = (file for feature in features for file in sorted(feature.folder.rglob("*")))
    fetched = [file for file in files if file.suffix in _FETCHED]
    return {f"{SHIPPED}names.json": weights / NAMES_FILE} | {
        f"{SHIPPED}{file.name}": file for file in (*fetched, *i18n.FOLDER.glob("*.json"))
    }


class Files:
    """Answers requests for a few files by name, and for nothing else beside them."""

    def __init__(self, app: ASGIApp, files: Mapping[str, Path]) -> None:
        self.app = app
        self.files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        file = self.files.get(scope["path"]) if asked else None
        answer = _response(file) if file and file.is_file() else self.app
        await answer(scope, receive, send)


def _response(file: Path) -> ASGIApp:
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
