"""The time machine in a real browser: nothing of it before it is opened, then all on the spot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PHONE, own_address

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


def watch(page: Any) -> list[str]:
    """Addresses of everything the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def open_machine(page: Any) -> Any:
    """Open the drawer and wait for its pictures."""
    page.click("#page-machine button")
    page.wait_for_selector(".learner")
    page.wait_for_load_state("networkidle")
    return page


def shown(page: Any) -> list[str]:
    """What every card says: its text, if it writes, and the line below."""
    return [card.inner_text() for card in page.locator(".learner").all()]


def row_of(page: Any, model: str) -> str:
    """Which row of its sheet a model shows, as the browser places it."""
    strip = page.locator(f"[data-model={model}] .strip")
    return str(strip.evaluate("e => getComputedStyle(e).backgroundPositionY"))


def test_nothing_is_loaded_before_the_drawer_is_opened(open_page: Open):
    page = open_page()
    assert page.locator(".learner").count() == 0
    assert page.locator(".strip, [data-facts]").count() == 0
    assert not page.evaluate(
        "performance.getEntriesByType('resource').some(e => /shipped/.test(e.name))"
    )
    asked = watch(page)
    open_machine(page)
    sheets = [url for url in asked if "/shipped/" in url]
    assert len(sheets) == 6
    assert len(set(sheets)) == 6
    assert page.locator(".learner").count() == 9


def test_the_keyboard_takes_all_models_from_noise_to_finished(open_page: Open):
    page = open_machine(open_page())
    slider = page.locator("#machine-slider")
    first = shown(page)
    assert row_of(page, "gan") == "0px"
    asked = watch(page)
    slider.focus()
    page.keyboard.press("ArrowRight")
    second = shown(page)
    assert all(before != after for before, after in zip(first, second, strict=True))
    assert row_of(page, "gan") == row_of(page, "diffusion_emoji") == "-64px"
    assert slider.get_attribute("aria-valuetext") == "snapshot 2 of 12"
    page.keyboard.press("End")
    assert row_of(page, "vae") == f"{-11 * 64}px"
    assert "step 2\u2009048" in page.inner_text("[data-model=char_lstm] .figures")
    assert "bright angel!" in page.inner_text("[data-model=char_lstm] pre")
    page.keyboard.press("Home")
    assert shown(page) == first
    assert asked == []  # all of it in the browser alone


def test_the_drawer_keeps_its_place_when_it_is_closed_and_opened(open_page: Open):
    page = open_machine(open_page())
    page.focus("#machine-slider")
    page.keyboard.press("End")
    before = shown(page)
    page.click("#page-machine > button")
    page.wait_for_selector("#machine-slider", state="hidden")
    page.click("#page-machine > button")
    page.wait_for_selector("#machine-slider")
    page.wait_for_load_state("networkidle")
    assert shown(page) == before


def test_play_runs_from_noise_to_finished_in_four_seconds(open_page: Open):
    page = open_machine(open_page())
    page.focus("#machine-slider")
    page.keyboard.press("End")
    page.click("#machine-play")
    assert page.input_value("#machine-slider") == "0"
    assert page.inner_text("#machine-play") == "Stop"
    boxes = [card.bounding_box() for card in page.locator(".learner").all()]
    page.wait_for_function("document.getElementById('machine-slider').value > 3", timeout=3000)
    assert [card.bounding_box() for card in page.locator(".learner").all()] == boxes
    page.wait_for_function("document.getElementById('machine-slider').value == 11", timeout=5000)
    page.wait_for_selector("#machine-play:has-text('Play')")
    assert row_of(page, "gan") == f"{-11 * 64}px"


def test_play_is_stopped_by_a_press_or_by_taking_the_slider(open_page: Open):
    page = open_machine(open_page())
    for stop in (lambda: page.click("#machine-play"), lambda: page.keyboard.press("ArrowLeft")):
        page.click("#machine-play")
        page.focus("#machine-slider")
        page.wait_for_function("document.getElementById('machine-slider').value > 1")
        stop()
        assert page.inner_text("#machine-play") == "Play"
        place = page.input_value("#machine-slider")
        page.wait_for_timeout(700)
        assert page.input_value("#machine-slider") == place


def test_who_wants_no_motion_is_shown_the_end(open_page: Open):
    page = open_machine(open_page(reduced_motion="reduce"))
    page.click("#machine-play")
    assert page.input_value("#machine-slider") == "11"
    assert page.inner_text("#machine-play") == "Play"
    assert row_of(page, "vae_emoji") == f"{-11 * 64}px"


def test_it_works_over_the_local_network_and_below_another_path(open_page: Open):
    page = open_machine(open_page(host=own_address()))
    sources = page.evaluate(
        "[...document.querySelectorAll('.strip')].map(e => e.style.backgroundImage)"
    )
    assert len(sources) == 6
    assert all(source.startswith('url("shipped/') for source in sources)  # below the page itself


@pytest.mark.parametrize(
    ("width", "columns", "pictures"), [(360, 1, 4), (390, 1, 5), (768, 2, 5), (1280, 2, 8)]
)
def test_whole_pictures_in_rows_on_phones_and_columns_on_desks(
    open_page: Open, width: int, columns: int, pictures: int
):
    page = open_machine(open_page(size={**PHONE, "width": width}))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [card.bounding_box() for card in page.locator(".learner").all()]
    assert len({box["x"] for box in boxes}) == columns
    assert max(box["x"] + box["width"] for box in boxes) <= width
    strips = {strip.bounding_box()["width"] for strip in page.locator(".strip").all()}
    assert strips == {64 * pictures}
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert page.locator("#machine-slider").bounding_box()["y"] >= 0  # it stays in view
