"""Lessons in a browser: by keys, guess before answer, place kept, projector, teacher, own files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from models.measure.app.server import serving
from playground.features.lessons import facts as lesson_facts
from playground.features.lessons import lesson as lessons
from tests.fake_catalogue import SPECS
from tests.features.lessons.test_lessons import LESSON, line_of

pytestmark = pytest.mark.browser

NARROW = {"width": 360, "height": 740}
NOW = ".step:not([hidden])"
RESTING = f"!document.querySelector('{NOW} .preset[aria-busy]')"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The app over pretended models, with a short lesson in the operator's folder."""
    folder = tmp_path_factory.mktemp("lessons")
    (folder / "short.md").write_text(LESSON, encoding="utf-8")
    settings = {lessons.VARIABLE: str(folder)}
    with serving("-m", "tests.browser.serve", host="0.0.0.0", **settings) as number:
        yield number


@pytest.fixture
def visit(new_page: Callable[..., Any], port: int) -> Callable[..., Any]:
    """Opens a page beside Gradio's."""

    def open_one(path: str, **settings: Any) -> Any:
        page = new_page(**settings)
        page.set_default_timeout(30_000)
        page.goto(f"http://127.0.0.1:{port}/{path}")
        return page

    return open_one


def title(page: Any) -> str:
    """What the step that is seen is called."""
    return str(page.inner_text(f"{NOW} h2 >> nth=0"))


def test_a_lesson_is_gone_through_by_keys_and_keeps_its_place(visit):
    page = visit("lesson/short")
    assert title(page) == "First"
    names = f"{NOW} .preset-card h3"
    assert page.locator(names).all_inner_texts() == ["A", "B", "C"]
    assert not page.is_visible(f"{NOW} .after")
    page.focus(f"{NOW} .preset .primary")
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('{NOW} .preset img').length === 6")
    page.wait_for_function(RESTING)
    assert "GAN" not in page.locator(f"{NOW} .preset img").first.get_attribute("alt")
    page.keyboard.press("Tab")  # into the first card's place or on to the question
    page.focus(f"{NOW} .question input >> nth=0")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{NOW} .after", state="visible")
    assert page.inner_text(f"{NOW} .question-said") == "You said “A”. The answer: “B”."
    assert page.locator(names).all_inner_texts() == ["A · GAN", "B · VAE", "C · Diffusion"]
    assert page.is_visible(f"{NOW} .lesson-claim .verdict")
    page.keyboard.press("PageDown")
    assert title(page) == "Second"
    assert page.evaluate("document.activeElement.textContent") == "Second"
    assert "step=2" in page.url
    page.goto(page.url.replace("?step=2", ""))
    assert title(page) == "Second"  # kept in this browser
    page.keyboard.press("ArrowLeft")
    assert title(page) == "First"
    assert page.inner_text(f"{NOW} .question-said") == "You said “A”. The answer: “B”."
    assert page.is_visible(f"{NOW} .after")
    page.keyboard.press("ArrowLeft")
    assert title(page) == "First"
    page.click("#lesson-anew")
    page.wait_for_selector(f"{NOW} .after", state="hidden")
    assert not page.is_disabled(f"{NOW} .question input >> nth=0")


def test_a_number_is_guessed_before_it_is_shown_and_deeper_text_on_request(visit):
    page = visit("lesson/short?step=2")
    right = f"{lesson_facts.figure('sharp_or_blurry.gan / sharp_or_blurry.vae', SPECS):.3g} times"
    assert right not in page.inner_text("main")
    assert page.inner_text(f"{NOW} output") == "2.5 times"
    page.focus(f"{NOW} input[type=range]")
    page.keyboard.press("ArrowRight")
    assert title(page) == "Second"  # an arrow in a slider moves the slider
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{NOW} .question-said", state="visible")
    assert page.inner_text(f"{NOW} .question-said") == f"You said 2.6 times. It is {right}."
    assert not page.is_visible(f"{NOW} .more")
    page.click("#lesson-deeper")
    assert page.is_visible(f"{NOW} .more")
    page.reload()
    assert page.is_visible(f"{NOW} .more")


def test_what_is_shown_can_be_changed_and_what_is_locked_cannot(visit):
    page = visit("lesson/short", reduced_motion="reduce")
    assert page.is_disabled(f"{NOW} .preset-range input")
    asked: list[Any] = []
    page.on("request", lambda r: r.url.endswith("/live") and asked.append(r.post_data_json))
    page.fill(f"{NOW} input[type=number]", "11")
    page.select_option(f"{NOW} .preset-concept select >> nth=0", "4")
    page.click(f"{NOW} .preset .primary")
    page.wait_for_function(f"document.querySelectorAll('{NOW} .preset img').length === 6")
    page.wait_for_function(RESTING)
    gan, _, diffusion = asked[0]["runs"]
    assert (gan["seed"], gan["options"]["digit"], gan["options"]["count"]) == (11, 4, 2)
    assert diffusion["prompt"] == "a red four on a black background"
    page.select_option(f"{NOW} .preset-concept select >> nth=2", "red")
    page.click(f"{NOW} .preset .primary")
    page.wait_for_function(RESTING)
    assert page.inner_text(f"{NOW} .preset .primary") == "Draw again"


