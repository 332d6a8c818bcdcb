"""The real Stable Diffusion beside the small families: fetched on request, then asked the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec, Recipe, Value
from playground.core import prompt_rules
from playground.core.follow import perform
from playground.core.format import roughly
from playground.core.identity import visitor_of
from playground.core.services import Services
from playground.core.share_link import link_of
from playground.features.images.draw import MAX_PROMPT_CHARACTERS
from playground.gradio_app import fields, wiring
from playground.gradio_app.bind import bind
from playground.gradio_app.fields import checked_prompt
from playground.web import download_status, markup
from playground.web.cards import ImageCard

PLACE = "originals"
SLOW_SECONDS = 120.0
"""A picture that takes longer is called too slow here; it is drawn all the same when asked for."""
SAID = (
    "It takes any words. It is no equal of the three above: it has hundreds of times their weights "
    "and has seen hundreds of millions of captioned pictures, where they have seen 60,000 digits. "
    "Equal are the words and the seed."
)


class Shown(NamedTuple):
    """Everything that changes while a real model arrives and draws, in output order."""

    picker: object
    card: object
    tools: object
    button: object
    announcement: object
    link: object


class Chosen(NamedTuple):
    """An empty card for the model that was just chosen, its settings, and what its button says."""

    card: object
    tools: object
    button: object
    steps: object
    guidance: object


def draw_original(
    services: Services,
    model: str,
    prompt: str,
    seed: int,
    steps: int,
    guidance: float,
    request: gr.Request,
) -> Iterator[Shown]:
    """Let a real model arrive if it is not here, then let it draw the prompt."""
    spec, visitor = services.spec(model), visitor_of(request)
    said = checked_prompt(prompt, MAX_PROMPT_CHARACTERS)
    card = empty_card(services, spec, subject=said)
    values = {"count": 1, "steps": steps, "guidance": guidance}
    fields.fill_recipe(card, values, said, seed)
    # Stop asks the picker what to stop, so nobody picks another model meanwhile.
    yield _view(card, download_status.STOP)._replace(picker=gr.update(interactive=False))
    if card.recipe and not download_status.is_here(services, spec):
        yield from _fetch(services, spec, card, visitor)
    link = link_of([card.recipe]) if card.recipe else ""
    if card.recipe and download_status.is_here(services, spec):
        card.instead = ""
        for _ in perform(services, visitor, PLACE, [card], services.keeper(request)):
            yield _view(card, download_status.STOP, link)
    last = _view(card, button_words(services, spec), link, card.announcement)
    yield last._replace(picker=gr.update(interactive=True))


def _fetch(services: Services, spec: ModelSpec, card: ImageCard, visitor: str) -> Iterator[Shown]:
    """Show a model's arrival on its card; the card is as it was when somebody stopped it."""
    before = card.state, card.instead
    for status in services.downloads.follow(spec, visitor):
        card.state, card.instead = (
            download_status.state(status),
            download_status.stage(spec, status),
        )
        if status.error:
            card.state = markup.state("failed", "✕", "did not work")
            card.instead = markup.failure(status.error, press=f"{PLACE}-draw")
        yield _view(card, download_status.STOP)
        if status.error:
            return
    card.state, card.instead = before


def stop_original(services: Services, model: str, button: str, request: gr.Request) -> None:
    """Stop the download or the drawing, if the button says Stop."""
    if button == download_status.STOP:
        visitor = visitor_of(request)
        services.downloads.leave(services.spec(model).id, visitor)
        services.stop(visitor, PLACE)


def choose_original(services: Services, model: str) -> Chosen:
    """An empty card for the model chosen, and the settings it is made for."""
    return _chosen(services, services.spec(model), {})


def restore_original(services: Services, recipes: Sequence[Recipe]) -> tuple[object, ...]:
    """What a link puts into the form; all the page has of it, in order: a picker and a `Chosen`.

    Without one the form is set too: what has arrived and was measured since the page was laid out
    decides what the button offers and what a picture takes.
    """
    specs = _originals(services)
    if not specs:
        return ()
    recipe = next((r for r in recipes if services.spec(r.model) in specs), None)
    spec = services.spec(recipe.model) if recipe else specs[0]
    picker = gr.update(choices=choices(services), value=spec.id)
    return picker, *_chosen(services, spec, dict(recipe.options) if recipe else {})


