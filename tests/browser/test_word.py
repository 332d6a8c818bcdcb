"""Change one word: a row for every changed word, from the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from models.datasets import COLOURS, DIGIT_WORDS, Concept
from playground.features.play import replay_pack
from tests.browser.conftest import PHONE, hear

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
ROWS = "#scene-word .word-row"
RESTING = "document.querySelector('#scene-word .word-row') && " + (
    "!document.querySelector('#scene-word [data-busy]')"
)


def scene(page: Any) -> Any:
    """Go to the scene and wait for its first row."""
    page.locator("#scene-word").scroll_into_view_if_needed()
    page.wait_for_function(RESTING)
    return page


def change(page: Any, slot: str, word: str) -> None:
    """Choose another word and wait for its row."""
    if page.get_attribute(f"[data-slot={slot}]", "aria-expanded") != "true":
        page.click(f"[data-slot={slot}]")
    page.click(f"#word-panel [data-word={word}]")
    page.wait_for_function(RESTING)


@pytest.fixture
def still_page(open_static: Open) -> Any:
    """The page without a server, on the phone of somebody who wants no motion."""
    return open_static(size=PHONE, reduced_motion="reduce")


def test_the_words_to_choose_from_are_those_of_the_world(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    for slot, words in (("ink", COLOURS), ("paper", COLOURS), ("digit", DIGIT_WORDS)):
        if page.get_attribute(f"[data-slot={slot}]", "aria-expanded") != "true":
            page.click(f"[data-slot={slot}]")
        shown = [option.inner_text() for option in page.locator("#word-panel [role=option]").all()]
        assert shown == list(words)


def test_a_changed_word_adds_a_live_row_from_the_same_seed(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    assert "recorded" in page.inner_text(f"{ROWS} .state")
    asked = hear(page)
    change(page, "ink", "blue")
    change(page, "digit", "three")
    expect(page.locator(ROWS)).to_have_count(3)
    assert [mark.inner_text() for mark in page.locator(f"{ROWS} mark").all()] == ["blue", "three"]
    expect(page.locator(f"{ROWS} img")).to_have_count(12)
    runs = [body["runs"][0] for body in asked]
    prompts = [Concept(7, "blue", "black").caption, Concept(3, "blue", "black").caption]
    assert [run["prompt"] for run in runs] == prompts
    recorded = replay_pack.word()[Concept(7, "red", "black").caption]
    assert {run["seed"] for run in runs} == {recorded["seed"]}
    assert "live" in page.locator(f"{ROWS} .state").last.inner_text()
    alt = page.locator(f"{ROWS} img").last.get_attribute("alt")
    assert alt == f"{prompts[1]}, Diffusion, picture 4"


def test_a_colour_on_itself_is_refused_in_words(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    page.click("#word-panel [data-word=black]")
    assert "cannot be seen" in page.inner_text("#scene-word .word-says")
    expect(page.locator(ROWS)).to_have_count(1)


def test_rows_stay_until_the_oldest_is_removed(open_page: Open):
    page = scene(open_page(place="Play", alone=True, reduced_motion="reduce"))
    for word in ("blue", "green", "yellow", "orange", "purple"):
        change(page, "ink", word)
    expect(page.locator(ROWS)).to_have_count(6)
    page.click("#word-panel [data-word=white]")
    assert "Remove the oldest" in page.inner_text("#scene-word .word-says")
    expect(page.locator(ROWS)).to_have_count(6)
    page.get_by_role("button", name="Remove the oldest row").click()
    expect(page.locator(ROWS)).to_have_count(5)
    expect(page.locator(f"{ROWS} mark")).to_have_count(4)  # the first has nothing to compare with
    change(page, "ink", "white")
    expect(page.locator(ROWS)).to_have_count(6)


def test_a_word_is_chosen_from_the_keyboard(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    page.focus("[data-slot=digit]")
    page.keyboard.press("Enter")
    focused = "document.activeElement.dataset.word"
    assert page.evaluate(focused) == "seven"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.slot") == "digit"
    expect(page.locator("#word-panel [role=option]")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "eight"
    page.keyboard.press("Enter")
    page.wait_for_function(f"{RESTING} && document.querySelectorAll('{ROWS}').length === 2")
    assert page.evaluate(focused) == "eight"


def test_when_nobody_answers_the_recorded_row_is_shown(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    page.evaluate("void (window.fetch = () => Promise.reject(new Error('away')))")
    change(page, "ink", "blue")
    expect(page.locator(ROWS).last.locator("img")).to_have_count(4)
    assert "recorded" in page.locator(f"{ROWS} .state").last.inner_text()
    change(page, "ink", "purple")  # of which there is no recorded run
    assert "does not answer" in page.inner_text("#scene-word .word-says")
    assert "did not work" in page.locator(f"{ROWS} .state").last.inner_text()


def test_without_a_server_recorded_words_can_be_chosen(still_page: Any):
    page = scene(still_page)
    free = page.locator("#word-panel [role=option]:not([aria-disabled])")
    assert {o.inner_text() for o in free.all()} == {"red", "blue", "green", "yellow"}
    page.click("#word-panel [data-word=orange]", force=True)
    assert "running app" in page.inner_text("#scene-word .word-says")
    change(page, "ink", "blue")
    expect(page.locator(f"{ROWS} img")).to_have_count(8)
    assert "recorded" in page.locator(f"{ROWS} .state").last.inner_text()
    change(page, "ink", "red")
    change(page, "digit", "three")
    expect(page.locator(ROWS)).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_recorded_runs_are_those_that_the_part_names():
    runs = replay_pack.read("word")["runs"]
    assert list(runs) == list(replay_pack.word())
    assert replay_pack.file_of("word").stat().st_size < 110_000
    weights = {run["start"]["recipe"]["weights"] for run in runs.values()}
    assert weights == {replay_pack.recipe_of(next(iter(replay_pack.word().values()))).weights}
