"""Text: one prompt, two models beside each other, letter by letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import Recipe
from playground.core import prompt_rules
from playground.core.services import Services
from playground.features.break_it import chips
from playground.features.break_it.recipes import SAMPLE_TEXT
from playground.features.drawers import look_inside
from playground.features.text import (
    quantised_pair,
    score_section,
    swap_model,
    why_drawer,
)
from playground.gradio_app import fields, picker, wiring
from playground.gradio_app.bind import bind
from playground.gradio_app.run_plan import plan, plan_run
from playground.web import download_status, markup
from playground.web.assets import FEATURES

PLACE = "text"
SIDES = ("left", "right")
WRITE = "Write"
SCRIPT = FEATURES / "text" / "text_place.js"
EXAMPLE_SEED = 7
MAX_PROMPT_CHARACTERS = 2_000
_NEW_SEED = "(...asked) => playground.modules.seed_lock?.drawn(asked) ?? asked"
ASKED_SEED = 4
"""Where the seed stands among what the form asks for; `seed_lock.js` puts it there too."""
BREAK_FIELDS = ("prompt", "temperature", "top_k", "top_p", "seed")


class TextForm(NamedTuple):
    """The visitor's side of the page as a link restores it, in output order."""

    prompt: object
    left: object
    right: object
    temperature: object
    seed: object
    top_k: object
    top_p: object
    length: object
    left_card: object
    right_card: object
    left_swap: object
    right_swap: object
    unequal: object
    scored: object


class Asked(NamedTuple):
    """What two models are asked for, and with which seed, in output order."""

    plan: dict[str, Any]
    seed: object


class Picked(NamedTuple):
    """What the card of a model that was just chosen says, and what it makes of the comparison."""

    card: object
    swap: object
    unequal: object


def write_text(
    services: Services,
    prompt: str,
    left: str,
    right: str,
    temperature: float,
    seed: int,
    top_k: int,
    top_p: float,
    length: int,
) -> dict[str, Any]:
    """What two models are asked for, both at once: a plan that the browser carries out."""
    fields.checked_prompt(prompt, MAX_PROMPT_CHARACTERS)
    values = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "length": length}
    specs = [services.spec(model) for model in (left, right)]
    runs = [
        plan_run(side, spec, values, prompt, seed, swap_model.card_facts(services, spec))
        for side, spec in zip(SIDES, specs, strict=True)
    ]
    return wiring.anew(plan(runs, unequal=swap_model.unequal(*specs)))


def ask_for_text(services: Services, *asked: Any) -> Asked:
    """The same for the form, whose browser may have drawn another seed than the field shows."""
    return Asked(write_text(services, *asked), asked[ASKED_SEED])


def break_text(services: Services, label: str, prompt: object, seed: object) -> chips.Filled:
    """Fill the form with what one of the chips below the results stands for, so that it runs."""
    mended = dict(chips.mended_seed(seed, EXAMPLE_SEED))
    if not chips.readable(prompt, MAX_PROMPT_CHARACTERS):
        mended["prompt"] = SAMPLE_TEXT
    return chips.fill(PLACE, label, BREAK_FIELDS, mended)


def pick_model(services: Services, model: str, other: str) -> Picked:
    """An empty card for the model chosen."""
    spec = services.spec(model)
    return Picked(
        wiring.anew(swap_model.card_facts(services, spec)),
        swap_model.offer_button(services, spec),
        wiring.anew({"sentence": swap_model.unequal(spec, services.spec(other))}),
    )


def restore_text(services: Services, recipes: Sequence[Recipe]) -> TextForm:
    """What the recipes of a link put into the form; leaves it alone if none of them writes."""
    recipes = [r for r in recipes if services.spec(r.model) in swap_model.writers(services)][:2]
    if not recipes:
        # What was fetched since the page was laid out is not offered to be fetched.
        offers = [
            swap_model.offer_button(services, spec)
            if download_status.offer(services, spec)
            else gr.skip()
            for spec in map(services.spec, default_models(services))
        ]
        form = TextForm(*[gr.skip()] * len(TextForm._fields))
        return form._replace(left_swap=offers[0], right_swap=offers[1])
    scored = score_section.restore_score(recipes)
    first, models = recipes[0], [r.model for r in recipes]
    left, right = (*models, *default_models(services)[len(models) :])
    options = dict(first.options)
    specs = services.spec(left), services.spec(right)
    form = TextForm(
        prompt=first.prompt,
        left=left,
        right=right,
        temperature=options["temperature"],
        seed=first.seed,
        top_k=options["top_k"],
        top_p=options["top_p"],
        length=options["length"],
        left_card=swap_model.card_facts(services, specs[0]),
        right_card=swap_model.card_facts(services, specs[1]),
        left_swap=swap_model.offer_button(services, specs[0]),
        right_swap=swap_model.offer_button(services, specs[1]),
        unequal={"sentence": swap_model.unequal(*specs)},
        scored=scored,
    )
    if first.task == score_section.SCORE:  # its text is no prompt, and nothing was drawn for it
        asked = ("prompt", "temperature", "seed", "top_k", "top_p", "length")
        return form._replace(**dict.fromkeys(asked, gr.skip()))
    return form


# Layout


@dataclass(frozen=True, slots=True)
class _Card:
    """The components of one card: its picker, the card, and what brings another model."""

    side: str
    picker: gr.HTML
    shown: gr.HTML
    swap: gr.Button
    fetch: gr.HTML


@dataclass(frozen=True, slots=True)
class _Settings:
    temperature: Component
    seed: Component
    top_k: Component
    top_p: Component
    length: Component


