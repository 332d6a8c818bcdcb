"""Our first page in front of Gradio's, in the HTML that the browser gets first.

So it moves before Gradio's scripts are even asked for; those are fetched a moment later
(`first_page.js`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # comes with gradio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.datasets import PALETTE
from playground.gradio_app.internals.page import defer_scripts, drop_previews
from playground.web import tokens
from playground.web.site_info import TAGLINE, TITLE, preview_tags

STYLE = Path(__file__).parent / "gradio.css"
_QUALITY = 5
_BODY = re.compile(r"<body[^>]*>")
_NO_PLACE = 'data-place=""'


def inject(html: str, front: str) -> str:
    """Gradio's page with ours in front; its scripts are left to be fetched by `first_page.js`."""
    html, waiting = defer_scripts(drop_previews(html))
    html = html.replace("</head>", f"{_head()}</head>", 1)
    return _BODY.sub(lambda body: f"{body[0]}{waiting}{front}", html, count=1)


@cache
def _head() -> str:
    """Our part of the head. Gradio adds what it is given by script, too late for the first page."""
    own = STYLE.read_text(encoding="utf-8")
    words = f"<title>{TITLE}</title>{preview_tags(TITLE, TAGLINE)}"
    return f"{words}<style>{own}</style>{tokens.head(PALETTE)}"


class PageInjection:
    """Puts the first page into Gradio's page, compressed.

    Args:
        front: the beginning of the body, with an empty `data-place` for where a link leads.
        place_of: the place that a page's query string leads to, "" for none.
    """

    def __init__(self, app: ASGIApp, front: str, place_of: Callable[[str], str]) -> None:
        self.app = app
        self.front = front
        self.place_of = place_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        start, *parts = messages
        body = b"".join(part.get("body", b"") for part in parts)
        headers = MutableHeaders(raw=list(start["headers"]))
        if start["status"] == 200 and headers.get("content-type", "").startswith("text/html"):
            body = inject(body.decode(), self._front(scope)).encode()
            # In front of all this, `PlainRequest` has left out what the browser does not take.
            if "br" in Headers(scope=scope).get("accept-encoding", ""):
                body = brotli.compress(body, quality=_QUALITY)
                headers["Content-Encoding"] = "br"
            headers["Content-Length"] = str(len(body))
            headers["Cache-Control"] = "no-cache"
            headers.add_vary_header("Accept-Encoding")
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})

    def _front(self, scope: Scope) -> str:
        """Our page, with the place open that the address asks for."""
        place = self.place_of(scope.get("query_string", b"").decode("latin-1"))
        return self.front.replace(_NO_PLACE, f'data-place="{place}"', 1)
