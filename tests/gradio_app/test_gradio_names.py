"""What Gradio calls its own elements stands in one stylesheet, and its page in two scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path

import pytest

from playground.gradio_app.page_injection import STYLE, inject
from playground.web.assets import KIT, PLAYGROUND

SCRIPTS = {KIT / "gradio_page.js", KIT / "gradio_connection.js"}
KNOWN = {
    *("gradio-container", "tabitem", "tab-nav", "tabs", "block", "form", "wrap", "column"),
    *("label-wrap", "gr-accordion", "html-container", "toast-wrap", "secondary-wrap"),
}
"""Some that the stylesheet must name, or that would be forgotten if it named them no more."""
WIRE = re.compile(r"gradio_api|gradio-app|gradio-parts|gradio_config|data-testid|svelte-")


def bare(file: Path) -> str:
    """What a file says without its comments."""
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)


def classes(css: str) -> set[str]:
    """The classes that selectors name."""
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", css)))


def files(*suffixes: str) -> Iterator[Path]:
    """All of ours with these endings, but for what is there to hold those names."""
    for file in sorted(PLAYGROUND.rglob("*")):
        if file.suffix in suffixes and file not in {STYLE, *SCRIPTS}:
            yield file


def made_by_us() -> str:
    """All that may give an element a class."""
    return "".join(bare(file) for file in files(".py", ".js", ".html"))


@cache
def names() -> Set[str]:
    """The classes that the stylesheet names and nothing of ours gives to anything."""
    ours = set(re.findall(r"[\w-]+", made_by_us()))
    return (classes(bare(STYLE)) - ours) | KNOWN


def test_the_stylesheet_names_gradios_elements() -> None:
    named = classes(bare(STYLE))
    assert {"gradio-container", "block", "form", "wrap", "tabitem", "toast-wrap"} <= named
    assert {"input-container", "label-wrap"} <= names()


@pytest.mark.parametrize("file", files(".css"), ids=lambda file: str(file.name))
def test_no_other_style_names_them(file: Path) -> None:
    text = bare(file)
    assert not classes(text) & names()
    assert not WIRE.search(text)


@pytest.mark.parametrize("file", files(".js", ".html"), ids=lambda file: str(file.name))
def test_no_other_script_names_them_or_talks_to_gradio(file: Path) -> None:
    text = bare(file)
    assert not WIRE.search(text)
    sought = re.findall(r"(?:querySelector(?:All)?|closest|matches)\(\s*[`\"']([^`\"']*)", text)
    assert not {name for selector in sought for name in classes(selector)} & names()


def test_what_is_sought_is_found(tmp_path: Path) -> None:
    css = "/* .tabs */ #a .wrap:hover, .ours > .b { color: red; .form & { top: 0.5px; } }"
    (tmp_path / "x.css").write_text(css)
    assert classes(bare(tmp_path / "x.css")) == {"wrap", "ours", "b", "form"}
    assert WIRE.search('fetch("gradio_api/call/x")')


def test_the_stylesheet_is_on_the_page_that_gradio_serves_before_our_own() -> None:
    html = inject("<html><head></head><body></body></html>", "")
    assert html.index(".gradio-container") < html.index("--hairline:")
