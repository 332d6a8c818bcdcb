"""Fewer bits, on the app as it is shipped: one press, two texts, and the place where they part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PHONE, enter
from tests.browser.test_journeys import recipe_in, wait_until_written

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
CHIP = "#text-twins-char_lstm_int8"
BEFORE_AND_AFTER = """side => {
    const flow = document.querySelector(`#text-${side}-stage .flow`);
    const mark = flow.querySelector(".parting");
    const text = (from, to) => {
        const range = document.createRange();
        from ? range.setStartAfter(from) : range.selectNodeContents(flow);
        to ? range.setEndBefore(to) : range.setEndAfter(flow.lastChild);
        return range.toString();
    };
    const rule = flow.querySelector(".rule");
    return [text(rule, mark), text(mark, null)];
}"""


@pytest.fixture(scope="module")
def port(shipped_port: int) -> int:
    """The port of `python app.py`."""
    return shipped_port


def press(page: Any) -> None:
    """Put the twins beside each other and wait for both texts."""
    page.click(CHIP)
    page.wait_for_selector("#text-unequal .parted")
    wait_until_written(page)


def test_one_press_shows_both_and_where_they_part(open_page: Open):
    page = open_page()
    enter(page, "#text-prompt textarea", "KING RICHARD:\n")
    press(page)
    assert page.text_content("#text-left-head h3") == "LSTM"
    assert page.text_content("#text-right-head h3") == "LSTM in int8"
    assert "6.9 MB" in page.inner_text("#text-left-head")
    assert "4.0 MB in memory" in page.inner_text("#text-right-head")
    said = page.inner_text("#text-unequal .parted").strip()
    assert said in page.inner_text("#page-said")
    if said.startswith("They part at letter "):
        (same, left), (other, right) = (
            page.evaluate(BEFORE_AND_AFTER, s) for s in ("left", "right")
        )
        place = int(said.removeprefix("They part at letter ").partition(":")[0])
        assert same == other
        assert len(same) == place - 1
        assert left[0] != right[0]
        letters = page.evaluate("playground.modules.text_cards.cardOn('left').model.text")
        assert letters == same + left  # the mark is nobody's letter
    else:
        assert said == "They never part: the same 200 letters."
    assert all(f"seed {7}" in page.inner_text(f"#text-{s}-figures") for s in ("left", "right"))
    again = open_page(f"?recipe={recipe_in(page)}")
    again.wait_for_selector("#text-right-head h3:has-text('int8')", state="attached")


def test_another_model_takes_the_sentence_away_again(open_page: Open):
    page = open_page(size=PHONE)
    press(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.locator(CHIP).bounding_box()["height"] >= 44
    page.focus("#text-right-model select")
    page.keyboard.type("GPT")
    page.wait_for_selector("#text-right-head h3:has-text('GPT')", state="attached")
    page.wait_for_selector("#text-unequal .parted", state="detached")
