"""The front door: our header, the places, and the first page, in front of everything Gradio does.

All of it is in the HTML that the browser gets first, so it moves before Gradio's scripts are even
asked for; those are fetched a moment later (`first_page.js`). The same first page, without a server
behind it, is the static folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]  # comes with gradio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.base import ModelSpec
from models.datasets import PALETTE
from playground.core.feature import Feature, Front, Scene, load, loaded, parts, places, scenes
from playground.core.share_link import place_of_query
from playground.web import assets, i18n, tokens
from playground.web.assets import PACK_ADDRESS
from playground.web.site_info import TAGLINE, TITLE, preview_tags

_PACK_PATH = f"/{PACK_ADDRESS}"
FOLDER = Path(__file__).parent
_QUALITY = 4

_SCRIPT = re.compile(r'<script type="module" crossorigin src="([^"]+)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet" crossorigin href="([^"]+)">')
_PREVIEWS = re.compile(r'<meta (?:property="og|name="twitter):[^>]*>\s*')
_BODY = re.compile(r"<body[^>]*>")


def page(
    specs: Mapping[str, ModelSpec],
    features: Sequence[Feature],
    *,
    live: bool = True,
    place: str = "",
) -> str:
    """Everything that stands in front of Gradio's app, as the beginning of the body.

    Args:
        live: whether there is an engine behind the page.
        place: which place is open at first; "" lets the address decide.
    """
    parts = PACK_ADDRESS if live else "pack/"
    attributes = f'data-place="{escape(place)}" data-parts="{parts}"'
    added: list[Front] = [front() for front in loaded(features, "front")] if live else []
    if live:
        words = (i18n.attribute(), "data-live", *(front.attributes for front in added))
        attributes += f" {' '.join(filter(None, words))}"
    panel = 'id="play" role="tabpanel" aria-labelledby="place-play"' if live else 'id="play"'
    shown = scenes(features)
    data = (load(scene.data)(specs) for scene in shown if scene.data)
    return (
        f'<div id="front" {attributes}>'
        f'<header class="masthead"><h1>{TITLE}</h1><p>{TAGLINE}</p>'
        f"{''.join(front.header for front in added)}</header>"
        f"{''.join(front.body for front in added)}"
        f"{_places(features) + _tour() if live else ''}"
        f"<main {panel}>{''.join(_scene(scene, specs) for scene in shown)}</main>"
        f'<p id="page-said" role="status" aria-live="polite"></p></div>{tokens.shape_templates()}'
        f"{''.join(_data(*each) for found in data for each in found.items())}"
        f"{assets.scripts(*(scene.script for scene in shown), FOLDER / 'first_page.js')}"
    )


def part_script(features: Iterable[Feature], part: str, weights: Path) -> str:
    """One part of the page as a script: what is opened from a disk may fetch nothing else.

    Raises:
        KeyError: when no scene has a part of this name.
    """
    scene, found = parts(features)[part]
    if found.made:
        content = load(found.made)(weights)
    else:
        content = json.loads((scene.folder / f"{part}.json").read_text(encoding="utf-8"))
    return f"playground.unpack({json.dumps(part)}, {json.dumps(content, ensure_ascii=False)});\n"


def enter(html: str, front: str) -> str:
    """Gradio's page with ours in front, and its scripts left to be fetched by `first_page.js`.

    Where Gradio's page is not as expected, its scripts stay where they are and all still works.
    """
    script, style = _SCRIPT.search(html), _STYLE.search(html)
    waiting = ""
    if script and style:
        html = html.replace(script[0], "").replace(style[0], "")
        waiting = (
            f'<template id="gradio-parts" data-script="{script[1]}" data-style="{style[1]}">'
            "</template>"
        )
    html = _PREVIEWS.sub("", html)
    html = html.replace("</head>", f"{_head()}</head>", 1)
    return _BODY.sub(lambda body: f"{body[0]}{waiting}{front}", html, count=1)


@cache
def _head() -> str:
    """Our part of the head. Gradio adds what it is given by script, too late for the first page."""
    return f"<title>{TITLE}</title>{preview_tags(TITLE, TAGLINE)}{tokens.head(PALETTE)}"


class FrontDoor:
    """Puts the front into Gradio's page, compressed, and serves the parts of the pack."""

    def __init__(
        self,
        app: ASGIApp,
        specs: Mapping[str, ModelSpec],
        weights: Path,
        features: Sequence[Feature],
    ) -> None:
        self.app = app
        self.specs = specs
        self.weights = weights
        self.features = features
        self.front = page(specs, features)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
        elif scope["path"] == "/":
            await self._enter(scope, receive, send)
        elif (part := self._part_of(scope["path"])) is not None:
            script = part_script(self.features, part, self.weights)
            await _send(send, script.encode(), "text/javascript; charset=utf-8")
        else:
            await self.app(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        start, *parts = messages
        body = b"".join(part.get("body", b"") for part in parts)
        headers = MutableHeaders(raw=list(start["headers"]))
        if start["status"] == 200 and headers.get("content-type", "").startswith("text/html"):
            place = f'data-place="{self._place_of(scope)}"'
            front = self.front.replace('data-place=""', place, 1)
            body = enter(body.decode(), front).encode()
            if "br" in Headers(scope=scope).get("accept-encoding", ""):
                body = brotli.compress(body, quality=_QUALITY)
                headers["Content-Encoding"] = "br"
            headers["Content-Length"] = str(len(body))
            headers["Cache-Control"] = "no-cache"
            headers.add_vary_header("Accept-Encoding")
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})

    def _place_of(self, scope: Scope) -> str:
        """Where a link in the address leads; "" where there is none."""
        query = scope.get("query_string", b"").decode("latin-1")
        return place_of_query(query, self.specs, self.features)

    def _part_of(self, path: str) -> str | None:
        name = path.removeprefix(_PACK_PATH).removesuffix(".js")
        return name if path.startswith(_PACK_PATH) and name in parts(self.features) else None


async def _send(send: Send, body: bytes, kind: str) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# Markup


def _places(features: Iterable[Feature]) -> str:
    tabs = "".join(_tab(place.id, place.title) for place in places(features))
    return f'<div id="places" role="tablist" aria-label="Places">{tabs}</div>'


def _tab(place: str, word: str) -> str:
    return (
        f'<button type="button" role="tab" id="place-{place}" data-place="{place}" '
        f'aria-selected="false">{escape(word)}</button>'
    )


def _tour() -> str:
    """The line of the tour; its room is there from the start, so that nothing moves."""
    return (
        '<aside id="tour" aria-label="A short tour"><p></p><span id="tour-place"></span>'
        '<button type="button" class="ghost" id="tour-go"></button>'
        '<button type="button" class="ghost" id="tour-away">Skip</button></aside>'
    )


def _scene(scene: Scene, specs: Mapping[str, ModelSpec]) -> str:
    """One scene; what has markup performs before any script is there, and so stands first."""
    if not scene.markup:
        return f'<section class="scene" id="scene-{scene.id}"></section>'
    inside = load(scene.markup)(specs)
    return f'<section class="scene" id="scene-{scene.id}" data-first>{inside}</section>'


def _data(name: str, content: Any) -> str:
    """Data of the page; no text in it can end the element that holds it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'
