"""What reaches the app: named routes, asked as they may be; all else is answered in a sentence."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.routing import Mount, Route

from playground.server import request_filter, route
from playground.server.request_filter import (
    MOST_BYTES,
    HostHeaderCheck,
    RequestFilter,
    Rule,
    rules_of,
)

READ, CALL = frozenset({"GET", "HEAD"}), frozenset({"POST"})
RULES = (
    Rule("/", READ),
    Rule("/files/{path:path}", READ),
    Rule("/one/long", CALL, most_bytes=request_filter.MOST_BYTES + 1000),
    Rule("/one/{name}", CALL),
    Rule("/one/{name}", READ),
    Rule("/own", CALL, reads=True),
    Rule("/call/{name}", CALL, plain=True),
    Rule("/file={path:path}", READ, local=True),
)


class Inner:
    """Remembers what reaches it, with the bodies."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.fault = fault

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"] if scope["method"] == "POST" else b""
        self.asked.append((scope["method"], scope["path"], body))
        if self.fault is not None:
            raise self.fault
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})


def ask(method: str, path: str, content: bytes = b"", inner: Inner | None = None) -> Any:
    """The answer to one request, and what the app behind heard of it."""
    inner = inner or Inner()
    front = RequestFilter(inner, lambda: RULES, (LookupError,))

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(front)
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return await client.request(method, path, content=content)

    return asyncio.run(answer()), inner.asked


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/files/a/b.js"),
        ("POST", "/one/two"),
        ("POST", "/one/two/"),
        ("GET", "/one/two"),
        ("GET", "/file=/tmp/gradio/a.png"),
    ],
)
def test_what_is_named_passes(method: str, path: str) -> None:
    answer, asked = ask(method, path)
    assert answer.status_code == 200
    assert asked == [(method, path, b"")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/two"),
        ("POST", "/two"),
        ("GET", "/one"),
        ("GET", "/one/two/three"),
        ("GET", "/files"),
        ("OPTIONS", "/two"),
        ("GET", "/file=http://127.0.0.1/x"),
        ("GET", "/file=a/b/c/d/e/f/g/http://127.0.0.1/x"),
        ("GET", "/file=//elsewhere.example/x"),
        ("GET", "/files//a"),
        ("GET", "/files/a//"),
        ("GET", "/files/%2e/a"),
        ("GET", "/files/%2e%2e/files/a"),
        ("GET", "/files/a/%2e"),
        ("GET", "/files/%2e%2e"),
    ],
)
def test_what_is_not_named_is_answered_in_a_sentence(method: str, path: str) -> None:
    answer, asked = ask(method, path)
    assert (answer.status_code, answer.json()) == (404, {"detail": request_filter.CLOSED})
    assert asked == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("PUT", "/one/two"), ("GET", "/call/x"), ("DELETE", "/files/a")],
)
def test_other_methods_are_refused(method: str, path: str) -> None:
    answer, asked = ask(method, path)
    assert (answer.status_code, answer.json()) == (405, {"detail": request_filter.OTHER_WAY})
    assert asked == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"data": [1]}', 200),
        (b"[1]", 422),
        (b"{", 400),
        (b'{"data": [NaN]}', 422),
        (b'{"data": [{"path": "/etc/passwd"}]}', 422),
        (b'{"data": [{"url": "http://x"}]}', 422),
        (b'{"data": ' + b"[" * 40 + b"]" * 40 + b"}", 422),
    ],
)
def test_calls_are_plain_json(body: bytes, status: int) -> None:
    answer, asked = ask("POST", "/call/x", body)
    assert answer.status_code == status
    assert asked == ([("POST", "/call/x", body)] if status == 200 else [])
    assert status == 200 or answer.json()["detail"].startswith("This ")


def test_a_body_is_as_long_as_its_rule_says() -> None:
    long = json.dumps("x" * request_filter.MOST_BYTES).encode()
    for path, status in (("/one/two", 413), ("/one/long", 200)):
        answer, asked = ask("POST", path, long)
        assert answer.status_code == status
        assert len(asked) == (status == 200)
        assert status == 200 or answer.json()["detail"] == request_filter.TOO_LONG


def test_a_function_that_is_not_there_is_named_as_such() -> None:
    answer, _ = ask("POST", "/one/two", inner=Inner(KeyError("two")))
    assert (answer.status_code, answer.json()) == (404, {"detail": request_filter.NO_SUCH})
    with pytest.raises(RuntimeError):
        ask("POST", "/one/two", inner=Inner(RuntimeError()))


def test_nobody_opens_a_web_socket() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    front = RequestFilter(Inner(), lambda: RULES)
    asyncio.run(front({"type": "websocket", "path": "/"}, None, send))  # type: ignore[arg-type]
    assert sent == ["websocket.close"]


def test_our_own_routes_say_what_may_be_asked() -> None:
    async def answer(_: Any) -> Any: ...

    ours = route.Route("/a/{b}", answer, "POST", max_bytes=7)  # which says itself what is too long
    routes = [*route.served([ours]), Route("/d", answer), Mount("/e", answer)]
    rules = (Rule("/a/{b}", CALL, reads=True), Rule("/d", READ))
    assert rules_of(routes) == rules


def test_who_reads_within_limits_of_its_own_is_given_the_body_as_it_comes() -> None:
    body = b"x" * (MOST_BYTES + 7)
    answer, asked = ask("POST", "/own", body)
    assert answer.status_code == 200
    assert b"".join(got for _, _, got in asked) == body


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("host", "page", 200),
        ("host", "[", 400),
        ("origin", "http://[", 400),
        ("x-forwarded-host", "<b>", 400),
        ("x-forwarded-host", "a:443, b:8080", 200),
        ("x-forwarded-host", "a:443, b:port", 400),
        ("x-forwarded-proto", "https,http", 200),
        ("x-gradio-server", "http://page:7860", 200),
        ("host", "page:port", 400),
        ("host", "x" * 600, 400),
    ],
)
def test_headers_that_name_a_machine_can_be_read_as_such(
    header: str, value: str, status: int
) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(header.encode(), value.encode())],
    }
    asyncio.run(HostHeaderCheck(Inner())(scope, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == status
