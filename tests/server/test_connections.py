"""Requests that come half, slowly, or not at all, over real connections: nobody is held up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from playground.server import connections, request_body, route
from playground.server.connections import Connections
from playground.server.request_filter import RequestFilter, Rule, rules_of

SECONDS = 0.3
"""That a head or a body may take here."""
PATIENCE = 5.0
checked: list[str] = []


def by_name(request: Request) -> str:
    """Those who give a name."""
    checked.append(request.url.path)
    if not (name := request.headers.get("name", "")):
        raise route.NotAllowed("Say who you are.")
    return name


async def length(request: Request) -> Response:
    """How much was sent."""
    return PlainTextResponse(str(len(await request.body())))


async def slow_answer(_: Request) -> Response:
    """Something that takes longer to say than a request may take to come."""

    async def said() -> Any:
        for _ in range(4):
            await asyncio.sleep(SECONDS / 2)
            yield "more "

    return StreamingResponse(said())


async def large_answer(_: Request) -> Response:
    """More than a connection holds by itself."""
    return PlainTextResponse("a" * 20_000_000)


ROUTES = route.served(
    [
        route.Route("/large", large_answer),
        route.Route("/read", length, "POST", max_bytes=2_000_000),
        route.Route("/named", length, "POST", callers=route.Callers("the named", by_name)),
        route.Route("/slow", slow_answer),
    ]
)


class Serving:
    """A server on loopback."""

    def __init__(self, all_of_them: Connections, server: uvicorn.Server, port: int) -> None:
        self.all, self.server, self.port = all_of_them, server, port

    def connect(self, sent: bytes = b"") -> socket.socket:
        """A connection on which so much has been sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.sendall(sent)
        return connection


def heard(connection: socket.socket) -> bytes:
    """All that a connection says until it is closed."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def trickled(connection: socket.socket, piece: bytes, pause: float) -> tuple[float, bytes]:
    """What a connection says to who sends it the same again and again, and after how many seconds.

    It is read between two pieces: what comes once the other side has closed takes away what that
    has said last.
    """
    begun, parts = time.monotonic(), []
    connection.settimeout(pause)
    while time.monotonic() - begun < PATIENCE:
        with contextlib.suppress(TimeoutError):
            try:
                connection.sendall(piece)
                part = connection.recv(65_536)
            except ConnectionError:
                break
            if not part:
                break
            parts.append(part)
    return time.monotonic() - begun, b"".join(parts)


@contextlib.contextmanager
def serving(most: int = 100, **unread: Any) -> Iterator[Serving]:
    """Our routes and one of somebody else's, behind the filter."""

    def rules() -> list[Rule]:
        return [*rules_of(ROUTES), Rule("/theirs", frozenset({"POST"}))]

    async def theirs(request: Request) -> Response:
        return await length(request)

    app = Starlette(routes=ROUTES, middleware=[Middleware(RequestFilter, rules=rules)])
    app.add_route("/theirs", theirs, methods=["POST"])
    all_of_them = Connections(AutoHTTPProtocol, most, SECONDS, **unread)
    made: Any = all_of_them
    config = uvicorn.Config(app, port=0, log_level="error", http=made)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Serving(all_of_them, server, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    monkeypatch.setattr(request_body, "BODY_SECONDS", SECONDS)
    with serving() as running:
        yield running


HALVES = (b"", b"P", b"POST /read HTTP/1.1\r\nHost: a\r\nConte")


@pytest.mark.parametrize("half", HALVES)
def test_a_connection_without_a_whole_head_is_closed(server: Serving, half: bytes) -> None:
    begun = time.monotonic()
    said = heard(server.connect(half))
    assert SECONDS / 2 < time.monotonic() - begun < PATIENCE
    assert said.startswith(b"HTTP/1.1 408 " if half else b"")
    assert bool(said) == bool(half)


def test_a_head_that_trickles_is_not_waited_for(server: Serving) -> None:
    connection = server.connect(b"GET /slow HTTP/1.1\r\n")
    took, said = trickled(connection, b"x: y\r\n", SECONDS / 10)
    assert SECONDS / 2 < took < PATIENCE
    assert said.startswith(b"HTTP/1.1 408 ")


def test_a_head_without_end_is_refused(server: Serving) -> None:
    connection = server.connect(b"GET / HTTP/1.1\r\n")
    took, said = trickled(connection, b"x: " + b"y" * 2_000 + b"\r\n", 0.001)
    assert took < PATIENCE
    assert said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))  # by either of uvicorn's parsers


HEAD = "POST {} HTTP/1.1\r\nHost: a\r\nName: Ada\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize("path", ["/read", "/named", "/theirs"])
def test_a_body_that_does_not_come_is_not_waited_for(server: Serving, path: str) -> None:
    said = heard(server.connect(HEAD.format(path).encode() + b"x" * 10))
    assert said.startswith(b"HTTP/1.1 408 ")
    assert request_body.TOO_SLOW.encode() in said


