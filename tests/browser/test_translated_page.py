"""What visitors and models wrote is translated by nobody: not by the page, nor by a browser.

A browser's translation is laid over the page and wraps its texts; the page goes on working.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from models.measure.app.server import serving
from tests.browser.conftest import enter
from tests.browser.test_journeys import DONE, DRAWN

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SIDES = ("left", "right")
LEARNED = "playground.modules.i18n.pageLanguage() !== 'en'"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an app over pretended models that keeps a history."""
    file = str(tmp_path_factory.mktemp("history") / "history.sqlite")
    with serving("-m", "tests.browser.serve", host="0.0.0.0", PLAYGROUND_HISTORY=file) as number:
        yield number


TRANSLATE = """([signs, heeds]) => {
    const apart = "[translate=no], .notranslate";
    const wrap = (text) => {
        const place = text.parentElement;
        if (!place || !text.data.trim()) return;
        if (place.closest("script, style, textarea, template")) return;
        if (place.closest("font.translated") || (heeds && place.closest(apart))) return;
        const outer = document.createElement("font");
        outer.style.verticalAlign = "inherit";
        const inner = outer.cloneNode();
        inner.className = "translated";
        outer.append(inner);
        inner.append(signs ? `«${text.data}»` : text.data);
        text.replaceWith(outer);
    };
    const all = (node) => {
        const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
        const texts = node instanceof Text ? [node] : [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        texts.forEach(wrap);
    };
    all(document.body);
    new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes) {
            if (target instanceof Text) wrap(target);
            addedNodes.forEach(all);
        }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""
"""What Chrome does: each text goes, and another stands in two <font> in its place, from then on."""


def translate(page: Any, *, signs: bool = True, heeds: bool = True) -> None:
    """Translate the page, and all that comes: words between «signs», or the same words again.

    Not every translator `heeds` what shall stay as it is.
    """
    page.evaluate(TRANSLATE, [signs, heeds])


def text_of(page: Any, side: str) -> str:
    """What a model wrote."""
    return str(page.evaluate("side => playground.modules.text_cards.cardOn(side).model.text", side))


def write(page: Any, prompt: str, word: str = "Write") -> None:
    """Let both models write, to the end; the button has its `word` again then."""
    enter(page, "#text-prompt textarea", prompt)
    page.evaluate("document.getElementById('page-said').textContent = ''")
    page.click("#text-write")
    page.wait_for_function("document.querySelector('#page-said').textContent !== ''")
    page.wait_for_selector(f"#text-write:has-text('{word}')")
    page.wait_for_function(DONE)


def explain(page: Any) -> None:
    """Ask why a letter, by the button and by a key."""
    page.locator("#text-left-tools [data-why]").click()
    page.wait_for_selector("#text-why-drawer:visible")
    page.wait_for_function("document.querySelectorAll('.why-model .why-bars').length > 0")
    page.focus("#text-left-stage .stage")
    page.keyboard.press("Home")
    page.wait_for_selector(".why-where:has-text('1')")
    page.wait_for_selector(".why-chosen")


@pytest.mark.parametrize("heeds", [True, False])
def test_models_write_and_letters_are_explained(open_page: Open, heeds: bool):
    page = open_page()
    page.set_default_timeout(30_000)
    write(page, "Stop")
    translate(page, signs=heeds, heeds=heeds)
    explain(page)
    mark = page.inner_text(".why-where mark").strip()
    assert text_of(page, "left").startswith(mark.replace("↵", "\n").replace("␣", " "))
    write(page, "Draw\ndelay=0.01 ")
    for side in SIDES:
        flow = page.text_content(f"#text-{side}-stage .flow")
        assert flow == "Draw\ndelay=0.01 " + text_of(page, side)
    explain(page)


def test_a_button_says_stop_and_then_what_it_said(open_page: Open):
    page = open_page()
    page.set_default_timeout(30_000)
    translate(page)
    enter(page, "#text-prompt textarea", "Stop\ndelay=0.2 ")
    page.click("#text-write")
    page.wait_for_selector("#text-write:has-text('Stop')")
    page.wait_for_function("document.querySelectorAll('#text-left-stage .t').length > 3")
    page.click("#text-write")
    page.wait_for_selector("#text-write:has-text('Write')")
    page.wait_for_selector("#text-left .state:has-text('stopped at ')")


def test_pictures_are_drawn_and_found_in_the_history(open_page: Open):
    page = open_page(place="Images")
    page.set_default_timeout(30_000)
    translate(page)
    enter(page, "#images-prompt textarea", "an odd seven")
    page.wait_for_selector("#images-reading q:has-text('an odd seven')")
    assert page.inner_text("#images-reading q").strip("“”\"'") == "an odd seven"
    page.click("#images-draw")
    page.wait_for_function(DRAWN)
    page.click("#history-open")
    asked = page.locator(".history-asked")
    asked.first.wait_for()
    assert "an odd seven" in asked.all_inner_texts()
    page.locator(".history-run .history-more summary").first.click()
    page.locator(".history-run textarea").first.fill("Draw")
    page.locator(".history-run button:has-text('Save note')").first.click()
    page.wait_for_selector(".history-run .says:has-text('The note is saved.')")
    note = page.locator(".history-run .figures [translate=no]").first
    assert note.inner_text() == "Draw"


def test_what_visitors_and_models_wrote_stays(open_page: Open):
    page = open_page()
    page.set_default_timeout(30_000)
    translate(page)
    write(page, "Images")
    explain(page)
    own = (
        "#text-left-stage .flow, #text-right-stage .flow, .why-where q, .why-where mark, .why-piece"
    )
    expect(page.locator(own).nth(10)).to_be_attached()
    assert not [text for text in page.locator(own).all_inner_texts() if "«" in text]
    expect(page.locator(".why-title:has-text('«')")).to_have_count(1)


def test_the_page_in_another_language_leaves_what_was_asked(open_page: Open):
    page = open_page(locale="es-ES")
    page.set_default_timeout(30_000)
    page.wait_for_function(LEARNED)
    write(page, "Draw · Images", "Escribir")
    page.click("#history-open")
    page.wait_for_selector(".history-asked")
    assert set(page.locator(".history-asked").all_inner_texts()) == {"Draw · Images"}
    assert page.locator(".history-asked").first.get_attribute("title") == "Draw · Images"
    run = page.locator(".history-run").first
    run.locator(".history-more summary").click()
    run.locator("textarea").fill("Delete")
    run.get_by_role("button", name="Guardar nota").click()
    figures = run.locator(".figures:has-text('— Delete')")
    figures.wait_for()
    assert " · semilla 7 · " in figures.inner_text()
    page.click("#history-tab-sheet")
    lines = page.locator(".sheet-seen label").all_inner_texts()
    assert lines
    assert all("Draw · Images" in line for line in lines)
    names = ("A drawing", "Draw", "picture")
    alts = page.evaluate(_OWN_ALT, list(names))
    assert alts == [f"{name}, imagen 1 de 2" for name in ("Un dibujo", *names[1:])]


_OWN_ALT = """async (names) => {
    const { dom } = playground.modules;
    const images = names.map((name) => dom.el("img", {
        alt: `${name}, picture 1 of 2`, "data-own": name === "A drawing" ? "" : name }));
    document.body.append(...images);
    await new Promise((then) => setTimeout(then, 100));
    return images.map(({ alt }) => alt);
}"""
