"""The smallest screens: whatever can be pressed lies on them, in every language of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from playground.web import i18n
from tests.browser.test_accessibility import unroll

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Open = Callable[..., Any]
SMALLEST, SMALL = {"width": 320, "height": 700}, {"width": 360, "height": 700}
LANGUAGES = ("en", *i18n.catalogues())
PLACES = ("play", "text", "images", "claims", "class")
PAGES = ("lessons", "lesson/zero", "lesson/zero/teacher", "join")

_BEYOND = """() => {
    const whole = { left: 0, right: innerWidth };
    const room = (one) => {
        const { overflowX } = getComputedStyle(one);
        if (overflowX === "visible" || one === document.body) return null;
        if (/auto|scroll/.test(overflowX) && one.scrollWidth > one.clientWidth) return "scrolls";
        return one.getBoundingClientRect();
    };
    const beyond = (one) => {
        const { left, right, width } = one.getBoundingClientRect();
        for (let around = one; (around = around.parentElement); ) {
            const box = room(around);
            if (box === "scrolls") return false;
            if (box && (left < box.left - 1 || right > box.right + 1)) return width > 1;
        }
        return left < whole.left - 1 || right > whole.right + 1;
    };
    const what = "button, a[href], input, select, textarea, summary, [role=tab], .tile, canvas";
    return [...document.querySelectorAll(what)]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }) && beyond(one))
        .map((one) => one.outerHTML.slice(0, 120));
}"""
"""What can be pressed or looked at and is cut off; what can be scrolled to sideways is not."""


def check(page: Any, *where: object) -> None:
    """Nothing lies beyond the edge."""
    for size in (SMALL, SMALLEST):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], where
        assert page.evaluate(_BEYOND) == [], (size["width"], *where)


def visit(page: Any, port: int, path: str, language: str) -> None:
    """Open a page in a language, and wait until it speaks it."""
    start, _, fragment = path.partition("#")
    sign = "&" if "?" in start else "?"
    page.goto(f"http://127.0.0.1:{port}/{start}{sign}lang={language}#{fragment}")
    page.wait_for_function(f"playground.modules.i18n.pageLanguage() === '{language}'")


def each_place(page: Any) -> Iterator[str]:
    """Go to one place after the other, and open all that can be opened there."""
    page.wait_for_selector("#page-places", state="attached")
    for place in PLACES:
        page.evaluate("place => document.getElementById(`place-${place}`).click()", place)
        shown = "#scene-clock .tile img" if place == "play" else f"#page-{place}"
        page.wait_for_selector(shown)
        page.wait_for_load_state("networkidle")
        unroll(page)
        yield place


def test_every_control_lies_on_the_smallest_screen_in_every_language(new_page: Open, port: int):
    page = new_page(size=SMALLEST, reduced_motion="reduce")
    for language in LANGUAGES:
        visit(page, port, "", language)
        for place in each_place(page):
            check(page, language, place)
        page.click("#history-open")
        page.wait_for_selector("#history .says")
        check(page, language, "history")


def test_the_pages_beside_fit_the_smallest_screen_in_every_language(new_page: Open, port: int):
    page = new_page(size=SMALLEST, reduced_motion="reduce")
    page.goto(f"http://127.0.0.1:{port}/#class")
    page.locator("#class-place").get_by_role("button", name="Open a class").click()
    page.wait_for_url("**/class/*?token=*")
    teacher = page.url.partition(f":{port}/")[2].partition("#")[0]
    code = page.locator("h1 .code").inner_text()
    page.goto(f"http://127.0.0.1:{port}/join")
    page.get_by_label("The four letters of your class").fill(code)
    page.get_by_role("button", name="Join", exact=True).click()
    page.locator("#join-inside").wait_for()
    for language in LANGUAGES:
        for path in (teacher, *PAGES):
            visit(page, port, path, language)
            unroll(page)
            check(page, language, path)
