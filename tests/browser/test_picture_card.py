"""A card of pictures fed with events: what it shows of them, without a model and without Gradio."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.features.images.draw import SCRIPT
from playground.web import assets

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
FACTS = {
    **{"model": "gan", "kind": "image", "family": "gan", "name": "GAN <i>"},
    **{"about": "draws <b>", "size": "3 M weights", "details": {"Model": "<script>"}},
    **{"frames": 4, "subject": "a <u> seven", "brief": "Draws <b>."},
}
RECIPE = {"model": "gan", "prompt": "", "options": {"count": 2}, "seed": 7}
START = {"start": {"recipe": RECIPE, "key": "0123456789abcdef", "replayed": False}}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
    "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
BUILD = """([facts, events]) => {
  const { PictureCard } = playground.modules.picture_card;
  window.card = new PictureCard(facts, "images-draw");
  document.body.append(card.element);
  for (const event of events) card.take(event);
  card.draw();
}"""


@pytest.fixture
def card(open_page: Open) -> Callable[..., Any]:
    """Builds a card on an otherwise empty page."""
    page = open_page(place="Play", alone=True)
    page.add_script_tag(content=assets.script(SCRIPT))

    def build(*events: Any, **facts: Any) -> Any:
        page.evaluate(BUILD, [{**FACTS, **facts}, list(events)])
        return page

    return build


def frame(last: bool = False, **more: Any) -> dict[str, Any]:
    """An event of two pictures."""
    shown = {"index": 0, "total": 3, "last": last, "label": "step 1 of 3", "ms": 30.0}
    return {"frame": {**shown, "tiles": [PIXEL, PIXEL], **more}}


def count(page: Any, selector: str) -> int:
    """How many such elements are on the card."""
    return int(page.evaluate("s => card.element.querySelectorAll(s).length", selector))


def test_frames_are_there_before_pictures_are(card: Callable[..., Any]) -> None:
    page = card()
    assert count(page, ".tile.empty") == 4
    assert page.evaluate("card.element.getAttribute('aria-label')") == "GAN <i>"
    assert page.evaluate("card.element.querySelector('h3').textContent") == "GAN <i>"
    assert page.evaluate("card.element.querySelector('.brief').title") == "Draws <b>."
    for asked, crowd in ((1, "one"), (4, "few"), (9, "many")):
        recipe = {**RECIPE, "options": {"count": asked}}
        page = card({"start": {**START["start"], "recipe": recipe}})
        assert count(page, f".tiles.{crowd} .tile.empty") == asked


def test_an_unfinished_picture_cannot_be_saved(card: Callable[..., Any]) -> None:
    page = card(START, frame())
    assert page.evaluate("card.element.querySelector('.state').textContent") == (
        "● live · step 1 of 3"
    )
    assert page.evaluate("card.element.querySelector('img').alt") == (
        "a <u> seven, GAN <i>, step 1 of 3"
    )
    assert count(page, ".tile img") == 2
    assert count(page, "[data-save], [download]") == 0


def test_finished_pictures_are_saved_one_by_one_and_all_at_once(card: Callable[..., Any]) -> None:
    page = card(START, frame(last=True), {"end": "finished"})
    assert count(page, "button.tile[data-save]") == 2
    assert page.evaluate("card.element.querySelector('[data-save]').dataset.save") == (
        "gan-seed-7-1-01234567.png"
    )
    assert page.evaluate("card.element.querySelector('a[download]').textContent") == "Save 2 PNGs"
    assert page.evaluate("card.element.querySelector('.figures').textContent") == (
        "15 ms a picture · seed 7"
    )
    assert page.evaluate("card.element.querySelector('img').alt") == "a <u> seven, GAN <i>"
    assert page.evaluate("card.model.announcement") == "GAN <i> finished, 2 pictures."


def test_a_picture_that_was_held_back_cannot_be_saved(card: Callable[..., Any]) -> None:
    page = card(START, frame(last=True, held=[0, 1], label="Both <held> back."))
    assert count(page, "[data-save], [download]") == 0
    assert page.evaluate("card.element.querySelector('.aside').textContent") == "Both <held> back."


def test_only_large_pictures_are_smooth(card: Callable[..., Any]) -> None:
    assert count(card(START, frame()), "img.photo") == 0
    assert count(card(START, frame(photo=True)), "img.photo") == 2


def test_an_arrival_is_a_bar_with_a_name(card: Callable[..., Any]) -> None:
    far = {"words": "arriving, 0 %", "said": "0 MB of 0 MB", "done": 0, "total": 0}
    page = card({"arrive": far}, hint="GAN is not here yet.")
    bar = page.evaluate_handle("card.element.querySelector('progress')")
    assert bar.evaluate("bar => [bar.getAttribute('aria-label'), bar.max, bar.value]") == [
        *("Download of GAN <i>", 1, 0),
    ]
    assert "GAN <i> arrives: 0 MB of 0 MB." in page.evaluate("card.element.textContent")
    page.evaluate("card.take({ end: 'stopped' })")
    assert page.evaluate("card.element.querySelector('.hint').textContent") == (
        "GAN is not here yet."
    )
    assert page.evaluate("card.element.querySelector('.state').textContent") == ""


def test_a_failure_says_where_to_press_again(card: Callable[..., Any]) -> None:
    page = card(START, {"fail": {"sentence": "Very <many> wait.", "again": True}})
    assert page.evaluate("card.element.querySelector('.failure').textContent") == (
        "Very <many> wait."
    )
    assert page.evaluate("card.element.querySelector('[data-press]').dataset.press") == (
        "images-draw"
    )
    page = card({"fail": {"sentence": "Choose another colour.", "again": False}})
    assert count(page, "[data-press]") == 0


def test_what_is_known_of_models_is_text_never_markup(card: Callable[..., Any]) -> None:
    page = card(START, frame(last=True))
    tools = "playground.modules.card.toolsRow([card.model], '\">')"
    assert page.evaluate(f"{tools}.querySelectorAll('script').length") == 0
    assert page.evaluate(f"{tools}.querySelector('dd').textContent") == "<script>"
    assert page.evaluate(f"{tools}.querySelector('[data-link]').dataset.link") == '">'
    without = "playground.modules.card.toolsRow([card.model], '')"
    assert page.evaluate(f"{without}.querySelectorAll('[data-link], a').length") == 0
    assert count(page, "i:not([aria-hidden]), u, b") == 0
