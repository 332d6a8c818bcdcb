"""Why this letter, and any text scored, on the app as it is shipped: real weights throughout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from playwright.sync_api import expect

from models.sampling import Options, sample
from tests.browser.conftest import PHONE, enter, hear
from tests.browser.test_journeys import recipe_in, wait_until_written

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
WHY = "playground.modules.why.why"
DRAWN = "playground.modules.distribution.distribution"
BOTH = "document.querySelectorAll('.why-model .why-bars').length === 2"
SETTINGS = [
    Options(temperature, top_k, top_p)
    for temperature in (0.0, 0.4, 1.0, 2.0)
    for top_k in (0, 1, 7)
    for top_p in (1.0, 0.9, 0.3)
]


@pytest.fixture(scope="module")
def port(shipped_port: int) -> int:
    """The port of `python app.py`."""
    return shipped_port


def let_both_write(page: Any) -> Any:
    """Let both models write on a page."""
    page.click("#text-write")
    page.wait_for_function("document.querySelector('#page-said').textContent !== ''")
    page.set_default_timeout(10_000)
    wait_until_written(page)
    page.wait_for_function("window.playground?.modules?.why")
    return page


@pytest.fixture(scope="module")
def shared_page(open_shared_page: Open) -> Any:
    """A page on which both models have written, for all tests that leave the texts as they are."""
    return let_both_write(open_shared_page())


@pytest.fixture
def page(shared_page: Any) -> Any:
    """That page with its drawer shut."""
    if shared_page.is_visible("#text-why-drawer"):
        shared_page.click("[data-why-close]")
        shared_page.wait_for_selector("#text-why-drawer", state="hidden")
    return shared_page


def press_letter(page: Any, side: str, place: int) -> None:
    """Press the middle of one letter."""
    box = page.evaluate(
        """([side, place]) => {
            const { letter_places, text_cards, why } = playground.modules;
            const letter = why.why.letters(side)[place];
            letter_places.reveal(letter, text_cards.cardOn(side).stage.stage);
            const { left, top, width, height } = letter_places.boxOf(letter);
            return [left + width / 2, top + height / 2];
        }""",
        [side, place],
    )
    page.mouse.click(*box)


def panel(page: Any, number: int) -> str:
    """What is said of one of the two models; 0 is the one that wrote."""
    return str(page.locator(".why-model .why-says").nth(number).inner_text())


def text_of(page: Any, side: str) -> str:
    """What a model wrote."""
    return str(page.evaluate("side => playground.modules.text_cards.cardOn(side).model.text", side))


def test_a_pressed_letter_is_explained_by_both_models(page: Any):
    page.locator("#text-left-stage").scroll_into_view_if_needed()
    press_letter(page, "left", 4)
    page.wait_for_function(BOTH)
    letter = text_of(page, "left")[4]
    assert page.inner_text(".why-where").endswith(letter)
    assert panel(page, 0).startswith(f"“{letter}” had ")
    assert "Surprise " in panel(page, 0)
    assert panel(page, 1).startswith(f"“{letter}” had ")
    assert "It did not write this" in panel(page, 1)
    assert page.inner_text(".why-model h4 >> nth=0") == "LSTM"
    assert page.inner_text(".why-model h4 >> nth=1") == "GPT"
    for number in (0, 1):
        model = page.locator(".why-model").nth(number)
        rows = model.locator(".why-row:not(.why-axis)").count()
        assert rows in (10, 11)
        expect(model.locator("table tr")).to_have_count(rows + 1)
        expect(model.locator(".taken")).to_have_count(1)
        assert "most likely candidates" in (model.locator(".why-bars").get_attribute("aria-label"))
    expect(page.locator(".why-chosen")).to_have_count(1)
    expect(page.locator("#page-said")).to_contain_text("It did not write this")


def test_bars_of_both_models_can_be_compared(page: Any):
    page.focus("#text-left-stage .stage")
    page.keyboard.press("Home")
    page.wait_for_function(BOTH)
    for letter in range(1, 13):
        page.wait_for_selector(f".why-where:has-text('Letter {letter},')")
        page.wait_for_function(f"{WHY}.known() && {BOTH}")
        left, right = page.evaluate(_BARS)
        assert left["axis"] == right["axis"] == ["0", left["axis"][1], "One scale for both models"]
        assert left["width"] == pytest.approx(right["width"], abs=1)
        whole = float(left["axis"][1].removesuffix(" %"))
        for length, share in left["bars"] + right["bars"]:
            assert length == pytest.approx(share * 100 / whole, abs=1 + 50 / whole), letter
        page.keyboard.press("ArrowRight")


_BARS = """() => [...document.querySelectorAll(".why-bars")].map((bars) => {
    const width = bars.querySelector(".why-track").getBoundingClientRect().width;
    const axis = [...bars.querySelectorAll(".why-axis span span, .why-scale")];
    const rows = [...bars.querySelectorAll(".why-row:not(.why-axis)")].map((row) => [
        (100 * row.querySelector(".why-drawn").getBoundingClientRect().width) / width,
        parseFloat(row.querySelector(".why-share").textContent),
    ]);
    return {
        axis: axis.map((one) => one.textContent), width,
        bars: rows.filter(([, share]) => share >= 5),
    };
})"""
"""Of both charts: what the axis says, and the lengths of bars, in percent of it, by their share."""


def test_keys_reach_every_letter_and_leave_again(page: Any):
    page.focus("#text-right-stage .stage")
    page.keyboard.press("Home")
    page.wait_for_function(BOTH)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    text = text_of(page, "right")
    page.wait_for_selector(".why-where:has-text('Letter 3')")
    shown = page.inner_text(".why-where mark")
    assert shown == page.evaluate(
        "letter => playground.modules.card_parts.visible(letter)", text[2]
    )
    page.keyboard.press("End")
    page.wait_for_selector(f".why-where:has-text('Letter {len(text)}')")
    page.wait_for_function(f"{WHY}.known() && {BOTH}")
    page.keyboard.press("Escape")
    assert page.locator("#text-why-drawer").is_hidden()
    assert page.evaluate("document.activeElement.className") == "stage"
    page.keyboard.press("Enter")  # at its most surprising letter
    page.wait_for_selector("#text-why-drawer:not([hidden])")


def test_settings_redraw_at_once_and_no_model_runs(page: Any):
    page.click("#text-left-tools [data-why]")
    page.wait_for_function(BOTH)
    page.wait_for_timeout(500)
    asked, fetched = hear(page), []
    page.on("request", lambda request: fetched.append(request.url))
    before = page.inner_text(".why-model .why-share >> nth=0")
    page.focus("#text-why-temperature")
    page.keyboard.press("End")
    assert page.inner_text("label[for='text-why-temperature'] output") == "2"
    assert page.inner_text(".why-model .why-share >> nth=0") != before
    page.focus("#text-why-top-k")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "top-k left 2 candidates" in panel(page, 0)
    page.focus("#text-why-top-p")
    page.keyboard.press("Home")
    assert "top-p left 1 candidate" in panel(page, 0)
    cut = page.locator(".why-model >> nth=0").locator(".why-share:has-text('cut')")
    expect(cut.nth(8)).to_be_attached()
    page.click("[data-why-reset]")
    assert page.inner_text(".why-model .why-share >> nth=0") == before
    assert asked == []
    assert [url for url in fetched if not url.endswith("/live")] == []


def test_what_the_browser_computes_is_what_the_engine_draws(page: Any):
    generator = torch.Generator().manual_seed(5)
    logits = torch.randn(1, 65, generator=generator) * 3
    probabilities = logits.softmax(-1)[0].sort(descending=True).values
    costs = (-1000 * probabilities.log()).round().tolist()
    for options in SETTINGS:
        drawn = sample(logits, [options], [torch.Generator().manual_seed(1)])[0]
        shown = page.evaluate(
            f"([costs, settings]) => {DRAWN}({{ costs, rest: 0, vocabulary: 65 }}, settings)",
            [costs, _settings(options)],
        )
        assert sum(shown["shares"]) == pytest.approx(1)
        share = shown["shares"][drawn.rank]
        assert share == pytest.approx(drawn.drawn_probability, rel=5e-3), options
        if options.top_k and options.temperature:
            assert shown["left"] <= options.top_k


def test_of_a_large_vocabulary_the_shares_are_within_what_is_said(page: Any):
    generator = torch.Generator().manual_seed(6)
    logits = torch.randn(1, 5000, generator=generator) * 2.5
    probabilities = logits.softmax(-1)[0].sort(descending=True).values
    kept = probabilities[:64]
    asked = {"costs": (-1000 * kept.log()).round().tolist(), "rest": float(1 - kept.sum())}
    compared = 0
    for options in SETTINGS:
        drawn = sample(logits, [options], [torch.Generator().manual_seed(2)])[0]
        shown = page.evaluate(
            f"([piece, settings]) => {DRAWN}({{ ...piece, vocabulary: 5000 }}, settings)",
            [asked, _settings(options)],
        )
        assert sum(shown["shares"]) + shown["rest"] == pytest.approx(1)
        if drawn.rank < 64 and options.top_p == 1:
            share, off = shown["shares"][drawn.rank], shown["slack"] + 5e-3
            assert share / (1 + off) <= drawn.drawn_probability <= share / (1 - off), options
            compared += 1
    assert compared > len(SETTINGS) / 4


def _settings(options: Options) -> dict[str, float]:
    return {
        "temperature": options.temperature,
        "top_k": options.top_k,
        "top_p": options.top_p,
    }


def test_a_new_text_shuts_the_drawer(open_page: Open):
    page = let_both_write(open_page())
    page.click("#text-left-tools [data-why]")
    page.wait_for_function(BOTH)
    enter(page, "#text-prompt textarea", "KING:\n")
    page.click("#text-write")
    page.wait_for_selector("#text-why-drawer", state="hidden")
    expect(page.locator(".why-chosen")).to_have_count(0)


def test_on_a_phone_the_drawer_lies_below_its_card(open_page: Open):
    page = let_both_write(open_page(size=PHONE))
    page.click("#text-left-tools [data-why]")
    page.wait_for_function(BOTH)
    tops = [page.locator(f"#text-{name}").bounding_box()["y"] for name in ("left", "why", "right")]
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.click("[data-why-close]")
    page.click("#text-right-tools [data-why]")
    page.wait_for_function(BOTH)
    tops = [page.locator(f"#text-{name}").bounding_box()["y"] for name in ("left", "right", "why")]
    assert tops == sorted(tops)


# Score a text


def score(page: Any, words: str) -> None:
    """Score a text and wait for its end."""
    enter(page, "#text-score-text textarea", words)
    page.click("#text-score-press")
    page.wait_for_selector("#text-score-parting [data-link]")


def test_a_text_is_scored_and_every_letter_can_be_reached(open_page: Open):
    page = open_page()
    words = "What light is this?\nA <b>lamp</b>!".replace("<b>", "'").replace("</b>", "'")
    score(page, words)
    page.wait_for_function("window.playground?.modules?.scoring")
    expect(page.locator(".score-strip > b")).to_have_count(len(words))
    expect(page.locator(".score-rate:has-text('bits a letter')")).to_have_count(2)
    assert "bits a letter" in page.inner_text("#page-said")
    page.focus(".score-strip")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#text-score-letter").startswith("Letter 1, “W”. LSTM: ")
    page.keyboard.press("End")
    said = page.inner_text("#text-score-letter")
    assert said.startswith(f"Letter {len(words)}, “!”")
    page.locator(".score-strip > b").nth(3).click()
    assert page.inner_text("#text-score-letter").startswith("Letter 4, “t”")
    page.click("[data-score-table] summary")
    expect(page.locator("[data-score-table] tr")).to_have_count(len(words) + 1)
    cells = page.locator("[data-score-table] tr >> nth=4").locator("td").all_inner_texts()
    assert cells[0] == "t"
    for name, bits, rank in (("LSTM", *cells[1:3]), ("GPT", *cells[3:])):
        said = page.inner_text("#text-score-letter").partition(f"{name}: ")[2]
        assert float(said.partition(" bits")[0]) == pytest.approx(float(bits), abs=0.06)
        assert ("its favourite" if rank == "1" else f"its {rank}") in said.partition(". ")[0]


def test_the_link_of_a_score_scores_again(open_page: Open):
    page = open_page()
    score(page, "Now is the winter of our discontent")
    before = page.inner_text(".score-totals .score-rate >> nth=0")
    again = open_page(f"?recipe={recipe_in(page)}")
    again.wait_for_selector("#text-score-parting [data-link]")
    assert again.input_value("#text-score-text textarea").startswith("Now is the winter")
    assert again.inner_text(".score-totals .score-rate >> nth=0") == before
    assert "Press Write." in again.inner_text("#text-left-stage")


def test_who_cannot_read_a_text_says_which_letters(open_page: Open):
    page = open_page(size=PHONE)
    score(page, "naïve")
    assert "cannot read: ï" in page.inner_text("#text-score-totals")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


LONG = "What light is this, and whose? " * 60


def test_scoring_is_stopped_by_its_button_and_what_was_read_stays(open_page: Open):
    page = open_page()
    enter(page, "#text-score-text textarea", LONG)
    page.click("#text-score-press")
    page.wait_for_selector("#text-score-press:has-text('Stop')")
    page.wait_for_selector(".score-strip > b")
    page.click("#text-score-press")
    page.wait_for_selector("#text-score-press:has-text('Score')")
    expect(page.locator("#text-score-totals .figures").first).to_contain_text("stopped at")
    expect(page.locator(".score-verdict")).to_have_count(0)
    page.locator(".score-strip > b").first.click()
    assert page.inner_text("#text-score-letter").startswith("Letter 1, “W”. LSTM: ")


def test_a_text_that_is_none_is_refused_in_words(open_page: Open):
    page = open_page()
    enter(page, "#text-score-text textarea", "")
    page.click("#text-score-press")
    page.wait_for_selector(":text('Paste or write a text first.')")
    expect(page.locator("#text-score-press")).to_have_text("Score")


def test_a_scored_text_is_taken_down_from_what_is_known_of_it(open_page: Open):
    page = open_page()
    score(page, "Now is <b>the</b> winter".replace("<b>", "'").replace("</b>", "'"))
    entry = page.evaluate("playground.modules.session_log.logged().at(-1)")
    assert (entry["name"], entry["family"]) == ("A text, scored", "")
    assert entry["asked"] == "Now is 'the' winter"
    assert entry["figures"].startswith("LSTM · ")
    assert entry["figures"].count(" bits a letter · 19 letters · ") == 2


def test_markup_in_a_scored_text_stays_text(open_page: Open):
    page = open_page()
    enter(page, "#text-score-text textarea", "I'll <i>no")
    page.click("#text-score-press")
    page.wait_for_selector("#text-score-parting [data-link]")
    expect(page.locator("#text-score-totals")).to_contain_text("cannot read: <, >.")
    expect(page.locator("#text-score i:not(.why-own)")).to_have_count(0)
