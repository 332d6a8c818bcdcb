"""Controls of models as components of the page, and what comes back from them as options."""

from __future__ import annotations

from collections.abc import Iterable

import gradio as gr
from gradio.components import Component

from models.base import Control, ModelSpec, Recipe, Value
from models.datasets import Concept
from models.options import DIGIT, INK, PAPER
from models.recipe import SEED_LIMIT


def control_named(specs: Iterable[ModelSpec], name: str) -> Control:
    """The control of that name of the first model that has one; KeyError if none has."""
    for spec in specs:
        for control in spec.controls:
            if control.name == name:
                return control
    raise KeyError(name)


def component(control: Control, place: str, classes: str = "") -> Component:
    """How one control is shown: a row of choices, a slider, or a number when it has no bounds."""
    elem_id = f"{place}-{control.name.replace('_', '-')}"
    if control.kind == "choice":
        return gr.Radio(
            list(control.choices),
            value=control.default,
            label=control.label,
            elem_classes=classes,
            elem_id=elem_id,
        )
    if control.low is None or control.high is None:
        precision = 0 if control.kind == "int" else None
        return gr.Number(
            control.default,
            label=control.label,
            info=control.help,
            precision=precision,
            elem_id=elem_id,
        )
    return gr.Slider(
        control.low,
        control.high,
        control.default,
        step=control.step,
        label=control.label,
        info=control.help,
        buttons=[],
        elem_id=elem_id,
    )


def checked_concept(digit: object, ink: object, paper: object) -> Concept:
    """A concept from whatever came over the wire; ValueError in words if there is none such."""
    number, colours = DIGIT.check(digit), (INK.check(ink), PAPER.check(paper))
    return Concept(int(number), *map(str, colours))


def checked_prompt(prompt: object, most: int) -> str:
    """A prompt as it came; ValueError in words if it is no text or longer than `most` letters."""
    if not isinstance(prompt, str):
        raise ValueError("The prompt must be text.")
    if len(prompt) > most:
        raise ValueError(f"The prompt is longer than {most} letters; shorten it.")
    return prompt


def restored(specs: Iterable[ModelSpec], recipes: Iterable[Recipe]) -> dict[str, Value]:
    """Options as the recipes of a link say them, and the defaults of the models where none does."""
    values = {control.name: control.default for spec in specs for control in spec.controls}
    for recipe in recipes:
        values.update(recipe.options)
    return values


def seed_field(place: str, default: int) -> gr.Number:
    """The seed, a whole number that decides every draw of chance, and a button for another."""
    seed = gr.Number(
        default,
        label="Seed",
        info="The same seed, the same result.",
        precision=0,
        minimum=0,
        maximum=SEED_LIMIT - 1,
        elem_id=f"{place}-seed",
    )
    another = gr.Button("Another seed", elem_classes="ghost", elem_id=f"{place}-another-seed")
    another.click(
        None,
        None,
        [seed],
        js="() => Math.floor(Math.random() * 10000)",
        api_visibility="private",
        show_progress="hidden",
    )
    return seed
