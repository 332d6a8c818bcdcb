"""The body of a request, read whole: in a limited length, and in a limited time."""

from __future__ import annotations

import anyio
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from playground.server.json_body import Refused

BODY_SECONDS = 10.0
TOO_SLOW = f"This request did not arrive within {BODY_SECONDS:.0f} seconds."
BROKEN_OFF = "This request was broken off."
CLOSING = {"Connection": "close"}
"""With the answer to a request that has not come to its end: nothing else can follow it."""
_MOST_DROPPED_BYTES = 4 * 1024 * 1024


class TooSlow(Refused):
    """A request that did not arrive in time."""

    def __init__(self) -> None:
        super().__init__(TOO_SLOW, 408)


async def read_body(scope: Scope, receive: Receive, most: int, too_long: Refused) -> bytes:
    """The whole body.

    Somewhat too much is read to its end and dropped: who is still sending hears no answer.

    Args:
        most: bytes.
        too_long: what is raised for more of them.

    Raises:
        TooSlow: when it is not whole in time.
        Refused: when it is broken off; `too_long`.
    """
    try:
        with anyio.fail_after(BODY_SECONDS):
            return await _read(scope, receive, most, too_long)
    except TimeoutError:
        raise TooSlow from None


async def _read(scope: Scope, receive: Receive, most: int, too_long: Refused) -> bytes:
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
        else:
            parts.clear()
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
