"""The front door: our header, the places, and the first page, in front of everything Gradio does.

All of it is in the HTML that the browser gets first, so it moves before Gradio's scripts are even
asked for; those are fetched a moment later (`first_page.js`). The same first page, without a server
behind it, is the static folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import brotli  # type: ignore[import-untyped]  # comes with gradio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.base import ModelSpec
from models.datasets import PALETTE, Concept
from models.families import FAMILIES
from playground.core.share_link import PARAMETER, open_link
from playground.features.play import nearest_emoji, replay_pack, time_machine
from playground.web import assets, i18n, tokens
from playground.web.assets import FEATURES, address
from playground.web.site_info import TAGLINE, TITLE, preview_tags
from playground.web.tokens import shape_svg

PLACES = {
    "play": "Play",
    "text": "Text",
    "images": "Images",
    "claims": "Claims",
    "class": "Class",
}
SCENES = ("clock", "real", "childhoods", "emoji", "beat", "word", "fork")
"""In the order in which they stand on the page: each has a folder in `scenes/`."""
MADE_PARTS: dict[str, Callable[[Path], Any]] = {
    "childhoods": time_machine.book_and_digits,
    "childhoods_emoji": time_machine.emoji,
    "emoji": nearest_emoji.inventions,
}
"""Parts of the page that are no recorded runs: what makes each of the folder of weights."""
DRAWER = '<dialog id="history" aria-labelledby="history-title"></dialog>'
PACK_ADDRESS = "shipped/pack/"
_PACK_PATH = f"/{PACK_ADDRESS}"
FOLDER = FEATURES / "play"
_QUALITY = 4

_SCRIPT = re.compile(r'<script type="module" crossorigin src="([^"]+)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet" crossorigin href="([^"]+)">')
_PREVIEWS = re.compile(r'<meta (?:property="og|name="twitter):[^>]*>\s*')
_BODY = re.compile(r"<body[^>]*>")


def page(specs: Mapping[str, ModelSpec], *, live: bool = True, place: str = "") -> str:
    """Everything that stands in front of Gradio's app, as the beginning of the body.

    Args:
        live: whether there is an engine behind the page.
        place: which place is open at first; "" lets the address decide.
    """
    parts = PACK_ADDRESS if live else "pack/"
    attributes = f'data-place="{escape(place)}" data-parts="{parts}"'
    if live:
        attributes += f" {i18n.attribute()}"
        attributes += (
            f' data-live data-class-script="{address(FEATURES / "classroom" / "class.js")}"'
        )
    panel = 'id="play" role="tabpanel" aria-labelledby="place-play"' if live else 'id="play"'
    scenes = "".join(_scene(name, specs) for name in SCENES)
    return (
        f'<div id="front" {attributes}>'
        f'<header class="masthead"><h1>{TITLE}</h1><p>{TAGLINE}</p>'
        f"{_history_button() if live else ''}</header>"
        f"{DRAWER if live else ''}"
        f"{_places() + _tour() if live else ''}<main {panel}>{scenes}</main>"
        f'<p id="page-said" role="status" aria-live="polite"></p></div>'
        f"{tokens.shape_templates()}{_data('pack-clock', replay_pack.read('clock'))}"
        f"{_data('clock-facts', clock_facts(specs))}{_scripts()}"
    )


def clock_facts(specs: Mapping[str, ModelSpec]) -> dict[str, Any]:
    """What `clock.js` needs to know to ask for the digits of the time."""
    return {
        "colours": replay_pack.CLOCK_COLOURS,
        "models": [
            {
                "id": model,
                "name": specs[model].name,
                "reads": "prompt" in specs[model].can,
                "captions": [
                    Concept(d, *c).caption for d, c in enumerate(replay_pack.CLOCK_COLOURS)
                ],
            }
            for model in replay_pack.CLOCK_MODELS
            if model in specs
        ],
    }


def part_script(part: str, weights: Path) -> str:
    """One part of the page as a script: what is opened from a disk may fetch nothing else."""
    content = MADE_PARTS[part](weights) if part in MADE_PARTS else replay_pack.read(part)
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

    def __init__(self, app: ASGIApp, specs: Mapping[str, ModelSpec], weights: Path) -> None:
        self.app = app
        self.specs = specs
        self.weights = weights
        self.front = page(specs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
        elif scope["path"] == "/":
            await self._enter(scope, receive, send)
        elif (part := _part_of(scope["path"])) is not None:
            script = part_script(part, self.weights)
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
        return place_of_query(scope.get("query_string", b"").decode("latin-1"), self.specs)


def place_of_query(query: str, specs: Mapping[str, ModelSpec]) -> str:
    """The place that a page's address asks for by the recipe in it."""
    link = parse_qs(query).get(PARAMETER, [""])[0]
    if not link:
        return ""
    recipes, _ = open_link(link, specs)
    kind = specs[recipes[0].model].kind if recipes else "text"
    return "images" if kind == "image" else "text"


