"""Serving: Gradio's own files compressed once and kept, and word of the first page that went out.

A cold page fetches over a hundred files. Compressing each of them anew for thirty students who
open the page together costs ten seconds of a core; from memory it costs one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

import brotli  # type: ignore[import-untyped]  # comes with gradio
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEPT = {
    "/assets/": "public, max-age=31536000, immutable",  # their names hold their hash
    "/static/": "public, max-age=3600",
}
_COMPRESSED = (".js", ".css", ".html", ".json", ".svg")
_QUALITY = 5


def middleware(first_page: threading.Event) -> list[Middleware]:
    """What stands in front of the app; sets `first_page` once somebody has been served the page."""
    return [Middleware(FirstPage, event=first_page), Middleware(AssetCache)]


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
