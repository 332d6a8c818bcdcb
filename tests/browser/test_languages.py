"""The page in Spanish and in Chinese: its own words and Gradio's, and never those of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground import words
from tests.browser.conftest import enter
from tests.browser.test_journeys import DRAWN

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SMALL = {"width": 360, "height": 740}
NAMES = {"LSTM", "GPT", "GAN", "VAE", "Diffusion", "Emoji", "Top-k", "Top-p"}
LEARNED = "words.language !== 'en'"
_LABELS = """place => [...document.querySelectorAll(`#page-${place} [data-testid=block-info],
    #page-${place} .label-wrap > span, #page-${place} fieldset label span`)]
    .filter((one) => one.checkVisibility() && !/^▼?$/.test(one.textContent))
    .map((one) => one.textContent.trim())"""


def visit(open_page: Open, place: str, tongue: str, query: str = "", **settings: Any) -> Any:
    """A page in a language, at one of its places."""
    page = open_page(query, place="Play", locale=tongue, **settings)
    page.set_default_timeout(30_000)
    page.wait_for_function(LEARNED)
    page.click(f"#place-{place}")
    page.wait_for_selector(f"#page-{place}")
    return page


@pytest.mark.parametrize(("tongue", "code"), [("es-MX", "es"), ("zh-CN", "zh-CN")])
def test_labels_and_buttons_are_in_the_visitors_language(open_page: Open, tongue: str, code: str):
    said = words.catalogues()[code]
    page = visit(open_page, "text", tongue)
    assert page.evaluate("document.documentElement.lang") == code
    assert page.inner_text("#place-images") == said["Images"]
    assert page.inner_text("#text-write") == said["Write"]
    for place in ("text", "images"):
        page.click(f"#place-{place}")
        page.wait_for_selector(f"#page-{place}")
        page.wait_for_load_state("networkidle")
        labels = {text for text in page.evaluate(_LABELS, place) if text and not text.isdecimal()}
        assert len(labels) > 3
        own = {text for text in labels - set(said.values()) - NAMES if not text.startswith("SD-")}
        assert own <= {said["A text of up to {letters} letters"].replace("{letters}", "2,000")}


def test_a_run_is_started_and_stopped_and_its_text_is_left_alone(open_page: Open):
    page = visit(open_page, "text", "es-ES")
    enter(page, "#text-prompt textarea", "Stop\ndelay=0.05 ")
    page.click("#text-write")
    page.wait_for_selector("#text-write:has-text('Parar')")
    page.wait_for_function("document.querySelectorAll('#text-left-stage .t').length > 3")
    page.click("#text-write")
    page.wait_for_selector("#text-write:has-text('Escribir')")
    page.wait_for_selector("#text-left .state:has-text('parado en ')")
    assert page.inner_text("#text-left-stage").startswith("Stop")


def test_a_digit_is_asked_for_in_another_language(open_page: Open):
    page = visit(open_page, "images", "es-ES", size=SMALL)
    enter(page, "#images-prompt textarea", "un ocho verde sobre fondo blanco")
    page.wait_for_selector("#images-reading :text('a green eight on a white background')")
    page.wait_for_selector("#images-reading :text('Entendido como la frase en inglés')")
    page.click("#images-draw")
    page.wait_for_function(DRAWN)
    alts = [image.get_attribute("alt") for image in page.locator("#images-grid img").all()]
    assert alts[-1] == "a green eight on a white background, Diffusion"
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def test_the_address_may_name_the_language(open_page: Open):
    page = visit(open_page, "text", "en-US", query="?lang=es")
    page.wait_for_selector("#text-write:has-text('Escribir')")
    page.wait_for_selector("#text-prompt :text('Empieza un texto')")


def test_without_a_catalogue_the_page_is_in_english(open_page: Open):
    page = open_page(place="Text", locale="fi-FI")
    assert page.evaluate("words.language") == "en"
    assert page.inner_text("#text-write") == "Write"
