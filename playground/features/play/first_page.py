"""The front door: our header, the places, and the first page, in front of everything Gradio does.

All of it is in the HTML that the browser gets first, so it moves before Gradio's scripts are even
asked for; those are fetched a moment later (`first_page.js`). The same first page, without a server
behind it, is the static folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.base import ModelSpec
from playground.core.feature import Feature, Front, Scene, load, loaded, parts, places, scenes
from playground.core.services import Services
from playground.server.route import Route
from playground.web import assets, i18n, tokens
from playground.web.assets import PACK_ADDRESS
from playground.web.pack import part_script
from playground.web.site_info import TAGLINE, TITLE

FOLDER = Path(__file__).parent


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
        f"{''.join(front.header for front in added)}</header>{i18n.without_scripts()}"
        f"{''.join(front.body for front in added)}"
        f"{_places(features) + _tour() if live else ''}"
        f"<main {panel}>{''.join(_scene(scene, specs) for scene in shown)}</main>"
        f'<p id="page-said" role="status" aria-live="polite"></p></div>{tokens.shape_templates()}'
        f"{''.join(_data(*each) for found in data for each in found.items())}"
        f"{assets.scripts(*(scene.script for scene in shown), FOLDER / 'first_page.js')}"
    )


def routes(services: Services) -> list[Route]:
    """The route by which the parts of the page are fetched when they are first needed."""

    async def send_part(request: Request) -> Response:
        part = request.path_params["part"]
        if part not in parts(services.features):
            raise HTTPException(404)
        script = await anyio.to_thread.run_sync(
            part_script, services.features, part, services.weights
        )
        return Response(script, media_type="text/javascript")

    return [Route(f"/{PACK_ADDRESS}{{part}}.js", send_part, cache_seconds=3600)]


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
    attributes = f'class="scene" id="scene-{scene.id}" data-script="{scene.script.stem}"'
    if not scene.markup:
        return f"<section {attributes}></section>"
    return f"<section {attributes} data-first>{load(scene.markup)(specs)}</section>"


def _data(name: str, content: Any) -> str:
    """Data of the page; no text in it can end the element that holds it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'