def test_a_body_that_trickles_is_not_waited_for(server: Serving) -> None:
    connection = server.connect(HEAD.format("/theirs").encode())
    took, said = trickled(connection, b"x", SECONDS / 10)
    assert SECONDS / 2 < took < PATIENCE
    assert said.startswith(b"HTTP/1.1 408 ")
    assert request_body.TOO_SLOW.encode() in said


def test_who_may_not_send_is_told_before_anything_is_read(server: Serving) -> None:
    checked.clear()
    begun = time.monotonic()
    connection = server.connect(HEAD.format("/named").replace("Name", "Nobody").encode())
    assert connection.recv(65_536).startswith(b"HTTP/1.1 403 ")
    assert checked == ["/named"]
    assert time.monotonic() - begun < SECONDS
    with contextlib.suppress(ConnectionError):  # what it goes on sending keeps nothing open
        while time.monotonic() - begun < PATIENCE:
            connection.sendall(b"x")
            time.sleep(SECONDS / 10)
    assert time.monotonic() - begun < PATIENCE


def test_who_is_answered_for_long_is_not_cut_off_and_may_ask_again(server: Serving) -> None:
    asked = b"GET /slow HTTP/1.1\r\nHost: a\r\n"
    said = heard(server.connect(asked + b"\r\n" + asked + b"Connection: close\r\n\r\n"))
    assert said.count(b"HTTP/1.1 200") == 2
    assert said.count(b"more ") == 8


def test_a_whole_body_in_pieces_is_read_whole(server: Serving) -> None:
    closing = HEAD.format("/read").replace("1000", "1000000\r\nConnection: close").encode()
    connection = server.connect(closing)
    for _ in range(10):
        connection.sendall(b"x" * 100_000)
    assert heard(connection).endswith(b"1000000")


LARGE = b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("limits", [{"unread_seconds": SECONDS}, {"unread_bytes": 1_000_000}])
def test_who_takes_nothing_of_an_answer_is_let_go(limits: Any) -> None:
    with serving(**limits) as server:
        connection, until = server.connect(LARGE), time.monotonic() + PATIENCE
        while not server.all.open:
            time.sleep(0.01)
        while server.all.open:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert len(heard(connection)) < 20_000_000


def test_who_takes_a_large_answer_gets_all_of_it() -> None:
    with serving(unread_seconds=SECONDS) as server:
        assert len(heard(server.connect(LARGE))) > 20_000_000


def test_where_too_much_arrives_the_largest_is_dropped(
    server: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "BODY_SECONDS", PATIENCE)
    monkeypatch.setattr(request_body, "MOST_ARRIVING_BYTES", 500)
    head = HEAD.format("/read").encode()
    small, large = server.connect(head + b"x" * 100), server.connect(head + b"x" * 450)
    said = heard(large)
    assert said.startswith(b"HTTP/1.1 503 ")
    assert request_body.CROWDED.encode() in said
    small.sendall(b"x" * 300)
    monkeypatch.setattr(request_body, "MOST_ARRIVING_BYTES", 5_000)
    small.sendall(b"x" * 600)
    assert small.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_of_too_many_connections_those_that_ask_for_nothing_go_first() -> None:
    with serving(most=5) as server:
        idle = [server.connect() for _ in range(20)]
        asked = b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        busy = [server.connect(asked) for _ in range(3)]
        begun = [each.recv(1_000) for each in busy]
        more = [server.connect() for _ in range(20)]
        said = [first + heard(each) for first, each in zip(begun, busy, strict=True)]
        assert all(whole.count(b"more ") == 4 for whole in said)
        assert [heard(each) for each in (*idle, *more)] == [b""] * 40
        assert not server.all.waiting


def test_every_server_that_names_no_other_protocol_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named: dict[str, Any] = {**uvicorn.config.HTTP_PROTOCOLS}
    monkeypatch.setattr(uvicorn.config, "HTTP_PROTOCOLS", named)
    connections.limit()
    config = uvicorn.Config(Starlette(), log_config=None)
    config.load()
    assert isinstance(config.http_protocol_class, Connections)
    assert config.http_protocol_class.seconds == 10


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_as_many_files_may_be_open_as_the_system_lets() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        most = min(before[1], connections.MOST_OPEN_FILES)
        assert connections.raise_open_files() == most
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_that_files_ran_out_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """With as many open files as there may be, on a real socket that is connected to."""
    import resource

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(connections.say_rarely())
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, backlog=50)
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        taken = []
        client = socket.socket()
        client.setblocking(False)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
            with contextlib.suppress(OSError):
                while True:
                    taken.append(socket.socket())
            with contextlib.suppress(BlockingIOError):
                client.connect(server.sockets[0].getsockname())
            await asyncio.sleep(0.2)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            for each in (*taken, client):
                each.close()
        server.close()
        loop.call_exception_handler({"message": "something else"})

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())
    assert [r.name for r in caplog.records].count("playground.server.connections") == 1
    assert [r.getMessage() for r in caplog.records if r.name == "asyncio"] == ["something else"]
