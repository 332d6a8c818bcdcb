"""Answers that are the same for everybody: made once, compressed once, and kept in memory.

A cold page fetches about seventy files. Made and compressed anew for thirty students who open the
page together, they cost eleven seconds of a core; kept, less than one.

What is kept for everybody may depend on nothing that one of them has sent. So what stands behind is
asked with no header but those by which answers are told apart, and, for files, with no query.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

import anyio
import brotli  # type: ignore[import-untyped]  # comes with gradio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.core.share_link import PARAMETER
from playground.server import request_body
from playground.server.addresses import FOR_EVERYBODY
from playground.server.own_origin import from_elsewhere
from playground.server.plain_request import accepted
from playground.web.assets import SHIPPED

PAGE_SECONDS = 60.0
OPENING_SECONDS = 2.0
"""How long an opened page may show what was there before: which models have been downloaded."""
MOST_BYTES = 64_000_000

_OURS = {SHIPPED: "public, max-age=3600"}
_PAGE = "no-cache"  # asked for again each time, and answered "not modified"
_PAGES = frozenset({"/", "/config"})
"""The page, and what programs read of it: a copy of a megabyte for everybody who asks."""
_HARMLESS = {PARAMETER, "__theme", "lang"}  # of a page's query, what Gradio's server does not read
_COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg")
_BROTLI, _GZIP = 5, 6
_ENTRY_BYTES = 1_000
_LONGEST_OPENING_BYTES = 1000
_OF_BODIES = ("content-type", "content-length")
_FEWEST_BYTES = 500  # that are worth compressing


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class SingleFlightCache:
    """Answers by key, each made once however many ask for it at the same moment."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.used_bytes = 0
        self._kept: OrderedDict[Hashable, tuple[Answer, float]] = OrderedDict()  # oldest use first
        self._making: dict[Hashable, asyncio.Task[Answer]] = {}

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[Answer]], seconds: float = math.inf
    ) -> Answer:
        """The answer kept for a key; if there is none, or it is too old, the one made now.

        Only answers with status 200 are kept. Who stops waiting leaves the others theirs.
        """
        answer, until = self._kept.get(key, (None, 0.0))
        if answer is not None and time.monotonic() < until:
            self._kept.move_to_end(key)
            return answer
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.ensure_future(make())
            task.add_done_callback(lambda done: self._keep(key, done, seconds))
        return await asyncio.shield(task)

    def _keep(self, key: Hashable, made: asyncio.Task[Answer], seconds: float) -> None:
        del self._making[key]
        if made.cancelled() or made.exception() is not None or made.result().status != 200:
            return
        self._forget(key)
        self._kept[key] = made.result(), time.monotonic() + seconds
        self.used_bytes += _size(made.result())
        while self.used_bytes > self.most_bytes:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Hashable) -> None:
        if key in self._kept:
            self.used_bytes -= _size(self._kept.pop(key)[0])


def _size(answer: Answer) -> int:
    """About how many bytes an answer takes, and the key by which it is known."""
    return len(answer.body) + sum(map(len, chain(*answer.headers))) + _ENTRY_BYTES


class ResponseCache:
    """Answers requests for pages and their files from memory, compressed as the browser can.

    Args:
        place_of: the place that a page's query string leads to, which decides how it begins.
        files: beginning of an address -> how long browsers may keep what it gives.
        origin: names of the headers that the page's own address is made of.
        shared: how many seconds everybody gets the same answer from a path; 0 for all others.
    """

    def __init__(
        self,
        app: ASGIApp,
        place_of: Callable[[str], str],
        files: Mapping[str, str] = MappingProxyType({}),
        origin: Sequence[str] = ("host",),
        shared: Callable[[str], float] = lambda path: 0.0,
    ) -> None:
        self.app = app
        self.place_of = place_of
        self.files = {**files, **_OURS}
        self.origin = origin
        self.shared = shared
        self.store = SingleFlightCache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _may_be_kept(scope):
            await self.app(scope, receive, send)
            return
        encoding = _encoding(Headers(scope=scope).get("accept-encoding", ""))
        if (policy := self._policy(scope["path"])) is not None:
            key: Hashable = (scope["path"], encoding)
            seconds, asked = math.inf, _bare(scope)
        elif (seconds := self.shared(scope["path"])) > 0:
            key, policy, asked = (scope["path"], encoding), _PAGE, _bare(scope)
        elif (page := self._page(scope)) is not None:
            key, seconds, policy = (*page, encoding), PAGE_SECONDS, _PAGE
            asked = _bare(scope, self.origin, query=True)
        else:
            await self.app(scope, receive, send)
            return

        async def make() -> Answer:
            answer = await _ask(self.app, asked)
            if answer.status != 200:
                return answer
            return await asyncio.to_thread(_prepared, answer, policy, encoding)

        await _give(await self.store.get(key, make, seconds), scope, send)

    def _policy(self, path: str) -> str | None:
        """How long a browser may keep a file; None when it is not one of those that are kept."""
        return next(
            (policy for start, policy in self.files.items() if path.startswith(start)), None
        )

    def _page(self, scope: Scope) -> tuple[Hashable, ...] | None:
        """What the page depends on; None if it is not asked for, or with more than we know."""
        query = scope.get("query_string", b"").decode("latin-1")
        if scope["path"] not in _PAGES or set(parse_qs(query, keep_blank_values=True)) - _HARMLESS:
            return None
        headers = Headers(scope=scope)
        origin = [headers.get(name) for name in self.origin]
        # Of what an address is made of where a request names none, as HTTP/1.0 allows.
        where = (scope.get("scheme"), scope.get("root_path"), scope.get("server"))
        return (scope["path"], *where, *origin, self.place_of(query))


