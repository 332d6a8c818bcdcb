"""Serving: files compressed once and kept, Gradio's and ours, and word of the first page.

A cold page fetches over a hundred files. Compressing each of them anew for thirty students who
open the page together costs ten seconds of a core; from memory it costs one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]  # comes with gradio
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.base import ModelSpec
from playground import live, nearest, postcard, real_game
from playground.front import FrontDoor
from playground.names import FILE as NAMES_FILE
from playground.services import Services

SHIPPED = "/shipped/"

_KEPT = {
    "/assets/": "public, max-age=31536000, immutable",  # their names hold their hash
    "/static/": "public, max-age=3600",
    SHIPPED: "public, max-age=3600",
}
_COMPRESSED = (".js", ".css", ".html", ".json", ".svg")
_QUALITY = 5


def settings(services: Services, first_page: threading.Event) -> dict[str, Any]:
    """What Gradio's app gets besides: our routes, and what stands in front of all of them.

    Args:
        first_page: set once somebody has been served the page.
    """
    return {
        "middleware": middleware(first_page, services.specs, services.weights),
        "routes": [
            *live.routes(services),
            *real_game.routes(services),
            *postcard.routes(services),
            *nearest.routes(),
        ],
    }


def middleware(
    first_page: threading.Event, specs: Mapping[str, ModelSpec], weights: Path
) -> list[Middleware]:
    """What stands in front of the app.

    Args:
        weights: the folder of the shipped models, of which a few files are for everybody.
    """
    return [
        Middleware(FirstPage, event=first_page),
        Middleware(AssetCache),
        Middleware(FrontDoor, specs=specs, weights=weights),
        Middleware(Files, files=shipped_files(weights)),
    ]


def shipped_files(weights: Path) -> dict[str, Path]:
    """Path of an address -> file, for everything of the weights that browsers may fetch."""
    return {f"{SHIPPED}names.json": weights / NAMES_FILE}


class Files:
    """Answers requests for a few files by name, and for nothing else beside them."""

    def __init__(self, app: ASGIApp, files: Mapping[str, Path]) -> None:
        self.app = app
        self.files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        file = self.files.get(scope["path"]) if asked else None
        answer = FileResponse(file) if file and file.is_file() else self.app
        await answer(scope, receive, send)


class FirstPage:
    """Sets an event when the first page has been served."""

    def __init__(self, app: ASGIApp, event: threading.Event) -> None:
        self.app = app
        self.event = event

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/":
            self.event.set()


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class AssetCache:
    """Answers requests for files that never change from memory, compressed if the browser can."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.answers: dict[tuple[str, bool], _Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        policy = _policy(scope)
        if policy is None:
            await self.app(scope, receive, send)
            return
        small = "br" in Headers(scope=scope).get("accept-encoding", "")
        key = (scope["path"], small and scope["path"].endswith(_COMPRESSED))
        answer = self.answers.get(key)
        if answer is None:
            answer = await _ask(self.app, scope, receive)
            if answer.status == 200:
                answer = self.answers[key] = _prepared(answer, policy, compress=key[1])
        start: Message = {"type": "http.response.start", "status": answer.status}
        await send({**start, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": answer.body})


def _policy(scope: Scope) -> str | None:
    """How long a browser may keep what is asked for; None when it is not ours to keep."""
    if scope["type"] != "http" or scope["method"] != "GET" or "range" in Headers(scope=scope):
        return None
    return next((p for start, p in _KEPT.items() if scope["path"].startswith(start)), None)


async def _ask(app: ASGIApp, scope: Scope, receive: Receive) -> _Answer:
    """The app's whole answer, asked for without conditions so that it is never "not modified"."""
    messages: list[Any] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    plain = [(name, value) for name, value in scope["headers"] if not name.startswith(b"if-")]
    await app({**scope, "headers": plain}, receive, keep)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return _Answer(messages[0]["status"], list(messages[0]["headers"]), body)


def _prepared(answer: _Answer, policy: str, *, compress: bool) -> _Answer:
    headers = MutableHeaders(raw=list(answer.headers))
    headers["Cache-Control"] = policy
    body = answer.body
    if compress:
        body = brotli.compress(body, quality=_QUALITY)
        headers["Content-Encoding"] = "br"
        headers.add_vary_header("Accept-Encoding")
    headers["Content-Length"] = str(len(body))
    return replace(answer, headers=headers.raw, body=body)
