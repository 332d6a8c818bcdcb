"""The gate in front of Gradio: what its routes would take and this page has no use for.

Gradio's own routes read a request of any length, take files from anybody, fetch addresses that are
named to them, and answer a few kinds of broken JSON with a traceback in the log. The page sends
text and numbers and no files, so all of that stays outside, with a sentence.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from gradio.route_utils import API_PREFIX, FnIndexInferError
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.server.json_body import Refused, plain_json, walk

MOST_BYTES = 256 * 1024
"""Of a request: the longest prompt, every letter of it written as a pair of escapes, needs 120."""
SHEET_BYTES = 1_000_000
_MOST_DROPPED_BYTES = 16 * MOST_BYTES

_CLOSED = (
    *("upload", "proxy=", "stream/", "component_server", "process_recording", "deep_link"),
    *("dev/", "vibe-", "undo-vibe-", "custom_component/", "run-history/"),
)
"""Routes of Gradio's for what is not on this page: files of visitors, streams, other servers."""
_CALLS = tuple(f"{API_PREFIX}/{name}" for name in ("queue/join", "call/", "run/", "api/"))
_FILE = f"{API_PREFIX}/file"

CLOSED = "There is nothing here: this page takes no files and fetches none."
TOO_LONG = f"This request is longer than {MOST_BYTES // 1024} KB; shorten the prompt."
NO_ADDRESS = "This request does not say which machine it is for."
_NAMING = ("host", "origin", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
_SHEET = re.compile(r"/class/[A-Z]{4}/sheet")
_UNFIT = re.compile(r"[^!#-;=?-\[\]_a-z~ ]|.{513}")
NO_SUCH = "There is no such function here."


class Doorstep:
    """Refuses requests whose own headers name no address, at which everything behind stumbles."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_addressed(Headers(scope=scope)):
            await JSONResponse({"detail": NO_ADDRESS}, 400)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_addressed(headers: Headers) -> bool:
    """Whether the headers that name a machine can be read as such."""
    for value in (value for name in _NAMING for value in headers.getlist(name)):
        try:
            urlsplit(value)
            _ = urlsplit(f"//{value}").port
        except ValueError:
            return False
        if _UNFIT.search(value):
            return False
    return True


class Gate:
    """Lets requests pass that are short and well formed, and go to a route that is in use."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self._pass(scope, receive, send)
        except Refused as refused:
            # Gradio's client shows what stands under this name.
            answer = JSONResponse({"detail": str(refused)}, refused.status)
            await answer(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if is_closed(path):
            raise Refused(CLOSED, 404)
        if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        body = await _read(scope, receive, most_bytes(path))
        if not path.startswith(_CALLS):
            await self.app(scope, _again(body, receive), send)
            return
        check(body)
        try:
            await self.app(scope, _again(body, receive), send)
        except (KeyError, FnIndexInferError) as error:
            # Only what looks the function up raises here: what it raises itself becomes an answer.
            raise Refused(NO_SUCH, 404) from error


def is_closed(path: str) -> bool:
    """Whether a path leads to a route that is not in use, or to a file on another machine."""
    if path.startswith(_FILE):
        return ":" in path.removeprefix(_FILE)[:12] or "://" in path
    asked = path.removeprefix(f"{API_PREFIX}/")
    return asked != path and asked.startswith(_CLOSED)


def check(body: bytes) -> None:
    """Raise `Refused`, in words, unless this is a plain and shallow JSON object without files."""
    content = plain_json(body)
    if not isinstance(content, dict):
        raise Refused("This request must be a JSON object.")
    for value, _ in walk(content):
        if isinstance(value, dict) and not {"path", "url"}.isdisjoint(value):
            raise Refused("This page takes no files.")


def most_bytes(path: str) -> int:
    """Of a request to this address: a sheet that is handed in to a class may be longer."""
    return SHEET_BYTES if _SHEET.fullmatch(path) else MOST_BYTES


async def _read(scope: Scope, receive: Receive, most: int) -> bytes:
    """The whole body; `Refused` if it is too long.

    Somewhat too much is read to its end and dropped: who is still sending hears no answer.
    """
    announced = Headers(scope=scope).get("content-length", "0")
    content, length, more = b"", 0, True
    while more:
        if max(length, int(announced) if announced.isdecimal() else 0) > _MOST_DROPPED_BYTES:
            raise Refused(TOO_LONG, 413)
        message = await receive()
        length += len(message.get("body", b""))
        content = content + message.get("body", b"") if length <= most else b""
        more = message["type"] == "http.request" and message.get("more_body", False)
    if length > most:
        raise Refused(TOO_LONG, 413)
    return content


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read once more, and then what comes after it."""
    given = False

    async def next_message() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message
