"""The first page in a real browser: it moves before Gradio is there, and leads to everything."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Error as PlaywrightError

from models.catalog import SPECS as SHIPPED
from models.measure.app.server import serving
from tests.browser.conftest import PHONE, enter

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SMALL = {"width": 360, "height": 740}
MOVED = "#scene-clock[data-moved]"
_WATCH_FOR_A_PICTURE = """new MutationObserver((_, observer) => {
    if (!document.querySelector("#scene-clock [data-model=diffusion_mini] .tile img")) return;
    window.seen = performance.now();
    observer.disconnect();
}).observe(document, { childList: true, subtree: true });"""


def tiles(page: Any, model: str) -> list[str]:
    """The pictures of one row of the clock."""
    images = page.locator(f"#scene-clock [data-model={model}] .tile:visible img")
    return [image.get_attribute("src") for image in images.all()]


def states(page: Any) -> list[str]:
    """What the clock's rows say of themselves."""
    return [state.inner_text() for state in page.locator("#scene-clock .state").all()]


def test_the_clock_is_recorded_and_then_live(open_page: Open):
    page = open_page(place="Play", alone=True)
    page.wait_for_selector(MOVED)
    page.wait_for_selector("#scene-clock[data-answered]")
    assert set(states(page)) <= {"● live", "◷ from a minute ago"}
    shown = page.get_attribute("#scene-clock", "data-time")
    assert shown in page.inner_text(".clock-line")
    digits = [d for d in shown if d.isdigit()]
    for model in ("gan", "vae", "diffusion_mini"):
        alts = page.locator(f"#scene-clock [data-model={model}] img").all()
        assert [a.get_attribute("alt").split()[1] for a in alts] == digits


def test_it_moves_before_gradio_is_asked_for(chromium: Any, port: int):
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script(_WATCH_FOR_A_PICTURE)
    page.goto(f"http://127.0.0.1:{port}/")
    # It comes by itself, and late enough.
    page.wait_for_selector("#page-places", state="attached")
    seen, asked = page.evaluate(
        "[window.seen, performance.getEntriesByType('resource')"
        ".filter(({ name }) => name.includes('/assets/')).map(({ startTime }) => startTime)]"
    )
    assert asked
    assert seen < min(asked)
    context.close()


def test_a_number_is_drawn_and_the_button_stops_it(open_page: Open):
    page = open_page(place="Play", alone=True)
    page.wait_for_selector(MOVED)
    enter(page, "#clock-number", "208")
    page.click("#clock-draw")
    page.wait_for_selector("#clock-draw:has-text('Draw my number')")
    page.wait_for_function("/^208/.test(document.querySelector('#page-said').textContent)")
    assert [len(tiles(page, m)) for m in ("gan", "vae", "diffusion_mini")] == [3, 3, 3]
    assert all("live" in words for words in states(page))
    page.click("#clock-draw")
    page.click("#clock-draw:has-text('Stop')")
    page.wait_for_selector("#clock-draw:has-text('Draw my number')")


def test_a_number_stays_though_the_time_is_drawn_later(open_page: Open):
    page = open_page(place="Play", alone=True)
    held: list[Any] = []
    page.route("**/live", lambda route: route.continue_() if held else held.append(route))
    page.wait_for_selector(MOVED)
    enter(page, "#clock-number", "208")
    while not held:
        page.wait_for_timeout(50)
    page.click("#clock-draw")
    page.wait_for_function("/^208/.test(document.querySelector('#page-said').textContent)")
    with contextlib.suppress(PlaywrightError):  # the page no longer waits for it
        held[0].continue_()
    page.wait_for_timeout(1000)
    assert [len(tiles(page, m)) for m in ("gan", "vae", "diffusion_mini")] == [3, 3, 3]


def test_no_digits_are_asked_for_in_words(open_page: Open):
    page = open_page(place="Play", alone=True)
    page.wait_for_selector(MOVED)
    page.fill("#clock-number", "abc")
    page.click("#clock-draw")
    assert "one to four digits" in page.inner_text(".clock-line")


