"""Images: one request, three families, the same seed; first which world, then the digits' half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec, Recipe
from models.datasets import DIGIT_WORDS, Concept
from models.folding import plain
from models.options import GUIDANCE_FROM, LATENT_SCALE
from playground.core import prompt_translation
from playground.core.describe import concept_words
from playground.core.services import Services
from playground.features.break_it import chips
from playground.features.drawers import look_inside
from playground.features.images import draw as drawing
from playground.features.images import emoji, hub_models
from playground.features.images.draw import MAX_PROMPT_CHARACTERS
from playground.gradio_app import fields, wiring
from playground.gradio_app.bind import bind
from playground.gradio_app.fields import checked_concept, checked_prompt
from playground.gradio_app.run_plan import PlannedRun, plan, plan_run
from playground.web import equal_terms, markup

PLACE = "images"
EXAMPLE = Concept(7, "red", "black")
BREAK_FIELDS = (
    *("prompt", "digit", "ink", "paper"),
    *("count", "seed", "guidance", "steps", "guidance_from", "latent_scale"),
)
WORLDS = (("Digits", "digits"), ("Emoji", "emoji"))


class ImagesForm(NamedTuple):
    """The visitor's side of the page as a link restores it, in output order."""

    world: object
    prompt: object
    digit: object
    ink: object
    paper: object
    pictures: object
    seed: object
    guidance: object
    steps: object
    guidance_from: object
    latent_scale: object
    reading: object


class Wording(NamedTuple):
    """The prompt that says a concept, and how each family will read it."""

    prompt: object
    reading: str


def draw_pictures(
    services: Services,
    prompt: str,
    digit: int,
    ink: str,
    paper: str,
    count: int,
    seed: int,
    guidance: float,
    steps: int,
    guidance_from: float = float(GUIDANCE_FROM.default),
    latent_scale: float = float(LATENT_SCALE.default),
) -> dict[str, Any]:
    """What every family is asked for, all at once: a plan that the browser carries out."""
    concept = checked_concept(digit, ink, paper)
    said = checked_prompt(prompt, MAX_PROMPT_CHARACTERS).strip() or concept.caption
    said = prompt_translation.as_read(said, ink, paper)
    values = {"digit": digit, "ink": ink, "paper": paper, "count": count}
    values |= {"guidance": guidance, "steps": steps, "guidance_from": guidance_from}
    values |= {"latent_scale": latent_scale}
    runs = [_run(spec, values, said, concept, seed) for spec in _painters(services)]
    return wiring.anew(plan(runs))


def break_picture(services: Services, label: str, seed: object) -> chips.Filled:
    """Fill the form with what one of the chips below the results stands for, so that it runs."""
    mended = chips.mended_seed(seed, drawing.EXAMPLE_SEED)
    return chips.fill(PLACE, label, BREAK_FIELDS, mended)


def word_concept(services: Services, digit: int, ink: str, paper: str) -> Wording:
    """Write the prompt that says a concept, or say why there is no such picture."""
    try:
        concept = checked_concept(digit, ink, paper)
    except ValueError as error:
        return Wording(gr.skip(), markup.refusal(str(error)))
    return Wording(concept.caption, markup.reading(concept.caption, concept))


def read_prompt(services: Services, prompt: str, digit: int, ink: str, paper: str) -> str:
    """How each family will read a prompt: unknown words marked, who goes by the labels."""
    try:
        said = checked_prompt(prompt, MAX_PROMPT_CHARACTERS)
        concept = checked_concept(digit, ink, paper)
        heard = prompt_translation.in_english(said, ink, paper)
        return markup.translated(heard) + markup.reading(heard or plain(said), concept)
    except ValueError as error:
        return markup.refusal(str(error))


def restore_images(services: Services, recipes: Sequence[Recipe]) -> ImagesForm:
    """What the recipes of a link put into the form; leaves alone what none of them is about."""
    drawn = [r for r in recipes if services.spec(r.model).kind == "image"]
    world = services.spec(drawn[0].model).world or WORLDS[0][1] if drawn else gr.skip()
    recipes = [r for r in drawn if services.spec(r.model).world == "digits"]
    if drawn and not recipes and not services.spec(drawn[0].model).world:
        form = ImagesForm(world, *[gr.skip()] * (len(ImagesForm._fields) - 1))
        return form._replace(prompt=drawn[0].prompt, seed=drawn[0].seed)
    if not recipes:
        return ImagesForm(world, *[gr.skip()] * (len(ImagesForm._fields) - 1))
    values = fields.restored(_painters(services), recipes)
    try:
        concept = checked_concept(values["digit"], values["ink"], values["paper"])
    except ValueError as error:  # there is no such picture; say so where prompts are read
        form = ImagesForm(world, *[gr.skip()] * (len(ImagesForm._fields) - 1))
        return form._replace(reading=markup.refusal(str(error)))
    prompt = next((r.prompt for r in recipes if r.prompt), concept.caption)
    return ImagesForm(
        world=world,
        prompt=prompt,
        digit=concept.digit,
        ink=concept.ink,
        paper=concept.paper,
        pictures=values["count"],
        seed=recipes[0].seed,
        guidance=values["guidance"],
        steps=values["steps"],
        guidance_from=values["guidance_from"],
        latent_scale=values["latent_scale"],
        reading=markup.reading(prompt, concept),
    )


