"""Requests as everything behind expects them, and the address that visitors use."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from playground.server.plain_request import PlainRequest, accepted
from playground.server.site_address import from_own_page, is_secure, site_of


def scope_of(path: str, root: str = "", method: str = "GET", **headers: str) -> dict[str, Any]:
    named = {"host": "inner:7860", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "server": ("inner", 7860),
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": root,
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }


def passed(scope: dict[str, Any]) -> dict[str, Any]:
    """What reaches the app behind."""
    seen: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    asyncio.run(PlainRequest(inner)(scope, None, None))  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize("root", ["", "/play", "/play/", "https://example.org/play"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/shipped/names.json", "/playing"])
def test_a_prefix_is_taken_off_whether_or_not_the_proxy_has(root: str, path: str) -> None:
    kept = f"/play{path}" if root else path
    for asked in (path, kept):
        seen = passed(scope_of(asked, root))
        assert (seen["path"], seen["raw_path"]) == (path, path.encode())
        assert seen["root_path"] == ("/play" if root else "")


def test_who_asks_for_the_prefix_alone_is_led_to_its_slash() -> None:
    client = TestClient(PlainRequest(None), root_path="/play", follow_redirects=False)  # type: ignore[arg-type]
    answer = client.get("/play?recipe=x")
    assert (answer.status_code, answer.headers["location"]) == (307, "/play/?recipe=x")


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip, deflate, br", ["br", "gzip"]),
        ("br;q=0", []),
        ("br;q=0, gzip", ["gzip"]),
        ("BR; Q=0.0, *", ["gzip"]),
        ("*;q=0", []),
        ("*", ["br", "gzip"]),
        ("gzip;q=0.5", ["gzip"]),
        ("gzip;q=none", ["gzip"]),
        ("identity", []),
        ("", []),
    ],
)
def test_weights_are_honoured(header: str, taken: list[str]) -> None:
    assert accepted(header) == taken
    (said,) = (
        value.decode()
        for name, value in passed(scope_of("/", accept_encoding=header))["headers"]
        if name == b"accept-encoding"
    )
    assert said == ", ".join(taken)


HERE, THERE = "http://inner:7860/", "https://play.example/"


@pytest.mark.parametrize(
    ("headers", "root", "site"),
    [
        ({}, "", HERE),
        ({}, "/play", f"{HERE}play/"),
        ({"x_forwarded_proto": "https"}, "", "https://inner:7860/"),
        ({"x_forwarded_host": "play.example", "x_forwarded_proto": "https"}, "", THERE),
        (
            {"x_forwarded_host": "play.example:443, b:80", "x_forwarded_proto": "https,http"},
            "",
            THERE,
        ),
        ({"x_forwarded_host": "play.example:8080"}, "/play", "http://play.example:8080/play/"),
        ({"x_forwarded_proto": "gopher"}, "", HERE),
    ],
)
def test_one_function_says_where_visitors_are(
    headers: dict[str, str], root: str, site: str
) -> None:
    assert site_of(Request(scope_of("/x", root, **headers))) == site


def test_what_the_operator_has_named_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request(scope_of("/x", "/play", x_forwarded_host="play.example"))
    monkeypatch.setenv("GRADIO_ROOT_PATH", "https://example.org/play")
    assert site_of(request) == "https://example.org/play/"
    monkeypatch.setenv("SPACE_HOST", "somebody.hf.space")
    assert site_of(request) == "https://somebody.hf.space/"
    for given, whole in (
        ("room7.local", "http://room7.local/"),
        ("https://a.b/c/", "https://a.b/c/"),
    ):
        monkeypatch.setenv("PLAYGROUND_ADDRESS", given)
        assert site_of(request) == whole
    for own in (
        "https://a.b",
        "https://somebody.hf.space",
        "https://example.org",
        "http://inner:7860",
    ):
        assert from_own_page(Request(scope_of("/class", origin=own)).headers)
    assert not from_own_page(Request(scope_of("/class", origin="https://a.c")).headers)


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({}, False),
        ({"origin": "https://inner:7860"}, True),
        ({"origin": "https://elsewhere"}, False),
        ({"x_forwarded_proto": "https"}, True),
        ({"origin": "http://inner:7860", "x_forwarded_proto": "https"}, False),
    ],
)
def test_a_browser_that_names_its_page_says_whether_it_talks_https(
    headers: dict[str, str], secure: bool
) -> None:
    assert is_secure(Request(scope_of("/join", **headers))) is secure


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"origin": "http://inner:7860"}, True),
        ({"origin": "https://play.example"}, False),
        ({"origin": "https://play.example", "x_forwarded_host": "play.example"}, True),
        ({"origin": "https://PLAY.example", "x_forwarded_host": "play.example:443"}, True),
        ({"origin": "https://play.example", "x_forwarded_host": "a, play.example"}, False),
        ({"origin": "https://evil.example", "x_forwarded_host": "play.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
    ],
)
def test_a_strangers_page_is_told_from_our_own(headers: dict[str, str], own: bool) -> None:
    assert from_own_page(Request(scope_of("/class", **headers)).headers) is own