def test_what_a_server_cannot_do_is_shown_from_the_pack(chromium: Any, port: int):
    context = chromium.new_context()
    page = context.new_page()
    page.route("**/live", lambda route: route.abort())
    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_selector(MOVED)
    page.wait_for_timeout(300)
    assert len(tiles(page, "gan")) == 4
    assert all("recorded" in words for words in states(page)), states(page)
    context.close()


def test_the_places_are_tabs_and_the_address_keeps_them(open_page: Open):
    page = open_page(place="Play")
    page.focus("#history-open")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "place-play"
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#text-write")
    assert page.url.endswith("#text")
    assert not page.is_visible("#play")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#images-draw")
    page.reload()
    page.wait_for_selector("#images-draw")
    page.get_by_role("tab", name="Play").click()
    assert page.is_visible("#play")
    assert not page.is_visible("#images-draw")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_button_is_above_the_fold_and_nothing_jumps(open_page: Open, scheme: str):
    page = open_page(place="Play", size=SMALL, color_scheme=scheme)
    page.wait_for_selector("#scene-clock .tile img")
    button = page.locator("#clock-draw").bounding_box()
    assert button["y"] + button["height"] <= SMALL["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    page.wait_for_selector(MOVED)
    page.wait_for_selector("#page-places", state="attached")
    page.wait_for_load_state("networkidle")
    assert page.locator("#clock-draw").bounding_box() == button
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(247, 248, 250)", "dark": "rgb(14, 17, 22)"}[scheme]


def test_five_places_fit_a_phone(open_page: Open):
    page = open_page(place="Play", alone=True, size=SMALL)
    places = page.locator("#places [role=tab]")
    assert places.all_inner_texts() == ["Play", "Text", "Images", "Claims", "Class"]
    last = places.last.bounding_box()
    assert last["x"] + last["width"] <= SMALL["width"] - 16


def test_who_wants_no_motion_sees_the_end_at_once(open_page: Open):
    page = open_page(place="Play", alone=True, reduced_motion="reduce")
    started = time.monotonic()
    page.wait_for_selector(MOVED)
    assert time.monotonic() - started < 3
    assert len(tiles(page, "diffusion_mini")) == 4


# The tour


def test_the_tour_is_done_by_doing(open_page: Open):
    page = open_page(place="Play", size=PHONE)
    page.wait_for_selector(MOVED)
    assert "New here?" in page.inner_text("#tour")
    page.click("#tour-go")
    assert "Write four digits" in page.inner_text("#tour")
    page.wait_for_function("document.activeElement.id === 'clock-number'")
    page.keyboard.type("7")
    page.click("#clock-draw")
    assert "Write four digits" not in page.inner_text("#tour")
    page.reload()
    assert "Write four digits" not in page.inner_text("#tour")  # what is done stays done
    page.evaluate("localStorage.setItem('playground-tour', '{\"begun\":true,\"done\":[0,1,2]}')")
    page.reload()
    page.click("#tour-go")
    page.wait_for_selector("#text-write")
    page.click("#text-write")
    page.wait_for_function("/same picture/.test(document.getElementById('tour').textContent)")


def test_the_tour_can_be_put_away_for_good(open_page: Open):
    page = open_page(place="Play")
    page.click("#tour-away")
    assert not page.is_visible("#tour")
    page.reload()
    page.wait_for_selector("#scene-clock .tile img")
    assert not page.is_visible("#tour")


def test_the_replay_runs_while_no_model_is_read(chromium: Any, tmp_path: Path):
    nothing = str(tmp_path)  # with real digits at hand, the game below would ask the GAN for some
    with serving("app.py", PLAYGROUND_WARM="0", PLAYGROUND_DATA=nothing) as port:
        context = chromium.new_context()
        page = context.new_page()
        page.route("**/live", lambda route: route.abort())
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector(MOVED)
        assert len(tiles(page, "diffusion_mini")) == 4
        client = Client(f"http://127.0.0.1:{port}/", verbose=False)
        models = client.predict(api_name="/models_list")
        states = {model["id"]: model["state"] for model in models}
        assert {states[spec.id] for spec in SHIPPED} == {"not_loaded"}
        context.close()
