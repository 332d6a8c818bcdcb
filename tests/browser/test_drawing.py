"""Four machines look at a drawing: by finger, by keyboard, from above and from a file."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, hear

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
GO, CARDS = ".drawing-go", ".drawing-cards .card"
DRAWN = "document.querySelector('.drawing-pad').toDataURL('image/png')"


def opened(open_page: Open, **settings: Any) -> Any:
    """A page with the drawer open."""
    page = open_page(place="Images", **settings)
    page.click("#look-drawing summary")
    page.wait_for_selector(".drawing-pad")
    page.locator(".drawing-pad").scroll_into_view_if_needed()
    return page


def stroke(page: Any, *points: tuple[int, int]) -> None:
    """Draw a line through points of the pad, in its 256 pixels."""
    page.locator(".drawing-pad").scroll_into_view_if_needed()
    box = page.locator(".drawing-pad").bounding_box()
    places = [(box["x"] + x, box["y"] + y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def pixels(page: Any) -> np.ndarray:
    """What is on the pad (32, 32, 3)."""
    content = base64.b64decode(page.evaluate(DRAWN).partition(",")[2])
    image = Image.open(io.BytesIO(content))
    assert image.size == (32, 32)
    return np.asarray(image.convert("RGB")).astype(int)


def let_them_look(page: Any) -> None:
    """Press the button and wait until all have ended."""
    page.click(GO)
    page.wait_for_selector(f"{GO}:has-text('Let them look')")


def test_a_drawn_seven_is_looked_at_by_all(open_page: Open) -> None:
    page = opened(open_page)
    expect(page.locator(CARDS)).to_have_count(5)
    stroke(page, (80, 70), (176, 70), (112, 200))
    assert tuple(pixels(page)[2, 2]) == (15, 15, 15)
    red = np.abs(pixels(page) - (220, 40, 40)).sum(2) < 12
    assert 20 < red.sum() < 200
    asked = hear(page)
    let_them_look(page)
    (body,) = asked
    assert [run["task"] for run in body["runs"]] == ["look"] * 3 + ["redraw"]
    words = [card.inner_text() for card in page.locator(CARDS).all()]
    expected = ("reads a red", "Stranger than", "It says", "Nearest", "20 steps")
    for word, text in zip(expected, words, strict=True):
        assert word in text
    for text in words[1:3]:
        assert "of real digits" in text
    for state in page.locator(f"{CARDS} .state").all():
        assert "live" in state.inner_text()
    images = page.locator(f"{CARDS} img")
    expect(images).to_have_count(3 + 4)
    for image in images.all():
        assert image.get_attribute("alt")
        assert image.evaluate("i => i.getBoundingClientRect().width % 32 === 0")
    page.locator(".drawing-judged summary").click()
    rows = page.locator(".drawing-judged tbody tr")
    expect(rows).to_have_count(5)
    assert "on a" in rows.first.inner_text()
    said = page.inner_text("#page-said")
    assert "what it keeps" in said
    assert "Nearest" in said
    before = pixels(page)
    stroke(page, (60, 200), (200, 220))
    assert (pixels(page) != before).any()
    page.locator(".drawing-tools").get_by_role("button", name="Undo").click()
    assert (pixels(page) == before).all()
    page.locator(".drawing-tools").get_by_role("button", name="Clear").click()
    assert (pixels(page) == 15).all()
    page.check("input[name=drawing-paper][value=white]", force=True)
    assert (pixels(page) == 250).all()


def test_by_keyboard_and_from_the_results_above(open_page: Open) -> None:
    page = opened(open_page, size=PHONE, reduced_motion="reduce")
    page.focus(".drawing-frame")
    page.keyboard.press("Space")
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    column = np.abs(pixels(page) - (220, 40, 40)).sum(2)[17:24, 15]
    assert (column < 60).all()
    take = page.get_by_role("button", name="Take a picture from above")
    take.click()
    assert "Nothing is drawn above" in page.inner_text(".drawing-remark")
    page.click("#images-draw")
    page.wait_for_function("document.querySelectorAll('#images-grid a[download]').length === 3")
    take.focus()
    page.keyboard.press("Enter")
    source = page.locator("#images-grid .tile img").first
    page.wait_for_selector(".drawing-remark:has-text('Press again for the next.')")
    assert (source.get_attribute("alt") or "?") in page.inner_text(".drawing-remark")
    there = source.evaluate(
        "i => { const c = document.createElement('canvas'); c.width = c.height = 32;"
        " c.getContext('2d').drawImage(i, 0, 0); return c.toDataURL('image/png'); }"
    )
    content = base64.b64decode(there.partition(",")[2])
    expected = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
    assert np.abs(pixels(page) - expected).max() <= 1
    page.focus(GO)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{GO}:has-text('Let them look')")
    assert "Nearest" in page.locator(".drawing-judged").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_files_are_made_small_or_refused_in_words(open_page: Open, tmp_path: Path) -> None:
    page = opened(open_page, size={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    wide = np.zeros((300, 1200, 3), np.uint8)
    wide[:, :, 1] = 200
    Image.fromarray(wide).save(tmp_path / "wide.jpg", quality=95)
    (tmp_path / "text.png").write_text("no picture at all")
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "large.png").write_bytes(b"\x89PNG" + bytes(5_000_001))
    remark = ".drawing-remark"
    for name, words in (
        ("text.png", "cannot be read"),
        ("notes.txt", "no picture"),
        ("large.png", "5 MB are the most"),
    ):
        page.set_input_files(".drawing-input", tmp_path / name)
        page.wait_for_function(
            f"document.querySelector('{remark}').textContent.includes('{words}')"
        )
        assert (pixels(page) == 15).all()
    page.set_input_files(".drawing-input", tmp_path / "wide.jpg")
    page.wait_for_function(f"document.querySelector('{remark}').textContent.includes('wide.jpg')")
    shown = pixels(page)
    assert np.abs(shown[13:19] - (0, 200, 0)).max() < 12  # whole, in the middle
    assert (shown[:11] == 15).all()
    assert (shown[21:] == 15).all()
    size = "b => { const r = b.getBoundingClientRect(); return r.height >= 44; }"
    for element in page.locator(".drawing-tools .ghost, .drawing-go, .drawing-colour").all():
        assert element.evaluate(size)


def test_a_stop_and_a_failure_are_said_on_every_card(open_page: Open) -> None:
    page = opened(open_page)
    stroke(page, (40, 40), (210, 210))
    page.evaluate(
        "window.kept = window.fetch; void (window.fetch = (_, { signal }) => new Promise((_, no) =>"
        " signal.addEventListener('abort', () => no(new Error('away')))))"
    )
    page.click(GO)
    assert page.inner_text(GO) == "Stop"
    page.click(GO)
    page.wait_for_selector(f"{GO}:has-text('Let them look')")
    states = [state.inner_text() for state in page.locator(f"{CARDS} .state").all()]
    assert all("stopped" in state for state in states)
    page.evaluate("void (window.fetch = () => Promise.reject(new Error('away')))")
    page.click(GO)
    again = page.locator(f"{CARDS} .drawing-failure button")
    expect(again).to_have_count(5)
    assert "does not answer" in page.locator(".drawing-failure").first.inner_text()
    page.evaluate("void (window.fetch = window.kept)")
    again.first.click()
    page.wait_for_function(
        f"document.querySelectorAll('{CARDS} .drawing-failure button').length === 0"
    )
    page.wait_for_selector(f"{GO}:has-text('Let them look')")
    assert "Nearest" in page.locator(".drawing-judged").inner_text()
