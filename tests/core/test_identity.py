"""The visitor id: what a request has to send for it, and whatever else it may send instead."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.requests import Request

from playground.core import identity

ID = "0123456789abcdef" * 2


def request(cookie: str, scheme: str = "http") -> Request:
    """A request as a browser sends it."""
    headers = [(b"cookie", cookie.encode())] if cookie else []
    return Request(
        {"type": "http", "scheme": scheme, "path": "/", "server": ("page", 80), "headers": headers}
    )


def test_nobody_is_named_like_another_kind_of_visitor() -> None:
    pages = [identity.visitor_named(name) for name in ("postcard", "class-BCDF", "somebody")]
    sessions = [
        identity.visitor_of(SimpleNamespace(session_hash=name)) for name in ("postcard", "", None)
    ]
    assert pages == ["page:postcard", "page:class-BCDF", "page:somebody"]
    assert sessions == ["session:postcard", "somebody", "somebody"]


def test_the_cookie_names_the_visitor() -> None:
    assert identity.id_of(request(f"other=1; {identity.COOKIE}={ID}; more=2")) == ID


def test_over_https_no_cookie_is_read_that_another_host_may_have_planted() -> None:
    planted, own = f"{identity.COOKIE}={'f' * 32}", f"{identity.SECURE_COOKIE}={ID}"
    for sent, found in ((planted, ""), (own, ID), (f"{planted}; {own}", ID)):
        assert identity.id_of(request(sent, "https")) == found
        assert identity.id_of(gr.Request(request(sent, "https"))) == found
    # Where a proxy does not say that it is https, the name tells.
    assert identity.id_of(request(f"{planted}; {own}")) == ID
    assert identity.id_of(request(f"{planted}; {identity.SECURE_COOKIE}=x")) == ""


@pytest.mark.parametrize(
    "value",
    [
        "",
        ID[:-1],
        f"{ID}0",
        ID.upper(),
        f"{ID[:-1]}g",
        f"{ID[:-1]}٣",
        f'"{ID}"x',
        f"{ID[:-1]}%30",
        "' OR 1=1 --",
    ],
)
def test_what_is_no_id_is_nobody(value: str) -> None:
    assert identity.id_of(request(f"{identity.COOKIE}={value}")) == ""


def test_who_sends_no_cookie_is_nobody() -> None:
    assert identity.id_of(request("")) == ""
    assert identity.id_of(request("other=1")) == ""
    assert identity.id_of(SimpleNamespace(session_hash="visitor")) == ""


@pytest.mark.parametrize("cookies", [{identity.COOKIE: ID}, {}])
def test_requests_of_gradio_are_read_in_both_their_forms(cookies: dict[str, str]) -> None:
    words = "; ".join(f"{name}={value}" for name, value in cookies.items())
    expected = cookies.get(identity.COOKIE, "")
    assert identity.id_of(gr.Request(request(words))) == expected
    assert identity.id_of(gr.Request(cookies=cookies)) == expected


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:cb00:7107", "203.0.113.7"),
        ("2001:DB8::1", "2001:db8::1"),
    ],
)
def test_an_address_has_one_form_however_it_is_written(written: str, number: str) -> None:
    assert str(identity.ip_number(written)) == number


@pytest.mark.parametrize("written", ["", "testclient", "203.0.113", "203.0.113.7:80"])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        identity.ip_number(written)