class OpenPageCache:
    """Answers the call that every opened page makes, for all who came without a link at once.

    Args:
        path: where that call goes.
        is_opening: tells it by its body.
    """

    def __init__(self, app: ASGIApp, path: str, is_opening: Callable[[bytes], bool]) -> None:
        self.app = app
        self.path = path
        self.is_opening = is_opening
        self.store = SingleFlightCache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._may_be_opening(scope):
            await self.app(scope, receive, send)
            return
        body, heard = await _heard(receive)
        if not self.is_opening(body):
            await self.app(scope, _repeated(heard, receive), send)
            return

        async def make() -> Answer:
            return await _ask(self.app, _bare(scope, _OF_BODIES), body)

        await _give(await self.store.get("opening", make, OPENING_SECONDS), scope, send)

    def _may_be_opening(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != self.path:
            return False
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        small = length.isdecimal() and int(length) <= _LONGEST_OPENING_BYTES
        return small and not scope.get("query_string") and not from_elsewhere(headers)


def _may_be_kept(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return "range" not in Headers(scope=scope)


def _bare(scope: Scope, names: Sequence[str] = (), *, query: bool = False) -> Scope:
    """A request with those headers alone, the first of each name, and without its query."""
    headers = Headers(scope=scope)
    left = [(name.encode(), headers[name].encode("latin-1")) for name in names if name in headers]
    return {**scope, "headers": left, "query_string": scope["query_string"] if query else b""}


def _encoding(header: str) -> str:
    """The best that a browser takes; over plain HTTP from another machine none takes brotli."""
    return next(iter(accepted(header)), "")


def _prepared(answer: Answer, policy: str, encoding: str) -> Answer:
    """An answer as it is kept: with its policy and a name for its content, and compressed."""
    headers = MutableHeaders(raw=list(answer.headers))
    body = answer.body
    kind = headers.get("content-type", "")
    if encoding and kind.startswith(_COMPRESSED) and len(body) >= _FEWEST_BYTES:
        body = _compressed(body, encoding)
        headers["Content-Encoding"] = encoding
    headers.add_vary_header("Accept-Encoding")
    headers["Cache-Control"] = policy
    headers["Content-Length"] = str(len(body))
    headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    return replace(answer, headers=headers.raw, body=body)


def _compressed(body: bytes, encoding: str) -> bytes:
    if encoding == "br":
        return bytes(brotli.compress(body, quality=_BROTLI))
    return gzip.compress(body, compresslevel=_GZIP, mtime=0)


async def _ask(app: ASGIApp, scope: Scope, body: bytes = b"") -> Answer:
    """The app's whole answer to a bare request: never "not modified", and not compressed."""
    messages: list[Any] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return given.pop() if given else await asyncio.Future()  # nobody goes away

    await app({**scope, FOR_EVERYBODY: True}, receive, keep)
    whole = b"".join(message.get("body", b"") for message in messages[1:])
    return Answer(messages[0]["status"], list(messages[0]["headers"]), whole)


async def _give(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer, or word that the browser has it already."""
    start: Message = {"type": "http.response.start"}
    tag = Headers(raw=answer.headers).get("etag")
    known = Headers(scope=scope).get("if-none-match", "").split(",")
    if answer.status == 200 and tag is not None and tag in {name.strip() for name in known}:
        left_out = {b"content-length", b"content-type", b"content-encoding"}
        headers = [(name, value) for name, value in answer.headers if name not in left_out]
        await send({**start, "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({**start, "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})


async def _heard(receive: Receive) -> tuple[bytes, list[Message]]:
    """A request's body, as far as it comes in time, and the messages that brought it."""
    heard: list[Message] = []
    with anyio.move_on_after(request_body.BODY_SECONDS):
        while not heard or (heard[-1]["type"] == "http.request" and heard[-1].get("more_body")):
            heard.append(await receive())
    return b"".join(message.get("body", b"") for message in heard), heard


def _repeated(heard: list[Message], receive: Receive) -> Receive:
    """Bring messages that were heard once more, and then those that follow."""
    left = list(heard)

    async def repeat() -> Message:
        return left.pop(0) if left else await receive()

    return repeat
