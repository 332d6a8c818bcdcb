"""Everybody can use it: axe finds nothing serious, keys do everything, nothing moves unasked.

axe-core (https://github.com/dequelabs/axe-core) reads the page as assistive technology would: every
place, with every drawer and every table open, light and dark, on a desk and on a small phone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.conftest import DESK, PATIENCE_MS
from tests.browser.test_journeys import DRAWN, draw

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

Open = Callable[..., Any]
PLACES = ("Play", "Text", "Images", "Claims", "Class")
LAYOUT = ("scrollable-region-focusable", "target-size", "meta-viewport", "label", "button-name")
WIDTHS: dict[int, tuple[str, ...]] = {DESK["width"]: (), 360: LAYOUT}
"""Width of the screen -> the rules that are asked about; none for all."""
WRITTEN = "/ letters/.test(document.querySelector('#page-said').textContent)"

GRADIOS_OWN: frozenset[tuple[str, str]] = frozenset()
"""Rule and selector of each serious finding in markup that Gradio makes and nobody can reach from
here, with the reason. There is none in this version of Gradio."""

ALIKE = ".claim tbody tr:nth-child(n + 4)"
"""Figures of a claim in the colours of those above them; there are hundreds."""
CONTRAST = "color-contrast"
_FINDINGS = """async ({ rules, without, but }) => (await axe.run({ exclude: without }, {
    resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}),
    rules: Object.fromEntries(but.map((rule) => [rule, { enabled: false }])),
})).violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target, html }) => [id, target.join(" "), html]))"""
_OTHERWISE = """(alike) => {
    const inks = (rows) => [...rows].flatMap((row) => [row, ...row.querySelectorAll("*")])
        .map((one) => [one, getComputedStyle(one)])
        .map(([one, { color, backgroundColor, fontSize, fontWeight, opacity }]) =>
            [one.localName, color, backgroundColor, fontSize, fontWeight, opacity].join(" "));
    return [...document.querySelectorAll(".claim tbody")].flatMap((body) => {
        const known = new Set(inks([...body.rows].filter((row) => !row.matches(alike))));
        return inks([...body.rows].filter((row) => row.matches(alike)))
            .filter((ink) => !known.has(ink));
    });
}"""
"""What of the rows that are alike has another ink, ground or size than those above them."""
_GROUND = "getComputedStyle(document.body).backgroundColor"
_STEADY = "document.getAnimations().every((one) => !(one instanceof CSSTransition))"
_SILENT = """() => [...document.querySelectorAll("img, svg[role=img]")]
    .filter((one) => one.checkVisibility() && !one.closest("[aria-hidden=true]"))
    .filter((one) => !(one.alt || one.ariaLabel || one.querySelector("title")))
    .map((one) => one.outerHTML.slice(0, 160))"""
_OUTSIDE = """() => document.documentElement.scrollWidth > innerWidth
    ? [...document.querySelectorAll("body *")]
        .filter((one) => one.checkVisibility())
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 120))
    : []"""
_UNROLL = """() => {
    for (const one of document.querySelectorAll("details:not([open])")) one.open = true;
    for (const one of document.querySelectorAll("button.label-wrap:not(.open)"))
        if (one.checkVisibility()) one.click();
}"""
_FOLDED = """document.querySelector("button.label-wrap:not(.open)")?.checkVisibility()
    || [...document.querySelectorAll(".look-inside")].some((one) => !one.childElementCount
        && one.checkVisibility())"""
_MOVING = """() => [...document.querySelectorAll("body, body *")].filter((one) => {
    const { animationName, animationDuration, transitionDuration } = getComputedStyle(one);
    const lasts = (text) => text.split(", ").some((part) => parseFloat(part) > 0.01);
    return one.checkVisibility()
        && (lasts(transitionDuration) || (animationName !== "none" && lasts(animationDuration)));
}).map((one) => one.outerHTML.slice(0, 120))"""


def go(page: Any, place: str) -> None:
    """Go to a place and wait until all of it is there."""
    page.get_by_role("tab", name=place, exact=True).first.click()
    shown = "#scene-clock .tile img" if place == "Play" else f"#page-{place.lower()}"
    page.wait_for_selector(shown)
    page.wait_for_load_state("networkidle")


def unroll(page: Any) -> None:
    """Open every drawer, accordion and table of the place, those within others too."""
    for _ in range(PATIENCE_MS // 300):  # what lies within others comes when those are open
        page.evaluate(_UNROLL)
        page.wait_for_timeout(300)
        if not page.evaluate(_FOLDED):
            break
    assert not page.evaluate(_FOLDED)
    page.wait_for_load_state("networkidle")


def check(page: Any, where: str) -> None:
    """Nothing serious, no picture without words, nothing beyond the edge.

    On a phone only what depends on the layout can differ from a desk; in the dark only colours,
    which are the same at any width.
    """
    page.evaluate(f"typeof axe === 'undefined' && (0, eval)({AXE_SCRIPT!r})")
    for width, rules in WIDTHS.items():
        page.set_viewport_size({**DESK, "width": width})
        assert findings(page, *rules, but=() if rules else (CONTRAST,)) == [], (where, width)
        assert page.evaluate(_SILENT) == [], (where, width)
        assert page.evaluate(_OUTSIDE) == [], (where, width)
    check_contrast(page, where, "in the light")
    light = page.evaluate(_GROUND)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{_GROUND} !== '{light}' && {_STEADY}")
    check_contrast(page, where, "in the dark")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{_GROUND} === '{light}'")


def check_contrast(page: Any, *where: str) -> None:
    """All can be read; of what is in the same colours by the hundred, the first three."""
    assert findings(page, CONTRAST, without=ALIKE) == [], where
    assert page.evaluate(_OTHERWISE, ALIKE) == [], where


def findings(page: Any, *rules: str, without: str = "", but: Sequence[str] = ()) -> list[list[str]]:
    """What axe finds serious, by all of its rules `but` some, or a few; `without` some elements."""
    asked = {"rules": rules, "without": [without] if without else [], "but": but}
    found = page.evaluate(_FINDINGS, asked)
    return [one for one in found if (one[0], one[1]) not in GRADIOS_OWN]


@pytest.fixture
def visit(new_page: Open, port: int) -> Iterator[Callable[..., Any]]:
    """Opens a page of the app by its path."""

    def open_one(path: str = "", **settings: Any) -> Any:
        page = new_page(**settings)
        page.goto(f"http://127.0.0.1:{port}/{path}")
        return page

    return open_one


def test_nothing_serious_in_any_place_with_every_drawer_open(visit: Open):
    page = visit()
    for place in PLACES:
        go(page, place)
        if place == "Text":
            page.click("#text-write")
            page.wait_for_function(WRITTEN)
        elif place == "Images":
            draw(page)
        unroll(page)
        check(page, place)


def test_nothing_serious_on_the_pages_beside(visit: Open):
    page = visit()
    page.wait_for_selector("#history-open")
    page.click("#history-open")
    page.wait_for_selector("#history .says")
    check(page, "history")
    for path in ("lessons", "lesson/zero", "lesson/zero/teacher", "join"):
        page = visit(path)
        unroll(page)
        check(page, path)
    page = visit("#class")
    page.locator("#class-place").get_by_role("button", name="Open a class").click()
    page.wait_for_url("**/class/*?token=*")
    unroll(page)
    check(page, "class")
    code = page.locator("h1 .code").inner_text()
    page = visit("join")
    page.get_by_label("The four letters of your class").fill(code)
    page.get_by_role("button", name="Join", exact=True).click()
    page.locator("#join-inside").wait_for()
    check(page, "joined")


def test_who_wants_no_motion_has_none(visit: Open):
    page = visit(reduced_motion="reduce")
    for place in PLACES:
        go(page, place)
        page.evaluate(_UNROLL)
        assert page.evaluate(_MOVING) == [], place


# By keyboard alone


def press_until(page: Any, condition: str, key: str = "Tab", most: int = 80) -> None:
    """Press a key until the focus is where a condition on `e`, the focused element, holds."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate(f"(() => {{ const e = document.activeElement; return {condition}; }})()"):
            return
    pytest.fail(f"{key} does not lead to {condition}")


