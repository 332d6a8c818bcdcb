"""Latent space: a walk through three families, and a plane that answers while one drags."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from models.datasets import Concept
from tests.browser.conftest import PHONE, hear

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
FRAMES = 8
IDLE = "document.querySelector('.walk-begin').textContent === 'Walk'"
DRAWN = f"{IDLE} && document.querySelectorAll('.walk-strip img').length === {3 * FRAMES}"
ANSWERED = "document.querySelectorAll('.plane-tile img').length === 2"


def slowly(route: Any) -> None:
    """Let who goes by words take four seconds, whatever else the machine does."""
    body = route.request.post_data_json
    for run in body["runs"]:
        if run.get("prompt"):
            run["prompt"] += " delay=0.2"
    route.continue_(post_data=json.dumps(body))


def opened(page: Any, look: str) -> Any:
    """Open one drawer, and count what it asks for."""
    page.asked = hear(page)
    page.click(f"#look-{look} summary")
    page.wait_for_selector(f"#look-{look} .look-inside > *")
    return page


def test_a_walk_from_one_concept_to_another_by_keyboard(open_page: Open):
    page = opened(open_page(place="Images"), "walk")
    assert page.locator(".walk-slider").is_disabled()
    page.fill("#walk-from-seed", "5")
    page.get_by_role("button", name="Another digit").press("Enter")
    page.select_option("#walk-to-ink", "white")
    page.select_option("#walk-to-paper", "blue")
    page.fill("#walk-to-seed", "41")
    page.get_by_role("button", name="Walk", exact=True).press("Enter")
    page.wait_for_function(DRAWN)
    (body,) = page.asked
    runs = {run["model"]: run for run in body["runs"]}
    assert {run["task"] for run in runs.values()} == {"walk"}
    ends = {"digit": 7, "ink": "red", "paper": "black"}
    ends |= {"to_digit": 8, "to_ink": "white", "to_paper": "blue", "to_seed": 41, "frames": FRAMES}
    for model in ("gan", "vae"):
        assert runs[model]["options"] == ends
    words = runs["diffusion_mini"]
    assert words["prompt"] == Concept(7, "red", "black").caption
    assert words["options"]["to_prompt"] == Concept(8, "white", "blue").caption
    assert {run["seed"] for run in runs.values()} == {5}

    page.focus(".walk-slider")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    said = page.inner_text(".walk-words")
    assert said.startswith("Picture 4 of 8: 43\u202f% of the way from red 7 on black, seed 5, to ")
    assert page.get_attribute(".walk-slider", "aria-valuetext") in said.lower()
    for row in page.locator(".walk-row").all():
        fourth = row.locator(".walk-strip img").nth(3)
        assert row.locator(".walk-large img").get_attribute("src") == fourth.get_attribute("src")
        assert "picture 4 of 8" in row.locator(".walk-large img").get_attribute("alt")
        assert "live" in row.locator(".state").inner_text()
    page.keyboard.press("]")
    assert page.inner_text(".walk-words").startswith("Picture 5 of 8")
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function(
        "document.querySelector('.walk-words').textContent.startsWith('Picture 8')"
    )
    assert page.inner_text(".walk-words") == "Picture 8 of 8: white 8 on blue, seed 41"


def test_what_cannot_be_walked_is_said_and_a_walk_can_be_stopped(open_page: Open):
    page = opened(open_page(place="Images", reduced_motion="reduce"), "walk")
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)
    page.select_option("#walk-to-ink", "black")
    page.click(".walk-begin")
    assert "A black digit on black paper cannot be seen" in page.inner_text("#look-walk .failure")
    page.click("text=As in the form above")
    page.fill("#walk-to-seed", "")
    page.click(".walk-begin")
    assert "A seed is a whole number" in page.inner_text("#look-walk .failure")
    assert page.asked == []
    page.click("text=Another seed")
    page.route("**/live", slowly)
    page.click(".walk-begin")
    page.wait_for_selector(".walk-row[data-family=diffusion] .walk-strip img")
    assert page.inner_text(".walk-begin") == "Stop"
    page.click(".walk-begin")
    page.wait_for_function(IDLE)
    assert "stopped" in page.inner_text(".walk-row[data-family=diffusion] .state")
    assert "live" in page.inner_text(".walk-row[data-family=gan] .state")
    page.evaluate("void (window.fetch = () => Promise.reject(new Error('away')))")
    page.click(".walk-begin")
    page.wait_for_function(IDLE)
    assert "does not answer" in page.inner_text(".walk-row[data-family=gan] .failure")


def test_dragging_asks_once_at_a_time_and_ends_at_the_newest_place(open_page: Open):
    page = opened(open_page(place="Images"), "plane")
    page.wait_for_function(ANSWERED)
    corners = [corner.inner_text() for corner in page.locator(".plane-corner").all()]
    assert corners == ["seed 7", "seed 8", "seed 9", "seed 10"]
    page.evaluate("""() => {
        window.most = window.now = 0;
        const ask = window.fetch;
        window.fetch = async (address, request) => {
            const runs = request?.body ? JSON.parse(request.body).runs : null;
            if (runs?.[0].task !== "plane") return ask(address, request); // of the first page
            window.most = Math.max(window.most, ++window.now);
            const answer = await ask(address, request);
            const ended = new TransformStream({ flush: () => void --window.now });
            return new Response(answer.body.pipeThrough(ended), answer);
        };
    }""")
    page.locator(".plane-pad").scroll_into_view_if_needed()
    box = page.locator(".plane-pad").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] - 50, steps=60)
    page.mouse.up()
    page.wait_for_function("window.now === 0")
    last = page.asked[-1]["runs"]
    assert [(run["task"], run["options"]["x"], run["options"]["y"]) for run in last] == [
        ("plane", 1, 0)
    ] * 2
    assert {run["seed"] for run in last} == {7}
    assert 2 <= len(page.asked) < 50  # sixty places were passed, and most of them skipped
    assert page.evaluate("window.most") == 1
    assert page.get_attribute(".plane-pad", "aria-valuetext") == "seed 8"
    assert [i.get_attribute("alt") for i in page.locator(".plane-tile img").all()] == [
        "GAN, seed 8",
        "VAE, seed 8",
    ]
    assert "ms" in page.inner_text(".plane-answered")


def test_the_plane_by_keys_on_a_phone_follows_the_form(open_page: Open):
    page = opened(open_page(place="Images", size=PHONE, has_touch=True), "plane")
    page.wait_for_function(ANSWERED)
    page.focus(".plane-pad")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_function(
        "document.querySelector('.plane-tile img').alt"
        ".endsWith('45 % to the right, 70 % down, nearest to seed 9')"
    )
    page.locator("#images-digit label", has_text="3").click()
    page.wait_for_function(
        "document.querySelector('.plane-request').textContent.startsWith('A red 3 on black')"
    )
    page.wait_for_timeout(300)
    assert page.asked[-1]["runs"][0]["options"] == {
        "digit": 3,
        "ink": "red",
        "paper": "black",
        "x": 0.45,
        "y": 0.7,
    }
    page.locator(".plane-pad").scroll_into_view_if_needed()
    box = page.locator(".plane-pad").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    page.wait_for_function(
        "document.querySelector('.plane-pad').getAttribute('aria-valuetext')"
        ".startsWith('75 % to the right, 25 % down')"
    )
    page.click("#look-walk summary")
    page.wait_for_selector(".walk-begin")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
