"""Real models on the page, from a small hub on loopback that is slow enough to watch.

All tests share one app, and what has arrived stays there: each brings a model of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from models.hub_catalogue import SPECS as ORIGINALS
from models.measure.app.server import serving
from models.recipe import encode_link, make_recipe
from tests.browser.conftest import PHONE, enter
from tests.browser.test_journeys import images, wait_until_written
from tests.hub_server import COMMIT

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
NARROW = {**PHONE, "width": 360}
HALF_WAY = "[600000, 1800000]"  # of 3 MB, which takes twelve seconds
PICTURE = "#originals-card img.photo"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """An app of this module's own: what is fetched here is there for all."""
    with serving("-m", "tests.browser.serve", host="0.0.0.0") as number:
        yield number


def wait_until_half_way(page: Any, place: str) -> int:
    """Wait for the bar of a download to be somewhere in its middle; how far it is."""
    value = page.wait_for_function(
        f"""() => {{
            const value = document.querySelector('{place} progress')?.value ?? 0;
            const [low, high] = {HALF_WAY};
            return low < value && value < high && value;
        }}""",
        polling=50,
    )
    return int(value.json_value())


def does_not_overflow(page: Any) -> bool:
    """Whether nothing on the page is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def wait_until_drawn(page: Any) -> None:
    """Until the picture is whole, which can then be saved, and the button is free again."""
    page.wait_for_selector("#originals-card .tile[data-save] img.photo")
    page.wait_for_selector("#originals-draw:has-text('Draw with')")


def link_to(model: str, **asked: Any) -> str:
    """The address of a page that asks a real model for something."""
    spec = next(spec for spec in ORIGINALS if spec.id == model)
    return "?recipe=" + encode_link([make_recipe(spec, weights=COMMIT, **asked)])


def test_gpt2_arrives_in_place_of_the_small_one_and_writes_beside_the_other(open_page: Open):
    page = open_page(size=NARROW)
    assert page.inner_text("#text-right-swap").startswith("Swap in the real GPT-2 · 3 MB · about ")
    page.click("#text-right-swap")
    page.wait_for_selector("#text-right-swap:has-text('Stop')")
    wait_until_half_way(page, "#text-right-stage")
    said = page.inner_text("#text-right-stage")
    some = r"([12] MB|\d+ kB)"  # on a busy machine it comes more slowly than the hub would send it
    assert re.search(rf"GPT-2 arrives: {some} of 3 MB, {some} a second, about \d+ s left", said)
    assert re.search(r"arriving, \d+ %", page.inner_text("#text-right .state"))
    assert page.locator("#text-right-model select").is_disabled()
    assert "Press Write." in page.inner_text("#text-left-stage")
    assert does_not_overflow(page)
    page.click("#text-right-swap")
    page.wait_for_selector("#text-right-swap:has-text('Fetch GPT-2 · ')")
    assert "GPT-2 is not here yet." in page.inner_text("#text-right-stage")
    assert does_not_overflow(page)
    page.wait_for_timeout(400)  # longer than pressing a button takes
    page.click("#text-right-swap")
    page.wait_for_selector("#text-right-stage :text('Press Write.')")
    page.wait_for_selector("#text-right-swap", state="hidden")
    assert page.locator("#text-right-model select").is_enabled()
    assert page.input_value("#text-right-model select") == "gpt2"
    assert "Not equal." in page.inner_text("#text-unequal")
    page.click("#text-write")
    wait_until_written(page)
    said = page.inner_text("#page-said")
    assert "LSTM finished, 200 letters" in said
    assert "GPT-2 finished, 200 letters" in said
    assert does_not_overflow(page)


def test_a_link_fetches_nothing_by_itself_and_a_stopped_arrival_goes_on(open_page: Open):
    asked = {"prompt": "a fox, delay=0.1", "seed": 41, "options": {"steps": 8, "guidance": 5}}
    link = link_to("stable_diffusion", **asked)
    page = open_page(link)
    page.wait_for_selector("#originals-card :text('Stable Diffusion 1.5 is not here yet.')")
    assert page.input_value("#images-prompt textarea") == "a fox, delay=0.1"
    assert page.input_value("#originals-model select") == "stable_diffusion"
    page.wait_for_timeout(400)  # longer than pressing a button takes
    page.click("#originals-draw:has-text('Swap in the real Stable Diffusion 1.5 · 3 MB')")
    arrived = wait_until_half_way(page, "#originals-card")
    assert page.locator("#originals-model select").is_disabled()
    page.click("#originals-draw:has-text('Stop')")
    page.wait_for_selector("#originals-draw:has-text('Swap in the real')")
    assert "is not here yet. It is " in page.inner_text("#originals-card")
    page.click("#originals-draw")
    again = page.wait_for_function("document.querySelector('#originals-card progress')?.value")
    assert again.json_value() >= arrived
    page.wait_for_selector("#originals-card .state:has-text('of 8')")
    wait_until_drawn(page)
    assert "seed 41" in page.inner_text("#originals-card .figures")
    assert page.evaluate(f"document.querySelector('{PICTURE}').naturalWidth") == 512
    again = open_page(link)
    wait_until_drawn(again)
    assert "from a minute ago" in again.inner_text("#originals-card .state")
    choose_another(again)


def choose_another(page: Any) -> None:
    """Choose SD-Turbo instead: what can be asked of it is something else."""
    most = "document.querySelector('#originals-steps input[type=range]').max"
    page.click("#originals-settings button")
    page.wait_for_selector("#originals-guidance")
    page.wait_for_function(f"{most} === '50'")
    page.locator("#originals-model select").select_option("sd_turbo")
    page.wait_for_function(f"{most} === '4'")
    page.wait_for_selector("#originals-guidance", state="hidden")
    page.wait_for_selector("#originals-card h3:has-text('SD-Turbo')")


def test_one_press_fetches_and_draws_a_picture_that_can_be_saved(open_page: Open, tmp_path: Path):
    page = images(open_page(size=NARROW))
    page.wait_for_selector("#originals-card :text('SD-Turbo is not here yet.')")
    assert does_not_overflow(page)
    enter(page, "#images-prompt textarea", "a red fox")
    page.click("#originals-draw")
    wait_until_half_way(page, "#originals-card")
    assert "SD-Turbo arrives: " in page.inner_text("#originals-card")
    assert does_not_overflow(page)
    wait_until_drawn(page)
    assert page.evaluate(f"document.querySelector('{PICTURE}').naturalWidth") == 512
    smooth = f"getComputedStyle(document.querySelector('{PICTURE}')).imageRendering"
    assert page.evaluate(smooth) == "auto"
    assert page.get_attribute(PICTURE, "alt") == "a red fox, SD-Turbo"
    assert does_not_overflow(page)
    page.click("#originals-card .tile")
    page.wait_for_selector("dialog[open] a[download]")
    assert page.get_by_role("button", name="Ten more like it").count() == 0  # each takes its time
    assert does_not_overflow(page)
    with page.expect_download() as saved:
        page.click("dialog[open] a[download]")
    page.keyboard.press("Escape")
    saved.value.save_as(tmp_path / "fox.png")
    with Image.open(tmp_path / "fox.png") as image:
        recipe = json.loads(image.text["recipe"])
        assert (image.format, image.size) == ("PNG", (512, 512))
    assert (recipe["model"], recipe["prompt"]) == ("sd_turbo", "a red fox")
    enter(page, "#images-prompt textarea", "a ghost")
    page.click("#originals-draw")
    page.wait_for_selector("#originals-card :text('picture 1 was held back')")
    expect(page.locator("#originals-card [data-save], #originals-card [download]")).to_have_count(0)
    assert does_not_overflow(page)
