"""The clock: three families draw the time, from the first moment on."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from models.base import ModelSpec
from models.datasets import Concept
from models.families import FAMILIES
from playground.features.play import replay_pack
from playground.features.play.replay_pack import CLOCK_COLOURS, CLOCK_MODELS
from playground.web.tokens import shape_svg


def data(specs: Mapping[str, ModelSpec]) -> dict[str, Any]:
    """What stands on the page for its script, which runs before anything is fetched."""
    return {"pack-clock": replay_pack.read("clock"), "clock-facts": facts(specs)}


def facts(specs: Mapping[str, ModelSpec]) -> dict[str, Any]:
    """What `clock.js` needs to know to ask for the digits of the time."""
    return {
        "colours": CLOCK_COLOURS,
        "models": [
            {
                "id": model,
                "name": specs[model].name,
                "reads": "prompt" in specs[model].can,
                "captions": [Concept(d, *c).caption for d, c in enumerate(CLOCK_COLOURS)],
            }
            for model in CLOCK_MODELS
            if model in specs
        ],
    }


def markup(specs: Mapping[str, ModelSpec]) -> str:
    """What stands there before its script runs: a row of empty tiles for each family."""
    rows = "".join(_row(specs[model]) for model in CLOCK_MODELS if model in specs)
    return (
        '<p class="clock-line" aria-live="off">Drawn three ways:</p>'
        f'<div class="clock-rows">{rows}</div>'
        '<div class="clock-ask"><label for="clock-number">Four digits</label>'
        '<input id="clock-number" inputmode="numeric" autocomplete="off" maxlength="4" '
        'placeholder="2026"><button type="button" class="primary" id="clock-draw">'
        "Draw my number</button></div>"
    )


def _row(spec: ModelSpec) -> str:
    word = FAMILIES[spec.family].word
    tiles = '<span class="tile"></span>' * 4
    return (
        f'<section class="card family" data-family="{spec.family}" data-model="{spec.id}" '
        f'aria-label="{escape(word)}"><header class="heading" data-family="{spec.family}">'
        f'{shape_svg(spec.family)}<h3>{escape(word)}</h3><span class="state"></span></header>'
        f'<div class="clock-tiles">{tiles}</div><p class="figures"></p></section>'
    )