def test_the_class_is_told_and_its_guesses_are_shown(visit, port, new_page):
    page = new_page()
    told = []

    def answer(route: Any) -> None:
        path = route.request.url.partition("?")[0].rsplit("/", 1)[-1]
        if path == "tally":
            route.fulfill(json={"answers": {"A": 3, "B": 9}})
        elif path in {"step", "guess"}:
            told.append([path, route.request.post_data_json])
            route.fulfill(json={})
        else:  # what is on in the class: nothing
            route.fulfill(json={})

    member = '{"code": "ABCD", "token": "ABCD.student", "seen": 0}'
    page.route("**/class/ABCD/**", answer)
    page.goto(f"http://127.0.0.1:{port}/lesson/short")
    page.evaluate("member => localStorage.setItem('playground_class', member)", member)
    with page.expect_response("**/class/ABCD/step"):  # said a moment after the step is reached
        page.reload()
    page.check(f"{NOW} .question input >> nth=1")
    page.click(f"{NOW} .question button[type=submit]")
    page.wait_for_selector(f"{NOW} .class-bar")
    bars = page.locator(f"{NOW} .class-bar").all_inner_texts()
    assert [re.sub(r"\s+", " ", bar) for bar in bars] == ["A 3", "B 9"]
    assert sorted(told, key=str, reverse=True) == [
        ["step", {"lesson": "short", "step": 1, "of": 2}],
        ["guess", {"question": "short.1", "answer": "B"}],
    ]


def test_on_the_wall_a_presenter_shows_the_answer_and_goes_on(visit):
    page = visit("lesson/short?projector=1", size={"width": 1280, "height": 720})
    size = "parseFloat(getComputedStyle(document.querySelector('#front')).zoom)"
    assert page.evaluate(size) == 1.5
    assert not page.is_visible(".lesson-back")
    page.keyboard.press("PageDown")
    assert title(page) == "First"
    assert page.inner_text(f"{NOW} .question-said") == "The answer: “B”."
    page.keyboard.press("PageDown")
    assert title(page) == "Second"
    assert "projector=1" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.click("#lesson-projector")
    page.wait_for_selector(".lesson-back", state="visible")
    assert title(page) == "Second"


def test_lesson_zero_fits_a_phone_and_its_teachers_page_a_printer(visit):
    page = visit("lesson/zero", size=NARROW, color_scheme="dark")
    page.wait_for_selector("#scene-real img")
    of = page.locator(".step").count()
    for number in range(1, of + 1):
        assert page.inner_text("#lesson-place") == f"Step {number} of {of}"
        page.click(f"{NOW} .question-skip")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        small = page.evaluate(
            f"[...document.querySelectorAll('{NOW} button, {NOW} select, .lesson-nav button')]"
            ".filter((e) => e.offsetParent && e.offsetHeight < 44).map((e) => e.outerHTML)"
        )
        assert small == []
        if number < of:
            page.click("#lesson-next")
    page.click("#lesson-next")
    page.wait_for_url("**/lessons")
    expect(page.locator(".lesson-link")).to_have_count(8)
    page.goto(page.url.replace("lessons", "lesson/zero/teacher"))
    expect(page.locator(".teaching-step")).to_have_count(of)
    page.emulate_media(media="print")
    assert not page.is_visible("#lesson-print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_lesson_of_ones_own_is_shown_and_a_broken_one_says_its_line(visit, tmp_path: Path):
    page = visit("lesson/own")
    wrong, right = tmp_path / "wrong.md", tmp_path / "right.md"
    broken = LESSON.replace("concept: 7 red black", "concept: 7 red red", 1)
    wrong.write_text(broken, encoding="utf-8")
    right.write_text(LESSON, encoding="utf-8")
    with page.expect_response("**/lesson/own"):
        page.set_input_files("#lesson-file", wrong)
    page.wait_for_selector("#lesson-problems li")
    line = line_of(broken, "red red")
    assert f"wrong.md, line {line}: A red digit on red paper" in page.inner_text("#lesson-problems")
    expect(page.locator(".step")).to_have_count(0)
    page.set_input_files("#lesson-file", right)
    page.wait_for_selector(NOW)
    assert page.inner_text("h1") == "A lesson"
    assert "<b>no markup</b>" in page.inner_text(NOW)
    page.keyboard.press("PageDown")
    page.wait_for_selector("#scene-real img")
    page.reload()
    page.wait_for_selector(NOW)
    assert title(page) == "Second"
