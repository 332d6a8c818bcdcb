"""What a visitor does in the world of emoji, from the first letter of a name to the link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, check_width, enter
from tests.browser.test_journeys import images, recipe_in
from tests.fake_catalogue import INVENTED

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
PROMPT = "#emoji-prompt input"
DRAWN = "document.querySelectorAll('#emoji-grid .family a[download]').length === 3"


def emoji(page: Any) -> Any:
    """Go to the world of emoji."""
    images(page).locator("#images-world label", has_text="Emoji").click()
    page.wait_for_selector("#emoji-draw")
    return page


def draw(page: Any) -> None:
    """Press Draw and wait for all families."""
    page.click("#emoji-draw")
    page.wait_for_function(DRAWN)
    page.wait_for_selector("#emoji-draw:has-text('Draw')")


def names(page: Any) -> list[str]:
    """The names that are suggested."""
    return [option.inner_text() for option in page.locator("#emoji-names [role=option]").all()]


def test_each_world_shows_its_own_half_and_keeps_it(open_page: Open):
    page = images(open_page())
    assert page.is_visible("#images-digit")
    assert not page.is_visible("#emoji-prompt")
    emoji(page)
    for hidden in ("digit", "ink", "paper", "prompt", "grid"):
        assert not page.is_visible(f"#images-{hidden}")
    draw(page)
    page.locator("#images-world label", has_text="Digits").click()
    page.wait_for_selector("#images-digit")
    assert not page.is_visible("#emoji-grid")
    page.focus("#images-world input:checked")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#emoji-grid")
    expect(page.locator("#emoji-grid img")).to_have_count(12)


def test_a_name_is_suggested_and_taken_with_the_keyboard(open_page: Open):
    page = emoji(open_page())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert names(page) == ["cow", "blue heart"]  # to begin with
    enter(page, PROMPT, "")
    page.type(PROMPT, "tears")
    page.wait_for_function("document.querySelectorAll('#emoji-names *').length === 2")
    assert names(page) == ["cat with tears of joy", "face with tears of joy"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#emoji-names [aria-selected=true]")
    assert chosen.inner_text() == "face with tears of joy"
    assert page.get_attribute(PROMPT, "role") == "combobox"
    assert page.get_attribute(PROMPT, "aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Enter")
    assert page.input_value(PROMPT) == "face with tears of joy"
    assert page.evaluate("document.activeElement.matches('#emoji-prompt input')")
    expect(page.locator("#emoji-grid img")).to_have_count(0)  # Enter took a name, it drew nothing
    page.wait_for_selector("#emoji-reading :text('There is an emoji of this name.')")
    page.keyboard.press("Enter")
    page.wait_for_function(DRAWN)
    assert len([url for url in asked if "names.json" in url]) == 1


def test_the_names_are_no_part_of_the_page(open_page: Open):
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    emoji(page)
    page.wait_for_timeout(300)
    assert not [url for url in asked if "shipped" in url and ".js?" not in url]
    with page.expect_response("**/shipped/names.json") as answer:
        page.focus(PROMPT)
    assert answer.value.status == 200


# On one page, the world of emoji


@pytest.fixture(scope="module")
def page(open_shared_page: Open) -> Any:
    """A page on which the tests that follow work one after another; none draws before the last."""
    return emoji(open_shared_page())


def test_a_name_is_invented_and_said_to_exist_or_not(page: Any):
    before = page.inner_text("#emoji-reading")
    page.click("#emoji-invent")
    page.wait_for_selector("#emoji-reading .badge")
    name = page.input_value(PROMPT)
    assert name in INVENTED
    words = "it exists" if name == "cow" else "a new name"
    assert page.inner_text("#emoji-reading .badge") == words
    page.wait_for_function(
        f"document.querySelector('#page-said').textContent === '{name}: {words}.'"
    )
    assert page.inner_text("#emoji-reading") != before
    expect(page.locator("#emoji-grid img")).to_have_count(0)
    enter(page, PROMPT, "something else")
    page.wait_for_selector("#emoji-reading mark:has-text('something')")
    expect(page.locator("#emoji-reading .badge")).to_have_count(0)


def test_escape_and_the_ends_of_the_list_lead_back_to_the_prompt(page: Any):
    enter(page, PROMPT, "c")
    page.wait_for_function("document.querySelectorAll('#emoji-names *').length === 3")
    chosen = page.locator("#emoji-names [aria-selected=true]")
    page.keyboard.press("ArrowUp")
    assert chosen.inner_text() == "face with tears of joy"  # the last one
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_count(0)
    page.keyboard.press("ArrowDown")
    assert chosen.inner_text() == "cow"
    page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    assert page.input_value(PROMPT) == "c"


def test_without_a_name_nothing_is_drawn_and_it_is_said_why(page: Any):
    enter(page, PROMPT, " ")
    page.wait_for_selector("#emoji-reading :text('Write a name')")
    page.click("#emoji-draw")
    page.wait_for_selector(".toast-body :text('Write a name first')")
    expect(page.locator("#emoji-grid img")).to_have_count(0)


def test_each_card_says_whether_it_takes_words(page: Any):
    enter(page, PROMPT, "blue zebra")
    page.wait_for_selector("#emoji-reading mark:has-text('zebra')")
    draw(page)
    briefs = [brief.inner_text() for brief in page.locator("#emoji-grid .brief").all()]
    wordless = "Takes no words: its seed decides."
    unread = "Draws “blue zebra”. No name that it has read holds “zebra”."
    assert briefs == [wordless, wordless, unread]
    assert page.locator("#emoji-grid img").last.get_attribute("alt") == "blue zebra, Diffusion"
    assert page.inner_text("#page-said").count("finished, 4 pictures.") == 3


def test_drawing_emoji_is_stopped_in_place(page: Any):
    enter(page, PROMPT, "delay=0.6")
    page.click("#emoji-draw")
    page.wait_for_selector("#emoji-grid [data-family=diffusion] .state:has-text('step ')")
    page.click("#emoji-draw:has-text('Stop')")
    page.wait_for_selector("#emoji-draw:has-text('Draw')")
    assert "stopped at step" in page.inner_text("#emoji-grid [data-family=diffusion] .state")


# On pages of their own again


def test_a_finger_takes_a_name_and_opens_no_keyboard(open_page: Open):
    page = emoji(open_page(size=PHONE, has_touch=True, is_mobile=True))
    page.locator("#emoji-names [role=option]", has_text="blue heart").tap()
    page.wait_for_selector("#emoji-reading q:has-text('blue heart')")
    assert page.input_value(PROMPT) == "blue heart"
    assert not page.evaluate("document.activeElement.matches('#emoji-prompt input')")


def test_a_link_restores_the_world_and_runs_it(open_page: Open):
    page = emoji(open_page())
    enter(page, PROMPT, "blue cow")
    page.click("#emoji-settings button")
    enter(page, "#emoji-seed input", "41")
    draw(page)
    source = page.locator("#emoji-grid img").last.get_attribute("src")
    other = open_page(f"?recipe={recipe_in(page)}")
    other.wait_for_function(DRAWN)
    assert other.input_value(PROMPT) == "blue cow"
    assert other.locator("#emoji-grid img").last.get_attribute("src") == source
    assert other.is_visible("#emoji-grid")
    assert not other.is_visible("#images-grid")
    assert "seed 41" in other.inner_text("#emoji-grid")


def test_nothing_overflows_and_names_are_shown_whole(open_page: Open):
    page = emoji(open_page(size={**PHONE, "width": 360}))
    enter(page, PROMPT, "e")
    draw(page)
    for width in (360, 390, 768):
        check_width(page, width)
        cut = page.evaluate(
            "() => { const list = document.getElementById('emoji-names');"
            "const sees = (top) => top < list.clientHeight;"
            "return [...list.children].filter(o => sees(o.offsetTop) && "
            "!sees(o.offsetTop + o.offsetHeight - 1)).length; }"
        )
        assert cut == 0
