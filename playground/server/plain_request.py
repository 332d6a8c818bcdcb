"""Requests as everything behind expects them: without prefix, with the encodings that are taken.

What a proxy leaves in front of a path, and how a browser writes what it takes, is read here once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.server.site_address import root_path

ENCODINGS = ("br", "gzip")
"""In which answers are compressed, the best first."""
_WEIGHT = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)")


class PlainRequest:
    """Takes the prefix off paths, and writes down anew which encodings a browser takes.

    The prefix is GRADIO_ROOT_PATH, which FastAPI puts into every request; some proxies take it off
    and some do not. Whoever asks for the prefix alone is led to its slash, which links need.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        root = root_path(scope.get("root_path", ""))
        if root and scope["path"] == root:
            query = scope.get("query_string", b"").decode("latin-1")
            there = f"{root}/" + (f"?{query}" if query else "")
            await RedirectResponse(there)(scope, receive, send)
            return
        await self.app(_plain(scope, root), receive, send)


def _plain(scope: Scope, root: str) -> Scope:
    headers = Headers(scope=scope)
    plain = {**scope, "root_path": root}
    if root and scope["path"].startswith(f"{root}/"):
        plain["path"] = scope["path"].removeprefix(root)
        plain["raw_path"] = scope.get("raw_path", b"").removeprefix(root.encode())
    if "accept-encoding" in headers:
        changed = MutableHeaders(raw=list(scope["headers"]))
        changed["accept-encoding"] = ", ".join(accepted(headers["accept-encoding"]))
        plain["headers"] = changed.raw
    return plain


def accepted(header: str, offered: Sequence[str] = ENCODINGS) -> list[str]:
    """Of the encodings offered those that a browser takes (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, rest = part.partition(";")
        found = _WEIGHT.fullmatch(rest.strip())
        weights[name.strip()] = float(found[1]) if found else 1.0
    return [name for name in offered if weights.get(name, weights.get("*", 0.0)) > 0]
