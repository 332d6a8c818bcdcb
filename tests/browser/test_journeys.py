"""What a visitor does on the page, from the first press to the saved picture."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, check_width, enter, own_address

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
DRAWN = "document.querySelectorAll('#images-grid .family a[download]').length === 3"
DONE = "document.querySelectorAll('.state.busy').length === 0"


def write(page: Any, words: str | None = None) -> None:
    """Press Write, with other words if there are any."""
    if words is not None:
        enter(page, "#text-prompt textarea", words)
    page.click("#text-write")


def wait_until_written(page: Any) -> None:
    """Until both cards say that they are finished."""
    page.wait_for_selector("#text-write:has-text('Write')")
    page.wait_for_function("document.querySelector('#page-said').textContent !== ''")


@pytest.fixture(scope="module")
def shared_page(open_shared_page: Open) -> Any:
    """A page for those tests that do not mind what others have written on it."""
    return open_shared_page()


@pytest.fixture
def page(shared_page: Any) -> Any:
    """That page, as if nothing had been said on it."""
    shared_page.evaluate("document.querySelector('#page-said').textContent = ''")
    return shared_page


def test_a_pasted_text_that_does_not_fit_is_cut_with_a_word(page: Any) -> None:
    page.evaluate(
        "const long = document.createElement('textarea'); long.id = 'long';"
        "long.value = 'ab '.repeat(1000); document.body.append(long); long.select()"
    )
    page.keyboard.press("Control+c")
    field = page.locator("#text-prompt textarea")
    page.get_by_role("tab", name="Text").click()
    field.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")
    note = page.locator("#text-prompt .paste-note")
    expect(note).to_have_text(
        "Only 2,000 letters fit here; the end of what you pasted was left out."
    )
    assert len(field.input_value()) == 2_000
    page.keyboard.press("Backspace")
    expect(note).to_have_count(0)


def images(page: Any) -> Any:
    """Go to the place for images."""
    page.get_by_role("tab", name="Images").click()
    page.wait_for_selector("#images-draw")
    return page


def draw(page: Any) -> None:
    """Press Draw and wait for all families."""
    page.click("#images-draw")
    page.wait_for_function(DRAWN)
    page.wait_for_selector("#images-draw:has-text('Draw')")


def letters(page: Any, side: str) -> int:
    """How much stands on one card."""
    return len(page.inner_text(f"#text-{side}-stage"))


def recipe_in(page: Any) -> str:
    """The link in the address bar; "" when there is none."""
    return parse_qs(urlparse(page.url).query).get("recipe", [""])[0]


def choose(page: Any, control: str, value: str) -> None:
    """Choose a digit or a colour."""
    page.locator(f"#images-{control} label", has_text=value).click()


# Text


def test_both_models_stream_at_once_and_the_address_keeps_the_recipe(page: Any):
    assert page.title() == "Generative Playground"
    assert "Press Write." in page.inner_text("#text-left-stage")
    write(page, "delay=0.02")
    page.wait_for_selector("#text-write:has-text('Stop')")
    page.wait_for_function(
        "['left', 'right'].every(s => document.querySelectorAll(`#text-${s}-stage .t`).length > 3)"
        " && document.querySelectorAll('.state.busy').length === 2"
    )
    wait_until_written(page)
    assert "LSTM finished, 200 letters" in page.inner_text("#page-said")
    assert "bits a letter" in page.inner_text("#text-left-figures")
    assert recipe_in(page)


def test_enter_writes_and_nothing_jumps_while_text_streams(open_page: Open):
    page = open_page()
    box = page.locator("#text-right").bounding_box()
    button = page.locator("#text-write").bounding_box()
    enter(page, "#text-prompt textarea", "BY NIGHT:\nO, ")
    page.press("#text-prompt textarea", "Enter")
    page.wait_for_selector("#text-write:has-text('Stop')")
    page.wait_for_function("document.querySelectorAll('#text-right-stage .t').length > 10")
    assert page.locator("#text-right").bounding_box() == box
    assert page.locator("#text-write").bounding_box() == button
    wait_until_written(page)
    assert page.locator("#text-right").bounding_box() == box


def test_stop_stops_in_place_and_says_where(open_page: Open):
    page = open_page()
    write(page, "delay=0.2")
    page.wait_for_function("document.querySelectorAll('#text-left-stage .t').length > 2")
    page.click("#text-write:has-text('Stop')")
    page.wait_for_selector("#text-write:has-text('Write')")
    assert "stopped at " in page.inner_text("#text-left .state")
    before = letters(page, "left")
    page.wait_for_timeout(400)
    assert letters(page, "left") == before


def test_unknown_characters_are_named_while_the_other_card_goes_on(page: Any):
    write(page, "Grüße")
    wait_until_written(page)
    assert "never seen “ß”, “ü”" in page.inner_text("#text-left-stage")
    assert letters(page, "right") > 100


def test_after_a_failure_one_can_try_again_on_the_spot(open_page: Open):
    page = open_page()
    write(page, "fail=3")
    page.wait_for_selector("#text-left-stage :text('Something went wrong (reference')")
    enter(page, "#text-prompt textarea", "Hello")
    page.click("#text-left-stage [data-press]")
    page.wait_for_function("document.querySelectorAll('#text-left-stage .t').length > 10")


def test_markup_in_a_prompt_stays_text(page: Any):
    write(page, "<img src=x onerror=alert(1)>")
    wait_until_written(page)
    expect(page.locator("#text-right-stage img")).to_have_count(0)
    assert "<img src=x" in page.inner_text("#text-right-stage")


def test_another_model_can_stand_on_either_side(page: Any):
    page.locator("#text-left-model select").select_option("gpt2_mini")
    page.wait_for_selector("#text-left-head [data-family=transformer]")
    write(page)
    wait_until_written(page)
    assert page.inner_text("#text-left-stage") == page.inner_text("#text-right-stage")


def test_a_link_restores_the_page_and_runs_it(open_page: Open):
    page = open_page()
    page.click("#text-settings button")
    enter(page, "#text-seed input", "41")
    write(page, "O, ")
    wait_until_written(page)
    written = page.inner_text("#text-left-stage")
    other = open_page(f"?recipe={recipe_in(page)}")
    wait_until_written(other)
    assert other.input_value("#text-prompt textarea") == "O, "
    assert other.inner_text("#text-left-stage") == written
    assert "seed 41" in other.inner_text("#text-left-figures")
    assert "from a minute ago" in other.inner_text("#text-left .state")


def test_a_damaged_link_is_explained(open_page: Open):
    page = open_page("?recipe=nonsense.00000000")
    page.wait_for_selector("#page-notice :text('damaged')")
    assert "Press Write." in page.inner_text("#text-left-stage")


def test_the_link_is_copied_over_plain_http_on_the_local_network(open_page: Open):
    page = open_page(host=own_address())
    if own_address() != "127.0.0.1":
        assert page.evaluate("window.isSecureContext") is False
        assert page.evaluate("navigator.clipboard === undefined")
    write(page)
    wait_until_written(page)
    page.click("#text-left-tools button[data-link]")
    page.wait_for_selector("#text-left-tools :text('Copied')")
    page.focus("#text-prompt textarea")
    enter(page, "#text-prompt textarea", "")
    page.keyboard.press("Control+V")
    assert page.input_value("#text-prompt textarea") == page.url


# Images


def test_three_families_draw_and_diffusion_shows_its_steps(open_page: Open):
    page = images(open_page())
    page.click("#images-draw")
    page.wait_for_selector("#images-grid .family[data-family=diffusion] .state:has-text('step ')")
    page.wait_for_function(DRAWN)
    expect(page.locator(".grid img")).to_have_count(12)
    assert page.locator(".grid img").first.get_attribute("alt") == "red 7 on black, GAN"
    tops = {page.locator("#images-grid .family").nth(i).bounding_box()["y"] for i in range(3)}
    assert len(tops) == 1  # columns


def test_a_concept_writes_the_prompt_and_one_colour_on_itself_is_refused(open_page: Open):
    page = images(open_page())
    choose(page, "digit", "3")
    choose(page, "ink", "green")
    expected = "a green three on a black background"
    page.wait_for_function(
        f"document.querySelector('#images-prompt textarea').value == '{expected}'"
    )
    choose(page, "ink", "black")
    page.wait_for_selector("#images-reading :text('cannot be seen')")
    page.click("#images-draw")
    page.wait_for_selector(".toast-body :text('cannot be seen')")
    expect(page.locator(".grid img")).to_have_count(0)


def test_free_words_are_marked_and_steer_diffusion_alone(open_page: Open):
    page = images(open_page())
    enter(page, "#images-prompt textarea", "a blue dragon two on a white background")
    page.wait_for_selector("#images-reading mark:has-text('dragon')")
    assert "go by the labels, red 7 on black" in page.inner_text("#images-reading")
    draw(page)
    alts = [i.get_attribute("alt") for i in page.locator(".grid img").all()]
    assert alts[0] == "red 7 on black, GAN"
    assert alts[-1] == "a blue dragon two on a white background, Diffusion"


def test_saved_pictures_are_exact_and_hold_their_recipe(open_page: Open, tmp_path: Path):
    page = images(open_page())
    draw(page)
    page.locator("#images-grid .family[data-family=vae] .tile").nth(1).click()
    with page.expect_download() as saved:
        page.click("dialog[open] a[download]")
    assert saved.value.suggested_filename.startswith("vae-seed-7-2-")
    saved.value.save_as(tmp_path / "one.png")
    with Image.open(tmp_path / "one.png") as image:
        assert (image.format, image.size) == ("PNG", (32, 32))
        assert json.loads(image.text["recipe"])["model"] == "vae"
        pixels = image.tobytes()
    page.keyboard.press("Escape")
    with page.expect_download() as saved:
        page.click("#images-grid .family[data-family=vae] a[download]")
    saved.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        assert len(packed.namelist()) == 4
        with Image.open(io.BytesIO(packed.read(packed.namelist()[1]))) as image:
            assert image.tobytes() == pixels


def test_an_images_link_opens_the_right_place(open_page: Open):
    page = images(open_page())
    choose(page, "digit", "4")
    page.wait_for_function(
        "document.querySelector('#images-prompt textarea').value.includes('four')"
    )
    draw(page)
    other = open_page(f"?recipe={recipe_in(page)}")
    other.wait_for_function(DRAWN)
    assert other.locator(".grid img").first.get_attribute("alt") == "red 4 on black, GAN"


# Everywhere


def test_the_api_page_documents_the_public_functions(open_page: Open):
    page = open_page()
    page.get_by_role("button", name="Use via API").click()
    for name in ("/text_generate", "/image_generate", "/models_list"):
        page.wait_for_selector(f"text={name}")
    expect(page.locator("text=/text_write")).to_have_count(0)


@pytest.mark.parametrize(
    ("scheme", "colour"), [("light", "rgb(247, 248, 250)"), ("dark", "rgb(14, 17, 22)")]
)
def test_nothing_overflows_on_small_screens(open_page: Open, scheme: str, colour: str):
    page = open_page(size={**PHONE, "width": 360}, color_scheme=scheme)
    write(page)
    wait_until_written(page)
    for width in (768, 390, 360):
        check_width(page, width)
    draw(images(page))
    for width in (768, 390, 360):
        check_width(page, width)
    ground = page.evaluate(
        "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"
    )
    assert ground == colour


def test_everything_can_be_done_from_the_keyboard(open_page: Open):
    page = open_page(place="Play")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.id === 'history-open'")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.getAttribute('role') === 'tab'")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#text-write")
    page.wait_for_load_state("networkidle")
    reached = set()
    for _ in range(16):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('[id]')?.id"))
    assert {"text-write", "text-settings"} <= reached
    page.focus("#text-write")
    page.keyboard.press("Enter")
    wait_until_written(page)
    page.focus("#place-text")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#images-draw")
    page.focus("#images-digit input:checked")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "document.querySelector('#images-prompt textarea').value.includes('eight')"
    )


def test_two_pages_at_once_do_not_disturb_each_other(open_page: Open):
    one, other = open_page(), images(open_page())
    write(one, "delay=0.1")
    one.wait_for_selector("#text-write:has-text('Stop')")
    draw(other)
    assert "Stop" in one.inner_text("#text-write")
    one.click("#text-write")
    one.wait_for_selector("#text-write:has-text('Write')")
    assert "stopped at" in one.inner_text("#text-left .state")


def test_a_space_around_the_page_is_told_the_address(page: Any):
    page.evaluate(
        "window.told = [];"
        "const outside = {postMessage: (...args) => window.told.push(args)};"
        "Object.defineProperty(window, 'parent', {value: outside});"
    )
    page.evaluate("playground.share('abc.def')")
    assert page.evaluate("told") == [[{"queryString": "?recipe=abc.def"}, "https://huggingface.co"]]
    assert recipe_in(page) == "abc.def"
