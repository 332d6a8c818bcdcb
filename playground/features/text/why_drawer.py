"""Why this letter? The drawer below the two text cards; `why.js` fills it."""

from __future__ import annotations

from html import escape

import gradio as gr

from models.base import Control
from models.options import TEMPERATURE, TOP_K, TOP_P
from playground.web import markup
from playground.web.assets import FEATURES, address

PLACE = "text-why"
STYLE = FEATURES / "text" / "why.css"
"""Fetched by the browser once it has Gradio, so that the first page carries nothing of this."""
SETTINGS = (TEMPERATURE, TOP_K, TOP_P)


def build_drawer() -> gr.HTML:
    """Lay out the drawer, shut; call inside the row of the cards."""
    return gr.HTML(
        drawer(),
        elem_id=PLACE,
        apply_default_css=False,
        js_on_load=None,
        head=f'<link rel="stylesheet" href="{address(STYLE)}">',
    )


def invitation() -> str:
    """One line that says how to ask."""
    return markup.says(
        "Press a letter, or go to one with the arrow keys, to see what else was likely there."
    )


def drawer() -> str:
    """The drawer, shut and empty."""
    sliders = "".join(_slider(control) for control in SETTINGS)
    return (
        '<section id="text-why-drawer" class="why" aria-labelledby="text-why-title" hidden>'
        '<header><h3 id="text-why-title" class="why-title">Why this letter?</h3>'
        '<button type="button" class="ghost" data-why-close>Close</button></header>'
        '<p class="why-where"></p>'
        f'<fieldset class="why-settings"><legend>As it is drawn with</legend>{sliders}'
        '<button type="button" class="ghost" data-why-reset>As it was</button></fieldset>'
        '<div class="why-models"></div>'
        '<p class="says why-key">Pale: what the model itself gives a candidate. Solid: its share '
        "with these settings. Nothing runs for this: it is computed from the kept figures.</p>"
        "</section>"
    )


def _slider(control: Control) -> str:
    id_ = f"{PLACE}-{control.name.replace('_', '-')}"
    return (
        f'<label for="{id_}">{escape(control.label)} <output for="{id_}"></output></label>'
        f'<input type="range" id="{id_}" data-setting="{control.name}" min="{control.low:g}" '
        f'max="{control.high:g}" step="{control.step:g}" value="{control.default:g}">'
    )
