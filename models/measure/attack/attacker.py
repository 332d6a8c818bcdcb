"""Somebody with a script: requests and halves of them, to loopback alone, and not without end.

What came of each is counted: HTTP's status, "cut" for none, or "open" where there was none yet.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from models.measure.load.wire import Connection, Request

MOST_REQUESTS = 20_000
_HOST = "127.0.0.1"
_PATIENCE_SECONDS = 30.0
CUT, OPEN = "cut", "open"
_BROKEN = (OSError, EOFError, asyncio.LimitOverrunError, ValueError, IndexError)


@dataclass(slots=True)
class Attacker:
    """One who attacks, until the time or the requests are spent.

    Args:
        until: on `time.monotonic`.
        code: of a class that is open; "" where there is none.
    """

    port: int
    until: float
    code: str = ""
    left: int = MOST_REQUESTS
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def goes_on(self) -> bool:
        """Whether there is time, and there are requests."""
        return self.left > 0 and time.monotonic() < self.until

    def connection(self, cookie: str = "") -> Connection:
        """One more, on which requests follow each other."""
        headers = {"Accept-Encoding": "identity", **({"Cookie": cookie} if cookie else {})}
        return Connection(self.port, headers)

    async def ask(self, connection: Connection, request: Request) -> int:
        """The status of an answer; 0 where there was none."""
        if not self.goes_on:
            return 0
        self.left -= 1
        came = OPEN
        try:
            came = str(await asyncio.wait_for(connection.ask(request), _PATIENCE_SECONDS))
        except (*_BROKEN, asyncio.TimeoutError):
            connection.close()
            came = CUT
            await asyncio.sleep(0.01)
        finally:
            self.counts[came] += 1
        return int(came) if came.isdecimal() else 0

    async def again(self, requests: Iterator[Request], pause_seconds: float = 0.0) -> None:
        """One request after the other on one connection."""
        connection = self.connection()
        while self.goes_on:
            await self.ask(connection, next(requests))
            await asyncio.sleep(pause_seconds)
        connection.close()

    async def side_by_side(self, count: int, act: Callable[[int], Awaitable[None]]) -> None:
        """The same so many times at once."""
        await asyncio.gather(*[act(place) for place in range(count)])

    async def hold(self, sent: bytes, *, read: bool = True) -> None:
        """Send what is no whole request, or no whole one to be read, and wait until it is cut.

        Args:
            read: whether what is answered is taken.
        """
        if not self.goes_on:
            return
        self.left -= 1
        writer = None
        answer = b""
        try:
            reader, writer = await asyncio.open_connection(_HOST, self.port, limit=2**12)
            writer.write(sent)
            while (rest := self.until - time.monotonic()) > 0 and not reader.at_eof():
                taken = reader.read(2**12) if read else asyncio.sleep(0.5, b"")
                with suppress(asyncio.TimeoutError):
                    answer = answer or await asyncio.wait_for(taken, rest) or b""
                if read and answer:
                    break
        except _BROKEN:
            await asyncio.sleep(0.01)
        finally:
            if writer is not None:
                writer.close()
        words = answer.split(b" ", 2)
        self.counts[words[1].decode() if len(words) > 2 else CUT] += 1


async def attack(act: Callable[[Attacker], Awaitable[None]], attacker: Attacker) -> Counter[str]:
    """Let an attack go on until its end, or until this process is asked to end."""
    task = asyncio.ensure_future(act(attacker))
    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    rest = attacker.until - time.monotonic() + 1.0
    with suppress(asyncio.CancelledError, asyncio.TimeoutError):
        await asyncio.wait_for(task, rest)
    return attacker.counts
