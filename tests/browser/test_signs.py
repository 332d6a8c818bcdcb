"""The same for people in other signs: quotes, digits and links as keyboards and chats make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, enter
from tests.browser.test_journeys import recipe_in, wait_until_written

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
PROMPT = "#text-prompt :is(textarea, input)"


@pytest.fixture(scope="module")
def port(shipped_port: int) -> int:
    """The port of `python app.py`."""
    return shipped_port


def test_a_prompt_in_other_signs_is_read_and_the_card_says_so(open_page: Open):
    page = open_page()
    enter(page, PROMPT, "I’ll – go…")
    page.click("#text-write")
    wait_until_written(page)
    said = page.locator("#text-left-figures .aside")
    expect(said).to_have_text(
        "Its book lacks some of your signs, so it reads others: ’ → ', – → -, … → ...."
    )
    assert page.inner_text("#text-left-stage .prompt") == "I'll - go..."
    again = open_page(f"?recipe={recipe_in(page)}).")  # as a chat makes a link of it
    again.wait_for_function(f"document.querySelector('{PROMPT}').value === \"I'll - go...\"")
    wait_until_written(again)
    assert again.locator("#text-left-figures .aside").count() == 0
    assert again.inner_text("#text-left-stage") == page.inner_text("#text-left-stage")
    page.close()
    again.close()
    spanish = open_page(locale="es-ES")
    enter(spanish, PROMPT, "I’ll – go…")
    spanish.click("#text-write:has-text('Escribir')")
    expect(spanish.locator("#text-left-figures .aside")).to_contain_text("A su libro le faltan")
    spanish.wait_for_selector("#text-write:has-text('Escribir')")
    enter(spanish, PROMPT, "naïve")
    spanish.click("#text-write")
    failure = spanish.locator("#text-left-stage .failure")
    expect(failure).to_contain_text("no puede leer: ï. Quítalos o elige otro modelo.")
    expect(spanish.locator("#text-left-stage .failure + p button")).to_have_text("Quitarlos")


def test_what_cannot_be_read_is_left_out_at_a_press(open_page: Open):
    page = open_page(size=PHONE)
    enter(page, PROMPT, "абвгдежзийклмнопрстуфхцчшщ" * 70 + "O, ")
    page.click("#text-write")
    failure = page.locator("#text-left-stage .failure")
    expect(failure).to_contain_text("cannot read 26 of yours, which begin with а, б, в,")
    assert len(failure.inner_text()) < 200
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.click("#text-left-stage button:has-text('Leave them out')")
    wait_until_written(page)
    assert page.input_value(PROMPT) == "O, "
    assert page.inner_text("#text-left-stage").startswith("O, ")


def test_a_text_to_score_is_left_out_of_likewise(open_page: Open):
    page = open_page()
    enter(page, "#text-score-text textarea", "O, 🦊 no")
    page.click("#text-score-press")
    page.click("#text-score-totals button:has-text('Leave them out') >> nth=0")
    page.wait_for_selector("#text-score-totals .score-rate:has-text('bits') >> nth=1")
    assert page.input_value("#text-score-text textarea") == "O,  no"


def test_numbers_are_taken_in_the_digits_of_any_script(open_page: Open):
    page = open_page()
    page.click("#text-settings > button, #text-settings .label-wrap >> nth=0")
    seed = page.locator("#text-seed input[type=number]")
    for typed in ("２５", "٢٥", "२५"):
        seed.fill("")
        seed.focus()
        page.keyboard.insert_text(typed)
        expect(seed).to_have_value("25")


def test_the_clock_draws_a_number_in_full_width(open_page: Open):
    page = open_page(place="Play")
    page.fill("#clock-number", "２५")
    page.click("#clock-draw")
    expect(page.locator(".clock-line")).to_contain_text("Your number, 25")
