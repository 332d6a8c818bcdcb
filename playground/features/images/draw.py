"""Three families draw the same request: what the worlds of digits and of emoji have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec
from playground.core.follow import perform
from playground.core.identity import visitor_of
from playground.core.services import Services
from playground.core.share_link import link_of
from playground.gradio_app import fields, wiring
from playground.web import markup
from playground.web.cards import ImageCard, announcement

DRAW, STOP = "Draw", "Stop"
EXAMPLE_SEED = 7
MAX_PROMPT_CHARACTERS = 300


class Drawn(NamedTuple):
    """Everything on the page that changes while the families draw, in output order."""

    grid: str
    tools: str
    button: str
    announcement: str
    link: str


def draw(
    services: Services, place: str, cards: list[ImageCard], request: gr.Request
) -> Iterator[Drawn]:
    """Carry out the recipes of all cards, and show them until the last one ends."""
    link = link_of([card.recipe for card in cards if card.recipe])
    tools = _tools(cards, link)
    visitor, keep = visitor_of(request), services.keeper(request)
    for _ in perform(services, visitor, place, cards, keep):
        yield _view(cards, tools, STOP, link)
    yield _view(cards, tools, DRAW, link)


def stop(services: Services, place: str, button: str, request: gr.Request) -> None:
    """Stop what a place of this page is drawing, if its button says Stop."""
    if button == STOP:
        services.stop(visitor_of(request), place)


def _view(cards: list[ImageCard], tools: str, button: str, link: str) -> Drawn:
    said = announcement(cards) if button == DRAW else ""
    return Drawn(
        grid=markup.grid([card.html for card in cards]),
        tools=tools,
        button=button,
        announcement=said,
        link=link,
    )


def _tools(cards: list[ImageCard], link: str) -> str:
    recipes = [card.recipe for card in cards if card.recipe]
    return markup.result_tools(link, [card.spec for card in cards], recipes)


# Layout


def build_button(place: str) -> gr.Button:
    """The one primary button: it draws, and stops what it draws."""
    return gr.Button(DRAW, variant="primary", elem_id=f"{place}-draw")


def build_settings(specs: Sequence[ModelSpec], place: str) -> list[Component]:
    """How many pictures and which seed, one tap away; guidance and steps behind another."""

    def control(name: str) -> Component:
        return fields.component(fields.control_named(specs, name), place)

    with gr.Accordion("Pictures and seed", open=False, elem_id=f"{place}-settings"):
        with gr.Row(elem_classes="settings"):
            count, seed = control("count"), fields.seed_field(place, EXAMPLE_SEED)
        with (
            gr.Accordion("More", open=False, elem_id=f"{place}-more"),
            gr.Row(elem_classes="settings"),
        ):
            guidance, steps = control("guidance"), control("steps")
    return [count, seed, guidance, steps]


def build_grid(cards: list[ImageCard], place: str) -> list[Component]:
    """The empty cards and the tools below them."""
    grid = wiring.html(markup.grid([card.html for card in cards]), f"{place}-grid")
    return [grid, wiring.html(_tools(cards, ""), f"{place}-tools")]
