"""Fork the story: another letter is chosen, the model goes on from it, all branches stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from playground.features.play import replay_pack
from tests.browser.conftest import PHONE, hear

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
BRANCHES = "#scene-fork .fork-branch"
LETTERS = f"{BRANCHES}:first-child [data-index]"
SAYS = "#scene-fork .fork-panel .reading"
RESTING = "document.querySelector('#scene-fork .fork-branch') && " + (
    "!document.querySelector('#scene-fork [data-busy]')"
)
RUN = replay_pack.read("texts")["runs"]["char_lstm"]
RECORDED = [letter for event in RUN["events"] for letter in event["letters"]]


_LISTEN = """() => {
    window.heard = [];
    const said = document.getElementById("page-said");
    const options = { childList: true, characterData: true, subtree: true };
    new MutationObserver(() => window.heard.push(said.innerText)).observe(said, options);
}"""
"""Other scenes of the page speak too, and the last word stays."""


def scene(page: Any) -> Any:
    """Go to the scene and wait until its text is there."""
    page.locator("#scene-fork").scroll_into_view_if_needed()
    page.wait_for_function(RESTING)
    return page


@pytest.fixture
def still_page(open_static: Open) -> Any:
    """The page without a server, on the phone of somebody who wants no motion."""
    return open_static(size=PHONE, reduced_motion="reduce")


def test_the_recorded_text_is_shown_with_its_bars(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    expect(page.locator(LETTERS)).to_have_count(len(RECORDED))
    surprising = sum(1 for letter in RECORDED if letter[1] <= 0.5)
    expect(page.locator(f"{LETTERS}:is(.s1, .s2, .s3, .s4)")).to_have_count(surprising)
    assert "recorded" in page.inner_text(f"{BRANCHES} .state")


def test_a_letter_says_how_likely_it_was_and_what_else_could_have_stood_there(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    index = next(i for i, letter in enumerate(RECORDED) if letter[2] == 0 and 0.3 < letter[1] < 0.9)
    page.click(f"{LETTERS}[data-index='{index}']")
    piece, probability, _, _, candidates = RECORDED[index]
    assert f"had {probability:.0%}, its favourite".replace("%", " %") in page.inner_text(SAYS)
    chips = page.locator("#scene-fork .fork-chips button")
    others = [c for c in candidates if c[0] != piece and c[1] > 0][:6]
    expect(chips).to_have_count(len(others))
    assert f"{others[0][1]:.0%}".replace("%", " %") in chips.first.inner_text()


def test_a_chosen_letter_begins_a_branch_and_the_old_one_stays(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    asked = hear(page)
    page.evaluate(_LISTEN)
    page.click(f"{LETTERS}[data-index='20']")
    taken = [c[0] for c in RECORDED[20][4] if c[0] != RECORDED[20][0]][1]
    page.click("#scene-fork .fork-chips button >> nth=1")
    page.wait_for_function(f"document.querySelectorAll('{BRANCHES}').length === 2 && {RESTING}")
    (run,) = asked[0]["runs"]
    before = "".join(letter[0] for letter in RECORDED[:20])
    assert run["prompt"] == RUN["start"]["recipe"]["prompt"] + before + taken
    assert run["options"] == RUN["start"]["recipe"]["options"] | {"length": 80}
    assert run["seed"] == RUN["start"]["recipe"]["seed"]
    expect(page.locator(LETTERS)).to_have_count(20 + 1 + 80)
    assert page.inner_text(f"{BRANCHES}:first-child .chosen") == taken
    expect(page.locator(f"{BRANCHES}:first-child .fork-rule")).to_have_count(1)
    expect(page.locator(f"{BRANCHES}:last-child [data-index]")).to_have_count(len(RECORDED))
    assert any("LSTM finished, 80 letters" in said for said in page.evaluate("window.heard"))


def test_the_text_below_stays_where_it_is_while_a_branch_grows(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    page.click(f"{LETTERS}[data-index='20']")
    page.click("#scene-fork .fork-chips button >> nth=0")
    page.wait_for_function(f"document.querySelectorAll('{BRANCHES}').length === 2")
    place = "document.querySelectorAll('#scene-fork .fork-branch')[1].offsetTop"
    before = page.evaluate(place)
    page.wait_for_function(RESTING)
    assert page.evaluate(place) == before


def test_a_branch_is_made_from_the_keyboard(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    expect(page.locator(f"{BRANCHES} [tabindex='0']")).to_have_count(1)
    page.focus(f"{LETTERS}[tabindex='0']")
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    index = "document.activeElement.dataset.index"
    assert page.evaluate(index) == "1"
    top = page.evaluate("document.activeElement.offsetTop")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.offsetTop") > top
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.fork-chips') !== null")
    page.keyboard.press("Escape")
    assert page.evaluate(index) is not None
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('{BRANCHES}').length === 2 && {RESTING}")
    assert page.evaluate("document.activeElement.classList.contains('chosen')")


def test_each_writer_keeps_its_own_branches(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    page.click("#scene-fork [data-model=gpt2_mini]")
    page.wait_for_function(RESTING)
    expect(page.locator("#scene-fork .card[data-family=transformer]")).to_have_count(1)
    page.click(f"{LETTERS}[data-index='5']")
    page.click("#scene-fork .fork-chips button >> nth=0")
    page.wait_for_function(f"document.querySelectorAll('{BRANCHES}').length === 2 && {RESTING}")
    page.click("#scene-fork [data-model=char_lstm]")
    expect(page.locator(BRANCHES)).to_have_count(1)
    page.click("#scene-fork [data-model=gpt2_mini]")
    expect(page.locator(BRANCHES)).to_have_count(2)
    page.get_by_role("button", name="Start over").click()
    page.wait_for_function(RESTING)
    expect(page.locator(BRANCHES)).to_have_count(1)


def test_when_nobody_answers_the_branch_can_be_tried_again(open_page: Open):
    page = scene(open_page(place="Play", alone=True))
    page.evaluate("void (window.answer = fetch)")
    page.evaluate("void (window.fetch = () => Promise.reject(new Error('away')))")
    page.click(f"{LETTERS}[data-index='20']")
    page.click("#scene-fork .fork-chips button >> nth=0")
    page.wait_for_selector("#scene-fork .failure:has-text('does not answer')")
    page.evaluate("void (window.fetch = window.answer)")
    page.click("#scene-fork .fork-failed button")
    page.wait_for_function(f"document.querySelectorAll('{LETTERS}').length === 101 && {RESTING}")
    expect(page.locator("#scene-fork .fork-failed")).to_have_count(0)


def test_without_a_server_candidates_are_shown_and_going_on_is_explained(still_page: Any):
    page = scene(still_page)
    page.click(f"{LETTERS}[data-index='20']")
    assert 0.995 <= RECORDED[20][1] < 1  # which is not called 100 %
    assert "had over 99 %" in page.inner_text(SAYS)
    page.click("#scene-fork .fork-chips button >> nth=0", force=True)
    assert "running app" in page.inner_text(SAYS)
    expect(page.locator(BRANCHES)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