def _run(
    spec: ModelSpec, values: dict[str, object], prompt: str, concept: Concept, seed: object
) -> PlannedRun:
    subject = prompt if "prompt" in spec.can else concept_words(concept)
    about = drawing.card_facts(spec, subject=subject)
    return plan_run(spec.id, spec, values, prompt, seed, about)


def _painters(services: Services) -> tuple[ModelSpec, ...]:
    return services.of_kind("image", "digits")


def restore(services: Services, recipes: Sequence[Recipe]) -> list[object]:
    """What the recipes of a link put into all forms of the place, in the order of `build`."""
    return [
        *restore_images(services, recipes),
        *emoji.restore_emoji(services, recipes),
        *hub_models.restore_original(services, recipes),
    ]


# Layout


def build(services: Services) -> list[Component]:
    """Lay out the place; returns the components of all its forms."""
    return [component for form in build_images(services) for component in form]


def build_images(
    services: Services,
) -> tuple[list[Component], list[Component], list[Component]]:
    """Lay out the place and connect its handlers; call inside a `gr.Tab`.

    Both worlds are laid out, and the stylesheet shows the one that is chosen: each keeps what it
    has drawn, and changing over asks nobody.

    Returns:
        what an `ImagesForm`, an `EmojiForm` and `restore_original` fill, in their order.
    """
    with gr.Row(elem_classes="concept"):
        world = gr.Radio(
            list(WORLDS),
            value=WORLDS[0][1],
            label="What to draw",
            interactive=True,  # by itself Gradio lets nobody touch what no handler reads
            elem_classes="worlds",
            elem_id=f"{PLACE}-world",
        )
    with gr.Column(elem_classes="world", elem_id=f"{PLACE}-digits"):
        digits_form, originals_form = _build_digits(services)
    with gr.Column(elem_classes="world", elem_id=f"{PLACE}-emoji"):
        emoji_form = emoji.build_emoji(services)
    return [world, *digits_form], emoji_form, originals_form


def _build_digits(services: Services) -> tuple[list[Component], list[Component]]:
    with gr.Row(elem_classes="concept"):
        concept = _build_concept(services)
    with gr.Row(elem_classes="ask"):
        prompt = _build_prompt()
        button = drawing.build_button(PLACE)
    reading = wiring.html(markup.reading(EXAMPLE.caption, EXAMPLE), f"{PLACE}-reading")
    settings = drawing.build_settings(
        _painters(services), PLACE, GUIDANCE_FROM.name, LATENT_SCALE.name
    )
    drawing.build_cards(PLACE, {spec.id: drawing.card_facts(spec) for spec in _painters(services)})
    if unequal := equal_terms.note(_painters(services)):
        wiring.html(unequal, f"{PLACE}-unequal")
    broken = dict(zip(BREAK_FIELDS, [prompt, *concept, *settings], strict=True))
    press = f"{PLACE}-draw"
    chips.build_breaks(PLACE, broken, bind(break_picture, services), press, ("seed",))
    if inside := look_inside.drawers(services, PLACE):
        wiring.html(inside, f"{PLACE}-inside")
    asked = [prompt, *concept, *settings]
    _connect(services, asked, button, reading)
    originals_form = hub_models.build_originals(services, prompt, settings[1])
    return [*asked, reading], originals_form


def _build_concept(services: Services) -> list[Component]:
    digit = gr.Radio(
        [(str(number), number) for number in range(len(DIGIT_WORDS))],
        value=EXAMPLE.digit,
        label="Digit",
        elem_classes="digits",
        elem_id=f"{PLACE}-digit",
    )
    colours = []
    for name, value in (("ink", EXAMPLE.ink), ("paper", EXAMPLE.paper)):
        control = fields.control_named(_painters(services), name)
        colours.append(fields.component(replace(control, default=value), PLACE, "swatches"))
    return [digit, *colours]


def _build_prompt() -> gr.Textbox:
    return gr.Textbox(
        EXAMPLE.caption,
        label="In words",
        lines=1,
        max_lines=3,
        max_length=MAX_PROMPT_CHARACTERS,
        elem_id=f"{PLACE}-prompt",
    )


def _connect(
    services: Services,
    asked: list[Component],
    button: gr.Button,
    reading: gr.HTML,
) -> None:
    prompt, *concept = asked[:4]
    pressed, runs = [button.click, prompt.submit], drawing.build_runs(PLACE)
    wiring.on_runs("images_draw", pressed, bind(draw_pictures, services), asked, [runs])
    worded, read = bind(word_concept, services), bind(read_prompt, services)
    chosen = [component.input for component in concept]
    wiring.on_change("images_word", chosen, worded, concept, [prompt, reading])
    # `change` and not `input`, which Gradio raises for key presses alone: words may be pasted.
    wiring.on_change("images_read", [prompt.change], read, [prompt, *concept], [reading])
