"""Gradio's page, taken apart: its scripts wait, and what a pasted link shows is not Gradio's."""

from __future__ import annotations

import re

from playground.gradio_app.internals.switch import plain_gradio

_SCRIPT = re.compile(r'<script type="module" crossorigin src="([^"]+)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet" crossorigin href="([^"]+)">')
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
