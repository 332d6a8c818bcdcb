"""Whose request is worked on, as far as nobody can invent it, and how many of one client's are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.core import identity

FOR_EVERYBODY = "playground.for_everybody"
"""In the scope of a request that a cache makes: whoever asked first, others wait for it too."""
LONGEST_SECONDS = 20.0
_MOST_KNOWN = 10_000


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


class Pace:
    """Lets the requests of one client pass at a steady pace, once there were very many at a time.

    Even a refusal costs a millisecond, so whoever asks as fast as they can would leave nothing to
    others. They wait, in the order in which they came, and whoever sends the next request when the
    last has been answered sends fewer (generic cell rate algorithm, ITU-T I.371).

    Args:
        client: who is being served, as far as nobody can invent it.
        rate: requests a second of one client, in the long run.
        burst: those that may come at once.
    """

    def __init__(self, app: ASGIApp, client: Callable[[], str], rate: float, burst: float) -> None:
        self.app = app
        self.client = client
        self.rate = rate
        self.burst = burst
        self.due: dict[str, float] = {}  # by client, when all that it has asked for is paid

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get(FOR_EVERYBODY):
            await self.app(scope, receive, send)
            return
        wait = self._wait(self.client(), time.monotonic())
        if wait > 0:
            await asyncio.sleep(min(wait, LONGEST_SECONDS))
        if wait <= LONGEST_SECONDS:
            await self.app(scope, receive, send)
        else:
            said = dict.fromkeys(("detail", "sentence"), identity.TOO_MANY_HERE)
            await JSONResponse(said, 503)(scope, receive, send)

    def _wait(self, client: str, now: float) -> float:
        """Seconds until one more request of a client may pass; too many of them are not paid."""
        due = max(self.due.get(client, now), now) + 1 / self.rate
        wait = due - now - self.burst / self.rate
        if wait <= LONGEST_SECONDS:
            self.due[client] = due
        if len(self.due) > _MOST_KNOWN:
            self.due = {each: until for each, until in self.due.items() if until > now}
        return wait
