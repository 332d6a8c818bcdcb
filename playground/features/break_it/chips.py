"""A row of chips below the results: each breaks the recipe in one way, and says what broke."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from playground.features.break_it import recipes as break_recipes
from playground.gradio_app import wiring
from playground.web import markup

Filled = tuple[object, ...]
INVITATION = "Each chip changes one thing, and says what breaks."


def fill(place: str, label: object, fields: Sequence[str]) -> Filled:
    """What one chip puts into these fields of its place's form, and its sentence at the end."""
    chosen = break_recipes.labelled(place, label)
    return (*(chosen.values.get(f, gr.skip()) for f in fields), markup.broke(chosen.sentence))


def build_breaks(
    place: str, fields: Mapping[str, Component], handler: Callable[..., Any], press: str
) -> None:
    """The chips of one place.

    Args:
        fields: the components that a break may set, by name, in the order of what `fill` returns.
        handler: given a chip's label, returns what `fill` does.
        press: id of the button that carries out what then stands in the form.
    """
    with gr.Row(elem_classes="breaks", elem_id=f"{place}-breaks"):
        wiring.html(markup.breaks_heading())
        buttons = {
            chosen.id: gr.Button(
                chosen.label, elem_classes="ghost", elem_id=f"{place}-break-{chosen.id}"
            )
            for chosen in break_recipes.of_place(place)
        }
    says = wiring.html(markup.broke(INVITATION), f"{place}-broke")
    for name, button in buttons.items():
        wiring.on_fill(f"{place}_break_{name}", button, handler, [*fields.values(), says], press)
