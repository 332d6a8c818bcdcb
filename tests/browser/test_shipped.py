"""A newcomer's first minute on the app as it is shipped: real weights, nothing pretended."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from PIL import Image

from models.measure.judging import Judge
from models.measure.server import serving
from models.worlds import Concept

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
FIRST_RUN_MS = 120_000  # imports, loads and computes on a busy machine


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of `python app.py`."""
    with serving("app.py") as number:
        yield number


def test_one_press_writes_two_texts(open_page: Open) -> None:
    page = open_page()
    page.click("#text-write")
    page.wait_for_function(
        "document.querySelector('#page-said').textContent !== ''", timeout=FIRST_RUN_MS
    )
    left, right = (page.inner_text(f"#text-{side}-stage") for side in ("left", "right"))
    assert min(len(left), len(right)) > 150
    assert left != right
    for text in (left, right):
        assert len(set(text.split())) > 15  # words, not one letter over and over


def test_one_press_draws_three_families(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("tab", name="Images").click()
    page.click("#images-draw")
    page.wait_for_function(
        "document.querySelectorAll('.family a[download]').length === 3", timeout=FIRST_RUN_MS
    )
    judge, concept = Judge.load(), Concept(7, "red", "black")
    for family in page.query_selector_all(".family"):
        sources = [tile.get_attribute("src") for tile in family.query_selector_all("img")]
        pictures = [Image.open(io.BytesIO(urlopen(s).read())).convert("RGB") for s in sources]
        right = judge.all_right(np.stack([np.asarray(p) for p in pictures]), concept)
        assert len(right) == 4
        assert right.sum() >= 2, family.inner_text()
