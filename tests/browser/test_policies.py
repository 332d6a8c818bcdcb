"""All pages in a browser that holds them to their policies: none of them is hindered by its own.

What a policy forbids is an error of the console, and every test of a page fails by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from models.recipe import encode_link, make_recipe
from playground.web.security_headers import POLICY
from tests.fake_catalogue import SPECS

pytestmark = pytest.mark.browser

CARD = encode_link([make_recipe(SPECS["char_lstm"], prompt="O", options={"length": 5}, seed=1)])
STRANGE = "document.body.append(Object.assign(document.createElement('script'), { text: 'x = 1' }))"


def test_every_page_works_under_its_policy(new_page: Callable[..., Any], port: int) -> None:
    page = new_page()
    app = f"http://127.0.0.1:{port}"
    for path in ("/lessons", "/lesson/zero/teacher", "/lesson/own", "/join"):
        answer = page.goto(app + path)
        assert "script-src 'self' 'sha256-" in answer.headers[POLICY]
        assert page.evaluate("typeof playground") == "object", path  # the kit has run
    page.goto(f"{app}/lesson/zero?projector=1")
    for _ in range(12):  # through its steps, some of which show a scene, whose script runs then
        page.keyboard.press("PageDown")
        page.wait_for_timeout(200)
    expect(page.locator("script:not([type]):not([src])").nth(2)).to_be_attached()
    page.goto(f"{app}/p?recipe={CARD}")
    page.wait_for_url("**/?recipe=*")
    page.wait_for_selector("#page-places")
    page.wait_for_load_state("networkidle")
    page = new_page()  # Gradio says of what it was fetching when a page is left that it was aborted
    for place in ("images", "claims", "class", "text", "play"):
        page.goto(f"{app}/#{place}")
        page.wait_for_load_state("networkidle")


def test_a_teachers_page_works_under_its_policy(open_page: Callable[..., Any]) -> None:
    page = open_page(place="Class")
    page.get_by_role("button", name=re.compile("Open a class")).first.click()
    page.wait_for_url("**/class/*")
    expect(page.locator("#class-projector")).to_be_visible()
    assert (
        "unsafe"
        not in page.evaluate(
            "fetch(location.href).then((a) => a.headers.get('content-security-policy'))"
        )
        .split("script-src")[1]
        .partition(";")[0]
    )


def test_a_strange_script_does_not_run(new_page: Callable[..., Any], port: int) -> None:
    page = new_page().context.new_page()  # its console is not watched: this is refused on purpose
    page.goto(f"http://127.0.0.1:{port}/lessons")
    page.evaluate(STRANGE)
    assert page.evaluate("typeof x") == "undefined"
    page.close()


def test_the_page_to_join_is_held_in_no_frame(new_page: Callable[..., Any], port: int) -> None:
    page = new_page().context.new_page()
    app = f"http://127.0.0.1:{port}"
    frames = (f'<iframe id="{name}" src="{app}/{name}"></iframe>' for name in ("lessons", "join"))
    page.set_content("".join(frames))  # on an empty page, which has no policy of its own
    page.frame_locator("#lessons").locator("#front").wait_for()
    join = page.query_selector("#join").content_frame()
    for _ in range(100):
        if join.url.startswith("chrome-error:"):
            break
        page.wait_for_timeout(100)
    assert join.url.startswith("chrome-error:")
    assert page.frame_locator("#join").locator("#front").count() == 0
    page.close()


def test_a_class_opens_beside_the_frame_that_holds_the_playground(
    new_page: Callable[..., Any], port: int
) -> None:
    page = new_page()
    page.set_content(
        f'<iframe src="http://127.0.0.1:{port}/#class" width=1000 height=800></iframe>'
    )
    place = page.frame_locator("iframe").locator("#class-place")
    for press, heading, field in (
        ("Open a class", re.compile("^Class [A-Z]{4}$"), "#class-projector"),
        ("Join the class", "Join a class", "#join-form"),
    ):
        with page.context.expect_page() as opened:
            place.get_by_role("button", name=press).click()
        expect(opened.value.locator("h1")).to_have_text(heading)
        expect(opened.value.locator(field)).to_be_visible()
        opened.value.close()
    expect(place).to_be_visible()  # the frame still shows what it did
