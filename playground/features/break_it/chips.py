"""A row of chips below the results: each breaks the recipe in one way, and says what broke."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from models.datasets import ALPHABET
from models.recipe import check_seed
from playground.features.break_it import recipes as break_recipes
from playground.gradio_app import wiring
from playground.web import markup

Filled = tuple[object, ...]
INVITATION = "Each breaks what the models make in one way, and says how."
_NOTHING: Mapping[str, object] = {}


def fill(
    place: str, label: object, fields: Sequence[str], mended: Mapping[str, object] = _NOTHING
) -> Filled:
    """What one chip puts into these fields of its place's form, and its sentence at the end.

    Args:
        mended: what has to stand in a field that the chip itself leaves alone, since what is in
            it could not be carried out.
    """
    chosen = {**mended, **(one := break_recipes.labelled(place, label)).values}
    return (*(chosen.get(field, gr.skip()) for field in fields), markup.broke(one.sentence))


def readable(prompt: object, most: int) -> bool:
    """Whether every model of the place reads it: only letters of the plays, and not too many."""
    return isinstance(prompt, str) and len(prompt) <= most and set(prompt) <= set(ALPHABET)


def mended_seed(seed: object, usual: int) -> Mapping[str, object]:
    """The usual seed in the place of none, or of one that is out of bounds."""
    try:
        check_seed(seed)
    except ValueError:
        return {"seed": usual}
    return _NOTHING


def build_breaks(
    place: str,
    fields: Mapping[str, Component],
    handler: Callable[..., Any],
    press: str,
    given: Sequence[str] = (),
) -> None:
    """The chips of one place.

    Args:
        fields: the components that a break may set, by name, in the order of what `fill` returns.
        handler: given a chip's label, and what stands in the `given` fields, returns what `fill`
            does.
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
    api_place = place.replace("-", "_")
    for name, button in buttons.items():
        filled = [*fields.values(), says]
        told = [fields[field] for field in given]
        wiring.on_fill(f"{api_place}_break_{name}", button, handler, filled, press, told)
