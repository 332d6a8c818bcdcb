"""Markup in prompts, links, model output and names is text on the page, and nothing of it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from models.measure.app.server import serving
from models.recipe import encode_link, make_recipe
from tests.browser.conftest import enter
from tests.fake_catalogue import SPECS

MARKUP = "<img src=x onerror=owned()><script>owned()</script>"
_SERVER = f"""
from dataclasses import replace
from tests import fake_catalogue
from tests.browser import serve

MARKUP = {MARKUP!r}
write = fake_catalogue.PretendText.make_step

def markup(self, state):
    return replace(write(self, state), text=MARKUP[state.index % len(MARKUP)])

fake_catalogue.PretendText.make_step = markup
fake_catalogue.NAMES = (*fake_catalogue.NAMES, MARKUP)
serve.main()
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """An app whose model writes markup, and that knows an emoji of such a name."""
    with serving("-c", _SERVER, host="0.0.0.0") as number:
        yield number


def watched(page: Any) -> list[str]:
    """Who was called on a page by what is no part of it; a picture that is not there is one."""
    called: list[str] = []
    page.expose_function("owned", lambda: called.append("ran"))
    page.on("request", lambda r: called.append(r.url) if r.url.endswith("/x") else None)
    return called


def test_markup_is_shown_and_never_runs(open_page: Any) -> None:
    recipe = make_recipe(SPECS["gpt2_mini"], prompt=MARKUP, options={"length": 60}, seed=1)
    link = encode_link([replace(recipe, weights=MARKUP)])
    page = open_page(f"?recipe={link}")
    called = watched(page)
    page.wait_for_function(
        "words => document.querySelector('#text-left-stage').textContent.split(words).length > 2",
        arg=MARKUP,  # as the prompt, and again as what was written
    )
    page.get_by_role("tab", name="Images").click()
    enter(page, "#images-prompt textarea", MARKUP)
    page.wait_for_function(
        "words => document.querySelector('#images-reading').textContent.includes(words)",
        arg=MARKUP,
    )
    page.check("#images-world input[value='emoji']")
    enter(page, "#emoji-prompt input", MARKUP)
    page.click("#emoji-draw")
    page.wait_for_function(
        "words => document.querySelector('#emoji-grid').textContent.includes(words)", arg=MARKUP
    )
    page.wait_for_timeout(500)
    assert called == []
    expect(page.locator("img[src='x']")).to_have_count(0)
