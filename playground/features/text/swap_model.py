"""A real model in place of a small one: the button under a text card, and what it does."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from models.base import ModelSpec
from models.worlds import asked_in_words
from playground.core.format import significant, tagline_of
from playground.core.services import Services
from playground.features.break_it.recipes import SAMPLE_TEXT
from playground.gradio_app import picker, wiring
from playground.gradio_app.bind import bind
from playground.web import download_status, equal_terms
from playground.web.card_facts import facts

PLACE = "text"
INVITATION = "Press Write."
SCORE = "score"


class Swapped(NamedTuple):
    """What changes when another model is to take a card's place, in output order."""

    picker: object
    fetch: object
    button: object
    unequal: object


class Fetched(NamedTuple):
    """What changes when a model has arrived, or does not come, in output order."""

    picker: object
    card: object
    button: object


def swap_text(services: Services, model: str, other: str) -> Swapped:
    """Put the model that the button offers on this card; the browser lets it arrive.

    Who picked another model meanwhile would see this one's card again, so nobody can.
    """
    wanted = download_status.wanted(services, services.spec(model))
    if wanted is None:
        return Swapped(*[gr.skip()] * len(Swapped._fields))
    here = download_status.is_here(services, wanted)
    return Swapped(
        picker.update(choices(services), wanted.id, interactive=here),
        wiring.anew({"facts": card_facts(services, wanted), "here": here}),
        offer_button(services, wanted) if here else gr.skip(),
        wiring.anew({"sentence": unequal(wanted, services.spec(other))}),
    )


def end_fetching(services: Services, model: str) -> Fetched:
    """Let other models be picked again, and say what can be done with the one that is there."""
    spec = services.spec(model)
    here = download_status.is_here(services, spec)
    card = wiring.anew(card_facts(services, spec)) if here else gr.skip()
    return Fetched(picker.update(choices(services)), card, offer_button(services, spec))


def writers(services: Services) -> tuple[ModelSpec, ...]:
    """Who goes on with any text: not the inventor of names, which has its place elsewhere."""
    return services.of_kind("text", *asked_in_words("text"))


def choices(services: Services) -> list[tuple[str, str]]:
    """The models of a picker, each with its size, or what of it is to be fetched."""
    return [(download_status.choice(spec), spec.id) for spec in writers(services)]


def card_facts(services: Services, spec: ModelSpec) -> dict[str, Any]:
    """What a card says of its model; empty, it invites to write or says that it is not here yet."""
    more = {"silent": words} if (words := why_silent(services, spec)) else {}
    if words := download_status.missing_words(services, spec):
        return facts(spec, hint=words, **more)
    return facts(spec, hint=INVITATION, sample=f"{SAMPLE_TEXT}…", **more)


def why_silent(services: Services, spec: ModelSpec) -> str:
    """Why a model cannot be asked how likely a given text is, and what to do; "" if it can."""
    if not download_status.is_here(services, spec):
        return f"{spec.name} is not here yet. Fetch it on its card first."
    if SCORE not in spec.can:
        return f"{spec.name} cannot say how likely a given text is. Choose another model."
    return ""


def offer_button(services: Services, spec: ModelSpec) -> object:
    """The button under a card, hidden where there is nothing to bring."""
    words = download_status.offer(services, spec)
    return gr.Button(words, visible=bool(words))


def build_button(services: Services, side: str, spec: ModelSpec) -> gr.Button:
    """Lay the button out."""
    words = download_status.offer(services, spec)
    return gr.Button(
        words, visible=bool(words), elem_classes="ghost swap", elem_id=f"{PLACE}-{side}-swap"
    )


def unequal(left: ModelSpec, right: ModelSpec) -> str:
    """What is not equal between two models; "" for nothing."""
    if left.world == right.world:
        return equal_terms.sentences((left, right))
    small, large = sorted((left, right), key=lambda spec: spec.parameters)
    times = significant(large.parameters / max(1, small.parameters), 2)
    about = (f"{spec.name}: {tagline_of(spec)}" for spec in (small, large))
    return (
        f"{large.name} has {times} times the weights of {small.name}, and other reading. "
        f"{'; '.join(about)}. Their tokens differ too, so compare bits a letter."
    )


def connect(
    services: Services,
    side: str,
    pickers: tuple[gr.HTML, gr.HTML],
    button: gr.Button,
    fetch: gr.HTML,
    card: gr.HTML,
    unequal: gr.HTML,
) -> None:
    """Connect the button of one card.

    Args:
        pickers: this card's, and the other's.
        fetch: what lets a model arrive, and says when that has ended.
    """
    wiring.on_change(
        f"text_swap_{side}",
        [button.click],
        bind(swap_text, services),
        pickers,
        [pickers[0], fetch, button, unequal],
    )
    wiring.on_end(
        f"text_fetched_{side}",
        fetch,
        bind(end_fetching, services),
        [pickers[0]],
        [pickers[0], card, button],
    )
