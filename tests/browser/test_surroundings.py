"""What browsers do to a page: input methods, frames that are shut off, wheels, and Back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from models.measure.app.server import running
from playground.web import i18n
from tests.browser.conftest import PATIENCE_MS, enter, own_address
from tests.browser.test_emoji import PROMPT, emoji
from tests.browser.test_journeys import DONE

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

_COMPOSED = """(field, key) => field.dispatchEvent(new KeyboardEvent("keydown",
    { key, isComposing: true, bubbles: true, cancelable: true }))"""


def test_a_composing_key_takes_no_name(open_page: Open):
    page = emoji(open_page())
    enter(page, PROMPT, "tears")
    page.wait_for_function("document.querySelectorAll('#emoji-names *').length === 2")
    for key in ("ArrowDown", "Enter"):
        page.eval_on_selector(PROMPT, _COMPOSED, key)
    assert page.input_value(PROMPT) == "tears"
    assert page.locator("#emoji-names [aria-selected=true]").count() == 0
    page.press(PROMPT, "ArrowDown")
    page.eval_on_selector(PROMPT, _COMPOSED, "Enter")
    assert page.input_value(PROMPT) == "tears"


def test_a_composing_enter_draws_no_number(open_page: Open):
    page = open_page(place="Play", alone=True)
    field = "#clock-number"
    page.wait_for_selector("#clock-draw:has-text('Draw')")
    page.fill(field, "1234")
    page.eval_on_selector(field, _COMPOSED, "Enter")
    page.wait_for_timeout(500)
    assert page.inner_text("#clock-draw").startswith("Draw")
    assert "Your number" not in page.inner_text("#scene-clock")
    page.press(field, "Enter")
    page.wait_for_selector("#scene-clock :text('Your number, 1234')")


def test_a_frame_that_is_shut_off_works(new_page: Callable[..., Any], port: int):
    page = new_page(shut_off=True)
    address = f"http://{own_address()}:{port}/"
    page.set_content(
        f'<iframe sandbox="allow-scripts" src="{address}" style="width:100%;height:800px"></iframe>'
    )
    frame = page.frames[1]
    frame.wait_for_selector("#scene-clock[data-ready]")
    assert frame.evaluate("origin") == "null"
    frame.wait_for_selector("#place-text[aria-selected]")
    # Without an origin nothing is carried out, as the page says; but what is recorded plays, and
    # every place opens.
    note = frame.locator("#page-shut-off")
    expect(note).to_contain_text("so only recorded runs play here. Open it in a window of its own:")
    expect(note.locator("a")).to_have_attribute("href", address)
    frame.fill("#clock-number", "12")
    frame.click("#clock-draw")
    frame.wait_for_selector("#scene-clock :text('Your number, 12')")
    expect(frame.locator("#scene-clock .failure")).to_have_count(0)
    frame.click("#place-text")
    frame.wait_for_selector("#place-text[aria-selected=true]")
    expect(note).to_be_visible()
    frame.click("#place-play")
    frame.wait_for_selector("#place-play[aria-selected=true]")
    page.evaluate("history.back()")
    frame.wait_for_selector("#place-text[aria-selected=true]")


def test_a_lesson_in_such_a_frame_says_so_too(new_page: Callable[..., Any], port: int):
    page = new_page(shut_off=True)
    address = f"http://{own_address()}:{port}/lesson/zero"
    page.set_content(f'<iframe sandbox="allow-scripts" src="{address}"></iframe>')
    expect(page.frame_locator("iframe").locator("#page-shut-off a")).to_have_text(address)


def test_a_page_that_reaches_its_server_says_nothing_of_frames(open_page: Open, open_static: Open):
    for page in (open_page(alone=True), open_static()):
        page.wait_for_selector("#scene-clock[data-ready]")
        assert page.locator("#page-shut-off").count() == 0


@pytest.mark.parametrize("path", ["", "lesson/zero", "lesson/own", "join"])
def test_where_scripts_are_switched_off_a_page_says_what_it_is(
    new_page: Callable[..., Any], port: int, path: str
):
    page = new_page(java_script_enabled=False)
    page.goto(f"http://127.0.0.1:{port}/{path}")
    said = page.locator("noscript p.notice")
    expect(said.first).to_have_text(i18n.NO_SCRIPT)
    expect(said).to_have_count(3)
    assert {each.get_attribute("lang") for each in said.all()} == {"en", *i18n.catalogues()}
    assert all(each.is_visible() for each in said.all())


def test_the_wheel_scrolls_and_changes_no_number(open_page: Open):
    page = open_page()
    page.click("#text-settings button")
    seed = page.locator("#text-seed input")
    seed.click()
    before, top = seed.input_value(), page.evaluate("scrollY")
    page.evaluate("addEventListener('wheel', () => {}, { passive: false })")
    page.mouse.wheel(0, 120)
    page.wait_for_function(f"scrollY > {top}")
    assert seed.input_value() == before
    assert seed.is_editable()
    seed.press("ArrowUp")
    assert seed.input_value() == str(int(before) + 1)


# Back and forward


def at(page: Any, place: str) -> None:
    """Wait until a place is shown."""
    page.wait_for_selector(f"#place-{place}[aria-selected=true]")
    if place != "play":
        page.wait_for_selector(f"#page-{place}:visible")


def test_places_and_drawers_are_entries(open_page: Open):
    page = open_page(place="Play")
    begun = page.evaluate("history.length")
    page.click("#place-text")
    at(page, "text")
    page.click("#place-images")
    page.click("#place-images")
    at(page, "images")
    drawer = page.locator("#page-images details.look").first
    drawer.locator("summary").first.click()
    page.wait_for_function("history.state.playground.drawers.length === 1")
    assert page.evaluate("history.length") == begun + 3
    page.go_back()
    page.wait_for_function("!document.querySelector('#page-images details.look').open")
    at(page, "images")
    page.go_back()
    at(page, "text")
    page.go_back()
    at(page, "play")
    for place in ("text", "images"):
        page.go_forward()
        at(page, place)
    page.go_forward()
    page.wait_for_function("document.querySelector('#page-images details.look').open")
    page.reload()
    at(page, "images")
    page.wait_for_function("document.querySelector('#page-images details.look')?.open")
    page.go_back()
    page.wait_for_function("!document.querySelector('#page-images details.look').open")
    at(page, "images")
    page.go_back()
    at(page, "text")


def test_a_drawer_that_is_shut_leaves_no_entry(open_page: Open):
    page = open_page(place="Images")
    page.click("#place-text")
    at(page, "text")
    summary = page.locator("#page-text details.look summary").first
    summary.click()
    page.wait_for_function("history.state.playground.drawers.length === 1")
    page.evaluate("scrollTo(0, 60)")  # somewhere else than where it was opened
    page.evaluate("document.querySelector('#page-text details.look').open = false")
    page.wait_for_function("history.state.playground.drawers.length === 0")
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == 60
    page.click("#history-open")
    page.wait_for_selector("#history[open]")
    page.wait_for_function("history.state.playground.drawers[0] === 'history'")
    page.go_back()
    page.wait_for_selector("#history", state="hidden")
    at(page, "text")
    page.go_forward()
    page.wait_for_selector("#history[open]")
    page.keyboard.press("Escape")
    page.wait_for_function("history.state.playground.drawers.length === 0")
    page.go_back()
    at(page, "images")


def test_back_shuts_what_explains_a_letter(open_page: Open):
    page = open_page(place="Images")
    page.click("#place-text")
    at(page, "text")
    page.click("#text-write")
    page.wait_for_selector("#text-left-tools [data-why]")
    page.wait_for_function(DONE)
    page.click("#text-left-tools [data-why]")
    page.wait_for_selector("#text-why-drawer:visible")
    page.go_back()
    page.wait_for_selector("#text-why-drawer", state="hidden")
    at(page, "text")
    page.go_forward()
    page.wait_for_selector("#text-why-drawer:visible")
    page.click("#text-why-drawer [data-why-close]")
    page.wait_for_function("history.state.playground.drawers.length === 0")
    page.go_back()
    at(page, "images")


def test_a_link_is_one_entry_and_a_reload_stays(open_page: Open):
    page = open_page()
    page.click("#text-write")
    page.wait_for_function("location.search.includes('recipe')")
    link = page.evaluate("location.search")
    other = open_page(link)
    at(other, "text")
    other.wait_for_selector("#text-write:has-text('Write')")
    begun = other.evaluate("history.length")
    other.click("#place-images")
    at(other, "images")
    assert other.evaluate("history.length") == begun + 1
    other.reload()
    other.wait_for_load_state("networkidle")
    at(other, "images")
    other.go_back()
    at(other, "text")
    assert other.evaluate("location.search") == link


# A server that was away


def test_what_was_typed_stays_when_the_server_was_away(chromium: Any):
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    with running("-m", "tests.browser.serve") as server:
        page.goto(f"http://127.0.0.1:{server.port}/#text")
        page.wait_for_selector("#text-write")
        page.wait_for_load_state("networkidle")
        enter(page, "#text-prompt textarea", "Mine alone")
        page.click("#text-settings button")
        page.fill("#text-seed input", "4321")
    page.click("#text-write")
    page.wait_for_selector(".toast-body:has-text('The server does not answer.')")
    page.evaluate("window.stayed = true")
    page.wait_for_timeout(3000)
    with running("-m", "tests.browser.serve", port=server.port):
        page.wait_for_timeout(5000)  # Gradio looks for its server every other second
        assert page.evaluate("window.stayed") is True
        assert page.input_value("#text-prompt textarea") == "Mine alone"
        assert page.input_value("#text-seed input") == "4321"
        page.click("#text-write")
        page.wait_for_selector("#text-left-stage .prompt:has-text('Mine alone')")
        page.wait_for_function("document.querySelectorAll('#text-left-stage .t').length > 3")
        assert "seed 4321" in page.inner_text("#text-left-figures")
    context.close()


_COUNTED = """
const real = window.requestAnimationFrame.bind(window);
window.asked = 0;
window.requestAnimationFrame = (then) => { window.asked += 1; return real(then); };
"""
_IN_A_SECOND = """() => new Promise((resolve) => {
    const before = window.asked;
    setTimeout(() => resolve(window.asked - before), 1000);
})"""


def test_a_page_at_rest_asks_for_no_frames(new_page: Callable[..., Any], port: int):
    page = new_page()
    page.add_init_script(_COUNTED)
    page.goto(f"http://127.0.0.1:{port}/#text")
    page.wait_for_selector("#page-places")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.asked") > 0
    counts = [page.evaluate(_IN_A_SECOND)]
    while counts[-1] and len(counts) < 20:  # until everything has moved to its place
        counts.append(page.evaluate(_IN_A_SECOND))
    assert counts[-1] == 0, counts
