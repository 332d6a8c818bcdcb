"""Gradio's page is taken apart as it is sent today; another kind stays whole."""

from __future__ import annotations

import re
from pathlib import Path

import gradio

from playground.gradio_app.internals.page import defer_scripts, drop_previews, mended_scripts

INDEX = Path(gradio.__file__).parent / "templates" / "frontend" / "index.html"
PAGE = (
    '<html><head><meta property="og:title" content="Gradio" />'
    '<meta name="twitter:creator" content="@Gradio" />'
    '<script type="module" crossorigin src="./assets/index-x.js"></script>'
    '<link rel="stylesheet" crossorigin href="./assets/index-y.css"></head>'
    '<body style="margin: 0"><gradio-app></gradio-app></body></html>'
)


def test_script_and_style_wait_in_an_element() -> None:
    html, waiting = defer_scripts(PAGE)
    assert "<script" not in html
    assert "stylesheet" not in html
    assert waiting.startswith('<template id="gradio-parts"')
    assert 'data-script="./assets/index-x.js" data-style="./assets/index-y.css"' in waiting


def test_what_gradio_sends_is_what_is_looked_for() -> None:
    sent = INDEX.read_text(encoding="utf-8")
    html, waiting = defer_scripts(sent)
    assert waiting
    assert html.count('type="module"') == sent.count('type="module"') - 1
    assert "og:image" in sent
    assert "og:image" not in drop_previews(sent)
    assert "twitter:" not in drop_previews(sent)


def test_a_page_of_another_kind_stays_as_it_is() -> None:
    other = PAGE.replace(" crossorigin", "")
    assert defer_scripts(other) == (other, "")


def test_a_pasted_link_does_not_speak_of_gradio() -> None:
    assert "Gradio" not in drop_previews(PAGE)


def test_the_timer_of_what_shows_progress_ends_with_its_element() -> None:
    ((address, mended),) = mended_scripts().items()
    before = (INDEX.parent / address.removeprefix("/")).read_text(encoding="utf-8")
    ended = re.search(r"&&([\w$]+\?\.isConnected&&)([\w$]+)\(\)", mended.decode())
    assert ended
    assert mended.decode().replace(ended[1], "", 1) == before
    assert f"function {ended[2]}()" in before


def test_switched_off_the_page_stays_as_it_is(plain: None) -> None:
    assert defer_scripts(PAGE) == (PAGE, "")
    assert drop_previews(PAGE) == PAGE
    assert mended_scripts() == {}