def test_a_picture_is_made_kept_and_looked_into_by_keyboard(visit: Open):
    page = visit()
    page.wait_for_selector("#page-places", state="attached")
    press_until(page, "e.id === 'place-play'")
    for place in ("text", "images"):
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(f"#page-{place}")
    page.wait_for_load_state("networkidle")
    press_until(page, "e.closest('#images-digit')")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "document.querySelector('#images-prompt textarea').value.includes('eight')"
    )
    press_until(page, "e.id === 'images-draw'")
    page.keyboard.press("Enter")
    page.wait_for_function(DRAWN)
    press_until(page, "e.matches('#images-grid .tile')")
    page.keyboard.press("Enter")
    press_until(page, "e.matches('dialog[open] a[download]')")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert saved.value.suggested_filename.endswith(".png")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('#images-grid .tile')")
    press_until(page, "e.closest('#look-sheet')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#look-sheet .look-inside button")
    press_until(page, "e.matches('#look-sheet .look-inside button')")


def test_a_text_is_written_questioned_and_shared_by_keyboard(visit: Open):
    page = visit()
    page.wait_for_selector("#page-places", state="attached")
    press_until(page, "e.id === 'place-play'")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#text-write")
    page.wait_for_load_state("networkidle")
    press_until(page, "e.closest('#text-prompt')")
    page.keyboard.press("Enter")  # as in any field of one line
    page.wait_for_function(WRITTEN)
    press_until(page, "e.closest('#text-left-stage')")
    page.keyboard.press("Enter")  # at its most surprising letter
    page.wait_for_selector("#text-why-drawer:not([hidden])")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    page.wait_for_selector("#text-why-drawer", state="hidden")
    press_until(page, "e.matches('#text-left-tools [data-link]')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#text-left-tools :text('Copied')")
