"""The visitor id in a real browser, over https: made here, kept here, and planted by nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from playground.core.identity import COOKIE, SECURE_COOKIE

pytestmark = pytest.mark.browser

SITE = "https://play.example/"
PLANTED, EARLIER = "f" * 32, "e" * 32


def visit(page: Any, port: int) -> list[str]:
    """Let a page find the app at an address with https; returns the cookies that it then sends."""
    sent: list[str] = []

    def answer(route: Any) -> None:
        asked = route.request
        if not asked.url.startswith(SITE):
            route.abort()
            return
        sent.append(asked.all_headers().get("cookie", ""))
        path = asked.url.removeprefix(SITE)
        given = httpx.get(f"http://127.0.0.1:{port}/{path}", trust_env=False)
        kind = given.headers.get("content-type", "")
        route.fulfill(status=given.status_code, body=given.content, content_type=kind)

    page.route("**/*", answer)
    page.goto(f"{SITE}lessons")
    return sent


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """A page whose console is not watched: not all that it asks for is there."""
    page = new_page().context.new_page()
    page.context.add_cookies(
        [{"name": COOKIE, "value": PLANTED, "domain": ".play.example", "path": "/"}]
    )
    yield page
    page.evaluate("localStorage.clear()")
    page.close()


def cookies(page: Any) -> dict[str, Any]:
    return {each["name"]: each for each in page.context.cookies(SITE)}


def test_a_planted_cookie_is_nobodys_id(page: Any, port: int) -> None:
    visit(page, port)
    page.keyboard.press("Tab")
    own = page.evaluate("localStorage.playground_visitor")
    assert own != PLANTED
    found = cookies(page)[SECURE_COOKIE]
    assert (found["value"], found["secure"], found["path"]) == (own, True, "/")
    assert found["domain"] == "play.example"
    sent = visit(page, port)
    assert f"{SECURE_COOKIE}={own}" in sent[0]


def test_who_was_here_before_is_known_by_what_the_page_has_kept(page: Any, port: int) -> None:
    visit(page, port)
    page.evaluate(f"localStorage.playground_visitor = '{EARLIER}'")
    page.reload()
    page.keyboard.press("Tab")
    assert cookies(page)[SECURE_COOKIE]["value"] == EARLIER
