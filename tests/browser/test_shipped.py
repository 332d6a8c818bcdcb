"""A newcomer's first minute on the app as it is shipped: real weights, nothing pretended."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from PIL import Image

from models.datasets import Concept
from models.measure.judging import Judge
from tests.browser.conftest import enter

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def port(shipped_port: int) -> int:
    """The port of `python app.py`."""
    return shipped_port


def test_one_press_writes_two_texts(open_page: Open) -> None:
    page = open_page()
    page.click("#text-write")
    page.wait_for_function("document.querySelector('#page-said').textContent !== ''")
    left, right = (page.inner_text(f"#text-{side}-stage") for side in ("left", "right"))
    assert min(len(left), len(right)) > 150
    assert left != right
    for text in (left, right):
        assert len(set(text.split())) > 15  # words, not one letter over and over


def test_one_press_draws_three_families(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("tab", name="Images").click()
    page.click("#images-draw")
    page.wait_for_function("document.querySelectorAll('#images-grid a[download]').length === 3")
    judge, concept = Judge.load(), Concept(7, "red", "black")
    for family in page.query_selector_all("#images-grid .family"):
        sources = [tile.get_attribute("src") for tile in family.query_selector_all("img")]
        pictures = [Image.open(io.BytesIO(urlopen(s).read())).convert("RGB") for s in sources]
        right = judge.all_right(np.stack([np.asarray(p) for p in pictures]), concept)
        assert len(right) == 4
        assert right.sum() >= 2, family.inner_text()


def test_a_name_becomes_its_emoji(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("tab", name="Images").click()
    page.locator("#images-world label", has_text="Emoji").click()
    enter(page, "#emoji-prompt input", "blue heart")
    page.click("#emoji-draw")
    page.wait_for_function("document.querySelectorAll('#emoji-grid a[download]').length === 3")
    drawn = page.query_selector_all("#emoji-grid .family:last-child img")
    pixels = np.stack(
        [
            np.asarray(Image.open(io.BytesIO(urlopen(tile.get_attribute("src")).read())))
            for tile in drawn
        ]
    )
    red, _, blue = pixels[:, 12:20, 12:20, :3].mean((0, 1, 2))
    assert blue > red + 60


def test_the_inventor_writes_a_name(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("tab", name="Images").click()
    page.locator("#images-world label", has_text="Emoji").click()
    before = page.input_value("#emoji-prompt input")
    page.click("#emoji-invent")
    page.wait_for_function(
        f"document.querySelector('#emoji-prompt input').value !== {before!r}",
    )
    assert 2 <= len(page.input_value("#emoji-prompt input")) <= 80


def test_the_slider_goes_from_noise_to_words(open_page: Open) -> None:
    page = open_page(place="Play")
    page.locator("#scene-childhoods").scroll_into_view_if_needed()
    page.wait_for_selector("#scene-childhoods pre")
    noise = page.inner_text("[data-model=gpt2_mini] pre")
    page.focus("#childhoods-slider")
    page.keyboard.press("End")
    written = page.inner_text("[data-model=gpt2_mini] pre")
    assert written != noise
    assert len({"the", "and", "you", "to", "of", "I"} & set(written.split())) >= 2
    assert len({"the", "and", "you", "to", "of"} & set(noise.split())) == 0
