"""The real Stable Diffusion beside the small families: fetched on request, then asked the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec, Recipe, Value
from playground.core import prompt_rules
from playground.core.format import roughly
from playground.core.services import Services
from playground.features.images import draw as drawing
from playground.features.images.draw import MAX_PROMPT_CHARACTERS
from playground.gradio_app import fields, picker, wiring
from playground.gradio_app.bind import bind
from playground.gradio_app.fields import checked_prompt
from playground.gradio_app.run_plan import plan, plan_run
from playground.web import download_status, markup
from playground.web.card_facts import facts

PLACE, CARD = "originals", "original"
SLOW_SECONDS = 120.0
"""A picture that takes longer is called too slow here; it is drawn all the same when asked for."""
SAID = (
    "It takes any words. It is no equal of the three above: it has hundreds of times their weights "
    "and has seen hundreds of millions of captioned pictures, where they have seen 60,000 digits. "
    "Equal are the words and the seed."
)


class Asked(NamedTuple):
    """What a press on the button comes to, in output order."""

    picker: object
    runs: object


class Ended(NamedTuple):
    """What changes when a real model has drawn, was stopped, or does not come, in output order."""

    picker: object
    button: object


class Chosen(NamedTuple):
    """An empty card for the model that was just chosen, its settings, and what its button says."""

    card: dict[str, Any]
    button: object
    steps: object
    guidance: object


def draw_original(
    services: Services, model: str, prompt: str, seed: int, steps: int, guidance: float
) -> Asked:
    """What a real model is asked for, and whether it has to arrive first: the browser sees to it.

    Who chose another model meanwhile would see this one's pictures go, so nobody can.
    """
    spec = services.spec(model)
    said = checked_prompt(prompt, MAX_PROMPT_CHARACTERS)
    values = {"count": 1, "steps": steps, "guidance": guidance}
    run = plan_run(CARD, spec, values, said, seed, card_facts(services, spec, said))
    missing = run.recipe is not None and not download_status.is_here(services, spec)
    asked = plan([run], fetch=spec.id) if missing else plan([run])
    return Asked(picker.update(choices(services), interactive=False), wiring.anew(asked))


def end_original(services: Services, model: str) -> Ended:
    """Let other models be chosen again, and say what the button now does."""
    return Ended(picker.update(choices(services)), button_words(services, services.spec(model)))


def choose_original(services: Services, model: str) -> Chosen:
    """An empty card for the model chosen, and the settings it is made for."""
    chosen = _chosen(services, services.spec(model), {})
    return chosen._replace(card=wiring.anew(chosen.card))


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
    shown = picker.update(choices(services), spec.id)
    return shown, *_chosen(services, spec, dict(recipe.options) if recipe else {})


def _chosen(services: Services, spec: ModelSpec, options: Mapping[str, Value]) -> Chosen:
    """The form for a model, with the options of a link where it has any."""
    return Chosen(
        {"cards": {CARD: card_facts(services, spec)}},
        button_words(services, spec),
        _setting(spec, "steps", options),
        _setting(spec, "guidance", options),
    )


def card_facts(services: Services, spec: ModelSpec, subject: str = "") -> dict[str, Any]:
    """What a card says of its model: with one frame, or with the words that it is not here yet."""
    hint = download_status.missing_words(services, spec)
    return facts(spec, frames=1, subject=subject, hint=hint)


def button_words(services: Services, spec: ModelSpec) -> str:
    """What the button says: what a picture takes here, and before that what the model costs."""
    return download_status.offer(services, spec, download_status.SWAP) or f"Draw with {spec.name}"


def choices(services: Services) -> list[tuple[str, str]]:
    """The real models with what a picture roughly takes here, and what is to be fetched."""
    return [(_choice(spec), spec.id) for spec in _originals(services)]


def _choice(spec: ModelSpec) -> str:
    seconds = download_status.picture_seconds(spec)
    if seconds is None:
        return download_status.choice(spec)
    took = f"{roughly(seconds)} a picture"
    slow = "too slow here: " if seconds > SLOW_SECONDS else ""
    return download_status.choice(spec, f"{slow}{took}")


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
    picked = picker.picker(choices(services), first.id, "Real model", f"{PLACE}-model")
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
    card = drawing.build_cards(PLACE, {CARD: card_facts(services, first)}, stage="card")
    runs = drawing.build_runs(PLACE)
    asked = [picked, prompt, seed, steps, guidance]
    drawn = bind(draw_original, services)
    wiring.on_runs("originals_draw", [button.click], drawn, asked, [picked, runs])
    ended = bind(end_original, services)
    wiring.on_end("originals_ended", runs, ended, [picked], [picked, button])
    chosen = [card, button, steps, guidance]
    wiring.on_change(
        "originals_choose", [picked.select], bind(choose_original, services), [picked], chosen
    )
    return [picked, *chosen]
