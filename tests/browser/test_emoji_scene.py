"""The invented emoji in a real browser: recorded at first, then live, and without a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from models import checkpoint
from playground.features.play import invented_emoji, nearest_emoji
from tests.browser.conftest import PHONE
from tests.fake_catalogue import INVENTED, NAMES

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SCENE = "#scene-emoji"
SPELT = [r["prompt"] for r in invented_emoji.requests().values() if "prompt" in r]


def come_near(page: Any) -> Any:
    """Scroll to the scene and wait until the recorded invention is whole."""
    page.locator(SCENE).scroll_into_view_if_needed()
    page.wait_for_selector(".emoji-nearest strong")
    return page


def near(open_page: Open, **settings: Any) -> Any:
    """A page at the scene, without the wait for what moves."""
    return come_near(open_page(place="Play", alone=True, reduced_motion="reduce", **settings))


def finish(page: Any) -> None:
    """Wait until the models have ended."""
    page.wait_for_selector("#emoji-another:has-text('Another')")


def invented(page: Any) -> str:
    """The name on the screen."""
    return str(page.locator(".emoji-name").text_content())


def state(page: Any, family: str) -> str:
    """The state of one of the two cards."""
    return str(page.inner_text(f"{SCENE} .card[data-family={family}] .state"))


def fail(page: Any, model: str) -> None:
    """Let the server fail at whatever it is to do with a model."""

    def answer(route: Any) -> None:
        failure = {"sentence": "Something went wrong.", "again": True}
        if model in route.request.post_data:
            route.fulfill(status=200, body=json.dumps([0, {"fail": failure}]) + "\n")
        else:
            route.fallback()

    page.route("**/live", answer)


def test_a_recorded_invention_plays_at_first(open_page: Open):
    page = near(open_page)
    assert invented(page) == SPELT[0]
    assert "recorded" in state(page, "lstm")
    assert "recorded" in state(page, "diffusion")
    expect(page.locator(f"{SCENE} .tile img")).to_have_count(invented_emoji.PICTURES)
    found = nearest_emoji.inventions(checkpoint.WEIGHTS)["found"]["drawing-0"]["nearest"]
    assert page.inner_text(".emoji-nearest strong") == found["name"]
    assert page.inner_text(".emoji-sign") == found["character"]


def test_another_is_invented_and_drawn_live(open_page: Open):
    page = near(open_page)
    page.click("#emoji-another")
    finish(page)
    assert page.inner_text(".emoji-remark") == ""
    name = invented(page)
    assert name in INVENTED
    real = "There is a real emoji of this name."
    none = "There is no emoji of this name."
    assert page.inner_text(".emoji-existence") == (real if name in NAMES else none)
    assert "live" in state(page, "lstm")
    assert state(page, "diffusion").endswith("live")
    images = page.locator(f"{SCENE} .tile img")
    expect(images).to_have_count(invented_emoji.PICTURES)
    assert images.nth(2).get_attribute("alt") == f"{name}, diffusion, finished, picture 3"
    tile = nearest_emoji.picture_of(images.first.get_attribute("src"))
    assert page.inner_text(".emoji-nearest strong") == nearest_emoji.nearest_to(tile)["name"]
    said = f"{name}, drawn 8 times. Nearest real one: {nearest_emoji.nearest_to(tile)['name']}."
    assert page.text_content("#page-said") == said


def test_steps_are_shown_as_they_come(open_page: Open):
    page = near(open_page)
    page.click("#emoji-another")
    page.wait_for_selector(f"{SCENE} .card[data-family=diffusion] .state:has-text('step ')")
    page.wait_for_selector(f"{SCENE} .tile img[alt*='step ']")
    assert page.inner_text(".emoji-nearest") == ""
    finish(page)
    assert page.inner_text(".emoji-nearest") != ""


def test_the_keyboard_draws_a_name_of_ones_own(open_page: Open):
    page = near(open_page, size={**PHONE, "width": 360})
    before = page.locator(".emoji-cards").bounding_box()
    page.focus("#emoji-write")
    page.keyboard.press("Enter")
    page.keyboard.type("Cow")
    page.keyboard.press("Enter")
    page.wait_for_selector("#emoji-another:has-text('Stop')")
    finish(page)
    assert page.locator(f"{SCENE} .tile img").first.get_attribute("alt").startswith("Cow, ")
    assert page.inner_text(".emoji-existence") == "There is a real emoji of this name."
    assert page.locator(".emoji-cards").bounding_box()["height"] == before["height"]
    first = page.locator(f"{SCENE} .tile img").first.get_attribute("src")
    page.click("#emoji-another")  # the same name from another seed
    finish(page)
    assert page.locator(f"{SCENE} .tile img").first.get_attribute("alt").startswith("Cow, ")
    assert page.locator(f"{SCENE} .tile img").first.get_attribute("src") != first
    page.click("#emoji-write")
    finish(page)
    assert page.is_hidden("#emoji-own")
    assert invented(page) in INVENTED


def test_a_name_that_cannot_be_used_is_refused_in_words(open_page: Open):
    page = near(open_page)
    page.click("#emoji-write")
    page.fill("#emoji-own", "refuse=1")
    page.keyboard.press("Enter")
    page.wait_for_selector(".emoji-remark:has-text('This prompt cannot be used')")
    assert page.is_visible("#emoji-own")
    finish(page)


def test_stop_stops(open_page: Open):
    page = near(open_page)
    page.click("#emoji-write")
    page.fill("#emoji-own", "delay=0.2")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{SCENE} .tile img[alt*='step ']")
    page.click("#emoji-another")
    finish(page)
    assert "stopped" in state(page, "diffusion")
    assert page.inner_text(".emoji-nearest") == ""


@pytest.mark.parametrize("model", ["char_lstm_emoji", "diffusion_emoji"])
def test_a_recorded_one_stands_for_a_live_one_that_fails(open_page: Open, model: str):
    page = near(open_page)
    fail(page, model)
    page.click("#emoji-another")
    page.wait_for_selector(".emoji-nearest strong")
    finish(page)
    assert invented(page) == SPELT[1]
    assert "recorded" in state(page, "diffusion")
    assert page.inner_text(".emoji-remark") == "Something went wrong. Here is one from before."


def test_who_has_waited_is_live_once_letters_come(open_page: Open):
    page = near(open_page)
    letters = [[letter, 0.5, 0, 1.0, []] for letter in "owl"]
    start = {"recipe": {"seed": 1}, "link": "", "family": "lstm", "name": "LSTM"}
    events = [
        {"start": {**start, "replayed": False, "recorded": False}},
        {"wait": {"mark": "", "words": "next in line"}},
        {"letters": letters},
        {"end": "finished"},
    ]
    lines = "".join(json.dumps([0, event]) + "\n" for event in events)

    def answer(route: Any) -> None:
        if "char_lstm_emoji" in route.request.post_data:
            route.fulfill(status=200, body=lines)
        else:
            route.fallback()

    page.route("**/live", answer)
    page.click("#emoji-another")
    finish(page)
    assert page.inner_text(".emoji-remark") == ""
    assert invented(page) == "owl"
    assert state(page, "lstm").endswith("live")


def test_a_press_ends_what_plays_by_itself(open_page: Open):
    page = open_page(place="Play", alone=True)
    page.locator(SCENE).scroll_into_view_if_needed()
    page.wait_for_selector(f"{SCENE} .tile img")
    page.click("#emoji-another")
    finish(page)
    assert invented(page) in INVENTED
    page.wait_for_timeout(1500)
    assert invented(page) in INVENTED
    assert state(page, "diffusion").endswith("live")


def test_whole_pictures_in_even_rows(open_page: Open):
    page = near(open_page, size={**PHONE, "width": 360})
    for width, columns in [(360, 4), (768, 8), (1280, 8)]:
        page.set_viewport_size({**PHONE, "width": width})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        boxes = [tile.bounding_box() for tile in page.locator(f"{SCENE} .tile").all()]
        assert {(box["width"], box["height"]) for box in boxes} == {(64, 64)}
        assert len({box["x"] for box in boxes}) == columns


def test_the_static_folder_plays_all_that_are_recorded(open_static: Open):
    page = open_static(reduced_motion="reduce")
    come_near(page)
    shown = [invented(page)]
    for _ in SPELT:
        page.click("#emoji-another")
        page.wait_for_selector(".emoji-nearest strong")
        finish(page)
        shown.append(invented(page))
    assert shown == [*SPELT, SPELT[0]]
    page.click("#emoji-write")
    assert "run the app" in page.inner_text(".emoji-remark")
    assert page.is_hidden("#emoji-own")
