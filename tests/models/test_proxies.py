"""Proxies that the system names: no value of theirs ends a program."""

from __future__ import annotations

import os

import httpx
import pytest

from models.hub import proxies
from models.hub.policy import refusal
from tests.fake_adapters import FAKE_TEXT

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*NAMES, *map(str.lower, NAMES)]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(proxies, "_unusable", {})


@pytest.mark.parametrize(
    "settings",
    [
        {"HTTP_PROXY": "http://127.0.0.1:9"},
        {"http_proxy": "127.0.0.1:9", "no_proxy": "example.com, [::1]"},
        {"ALL_PROXY": "socks5://127.0.0.1:9"},
        {"ALL_PROXY": "socks://127.0.0.1:9/"},
        {"all_proxy": "socks4://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
        {"HTTPS_PROXY": "http://127.0.0.1:port"},
        {"HTTPS_PROXY": "“http://127.0.0.1:9”"},
        {"HTTP_PROXY": "http://", "NO_PROXY": "a b,*.example"},
        {"HTTP_PROXY": ""},
        {"NO_PROXY": "*"},
    ],
    ids=str,
)
def test_a_client_can_be_made_whatever_is_set(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for _ in range(2):
        proxies.prepare(also="192.0.2.7")
    for name in os.environ:
        monkeypatch.setenv(name, os.environ[name])  # what was set here goes with this test
    with httpx.Client() as client:
        for host in ("localhost", "127.0.0.1", "[::1]", "[::]", "192.0.2.7"):
            there = client._transport_for_url(httpx.URL(f"http://{host}:7860/"))
            assert there is client._transport


def test_what_cannot_be_used_is_said_in_the_log_and_to_who_wants_a_download(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:9")
    proxies.prepare()
    assert "ALL_PROXY names a proxy that cannot be used: “gopher” is no kind" in caplog.text
    assert "ALL_PROXY" not in os.environ
    assert proxies.complaint().startswith("The proxy that ALL_PROXY names cannot be used:")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert proxies.complaint() == ""  # the hub is asked through this one
    assert refusal(FAKE_TEXT) == ""


def test_a_proxy_of_socks_is_used_where_its_package_is(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"ALL_PROXY": "socks://127.0.0.1:1080/"}
    monkeypatch.setattr(proxies, "find_spec", lambda name: object())
    proxies.prepare(given)
    assert given["ALL_PROXY"] == "socks5://127.0.0.1:1080/"
    assert set(proxies.OWN) <= set(given["NO_PROXY"].split(","))
