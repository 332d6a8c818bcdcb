"""Whose request is worked on, as far as nobody can invent it: the address that it comes from."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.core import identity


class Addresses:
    """Remembers, for as long as a request is answered, where it came from."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with identity.coming_from(identity.network_of(HTTPConnection(scope))):
            await self.app(scope, receive, send)
