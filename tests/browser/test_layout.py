"""How things stand beside each other: cards, rows of controls, figures that belong together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
WRITTEN = "/ letters/.test(document.querySelector('#page-said').textContent)"


def height_of(page: Any, selector: str) -> float:
    """How high an element is, in CSS pixels."""
    return float(page.evaluate("s => document.querySelector(s).offsetHeight", selector))


def test_what_one_card_unfolds_leaves_the_card_beside_it_as_it_is(open_page: Open):
    page = open_page()
    page.click("#text-write")
    page.wait_for_function(WRITTEN)
    before = [height_of(page, f"#text-{side}") for side in ("left", "right")]
    page.click("#text-left-tools .details summary")
    assert height_of(page, "#text-left") > before[0] + 100
    assert height_of(page, "#text-right") == before[1]
