"""The childhoods in a real browser: fetched when they are near, then all on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from models import checkpoint
from tests.browser.conftest import PHONE, own_address
from tests.fake_catalogue import leave_snapshots

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
CLOCK_LIVE = "document.querySelector('#scene-clock').hasAttribute('data-answered')"
SCENE = "#scene-childhoods"
SLIDER = "#childhoods-slider"
MOST = 12


def come_near(page: Any) -> Any:
    """Scroll to the scene and wait until it is built."""
    page.locator(SCENE).scroll_into_view_if_needed()
    page.wait_for_selector(f"{SCENE} .card[data-model=diffusion_mini]")
    page.locator(SLIDER).scroll_into_view_if_needed()
    return page


def near(open_page: Open, **settings: Any) -> Any:
    """A page at the scene."""
    return come_near(open_page(place="Play", alone=True, **settings))


def shown(page: Any) -> list[str]:
    """What every card says: its text, if it writes, and the line below."""
    return [card.inner_text() for card in page.locator(f"{SCENE} .card").all()]


def pixels(page: Any, model: str, place: int) -> np.ndarray:
    """One picture of a model as the browser shows it, (32, 32, 3)."""
    canvas = page.locator(f"{SCENE} [data-model={model}] canvas").nth(place)
    data = canvas.evaluate("c => [...c.getContext('2d').getImageData(0, 0, 32, 32).data]")
    return np.array(data, np.uint8).reshape(32, 32, 4)[..., :3]


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pretended models have left, as the served app has it."""
    folder = tmp_path_factory.mktemp("weights")
    leave_snapshots(folder)
    return folder


