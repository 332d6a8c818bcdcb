"""Break it: a chip changes the recipe, carries it out, and says what broke."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from playground.features.break_it import recipes as break_recipes
from tests.browser.conftest import PHONE, enter
from tests.browser.test_emoji import emoji
from tests.browser.test_journeys import images, recipe_in, wait_until_written

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SENTENCES = {(b.place, b.id): b.sentence for b in break_recipes.BREAKS}


def press(page: Any, place: str, name: str) -> None:
    """Press one chip and wait for its sentence."""
    page.click(f"#{place}-break-{name}")
    page.wait_for_function(
        "([id, words]) => document.querySelector(id).innerText.trim() === words",
        arg=[f"#{place}-broke", SENTENCES[place, name]],
    )


def test_a_chip_changes_the_recipe_runs_it_and_says_what_broke(open_page: Open):
    page = open_page()
    enter(page, "#text-prompt textarea", "O, ")
    press(page, "text", "loop")
    wait_until_written(page)
    page.click("#text-settings button")
    assert float(page.input_value("#text-temperature input[type=number]")) == 0
    assert page.input_value("#text-prompt textarea") == "O, "
    assert recipe_in(page)


def test_a_chip_pressed_while_models_write_stops_them_and_begins_anew(open_page: Open):
    page = open_page()
    enter(page, "#text-prompt textarea", "delay=0.05")
    page.click("#text-write")
    page.wait_for_function("document.querySelectorAll('#text-left-stage .t').length > 2")
    press(page, "text", "mend")
    sample = break_recipes.SAMPLE_TEXT
    page.wait_for_function(
        "words => document.querySelector('#text-left-stage .prompt').textContent === words",
        arg=sample,
    )
    wait_until_written(page)
    assert "LSTM finished, 200 letters" in page.inner_text("#page-said")


def test_a_chip_is_carried_out_whatever_the_form_says(open_page: Open):
    page = open_page()
    enter(page, "#text-prompt textarea", "Café 你好")
    page.click("#text-settings button")
    page.fill("#text-seed input", "")
    press(page, "text", "rave")
    wait_until_written(page)
    assert page.input_value("#text-prompt textarea") == break_recipes.SAMPLE_TEXT
    expect(page.locator("#text-left-stage .failure")).to_have_count(0)


def test_a_row_of_one_letter_is_scored(open_page: Open):
    page = open_page()
    press(page, "text-score", "same")
    assert page.input_value("#text-score-text textarea") == "x" * 2_000
    page.wait_for_function("document.querySelectorAll('#text-score .score-rate').length === 2")


def test_sixteen_are_drawn_from_the_first_step_on_and_mended(open_page: Open):
    page = images(open_page())
    page.locator("#images-paper input[value=red]").check(force=True)  # red on red
    press(page, "images", "burn")
    many = 3 * break_recipes.MANY
    page.wait_for_function(f"document.querySelectorAll('#images-grid img').length === {many}")
    page.click("#images-settings button")
    page.click("#images-more button")
    assert float(page.input_value("#images-guidance-from input[type=number]")) == 0
    press(page, "images", "mend")
    page.wait_for_function("document.querySelectorAll('#images-grid img').length === 12")
    assert float(page.input_value("#images-guidance-from input[type=number]")) == 0.3
    alt = page.locator("#images-grid img").first.get_attribute("alt")
    assert alt == "red 7 on black, GAN"


def test_a_name_that_nobody_read_is_drawn_all_the_same(open_page: Open):
    page = emoji(open_page(size=PHONE))
    press(page, "emoji", "unseen")
    page.wait_for_function("document.querySelectorAll('#emoji-grid a[download]').length === 3")
    assert page.input_value("#emoji-prompt input") == break_recipes.UNREAD_NAME
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
