"""Connections: requests come and answers are taken in time, and none of it is too much.

uvicorn waits for the rest of a head for as long as somebody likes, and asyncio writes a line for
each of thousands of attempts a second once there are no more open files. So whoever connects and
sends no whole head is let go; where connections become too many, the one that has waited longest
goes first; and what asyncio says of itself is said once a minute. What is answered lies in memory
until it is taken, so that whoever takes nothing is let go as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

HEAD_SECONDS = 10.0
"""From the first byte of a request, or from connecting, until its head must be whole."""
UNREAD_SECONDS = 20.0
"""How long nothing may be taken of an answer that waits."""
MOST_UNREAD_BYTES = 64 * 1024 * 1024
"""Of all answers that wait to be taken; of more, those go of which longest nothing was taken."""
MOST_HEAD_BYTES = 64 * 1024
MOST_OPEN_FILES = 65_536
_SPARED_FILES = 256  # for what is not a connection
_MOST_CONNECTIONS = 4_096
_LOG_SECONDS = 60.0
_NO_MORE = b"connection: close\r\ncontent-length: 0\r\n\r\n"
_LATE = b"HTTP/1.1 408 Request Timeout\r\n" + _NO_MORE
_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _NO_MORE

log = logging.getLogger(__name__)


def raise_open_files() -> int:
    """Allow this process as many open files as it may have; returns how many, 0 where unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return soft if soft >= 0 else MOST_OPEN_FILES
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft


def limit() -> None:
    """Let every server that uvicorn starts from now on have its connections limited.

    uvicorn looks up by name what speaks HTTP; Gradio names nothing, which is "auto".
    """
    from uvicorn.config import HTTP_PROTOCOLS
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    files = raise_open_files() or _MOST_CONNECTIONS
    most = min(_MOST_CONNECTIONS, max(files - _SPARED_FILES, files // 2))
    named: dict[str, Any] = dict.fromkeys(("auto",), Connections(AutoHTTPProtocol, most))
    HTTP_PROTOCOLS.update(named)


class Connections:
    """Makes the protocol of each connection, and knows those of which no request has come.

    Args:
        make: uvicorn's own protocol, with its arguments.
        most: how many may be open at once.
        seconds: for a head to be whole.
        unread_bytes: of answers that wait to be taken.
        unread_seconds: that nothing may be taken of one.
    """

    def __init__(
        self,
        make: Callable[..., Any],
        most: int = _MOST_CONNECTIONS,
        seconds: float = HEAD_SECONDS,
        unread_bytes: int = MOST_UNREAD_BYTES,
        unread_seconds: float = UNREAD_SECONDS,
    ) -> None:
        self.make = make
        self.most = most
        self.seconds = seconds
        self.unread_bytes = unread_bytes
        self.unread_seconds = unread_seconds
        self.unread: set[_Connection] = set()
        self.open: set[_Connection] = set()
        self.waiting: dict[_Connection, None] = {}  # longest first

    def __call__(self, **given: Any) -> asyncio.Protocol:
        """The protocol of a new connection."""
        return _Connection(self.make(**given), self)

    def welcome(self, connection: _Connection) -> None:
        """One more is open; where that is too many, the one that waits longest is let go."""
        self.open.add(connection)
        if len(self.open) > self.most:
            next(iter(self.waiting), connection).let_go()

    def hold(self, connection: _Connection) -> None:
        """An answer waits to be taken; where that is too much, whoever takes nothing is let go."""
        self.unread.add(connection)
        while sum(each.left_bytes for each in self.unread) > self.unread_bytes:
            now = time.monotonic()
            slowest = max(self.unread, key=lambda each: each.untaken_seconds(now))
            self.unread.discard(slowest)
            slowest.transport.abort()


class _Connection(asyncio.Protocol):
    """uvicorn's protocol, which does all the work, and a watch on how long a head may take."""

    def __init__(self, inner: Any, all_of_them: Connections) -> None:
        self.inner = inner
        self.all = all_of_them
        self.transport: Any = None
        self.timer: asyncio.TimerHandle | None = None
        self.head_bytes = 0
        self.unread_timer: asyncio.TimerHandle | None = None
        self.unread_bytes = 0  # of an answer that waits, when something was last taken of it
        self.taken = 0.0  # when that was

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.inner.connection_made(transport)
        self.all.welcome(self)
        self._expect()

    def data_received(self, data: bytes) -> None:
        before = self.inner.cycle
        if self.timer is None and (before is None or before.response_complete):
            self._expect()
        reads_head = before is None or not before.more_body
        self.inner.data_received(data)
        if self.inner.cycle is not before:
            self._rest()
        elif self.timer is not None and reads_head:
            self.head_bytes += len(data)
            if self.head_bytes > MOST_HEAD_BYTES:
                self.let_go(_LONG)

    def eof_received(self) -> bool | None:
        return bool(self.inner.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        self._let_take()
        self.all.open.discard(self)
        self.inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self.inner.pause_writing()
        self.unread_bytes, self.taken = self.left_bytes, time.monotonic()
        self._watch_taking()
        self.all.hold(self)

    def resume_writing(self) -> None:
        self._let_take()
        self.inner.resume_writing()

    @property
    def left_bytes(self) -> int:
        """Of answers that have not been taken yet."""
        return int(self.transport.get_write_buffer_size())

    def untaken_seconds(self, now: float) -> float:
        """How long nothing has been taken, as far as anybody has looked."""
        if (left := self.left_bytes) < self.unread_bytes:
            self.unread_bytes, self.taken = left, now
        return now - self.taken

    def _watch_taking(self) -> None:
        """Let the connection go when nothing is taken for too long."""
        rest = self.all.unread_seconds - self.untaken_seconds(time.monotonic())
        if rest <= 0:
            self.transport.abort()
        else:
            self.unread_timer = asyncio.get_running_loop().call_later(rest, self._watch_taking)

    def _let_take(self) -> None:
        """Nothing waits to be taken, or nobody is there any more."""
        self.all.unread.discard(self)
        if self.unread_timer is not None:
            self.unread_timer.cancel()
            self.unread_timer = None

    def let_go(self, last: bytes = b"") -> None:
        """Close the connection, with a last word."""
        self._rest()
        if not self.transport.is_closing():
            self.transport.write(last)
            self.transport.close()

    def _expect(self) -> None:
        """From now on the head of a request is waited for."""
        loop = asyncio.get_running_loop()
        self.timer = loop.call_later(self.all.seconds, self._is_late, self.inner.cycle)
        self.all.waiting[self] = None

    def _rest(self) -> None:
        """Nothing is waited for."""
        self.head_bytes = 0
        self.all.waiting.pop(self, None)
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _is_late(self, before: Any) -> None:
        if self.inner.cycle is before:
            self.let_go(_LATE if self.head_bytes else b"")
        else:
            self._rest()


def say_rarely(seconds: float = _LOG_SECONDS) -> Callable[[asyncio.AbstractEventLoop, Any], None]:
    """A loop's exception handler that says the same of system resources once in so many seconds.

    asyncio tries to accept two thousand connections at a time, and complains of each.
    """
    said: dict[str, float] = {}

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        message = str(context.get("message", ""))
        if "out of system resource" not in message:
            loop.default_exception_handler(context)
            return
        now = time.monotonic()
        if now - said.get(message, -seconds) >= seconds:
            said[message] = now
            log.error("too many open files or connections: new ones wait (%s)", message)

    return handle