def build_text(services: Services) -> list[Component]:
    """Lay out the place and connect its handlers; call inside a `gr.Tab`.

    Returns:
        what a `TextForm` fills, in its order.
    """
    with gr.Row(elem_classes="ask"):
        prompt = _build_prompt()
        button = gr.Button(WRITE, variant="primary", elem_id=f"{PLACE}-write")
    wiring.html(
        '<p class="says">The models continue your text; they do not answer it. '
        "The small ones have read about a million letters from some of Shakespeare’s plays.</p>"
    )
    if prompt_rules.only():
        wiring.preset_prompts(prompt_rules.TEXTS, prompt, PLACE)
    settings = _build_settings(services)
    with gr.Row(elem_classes="cards"):
        sides = [
            _build_card(services, side, model)
            for side, model in zip(SIDES, default_models(services), strict=True)
        ]
        runs = wiring.filled(
            SCRIPT, "text_cards.mountRuns", None, elem_id=f"{PLACE}-runs", visible="hidden"
        )
        why_drawer.build_drawer()
    models = [services.spec(model) for model in default_models(services)]
    sentence = {"sentence": swap_model.unequal(*models)}
    unequal = wiring.filled(SCRIPT, "text_cards.mountBelow", sentence, elem_id=f"{PLACE}-unequal")
    wiring.html(markup.surprise_legend())
    wiring.html(why_drawer.invitation())
    tunable = (prompt, settings.temperature, settings.top_k, settings.top_p, settings.seed)
    broken = dict(zip(BREAK_FIELDS, tunable, strict=True))
    press, given = f"{PLACE}-write", ("prompt", "seed")
    chips.build_breaks(PLACE, broken, bind(break_text, services), press, given)
    left, right = sides
    pickers, swaps = [left.picker, right.picker], [left.swap, right.swap]
    quantised_pair.build_twins(
        services, swap_model.writers(services), pickers, swaps, f"{PLACE}-write"
    )
    tuned = [settings.temperature, settings.seed, settings.top_k, settings.top_p, settings.length]
    asked = [prompt, left.picker, right.picker, *tuned]
    pressed = [button.click, prompt.submit]
    asking = bind(ask_for_text, services)
    wiring.on_runs("text_write", pressed, asking, asked, [runs, settings.seed], js=_NEW_SEED)
    _connect_cards(services, left, right, unequal)
    scored = score_section.build_score(services, SCRIPT, left.picker, right.picker)
    if inside := look_inside.drawers(services, PLACE):
        wiring.html(inside, f"{PLACE}-inside")
    return [*asked, left.shown, right.shown, left.swap, right.swap, unequal, scored]


def default_models(services: Services) -> tuple[str, str]:
    """The first two text models on offer; the same one twice if there is only one."""
    ids = [spec.id for spec in swap_model.writers(services)]
    return ids[0], ids[min(1, len(ids) - 1)]


def _build_prompt() -> gr.Textbox:
    return gr.Textbox(
        SAMPLE_TEXT,
        label="Begin a text",
        lines=1,  # so that Enter writes and Shift+Enter makes a new line
        max_lines=6,
        max_length=MAX_PROMPT_CHARACTERS,
        elem_id=f"{PLACE}-prompt",
    )


def _build_settings(services: Services) -> _Settings:
    specs = swap_model.writers(services)

    def control(name: str) -> Component:
        return fields.component(fields.control_named(specs, name), PLACE)

    with gr.Accordion("Temperature and seed", open=False, elem_id=f"{PLACE}-settings"):
        with gr.Row(elem_classes="settings"):
            temperature = control("temperature")
            seed = fields.seed_field(PLACE, EXAMPLE_SEED)
            wiring.filled(SCRIPT, "seed_lock.mountLock", None, elem_id=f"{PLACE}-seed-lock")
        with (
            gr.Accordion("More", open=False, elem_id=f"{PLACE}-more"),
            gr.Row(elem_classes="settings"),
        ):
            top_k, top_p, length = (control(name) for name in ("top_k", "top_p", "length"))
    return _Settings(temperature, seed, top_k, top_p, length)


def _build_card(services: Services, side: str, model: str) -> _Card:
    spec = services.spec(model)
    with gr.Column(elem_classes="card text-card", min_width=0, elem_id=f"{PLACE}-{side}"):
        picked = picker.picker(
            swap_model.choices(services),
            model,
            f"Model on the {side}",
            f"{PLACE}-{side}-model",
            show_label=False,
        )
        shown = wiring.filled(
            SCRIPT,
            "text_cards.mountCard",
            swap_model.card_facts(services, spec),
            side,
            elem_id=f"{PLACE}-{side}-card",
            parts=[f"{PLACE}-{side}-{part}" for part in ("head", "stage", "figures", "tools")],
        )
        swap = swap_model.build_button(services, side, spec)
        fetch = wiring.filled(
            SCRIPT,
            "text_cards.mountFetch",
            None,
            side,
            elem_id=f"{PLACE}-{side}-fetch",
            visible="hidden",
        )
    return _Card(side, picked, shown, swap, fetch)


def _connect_cards(services: Services, left: _Card, right: _Card, unequal: gr.HTML) -> None:
    """What happens on one card alone: another model is picked, or brought in its place."""
    for card, other in ((left, right), (right, left)):
        wiring.on_change(
            f"text_pick_{card.side}",
            [card.picker.select],
            bind(pick_model, services),
            [card.picker, other.picker],
            [card.shown, card.swap, unequal],
        )
        pickers = (card.picker, other.picker)
        swap_model.connect(services, card.side, pickers, card.swap, card.fetch, card.shown, unequal)
