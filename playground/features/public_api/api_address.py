"""The address that the description of the API names: our public one, whoever asked first.

Gradio writes addresses into the examples of its API, and keeps the first such description for
everybody: whoever asked first had said which address that is. When it is asked for one page alone,
it keeps the description without addresses, and fills them in for each who asks.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.gradio_app.internals.addresses import DESCRIPTION
from playground.server.site_address import FORWARDED_HOST, FORWARDED_PROTO, site_of

_PAGE = "page"
_ONLY_PAGE = b"page="
"""Of the query: the page with the empty name, which is the only one there is."""


class ApiAddress:
    """Lets what is told of the API name `site_of`, and be made for each who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        described = scope["type"] == "http" and scope["path"].rstrip("/") in DESCRIPTION
        await self.app(_addressed(scope) if described else scope, receive, send)


def _addressed(scope: Scope) -> Scope:
    site = urlsplit(site_of(HTTPConnection(scope)))
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers[FORWARDED_HOST] = f"{site.netloc}{site.path}".rstrip("/")
    headers[FORWARDED_PROTO] = site.scheme
    query = scope.get("query_string", b"")
    if _PAGE not in parse_qs(query.decode("latin-1"), keep_blank_values=True):
        query = b"&".join(filter(None, (query, _ONLY_PAGE)))
    return {**scope, "headers": headers.raw, "query_string": query}