def _chosen(services: Services, spec: ModelSpec, options: Mapping[str, Value]) -> Chosen:
    """The form for a model, with the options of a link where it has any."""
    return Chosen(
        markup.grid([empty_card(services, spec).html]),
        markup.result_tools("", [spec], []),
        button_words(services, spec),
        _setting(spec, "steps", options),
        _setting(spec, "guidance", options),
    )


def empty_card(services: Services, spec: ModelSpec, subject: str = "") -> ImageCard:
    """A card with one frame, or with the words that its model is not here yet."""
    words = download_status.missing_words(services, spec)
    instead = markup.hint(words) if words else ""
    return ImageCard(spec, subject=subject, button=f"{PLACE}-draw", instead=instead, frames=1)


def button_words(services: Services, spec: ModelSpec) -> str:
    """What the button says: what a picture takes here, and before that what the model costs."""
    return download_status.offer(services, spec, download_status.SWAP) or f"Draw with {spec.name}"


def choices(services: Services) -> list[tuple[str, str]]:
    """The real models with what a picture roughly takes here."""
    return [(_choice(spec), spec.id) for spec in _originals(services)]


def _choice(spec: ModelSpec) -> str:
    seconds = download_status.picture_seconds(spec)
    if seconds is None:
        return spec.name
    took = f"{roughly(seconds)} a picture"
    return f"{spec.name} · {'too slow here: ' if seconds > SLOW_SECONDS else ''}{took}"


def _originals(services: Services) -> tuple[ModelSpec, ...]:
    """The real models, the one that takes least work first."""
    return tuple(sorted(services.of_kind("image", ""), key=lambda spec: spec.teraflops))


def _setting(spec: ModelSpec, name: str, options: Mapping[str, Value]) -> object:
    """A slider with the range of a model, set as asked or as it is made for; hidden without one."""
    control = next((c for c in spec.controls if c.name == name), None)
    if control is None:
        return gr.Slider(visible=False)
    value = options.get(name, control.default)
    return gr.Slider(minimum=control.low, maximum=control.high, value=value, visible=True)


def _view(card: ImageCard, button: str, link: str = "", announcement: str = "") -> Shown:
    recipes = [card.recipe] if card.recipe else []
    tools = markup.result_tools(link, [card.spec], recipes)
    return Shown(gr.skip(), markup.grid([card.html]), tools, button, announcement, link)


# Layout


def build_originals(services: Services, prompt: Component, seed: Component) -> list[Component]:
    """Lay out the part below the families; nothing where no real model is on offer.

    Returns:
        what `restore_original` fills, in its order.
    """
    specs = _originals(services)
    if not specs:
        return []
    first = specs[0]
    wiring.html(f'<h2 class="part">Beside them, the real one</h2>{markup.says(SAID)}')
    picker = gr.Dropdown(
        choices(services),
        value=first.id,
        label="Real model",
        filterable=False,
        elem_id=f"{PLACE}-model",
    )
    button = gr.Button(
        button_words(services, first), elem_classes="ghost swap", elem_id=f"{PLACE}-draw"
    )
    if prompt_rules.only():
        wiring.preset_prompts(prompt_rules.PICTURES, prompt, PLACE)
    with (
        gr.Accordion("Steps and guidance", open=False, elem_id=f"{PLACE}-settings"),
        gr.Row(elem_classes="settings"),
    ):
        steps, guidance = (
            fields.component(fields.control_named(specs, name), PLACE)
            for name in ("steps", "guidance")
        )
    card = wiring.html(markup.grid([empty_card(services, first).html]), f"{PLACE}-card")
    tools = wiring.html(markup.result_tools("", [first], []), f"{PLACE}-tools")
    shown = [picker, card, tools, button, *wiring.hidden(PLACE)]
    asked = [picker, prompt, seed, steps, guidance]
    wiring.on_press("originals_draw", [button.click], bind(draw_original, services), asked, shown)
    wiring.on_stop("originals_stop", button, bind(stop_original, services), [picker])
    chosen = [card, tools, button, steps, guidance]
    wiring.on_change(
        "originals_choose", [picker.select], bind(choose_original, services), [picker], chosen
    )
    return [picker, *chosen]
