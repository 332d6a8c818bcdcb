"""Images: one concept, three families, the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec, Value
from models.recipe import Recipe
from models.worlds import DIGIT_WORDS, Concept
from playground import controls, parts, render
from playground.bind import bind
from playground.cards import ImageCard, announcement
from playground.controls import checked_concept, checked_prompt
from playground.following import perform
from playground.link import link_of
from playground.services import Services

PLACE = "images"
DRAW, STOP = "Draw", "Stop"
EXAMPLE = Concept(7, "red", "black")
EXAMPLE_SEED = 7
MAX_PROMPT_CHARACTERS = 300


class ImagesView(NamedTuple):
    """Everything on the page that changes while the families draw, in output order."""

    grid: str
    tools: str
    button: str
    announcement: str
    link: str


class ImagesForm(NamedTuple):
    """The visitor's side of the page as a link restores it, in output order."""

    prompt: object
    digit: object
    ink: object
    paper: object
    pictures: object
    seed: object
    guidance: object
    steps: object
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
    request: gr.Request,
) -> Iterator[ImagesView]:
    """Let every family draw the same concept, all at once."""
    concept = checked_concept(digit, ink, paper)
    said = checked_prompt(prompt, MAX_PROMPT_CHARACTERS).strip() or concept.caption
    values = {"digit": digit, "ink": ink, "paper": paper, "count": count}
    values |= {"guidance": guidance, "steps": steps}
    cards = [_card(spec, values, said, concept, seed) for spec in services.of_kind("image")]
    link = link_of([card.recipe for card in cards if card.recipe])
    for _ in perform(services, parts.visitor_of(request), PLACE, cards):
        yield _view(cards, STOP, link)
    yield _view(cards, DRAW, link)


def stop_drawing(services: Services, button: str, request: gr.Request) -> None:
    """Stop what this page is drawing, if its button says Stop."""
    if button == STOP:
        services.stop(parts.visitor_of(request), PLACE)


def word_concept(services: Services, digit: int, ink: str, paper: str) -> Wording:
    """Write the prompt that says a concept, or say why there is no such picture."""
    try:
        concept = checked_concept(digit, ink, paper)
    except ValueError as error:
        return Wording(gr.skip(), render.refusal(str(error)))
    return Wording(concept.caption, render.reading(concept.caption, concept))


def read_prompt(services: Services, prompt: str, digit: int, ink: str, paper: str) -> str:
    """How each family will read a prompt: unknown words marked, who goes by the labels."""
    try:
        said = checked_prompt(prompt, MAX_PROMPT_CHARACTERS)
        return render.reading(said, checked_concept(digit, ink, paper))
    except ValueError as error:
        return render.refusal(str(error))


def restore_images(services: Services, recipes: Sequence[Recipe]) -> ImagesForm:
    """What the recipes of a link put into the form; leaves it alone if none of them draws."""
    recipes = [r for r in recipes if services.spec(r.model).kind == "image"]
    if not recipes:
        return ImagesForm(*[gr.skip()] * len(ImagesForm._fields))
    values: dict[str, Value] = {
        c.name: c.default for spec in services.of_kind("image") for c in spec.controls
    }
    for recipe in recipes:
        values.update(recipe.options)
    concept = checked_concept(values["digit"], values["ink"], values["paper"])
    prompt = next((r.prompt for r in recipes if r.prompt), concept.caption)
    return ImagesForm(
        prompt=prompt,
        digit=concept.digit,
        ink=concept.ink,
        paper=concept.paper,
        pictures=values["count"],
        seed=recipes[0].seed,
        guidance=values["guidance"],
        steps=values["steps"],
        reading=render.reading(prompt, concept),
    )


def _card(
    spec: ModelSpec, values: dict[str, object], prompt: str, concept: Concept, seed: object
) -> ImageCard:
    subject = prompt if "prompt" in spec.can else render.concept_words(concept)
    card = ImageCard(spec, subject=subject)
    controls.fill_recipe(card, values, prompt, seed)
    return card


def _view(cards: list[ImageCard], button: str, link: str) -> ImagesView:
    said = announcement(cards) if button == DRAW else ""
    return ImagesView(
        grid=render.grid([card.html for card in cards]),
        tools=_tools(cards, link),
        button=button,
        announcement=said,
        link=link,
    )


def _tools(cards: list[ImageCard], link: str) -> str:
    recipes = [card.recipe for card in cards if card.recipe]
    specs = [card.spec for card in cards]
    return render.tools(render.copy_link(link), render.details(specs, recipes))


# Layout


def build_images(services: Services) -> list[Component]:
    """Lay out the place and connect its handlers; call inside a `gr.Tab`.

    Returns:
        what an `ImagesForm` fills, in its order.
    """
    with gr.Row(elem_classes="concept"):
        concept = _build_concept(services)
    with gr.Row(elem_classes="ask"):
        prompt = _build_prompt()
        button = gr.Button(DRAW, variant="primary", elem_id=f"{PLACE}-draw")
    reading = parts.html(render.reading(EXAMPLE.caption, EXAMPLE), f"{PLACE}-reading")
    count, seed, guidance, steps = _build_settings(services)
    cards = [ImageCard(spec) for spec in services.of_kind("image")]
    grid = parts.html(render.grid([card.html for card in cards]), f"{PLACE}-grid")
    tools = parts.html(_tools(cards, ""), f"{PLACE}-tools")
    asked = [prompt, *concept, count, seed, guidance, steps]
    _connect(services, asked, button, reading, [grid, tools])
    return [*asked, reading]


def _build_concept(services: Services) -> list[Component]:
    specs = services.of_kind("image")
    digit = gr.Radio(
        [(str(number), number) for number in range(len(DIGIT_WORDS))],
        value=EXAMPLE.digit,
        label="Digit",
        elem_classes="digits",
        elem_id=f"{PLACE}-digit",
    )
    colours = []
    for name, value in (("ink", EXAMPLE.ink), ("paper", EXAMPLE.paper)):
        control = controls.control_named(specs, name)
        colours.append(controls.component(replace(control, default=value), PLACE, "swatches"))
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


def _build_settings(services: Services) -> list[Component]:
    specs = services.of_kind("image")

    def control(name: str) -> Component:
        return controls.component(controls.control_named(specs, name), PLACE)

    with gr.Accordion("Pictures and seed", open=False, elem_id=f"{PLACE}-settings"):
        with gr.Row(elem_classes="settings"):
            count, seed = control("count"), controls.seed_field(PLACE, EXAMPLE_SEED)
        with (
            gr.Accordion("More", open=False, elem_id=f"{PLACE}-more"),
            gr.Row(elem_classes="settings"),
        ):
            guidance, steps = control("guidance"), control("steps")
    return [count, seed, guidance, steps]


def _connect(
    services: Services,
    asked: list[Component],
    button: gr.Button,
    reading: gr.HTML,
    shown: list[Component],
) -> None:
    prompt, *concept = asked[:4]
    parts.on_press(
        "images_draw",
        [button.click, prompt.submit],
        bind(draw_pictures, services),
        asked,
        [*shown, button, *parts.hidden(PLACE)],
    )
    parts.on_stop("images_stop", button, bind(stop_drawing, services))
    worded, read = bind(word_concept, services), bind(read_prompt, services)
    chosen = [component.input for component in concept]
    parts.on_change("images_word", chosen, worded, concept, [prompt, reading])
    # `change` and not `input`, which Gradio raises for key presses alone: words may be pasted.
    parts.on_change("images_read", [prompt.change], read, [prompt, *concept], [reading])
