"""The scoreboard in a real browser: shipped figures over pretended models."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from models import checkpoint
from models.measure.app.server import serving
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
TABLE = "#scoreboard-table table"
NAMED = "#scoreboard-table tbody tr:not([hidden])"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The app over pretended models, with what the shipped ones have been measured at."""
    weights = str(checkpoint.WEIGHTS)
    with serving(
        *("-m", "tests.browser.serve"), host="0.0.0.0", PLAYGROUND_TEST_WEIGHTS=weights
    ) as number:
        yield number


def opened(open_page: Open, **settings: Any) -> Any:
    """A page with its scoreboard open."""
    page = open_page(place="Claims", **settings)
    page.locator("#scoreboard > button").click()
    page.wait_for_selector(TABLE)
    return page


def models(page: Any) -> list[str]:
    """The rows that are shown, in their order."""
    return [str(row.get_attribute("data-model")) for row in page.locator(NAMED).all()]


def heading(page: Any, key: str) -> Any:
    """The heading of a column."""
    return page.locator(f"{TABLE} thead [data-key={key}]")


def figures(page: Any, key: str) -> list[float | None]:
    """What a column holds, from the top."""
    cells = page.locator(f"{NAMED} td[data-key={key}]").all()
    return [float(v) if (v := cell.get_attribute("data-value")) else None for cell in cells]


def test_the_keyboard_sorts_and_gaps_come_last(open_page: Open):
    page = opened(open_page)
    offered = models(page)
    button = heading(page, "parameters").locator("button")
    orders = []
    for _ in range(3):
        button.focus()
        page.keyboard.press("Enter")
        orders.append((heading(page, "parameters").get_attribute("aria-sort"), models(page)))
    (up, ascending), (down, descending), (none, unsorted) = orders
    assert [up, down, none] == ["ascending", "descending", "none"]
    assert unsorted == offered
    assert ascending != offered
    assert set(ascending) == set(descending) == set(offered)
    heading(page, "coverage").locator("button").click()
    found = figures(page, "coverage")
    given = [value for value in found if value is not None]
    assert len(given) >= 6
    assert found == sorted(given) + [None] * (len(found) - len(given))
    heading(page, "coverage").locator("button").click()
    found = figures(page, "coverage")
    assert found[: len(given)] == sorted(given, reverse=True)
    expect(page.locator(f"{TABLE} thead [aria-sort]:not([aria-sort=none])")).to_have_count(1)


def test_filters_say_how_many_are_left(open_page: Open):
    page = opened(open_page)
    everybody = models(page)
    page.get_by_label("What it does").select_option(label="writes")
    assert set(models(page)) >= {"char_lstm", "gpt2_mini"}
    assert "gan" not in models(page)
    status = page.locator("#scoreboard-table [role=status]")
    assert status.inner_text() == f"{len(models(page))} of {len(everybody)} models"
    page.get_by_label("What it learnt from").select_option(label="emoji")
    assert models(page) == ["char_lstm_emoji"]
    page.get_by_label("What it does").select_option(label="all")
    page.locator(".board-filters").get_by_label("Family").select_option(label="GAN")
    assert models(page) == ["gan_emoji"]


def test_what_is_shown_is_what_is_saved(open_page: Open, tmp_path: Path):
    page = opened(open_page)
    page.get_by_label("What it learnt from").select_option(label="digits")
    heading(page, "name").locator("button").click()
    shown = models(page)
    for kind in ("csv", "json"):
        with page.expect_download() as waiting:
            page.click(f"#scoreboard-{kind}")
        assert waiting.value.suggested_filename == f"scoreboard.{kind}"
        waiting.value.save_as(tmp_path / kind)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "csv").read_text())))
    assert list(dict.fromkeys(line["model"] for line in lines)) == shown
    objects = json.loads((tmp_path / "json").read_text())
    assert list(dict.fromkeys(entry["model"] for entry in objects)) == shown
    kept = json.loads((checkpoint.folder("vae") / "metrics.json").read_text())["metrics"]
    (coverage,) = [o for o in objects if (o["model"], o["measure"]) == ("vae", "coverage")]
    assert coverage["value"] == kept["coverage"]["value"]


def test_measuring_here_shows_both_and_keeps_order_and_filter(open_page: Open):
    page = opened(open_page)
    page.get_by_label("What it does").select_option(label="writes")
    heading(page, "name").locator("button").click()
    before = models(page)
    page.locator("#scoreboard-model select").select_option(label="LSTM · Shakespeare")
    page.click("#scoreboard-measure")
    page.wait_for_selector("#scoreboard-progress progress")
    page.wait_for_selector("#scoreboard-measure:has-text('Measure here')")
    page.wait_for_selector("[data-model=char_lstm] [data-key=step_seconds] .here")
    assert models(page) == before
    assert heading(page, "name").get_attribute("aria-sort") == "ascending"
    page.wait_for_function(
        "document.querySelector('#page-said').textContent === 'Measured 1 model here.'"
    )


def test_stop_ends_it_within_a_moment(open_page: Open):
    page = opened(open_page)
    page.click("#scoreboard-measure")
    page.wait_for_selector("#scoreboard-measure:has-text('Stop')")
    page.click("#scoreboard-measure")
    page.wait_for_selector("#scoreboard-measure:has-text('Measure here')")
    assert "Stopped." in page.inner_text("#scoreboard-progress")


def test_nothing_is_wider_than_the_page(open_page: Open):
    page = opened(open_page, size={**PHONE, "width": 360})
    box = page.locator(".board-box")
    for width in (360, 390, 768, 1280):
        page.set_viewport_size({**DESK, "width": width})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert box.evaluate("b => { b.scrollLeft = 0; return b.scrollWidth > b.clientWidth; }")
        box.focus()
        for _ in range(8):
            page.keyboard.press("ArrowRight")
        page.wait_for_function("document.querySelector('.board-box').scrollLeft > 50")
        name = page.locator(f"{NAMED} th").first.bounding_box()
        assert name["x"] >= box.bounding_box()["x"]  # the names stay in view
        plots = page.locator("#scoreboard-plots svg")
        expect(plots).to_have_count(6)
        for plot in plots.all():
            frame = plot.bounding_box()
            assert frame["x"] + frame["width"] <= width
