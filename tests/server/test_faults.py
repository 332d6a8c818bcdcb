"""What stumbles behind the outermost layer is answered, and said in a line; ours in full, once."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse

from playground.core.logs import Plain
from playground.server import faults
from playground.server.faults import Faults
from playground.server.route import Route, served

SECRET = "what a visitor wrote"


async def ours(_: Request) -> Any:
    """Stumbles in our own code."""
    faults.summary(SECRET)  # type: ignore[arg-type]


async def halfway(_: Request) -> Any:
    """Stumbles when it has begun to answer."""

    async def said() -> Any:
        yield b"begun"
        raise KeyError(SECRET)

    return StreamingResponse(said())


def asked(path: str, times: int = 1) -> httpx.Response:
    """The answer to a request, or the last of some."""
    routes = [Route(f"/{each.__name__}", each) for each in (ours, halfway)]
    front = Faults(Starlette(routes=served(routes)))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(front)
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return [await client.get(path) for _ in range(times)][-1]

    return asyncio.run(ask())


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log would hold."""
    return [Plain().format(record) for record in caplog.records]


def test_a_fault_of_a_library_is_a_line_without_words(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError):  # by the client: the answer is broken off
        asked("/halfway")
    (line,) = logged(caplog)
    assert line.startswith("WARNING:gradio:a request failed: KeyError at server/test_faults.py:")
    assert "\n" not in line
    assert len(line) < 300
    assert SECRET not in line


def test_who_asked_is_told_in_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError(SECRET)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Faults(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return await client.get("/")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()) == (500, {"detail": faults.SENTENCE})
    assert not any(SECRET in line for line in logged(caplog))


def test_a_fault_of_ours_is_logged_whole_and_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked("/ours", times=5)
    (line,) = logged(caplog)
    assert line.startswith("ERROR:playground.server.faults:a request failed: AttributeError at ")
    assert "Traceback" in line
    monkeypatch.setattr(faults, "SAID_SECONDS", -1.0)
    asked("/ours", times=5)
    assert len(caplog.records) == 6


def test_the_same_fault_of_a_library_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    front = Faults(Starlette(routes=served([Route("/halfway", halfway)])))
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message.get("body"))

    scope = {"type": "http", "method": "GET", "path": "/halfway", "headers": []}
    for _ in range(5):
        asyncio.run(front(dict(scope), receive, send))
    assert sent == [None, b"begun"] * 5
    assert len(caplog.records) == 1


def test_what_could_be_said_is_forgotten_when_it_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults, "_MOST_PLACES", 2)
    front = Faults(Starlette())
    for number in range(5):
        front._say(type(f"Kind{number}", (Exception,), {})())
        assert 1 <= len(front.said) <= 2


def test_who_goes_away_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(60)

    async def leave() -> None:
        task = asyncio.ensure_future(Faults(app)({"type": "http"}, None, None))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    begun = time.monotonic()
    asyncio.run(leave())
    assert time.monotonic() - begun < 30
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
