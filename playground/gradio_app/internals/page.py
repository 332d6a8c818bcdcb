"""Gradio's page, taken apart: its scripts wait, one of them ends in time, and what a pasted link
shows is not Gradio's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import gradio

from playground.gradio_app.internals.switch import plain_gradio

_SCRIPT = re.compile(r'<script type="module" crossorigin src="([^"]+)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet" crossorigin href="([^"]+)">')
_ASSETS = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
_NAME = r"([\w$]+)"
_TIMER = re.compile(
    rf"(function {_NAME}\(\)\{{{_NAME}\(\(\)=>\{{"
    rf"[^{{}}]*performance\.now\(\)[^{{}}]*,{_NAME}&&)\2\(\)"
)
"""Of what shows how a run gets on: what asks for each next frame in which to write the time."""
_ELEMENT = re.compile(rf"{_NAME}=>{_NAME}=\1,\(\)=>\2\)")
"""Where that keeps its element."""
_PREVIEWS = re.compile(r'<meta\s+(?:property="og|name="twitter):[^>]*>\s*')


def defer_scripts(html: str) -> tuple[str, str]:
    """The page without Gradio's script and style, and an element that names both.

    `first_page.js` fetches them once the first page has had a moment for itself. Measured: what
    Gradio serves costs a page three seconds of computing, during which ours would not move. Where
    Gradio's page is not as expected, and without this trick, the scripts stay where they are, the
    second string is empty, and the first page moves later.
    """
    script, style = _SCRIPT.search(html), _STYLE.search(html)
    if plain_gradio() or not script or not style:
        return html, ""
    html = html.replace(script[0], "").replace(style[0], "")
    return html, (
        f'<template id="gradio-parts" data-script="{script[1]}" data-style="{style[1]}"></template>'
    )


def drop_previews(html: str) -> str:
    """The page without the tags that let a pasted link speak of Gradio.

    Ours follow theirs, and most readers of such tags take the first. Without this, a pasted link
    shows Gradio's picture.
    """
    return html if plain_gradio() else _PREVIEWS.sub("", html)


def mended_scripts() -> dict[str, bytes]:
    """Path of an address -> what is served there in place of one of Gradio's scripts.

    What shows how a run gets on (`statustracker`) writes the time in every frame until the run has
    ended. The one that shows that the page is being made is taken away before it is told so, and
    went on in every open page for good. Measured: 59 frames and 0.05 s of computing a second in a
    page that does nothing. Here it ends with its element. Where the script is not as expected, and
    without this trick, it goes on.
    """
    return {} if plain_gradio() else dict(_mended())


def _mended() -> Iterator[tuple[str, bytes]]:
    for file in _ASSETS.glob("statustracker-*.js"):
        text = file.read_text(encoding="utf-8")
        timer = _TIMER.search(text)
        element = _ELEMENT.search(text, timer.end()) if timer else None
        if timer and element:
            shown, at = f"{element[2]}?.isConnected&&", timer.end(1)
            yield f"/assets/{file.name}", f"{text[:at]}{shown}{text[at:]}".encode()