def painted(sheets: Path, model: str, row: int, place: int) -> np.ndarray:
    """One picture of a sheet."""
    with Image.open(sheets / model / checkpoint.SHEET_FILE) as sheet:
        top = row % (sheet.height // 32) * 32
        return np.asarray(sheet.convert("RGB").crop((32 * place, top, 32 * place + 32, top + 32)))


def test_each_part_is_fetched_once_and_only_when_it_is_needed(open_page: Open):
    page = open_page(place="Play", alone=True, size={"width": 1280, "height": 300})
    fetched = (
        "performance.getEntriesByType('resource').map(e => e.name).filter(n => /childh/.test(n))"
    )
    assert page.evaluate(fetched) == []
    come_near(page)
    (first,) = page.evaluate(fetched)
    assert first.endswith("/shipped/pack/childhoods.js")
    page.click("#childhoods-emoji")
    page.wait_for_selector(f"{SCENE} [data-model=diffusion_emoji]")
    page.click("#childhoods-emoji")
    page.click("#childhoods-emoji")
    assert len(page.evaluate(fetched)) == 2
    expect(page.locator(f"{SCENE} .card")).to_have_count(9)


def test_the_keyboard_takes_all_models_from_noise_to_grown_up(open_page: Open, sheets: Path):
    page = near(open_page)
    first = shown(page)
    assert len(first) == 5
    assert np.array_equal(pixels(page, "gan", 3), painted(sheets, "gan", 0, 3))
    asked: list[str] = []
    page.wait_for_function(CLOCK_LIVE)  # so that nobody else on the page asks for anything
    page.on("request", lambda request: asked.append(request.url))
    page.focus(SLIDER)
    page.keyboard.press("ArrowRight")
    second = shown(page)
    assert all(before != after for before, after in zip(first, second, strict=True))
    assert np.array_equal(pixels(page, "gan", 3), painted(sheets, "gan", 1, 3))
    said = page.get_attribute(SLIDER, "aria-valuetext")
    assert said.endswith("After 600 ms of training, 2 steps. Snapshot 2 of 12.")
    page.keyboard.press("End")
    assert np.array_equal(pixels(page, "vae", 7), painted(sheets, "vae", 11, 7))
    assert "step 2\u202f048" in page.inner_text("[data-model=char_lstm] .figures")
    assert "bright angel!" in page.inner_text("[data-model=char_lstm] pre")
    page.keyboard.press("Home")
    assert shown(page) == first
    assert [url for url in asked if not url.startswith("data:")] == []  # in the browser alone


def test_the_caption_says_what_the_facts_say(open_page: Open):
    page = near(open_page)
    captions = []
    page.focus(SLIDER)
    for _ in range(MOST):
        captions.append(page.inner_text(".childhoods-caption"))
        page.keyboard.press("ArrowRight")
    assert captions[0] == "Noise After 300 ms of training, 1 step."
    # 4, 2, 1 … fall by half of what is left: 1 - 1/2 of nearly everything, then 3/4 of it.
    assert captions[1] == (
        "Rough After 600 ms of training, 2 steps. 50 % of the way to the final loss."
    )
    assert "75 % of the way" in captions[2]
    assert captions[-1] == "Grown up After 10 min of training, 2\u202f048 steps."
    assert len(set(captions)) == MOST


def test_other_models_join_at_the_sliders_place(open_page: Open, sheets: Path):
    page = near(open_page)
    page.focus(SLIDER)
    page.keyboard.press("End")
    before = shown(page)
    page.click("#childhoods-emoji")
    page.wait_for_selector(f"{SCENE} [data-model=gan_emoji]")
    assert page.get_attribute("#childhoods-emoji", "aria-pressed") == "true"
    assert np.array_equal(pixels(page, "gan_emoji", 0), painted(sheets, "gan_emoji", 11, 0))
    page.click("#childhoods-emoji")
    assert shown(page) == before


# All scenes speak in one place, each over what the one before has said.
LISTEN = """
window.heard = [];
const said = document.querySelector("#page-said");
new MutationObserver(() => heard.push(said.textContent)).observe(said, { childList: true });
"""


def test_play_runs_from_noise_to_grown_up_in_four_seconds(open_page: Open, sheets: Path):
    page = near(open_page)
    page.evaluate(LISTEN)
    page.focus(SLIDER)
    page.keyboard.press("End")
    page.click("#childhoods-play")
    assert page.input_value(SLIDER) == "0"
    assert page.inner_text("#childhoods-play") == "Stop"
    cards = page.locator(f"{SCENE} .card")
    boxes = [card.bounding_box() for card in cards.all()]
    page.wait_for_function(f"document.querySelector('{SLIDER}').value > 3", timeout=3000)
    assert [card.bounding_box() for card in cards.all()] == boxes
    page.wait_for_function(f"document.querySelector('{SLIDER}').value == 11", timeout=5000)
    page.wait_for_selector("#childhoods-play:has-text('Play')")
    assert np.array_equal(pixels(page, "gan", 0), painted(sheets, "gan", 11, 0))
    page.wait_for_function("heard.some((words) => words.startsWith('Grown up'))", timeout=3000)


def test_play_is_stopped_by_a_press_or_by_taking_the_slider(open_page: Open):
    page = near(open_page)
    for stop in (lambda: page.click("#childhoods-play"), lambda: page.keyboard.press("ArrowLeft")):
        page.click("#childhoods-play")
        page.focus(SLIDER)
        page.wait_for_function(f"document.querySelector('{SLIDER}').value > 1")
        stop()
        assert page.inner_text("#childhoods-play") == "Play"
        place = page.input_value(SLIDER)
        page.wait_for_timeout(700)
        assert page.input_value(SLIDER) == place


def test_who_wants_no_motion_is_shown_the_end(open_page: Open, sheets: Path):
    page = near(open_page, reduced_motion="reduce")
    page.click("#childhoods-play")
    assert page.input_value(SLIDER) == "11"
    assert page.inner_text("#childhoods-play") == "Play"
    assert np.array_equal(pixels(page, "vae", 0), painted(sheets, "vae", 11, 0))


def test_it_works_over_the_local_network(open_page: Open, sheets: Path):
    page = near(open_page, host=own_address())
    assert np.array_equal(pixels(page, "gan", 0), painted(sheets, "gan", 0, 0))


def test_whole_pictures_in_every_row(open_page: Open):
    page = near(open_page, size={**PHONE, "width": 360})
    for width, pictures in [(360, 4), (390, 4), (768, 8), (1280, 8)]:
        page.set_viewport_size({**PHONE, "width": width})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for row in page.locator(".childhoods-tiles").all():
            box = row.bounding_box()
            tiles = [tile.bounding_box() for tile in row.locator(".tile").all()]
            seen = [tile for tile in tiles if tile["y"] < box["y"] + box["height"]]
            assert len(seen) == pictures
            assert {(tile["width"], tile["height"]) for tile in seen} == {(64, 64)}
            assert max(tile["x"] + 64 for tile in seen) <= box["x"] + box["width"]
        page.locator(f"{SCENE} .card").last.scroll_into_view_if_needed()
        assert page.locator(SLIDER).bounding_box()["y"] >= 0  # it stays in view


def test_a_picture_opens_large_with_what_is_known_of_it(open_page: Open, sheets: Path):
    page = near(open_page, size=PHONE)
    large, dialog = page.locator(".viewer-stage img"), page.locator("dialog.viewer[open]")
    page.click(f"{SCENE} [data-model=gan] .picture >> nth=1")
    assert large.bounding_box()["width"] >= 256
    with Image.open(sheets / "gan" / checkpoint.SHEET_FILE) as sheet:
        asked = sheet.convert("RGB").crop((32, 0, 64, 32))
    seen = large.evaluate(
        "i => { const c = new OffscreenCanvas(32, 32).getContext('2d'); c.drawImage(i, 0, 0, 32, "
        "32); return [...c.getImageData(0, 0, 32, 32).data]; }"
    )
    assert np.array_equal(np.array(seen).reshape(32, 32, 4)[..., :3], np.asarray(asked))
    assert dialog.locator("h2").inner_text() == "yellow 1 on blue · GAN · after 300 ms"
    assert dialog.locator(".figures").inner_text() == "step 1 · 300 ms · loss 4.00 · seed 2"
    # Nobody has the weights of then: no recipe, and no more of the kind.
    expect(dialog.get_by_text("Details")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Ten more like it")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    assert dialog.locator("h2").inner_text() == "blue 2 on black · GAN · after 300 ms"
    page.go_back()
    expect(dialog).to_have_count(0)
    page.focus(SLIDER)
    page.keyboard.press("End")
    page.focus(f"{SCENE} [data-model=gan] .picture >> nth=0")
    page.keyboard.press("Enter")
    dialog.get_by_text("Details").click()
    assert '"digit": 0' in dialog.locator("pre").inner_text()
    expect(dialog.get_by_role("link", name="Save PNG")).to_be_visible()
    dialog.get_by_role("button", name="Ten more like it").click()
    expect(dialog.locator(".viewer-tiles img")).to_have_count(10)


def test_each_row_is_one_stop_for_the_keyboard(open_page: Open):
    page = near(open_page, size=PHONE)
    for row in page.locator(".childhoods-tiles").all():
        assert row.locator("button:not([tabindex='-1'])").count() == 1


def test_the_static_folder_has_it_all(open_static: Open):
    page = open_static()
    come_near(page)
    first = pixels(page, "gan", 0)
    page.focus(SLIDER)
    page.keyboard.press("End")
    assert np.array_equal(pixels(page, "gan", 0), painted(checkpoint.WEIGHTS, "gan", -1, 0))
    assert not np.array_equal(pixels(page, "gan", 0), first)
    page.click("#childhoods-emoji")
    page.wait_for_selector(f"{SCENE} [data-model=diffusion_emoji]")
