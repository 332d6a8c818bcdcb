"""The claims in a real browser: verdicts at once, a run with progress and Stop, tables by key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from models.experiments import results
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
FRONT = [claim for claim in results.ids() if results.experiment(claim).CLAIM.front]
RUN = "one_token_at_a_time"


def test_five_claims_stand_open_with_verdict_and_chart(open_page: Open):
    page = open_page(place="Claims")
    for claim in FRONT:
        card = page.locator(f"#claim-{claim}")
        card.wait_for(state="visible")
        assert card.locator(".verdict b").inner_text().rstrip(".")
        assert card.locator("svg[role=img]").get_attribute("aria-label")
    assert page.url.endswith("#claims")


def test_nothing_is_wider_than_a_phone_with_every_drawer_open(open_page: Open):
    page = open_page(place="Claims", size=PHONE)
    page.wait_for_selector(f"#claim-{FRONT[0]}")
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_bars_have_the_inks_of_their_families(open_page: Open):
    page = open_page(place="Claims", size=DESK, color_scheme="light")
    bar = "#claim-mode_collapse [data-ink=gan] .bar"
    page.wait_for_selector(bar)
    fill = page.evaluate("(s) => getComputedStyle(document.querySelector(s)).fill", bar)
    assert fill == "rgb(181, 48, 95)"


def test_an_experiment_is_measured_here_and_its_end_is_said(open_page: Open):
    page = open_page(place="Claims")
    page.click(f"#claims-open-{RUN} button")
    page.click(f"#claims-run-{RUN}")
    page.wait_for_selector(f"#claims-run-{RUN}:has-text('Stop')")
    page.wait_for_selector(f"#claims-here-{RUN} progress")
    page.wait_for_selector(f"#claims-here-{RUN} .verdict")
    page.wait_for_selector(f"#claims-run-{RUN}:has-text('Run it here')")
    assert "Measured here" in page.inner_text(f"#claims-here-{RUN}")
    assert "Measured. Holds here" in page.inner_text("#page-said")


def test_stop_stops_it(open_page: Open):
    page = open_page(place="Claims")
    page.click("#claims-run-words_steer")
    page.wait_for_selector("#claims-here-words_steer progress")
    page.click("#claims-run-words_steer:has-text('Stop')")
    page.wait_for_selector("#claims-here-words_steer:has-text('stopped')")
    page.wait_for_selector("#claims-run-words_steer:has-text('Run it here')")


def test_a_table_opens_by_key_and_saves_as_csv(open_page: Open):
    page = open_page(place="Claims")
    summary = page.locator(f"#claim-{FRONT[1]} .chart summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#claim-{FRONT[1]} .chart table")
    with page.expect_download() as saved:
        page.click(f"#claim-{FRONT[1]} .chart a[download]")
    assert saved.value.suggested_filename == f"{FRONT[1]}.csv"
    with open(saved.value.path(), encoding="utf-8") as file:
        assert file.readline().startswith(",coverage")
