"""Pages of other sites act for nobody here, and read nothing that is one visitor's.

A browser sends a visitor's cookies along whichever page asks. It also says which does: in `Origin`,
and in `Sec-Fetch-Site`, neither of which a page can write. So what a page of another site asks for
is refused where it would change something, is one visitor's own, or costs much. Programs send
neither header, and pass. A link that somebody follows leads everywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.server.site_address import from_own_page

ELSEWHERE = "A page of another site asked for this. Open the playground’s own page, and ask there."
_READS = frozenset({"GET", "HEAD"})
_OTHERS = frozenset({"cross-site", "same-site"})
_CORS = b"access-control-"


class OwnOrigin:
    """Refuses what pages of other sites may not ask for; no answer is for them to read (`Unread`).

    Args:
        private: tells by a path whether what may be read there is not for such pages either.
    """

    def __init__(self, app: ASGIApp, private: Callable[[str], bool] = lambda path: False) -> None:
        self.app = app
        self.private = private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._may(scope, Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        said = {"detail": ELSEWHERE, "sentence": ELSEWHERE}
        answer = JSONResponse(said, 403, headers={"Cache-Control": "no-store"})
        await answer(scope, receive, send)

    def _may(self, scope: Scope, headers: Headers) -> bool:
        if not from_elsewhere(headers):
            return True
        if scope["method"] not in _READS:
            return False
        return _follows_link(headers) or not self.private(scope["path"])


def from_elsewhere(headers: Headers) -> bool:
    """Whether a page of another site asks, or one that does not say of which it is.

    Where a browser says that page and address are of one origin this holds, also behind a proxy
    that tells us neither of our names.
    """
    site = headers.get("sec-fetch-site", "")
    if site == "same-origin":
        return False
    return not from_own_page(headers) if "origin" in headers else site in _OTHERS


def _follows_link(headers: Headers) -> bool:
    """Whether the answer becomes a page in a window of its own, which no other page can read."""
    asked = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    return asked == ("navigate", "document")


class Unread:
    """Sends every answer without Gradio's leave to read it, which it gives by an origin.

    A page needs none for what is of its own origin, and no other is to have it. Nor does a browser
    send what it has to ask leave for first: the answer to that comes without it, too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_unread(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                left = [pair for pair in headers if not pair[0].lower().startswith(_CORS)]
                message = {**message, "headers": left}
            await send(message)

        await self.app(scope, receive, send_unread)
