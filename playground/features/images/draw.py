"""Three families draw the same request: what the worlds of digits and of emoji have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec
from playground.gradio_app import fields, wiring
from playground.web.assets import FEATURES
from playground.web.card_facts import facts

DRAW = "Draw"
EXAMPLE_SEED = 7
MAX_PROMPT_CHARACTERS = 300
EMPTY_COUNT = 4
"""So many frames wait for pictures before anybody has asked for any."""
SCRIPT = FEATURES / "images" / "image_cards.js"
Facts = dict[str, Any]


def card_facts(spec: ModelSpec, **asked: object) -> Facts:
    """What one family's card says of its model, and of what it is asked for."""
    return facts(spec, frames=EMPTY_COUNT, **asked)


# Layout


def build_button(place: str) -> gr.Button:
    """The one primary button: it draws, and stops what it draws."""
    return gr.Button(DRAW, variant="primary", elem_id=f"{place}-draw")


def build_settings(specs: Sequence[ModelSpec], place: str, *more: str) -> list[Component]:
    """How many pictures and which seed, one tap away; guidance and steps behind another.

    Args:
        more: names of further controls that stand with these two.
    """

    def control(name: str) -> Component:
        return fields.component(fields.control_named(specs, name), place)

    with gr.Accordion("Pictures and seed", open=False, elem_id=f"{place}-settings"):
        with gr.Row(elem_classes="settings"):
            count, seed = control("count"), fields.seed_field(place, EXAMPLE_SEED)
        with (
            gr.Accordion("More", open=False, elem_id=f"{place}-more"),
            gr.Row(elem_classes="settings"),
        ):
            behind = [control(name) for name in ("guidance", "steps", *more)]
    return [count, seed, *behind]


def build_cards(place: str, cards: Mapping[str, Facts], stage: str = "grid") -> gr.HTML:
    """The cards, by their ids, and the tools below them; the browser fills them.

    Args:
        stage: what the cards are called in the id of their element.
    """
    return wiring.filled(
        SCRIPT,
        "image_cards.mountCards",
        {"cards": dict(cards)},
        place,
        elem_id=f"{place}-cards",
        parts=[f"{place}-{stage}", f"{place}-tools"],
    )


def build_runs(place: str) -> gr.HTML:
    """What is told the plan of a form, and has it carried out."""
    return wiring.filled(
        SCRIPT,
        "image_cards.mountRuns",
        None,
        place,
        elem_id=f"{place}-runs",
        visible="hidden",
    )
