"""Fewer bits: one press puts a model beside its twin in int8, and lets both write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec
from playground.core.services import Services
from playground.features.text import swap_model
from playground.gradio_app import wiring
from playground.gradio_app.bind import bind
from playground.web import markup

PLACE = "text"
SENTENCE = (
    "The same weights twice, as trained and rounded to a byte each, from the same prompt and "
    "seed. Compare memory, bits and time a letter, and see where the two texts part."
)
Pair = tuple[ModelSpec, ModelSpec]


def pairs(specs: Iterable[ModelSpec]) -> list[Pair]:
    """Each shipped model with whatever else computes with the very same weights."""
    found: list[Pair] = []
    first: dict[tuple[str, str], ModelSpec] = {}
    for spec in specs:
        if spec.files:  # it may not have been fetched
            continue
        whole = first.setdefault((spec.source, spec.revision), spec)
        if whole.id != spec.id:
            found.append((whole, spec))
    return found


def label(pair: Pair) -> str:
    """What the chip of a pair says."""
    whole, rounded = pair
    return f"Compressed to 8 bits: {whole.name} against {rounded.name}"


def put_twins(services: Services, said: str) -> tuple[object, ...]:
    """Both models of a chip for the pickers, and the buttons below the cards.

    Raises:
        ValueError: in words, when there is no such pair.
    """
    for pair in pairs(services.of_kind("text")):
        if label(pair) == said:
            pickers = (gr.update(value=spec.id) for spec in pair)
            return (*pickers, *(swap_model.offer_button(services, spec) for spec in pair))
    raise ValueError("There are no two models of the same weights here.")


def build_twins(
    services: Services,
    writers: Sequence[ModelSpec],
    pickers: Sequence[Component],
    swaps: Sequence[Component],
    press: str,
) -> None:
    """A chip for each pair among the models that can be picked; nothing where there is none.

    Args:
        press: id of the button that lets both write.
    """
    if not (found := pairs(writers)):
        return
    with gr.Row(elem_classes="breaks", elem_id=f"{PLACE}-twins"):
        for pair in found:
            button = gr.Button(
                label(pair), elem_classes="ghost", elem_id=f"{PLACE}-twins-{pair[1].id}"
            )
            handler, outputs = bind(put_twins, services), [*pickers, *swaps]
            wiring.on_fill(f"text_twins_{pair[1].id}", button, handler, outputs, press)
    wiring.html(markup.says(SENTENCE))
