"""The least of HTTP/1.1 that fetches files: thirty clients must not cost what the server costs.

Answers are read whole and thrown away, still compressed (RFC 9112, sections 6 and 7.1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """What a browser asks for."""

    method: str
    path: str
    body: bytes = b""


@dataclass(slots=True)
class Connection:
    """One connection that is kept open from request to request."""

    port: int
    headers: Mapping[str, str]
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(self, request: Request) -> int:
        """The status of the answer, once the whole of it is here."""
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(_written(request, self.headers, self.port))
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        await _skip_body(self.reader, head)
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """Let go of it; the next request opens another."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def _written(request: Request, headers: Mapping[str, str], port: int) -> bytes:
    own = {"Host": f"127.0.0.1:{port}", **headers}
    if request.method == "POST":
        own |= {"Content-Type": "application/json", "Content-Length": str(len(request.body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    return f"{request.method} {request.path} HTTP/1.1\r\n{lines}\r\n".encode() + request.body


async def _skip_body(reader: asyncio.StreamReader, head: bytes) -> None:
    if b"\r\ntransfer-encoding: chunked" in head:
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
        return
    _, _, rest = head.partition(b"\r\ncontent-length:")
    if rest:
        await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
