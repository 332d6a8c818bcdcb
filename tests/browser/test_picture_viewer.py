"""A picture opens large, by pointer and by keys, and is saved with what is known of it."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from playground.features.images.draw import SCRIPT
from playground.web import assets, i18n
from tests.browser.conftest import PHONE
from tests.browser.test_journeys import draw
from tests.browser.test_picture_card import BUILD, FACTS, RECIPE

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SIDE = 32
ASKED = {**RECIPE, "v": 1, "task": "generate", "weights": "ab"}
OPENED = "dialog.viewer[open]"
LARGE = f"{OPENED} .viewer-stage img"


def picture(shade: int) -> str:
    """A small picture of one colour, as an address."""
    held = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), (shade, 0, 0)).save(held, "PNG")
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()


PICTURES = [picture(shade) for shade in (40, 200)]


@pytest.fixture
def card(open_page: Open) -> Callable[..., Any]:
    """A finished card of two pictures on an otherwise empty page."""

    def build(recipe: dict[str, Any] = ASKED, **settings: Any) -> Any:
        page = open_page(place="Play", alone=True, **settings)
        page.set_default_timeout(10_000)
        page.add_script_tag(content=assets.script(SCRIPT))
        start = {"recipe": recipe, "key": "0123456789abcdef", "replayed": False}
        moment = {"index": 0, "total": 1, "last": True, "label": "", "ms": 1.0}
        events = [{"start": start}, {"frame": {**moment, "tiles": PICTURES}}, {"end": "finished"}]
        page.evaluate(BUILD, [{**FACTS, "name": "GAN"}, events])
        page.evaluate("document.querySelector('#front').prepend(card.element)")
        return page

    return build


def test_a_press_opens_a_picture_large_and_its_pixels_stay_square(card: Callable[..., Any]):
    page = card()
    page.click(".tile[data-save] >> nth=1")
    width, height = (page.locator(LARGE).bounding_box()[side] for side in ("width", "height"))
    assert width == height >= 256
    assert width % SIDE == 0
    assert page.evaluate(f"getComputedStyle(document.querySelector('{LARGE}')).imageRendering") == (
        "pixelated"
    )
    assert page.get_attribute(LARGE, "src") == PICTURES[1]
    dialog = page.get_by_role("dialog", name="a <u> seven, GAN", exact=True)
    expect(dialog).to_be_visible()
    assert dialog.locator(".figures").inner_text() == "seed 7"
    dialog.get_by_text("Details").click()
    assert '"seed": 7' in dialog.locator("pre").inner_text()
    assert dialog.get_by_text("0123456789ab", exact=True).is_visible()


def test_the_very_file_is_saved_from_there(card: Callable[..., Any]):
    page = card()
    page.click(".tile[data-save] >> nth=0")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save PNG").click()
    assert saved.value.suggested_filename == "gan-seed-7-1-01234567.png"
    assert saved.value.path().read_bytes() == base64.b64decode(PICTURES[0].partition(",")[2])


def test_keys_open_it_turn_to_the_next_and_close_it(card: Callable[..., Any]):
    page = card()
    page.focus(".tile[data-save] >> nth=0")
    page.keyboard.press("Enter")
    assert page.get_attribute(LARGE, "src") == PICTURES[0]
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(LARGE, "src") == PICTURES[1]
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(LARGE, "src") == PICTURES[0]
    page.get_by_role("button", name="Previous picture").press("Enter")
    assert page.get_attribute(LARGE, "src") == PICTURES[1]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Previous picture"
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer")).to_be_hidden()
    at = "[...card.element.querySelectorAll('.tile')].indexOf(document.activeElement)"
    assert page.evaluate(at) == 1  # where one has come to
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer")).to_be_hidden()
    assert page.evaluate(at) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_the_smallest_phone_it_fits(card: Callable[..., Any], scheme: str):
    page = card(size={"width": 320, "height": 640}, color_scheme=scheme)
    page.click(".tile[data-save] >> nth=0")
    assert page.locator(LARGE).bounding_box()["width"] == 288
    for control in page.locator(f"{OPENED} :is(button, a)").all():
        box = control.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_its_words_are_in_the_language_of_the_page(card: Callable[..., Any]):
    page = card(locale="es-ES")
    said = i18n.catalogues()["es"]
    page.wait_for_function("playground.modules.i18n.pageLanguage() === 'es'")
    expect(page.locator(".tile[data-save]").first).to_have_attribute("title", said["Show it large"])
    page.click(".tile[data-save] >> nth=0")
    dialog = page.locator(OPENED)
    for words in ("Save PNG", "Ten more like it", "Close", "Details"):
        expect(dialog.get_by_text(said[words], exact=True)).to_be_visible()
    expect(dialog.get_by_role("button", name=said["Next picture"])).to_be_visible()


def test_ten_more_of_its_kind_are_drawn_below_it(open_page: Open):
    page = open_page(place="Images", size=PHONE)
    draw(page)
    page.click("#images-grid .family[data-family=gan] .tile >> nth=0")
    dialog = page.locator(OPENED)
    dialog.get_by_role("button", name="Ten more like it").click()
    expect(dialog.locator(".viewer-tiles img")).to_have_count(10)
    first = dialog.locator(".viewer-tiles button").first
    source = first.locator("img").get_attribute("src")
    first.click()
    assert page.get_attribute(LARGE, "src") == source
    expect(dialog.locator(".viewer-tiles img")).to_have_count(10)
    assert "seed 7" not in dialog.locator(".viewer-facts .figures").inner_text().split(" · ")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('#images-grid .tile')")


def test_without_a_server_pictures_of_the_first_page_open_too(open_static: Open):
    page = open_static()
    page.wait_for_selector("#scene-clock[data-moved]")
    page.click("#scene-clock .tile button >> nth=0")
    assert page.locator(LARGE).bounding_box()["width"] >= 256
    expect(page.get_by_role("button", name="Ten more like it")).to_have_count(0)
    expect(page.get_by_role("link", name="Save PNG")).to_be_visible()


def test_back_shuts_it_and_forward_opens_it_again(card: Callable[..., Any]):
    page = card()
    before = page.evaluate("history.length")
    page.click(".tile[data-save] >> nth=1")
    assert page.evaluate("history.length") == before + 1
    page.keyboard.press("ArrowRight")  # another picture is no other entry
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    expect(page.locator("dialog.viewer")).to_be_hidden()
    assert page.url == page.evaluate("location.href")
    page.go_forward()
    expect(page.locator(OPENED)).to_be_visible()
    assert page.get_attribute(LARGE, "src") == PICTURES[0]
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer")).to_be_hidden()
    page.wait_for_function("!history.state.playground.drawers.length")
