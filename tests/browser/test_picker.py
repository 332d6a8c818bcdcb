"""The lists that models are chosen from: the browser's own, with sizes in their rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
NARROW = {"width": 320, "height": 700}
PICKERS = ("#text-left-model select", "#text-right-model select")


def rows(page: Any, picker: str) -> list[str]:
    """What its rows say."""
    return [str(text) for text in page.locator(f"{picker} option").all_inner_texts()]


def test_it_is_the_browsers_own_and_can_be_hit(open_page: Open):
    page = open_page(size=NARROW)
    for picker in PICKERS:
        box = page.locator(picker).bounding_box()
        assert box["width"] >= 120
        assert box["height"] >= 44
        name = page.locator(picker.split("-model", maxsplit=1)[0] + "-head h3")
        inside = name.bounding_box()
        assert box["x"] <= inside["x"]
        assert box["y"] <= inside["y"]
        assert inside["y"] + inside["height"] <= box["y"] + box["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_its_rows_say_sizes_and_what_is_to_be_fetched(open_page: Open):
    page = open_page()
    said = rows(page, PICKERS[0])
    expect(page.get_by_label("Model on the left", exact=True)).to_have_count(1)
    assert any(row.startswith("LSTM · ") and row.endswith(" MB") for row in said)
    assert "GPT-2 · 3 MB to fetch" in said
    assert (
        page.locator(PICKERS[0]).evaluate("one => one.selectedOptions[0].text").startswith("LSTM")
    )
    page.click("#place-images")
    page.get_by_label("Real model", exact=True).wait_for()
    assert page.get_by_text("Real model", exact=True).is_visible()
    assert all(row.endswith(" to fetch") for row in rows(page, "#originals-model select"))


def test_the_focus_opens_nothing_and_letters_choose(open_page: Open):
    page = open_page()
    page.focus(PICKERS[0])
    assert page.locator("[role=listbox]:visible").count() == 0
    page.keyboard.type("GPT")
    page.wait_for_selector("#text-left-head [data-family=transformer]")
    page.keyboard.press("Tab")
    assert page.locator("[role=listbox]:visible").count() == 0
    chosen = page.locator(PICKERS[0]).input_value()
    page.click("#place-images")
    page.click("#place-text")
    assert page.locator(PICKERS[0]).input_value() == chosen
