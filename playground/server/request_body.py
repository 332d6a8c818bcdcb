"""The body of a request, read whole: in a limited length, a limited time, and not too many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import anyio
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from playground.core import identity
from playground.server.json_body import Refused

BODY_SECONDS = 10.0
TOO_SLOW = f"This request did not arrive within {BODY_SECONDS:.0f} seconds."
MOST_ARRIVING_BYTES = 64 * 1024 * 1024
"""Of all bodies that are on their way; a class that hands in its sheets sends 30 MB."""
CROWDED = "Too much is being sent here at once. Please try again in a minute."
BROKEN_OFF = "This request was broken off."
CLOSING = {"Connection": "close"}
"""With the answer to a request that has not come to its end: nothing else can follow it."""
_MOST_DROPPED_BYTES = 4 * 1024 * 1024


class Unfinished(Refused):
    """A request whose rest nobody waits for."""


class TooSlow(Unfinished):
    """A request that did not arrive in time."""

    def __init__(self) -> None:
        super().__init__(TOO_SLOW, 408)


class Crowded(Unfinished):
    """A request in a moment in which too much arrives, most of it from where this came from."""

    def __init__(self) -> None:
        super().__init__(CROWDED, 503)


@dataclass(eq=False, slots=True)
class _Arriving:
    """A body that is on its way: from where it comes, how much there is of it, and its end."""

    address: str
    end: anyio.CancelScope
    length: int = 0


class _AllArriving:
    """All bodies that are on their way."""

    def __init__(self) -> None:
        self.bodies: set[_Arriving] = set()
        self.length = 0

    def note(self, body: _Arriving, length: int) -> None:
        """So much of a body is there now; nothing when it is no longer on its way."""
        if length:
            self.bodies.add(body)
        else:
            self.bodies.discard(body)
        self.length += length - body.length
        body.length = length
        self._make_room()

    def _make_room(self) -> None:
        """Where there is too much, drop the largest that comes from where most comes from."""
        while self.length > MOST_ARRIVING_BYTES:
            sent: Counter[str] = Counter()
            for body in self.bodies:
                sent[body.address] += body.length
            ((most, _),) = sent.most_common(1)
            theirs = (body for body in self.bodies if body.address == most)
            largest = max(theirs, key=lambda body: body.length)
            self.note(largest, 0)
            largest.end.cancel()


_arriving = _AllArriving()


async def read_body(scope: Scope, receive: Receive, most: int, too_long: Refused) -> bytes:
    """The whole body.

    Somewhat too much is read to its end and dropped: who is still sending hears no answer.

    Args:
        most: bytes.
        too_long: what is raised for more of them.

    Raises:
        TooSlow: when it is not whole in time.
        Crowded: when too much arrives at once.
        Refused: when it is broken off; `too_long`.
    """
    body: bytes | None = None
    try:
        with anyio.fail_after(BODY_SECONDS) as end:
            arriving = _Arriving(identity.address(), end)
            try:
                body = await _read(scope, receive, most, too_long, arriving)
            finally:
                _arriving.note(arriving, 0)
    except TimeoutError:
        raise TooSlow from None
    if body is None:
        raise Crowded
    return body


async def _read(
    scope: Scope, receive: Receive, most: int, too_long: Refused, arriving: _Arriving
) -> bytes:
    announced = Headers(scope=scope).get("content-length", "0")
    expected = int(announced[:20]) if announced.isdecimal() else 0
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        if max(length, expected) > _MOST_DROPPED_BYTES:
            raise too_long
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(BROKEN_OFF, 400)
        part = message.get("body", b"")
        length += len(part)
        if length <= most:
            parts.append(part)
            _arriving.note(arriving, length)
        else:
            parts.clear()
            _arriving.note(arriving, 0)
        more = message.get("more_body", False)
    if length > most:
        raise too_long
    return b"".join(parts)


def again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read once more, and then what comes after it."""
    given = False

    async def next_message() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message
