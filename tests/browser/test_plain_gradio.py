"""A short journey through each place with Gradio left as it is.

All journeys pass so, more slowly: PLAYGROUND_PLAIN_GRADIO=1 pytest tests/browser/test_journeys.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from models.measure.app.server import serving
from playground.gradio_app.internals.switch import NAME
from tests.browser.test_journeys import draw, images, wait_until_written, write

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of the app over pretended models, without any trick."""
    with serving("-m", "tests.browser.serve", **{NAME: "1"}) as number:
        yield number


def test_every_place_works(open_page: Callable[..., Any]) -> None:
    page = open_page(place="Play")
    expect(page.locator("#gradio-parts")).to_have_count(0)
    page.wait_for_function("document.querySelectorAll('#scene-clock img').length >= 4")
    page.get_by_role("tab", name="Text").click()
    page.wait_for_selector("#text-write")
    page.wait_for_load_state("networkidle")
    write(page, "O, ")
    wait_until_written(page)
    assert "finished, 200 letters" in page.inner_text("#page-said")
    draw(images(page))
    expect(page.locator("#images-grid img")).to_have_count(12)
    page.get_by_role("tab", name="Claims").click()
    page.wait_for_selector(".claim .verdict")
    page.get_by_role("tab", name="Class").click()
    page.wait_for_selector("#page-class button:visible")
    page.click("#history-open")
    page.wait_for_selector("#history[open]")


def test_words_of_gradios_components_are_translated_all_the_same(
    open_page: Callable[..., Any],
) -> None:
    page = open_page(locale="es-ES")
    page.wait_for_selector("#text-prompt :text('Empieza')")
