"""What answers tell browsers to be careful about: types, addresses, scripts, frames.

Pages of ours run the scripts that they were made with, known by their hashes, and fetch nothing
from elsewhere. Gradio's page runs what Gradio writes into it. Lessons and the playground may stand
in frames of learning platforms, but on a Space, where only the host's own pages hold them; what is
one person's stands in no frame, so nobody presses there what another site has laid over it. The
playground opens it beside the frame that it stands in itself (`page.js`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.core.limits import SPACE
from playground.web import assets

POLICY = "content-security-policy"
_PLAIN = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}
_BASE = ("object-src 'none'", "base-uri 'self'", "form-action 'self'")
_OURS = (
    *("default-src 'none'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:"),
    *("font-src 'self' data:", "media-src 'self' data: blob:", "connect-src 'self'"),
)
_GRADIOS = "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:"
"""It has scripts in its page, and makes functions of what events of components are to do."""
_SPACES = "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
_NOBODY = "frame-ancestors 'none'"


def page_policy(body: bytes, *, unframed: bool) -> str:
    """The policy of a page of ours: it runs the scripts in it that `assets` has put there.

    Args:
        body: the page.
        unframed: whether it is one person's, as a teacher's page is.
    """
    hashes = (f"'sha256-{found}'" for found in dict.fromkeys(assets.hashes(body.decode())))
    scripts = " ".join(("script-src 'self'", *hashes))
    return "; ".join((*_OURS, scripts, *_BASE, *_frames(unframed)))


def private_policy() -> str:
    """The policy of an answer that is no page, and one person's."""
    return f"default-src 'none'; {_NOBODY}"


def _frames(unframed: bool) -> Iterator[str]:
    """Whose frames may hold a page. A Space's own page is one in a frame of the host's."""
    if unframed:
        yield _NOBODY
    elif os.environ.get(SPACE):
        yield _SPACES


class SecurityHeaders:
    """Adds to every answer what it does not say itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                _complete(headers)
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, send_careful)


def _complete(headers: MutableHeaders) -> None:
    for name, value in _PLAIN.items():
        headers.setdefault(name, value)
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault(POLICY, "; ".join((_GRADIOS, *_BASE, *_frames(unframed=False))))