def _part_of(path: str) -> str | None:
    name = path.removeprefix(_PACK_PATH).removesuffix(".js")
    return (
        name
        if path.startswith(_PACK_PATH) and name in {**replay_pack.PARTS, **MADE_PARTS}
        else None
    )


async def _send(send: Send, body: bytes, kind: str) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# Markup


def _places() -> str:
    tabs = "".join(_tab(name, word) for name, word in PLACES.items())
    return f'<div id="places" role="tablist" aria-label="Places">{tabs}</div>'


def _tab(place: str, word: str) -> str:
    return (
        f'<button type="button" role="tab" id="place-{place}" data-place="{place}" '
        f'aria-selected="false">{escape(word)}</button>'
    )


def _history_button() -> str:
    """What opens the drawer of history and lab sheet; its script comes when it is first pressed."""
    folder = FEATURES / "history"
    script, style = (address(folder / f"history.{kind}") for kind in ("js", "css"))
    return (
        f'<button type="button" class="ghost" id="history-open" aria-haspopup="dialog" '
        f'data-script="{script}" data-style="{style}">History</button>'
    )


def _tour() -> str:
    """The line of the tour; its room is there from the start, so that nothing moves."""
    return (
        '<aside id="tour" aria-label="A short tour"><p></p><span id="tour-place"></span>'
        '<button type="button" class="ghost" id="tour-go"></button>'
        '<button type="button" class="ghost" id="tour-away">Skip</button></aside>'
    )


def _scene(name: str, specs: Mapping[str, ModelSpec]) -> str:
    if name == "clock":
        return f'<section class="scene" id="scene-clock" data-first>{_clock(specs)}</section>'
    return f'<section class="scene" id="scene-{name}"></section>'


def _clock(specs: Mapping[str, ModelSpec]) -> str:
    rows = "".join(_clock_row(specs[model]) for model in replay_pack.CLOCK_MODELS if model in specs)
    return (
        '<p class="clock-line" aria-live="off">Drawn three ways:</p>'
        f'<div class="clock-rows">{rows}</div>'
        '<div class="clock-ask"><label for="clock-number">Four digits</label>'
        '<input id="clock-number" inputmode="numeric" autocomplete="off" maxlength="4" '
        'placeholder="2026"><button type="button" class="primary" id="clock-draw">'
        "Draw my number</button></div>"
    )


def _clock_row(spec: ModelSpec) -> str:
    word = FAMILIES[spec.family].word
    tiles = '<span class="tile"></span>' * 4
    return (
        f'<section class="card family" data-family="{spec.family}" data-model="{spec.id}" '
        f'aria-label="{escape(word)}"><header class="heading" data-family="{spec.family}">'
        f'{shape_svg(spec.family)}<h3>{escape(word)}</h3><span class="state"></span></header>'
        f'<div class="clock-tiles">{tiles}</div><p class="figures"></p></section>'
    )


def _data(name: str, content: Any) -> str:
    """Data of the page; no text in it can end the element that holds it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _scripts() -> str:
    """The kit, the scenes, and what begins it all."""
    scenes = (FOLDER / "scenes" / scene / f"{scene}.js" for scene in SCENES)
    return assets.scripts(*scenes, FOLDER / "first_page.js")
