"""A new seed for each text that somebody asks for, unless it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]


@pytest.fixture
def page(open_page: Open) -> Any:
    """The place Text, whose script has come."""
    found = open_page(same_seeds=False)
    found.wait_for_function("window.playground?.modules.seed_lock")
    return found


def written(page: Any, press: Callable[[], object]) -> int:
    """The seed of the text that follows a press."""
    page.wait_for_selector("#text-write:has-text('Write')")
    press()
    page.wait_for_selector("#text-write:has-text('Stop')")
    page.wait_for_selector("#text-write:has-text('Write')")
    left, right = (
        re.search(r"seed (\d+)", page.inner_text(f"#text-{side}-figures"))
        for side in ("left", "right")
    )
    assert left
    assert right
    assert left[1] == right[1]
    return int(left[1])


def test_every_press_draws_a_new_seed_and_the_field_shows_it(page: Any) -> None:
    seeds = [written(page, lambda: page.click("#text-write")) for _ in range(2)]
    seeds.append(written(page, lambda: page.press("#text-prompt textarea", "Enter")))
    seeds.append(written(page, lambda: page.click("#text-left-tools >> text=Again")))
    assert len(set(seeds)) == 4  # by chance not, once in 1,700 runs
    page.click("#text-settings > button")
    assert int(page.input_value("#text-seed input")) == seeds[-1]


def test_a_seed_that_was_typed_is_kept_on_other_days_too(page: Any) -> None:
    page.click("#text-settings > button")
    page.fill("#text-seed input", "")
    page.locator("#text-seed input").press_sequentially("41")
    assert page.is_checked("#text-keep")
    assert [written(page, lambda: page.click("#text-write")) for _ in range(2)] == [41, 41]
    page.reload()
    page.wait_for_selector("#text-write")
    page.wait_for_function("window.playground?.modules.seed_lock")
    page.click("#text-settings > button")
    assert page.is_checked("#text-keep")
    page.uncheck("#text-keep")
    assert written(page, lambda: page.click("#text-write")) != 41  # by chance once in 10,000


def test_what_a_link_brings_is_written_with_its_own_seed(page: Any, open_page: Open) -> None:
    seed = written(page, lambda: page.click("#text-write"))
    page.goto(page.url)
    page.reload()
    page.wait_for_function(
        "seed => document.querySelector('#text-left-figures')?.innerText.includes(seed)",
        arg=f"seed {seed}",
    )


def test_a_press_on_stop_asks_for_nothing(page: Any) -> None:
    page.click("#text-write")
    page.wait_for_selector("#text-write:has-text('Stop')")
    page.click("#text-write")
    page.wait_for_selector("#text-write:has-text('Write')")
    asked = "playground.modules.seed_lock.drawn(['O', 'a', 'b', 1, 7])"
    assert page.evaluate(asked) == ["O", "a", "b", 1, 7]
