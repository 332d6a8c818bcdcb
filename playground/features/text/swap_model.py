"""A real model in place of a small one: the button under a text card, and what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec
from playground.core.format import significant, tagline_of
from playground.core.services import Services
from playground.gradio_app import wiring
from playground.gradio_app.bind import bind
from playground.web import download_status, markup
from playground.web.cards import TextCard

PLACE = "text"


class Swapped(NamedTuple):
    """What changes on one card while another model takes its place, in output order."""

    picker: object
    head: object
    stage: object
    figures: object
    tools: object
    button: object
    unequal: object


def swap_text(
    services: Services, model: str, other: str, button: str, request: gr.Request
) -> Iterator[Swapped]:
    """Bring the model that the button offers to this card, and let it arrive if it is not here."""
    spec = services.spec(model)
    wanted = download_status.wanted(services, spec)
    if wanted is None or button == download_status.STOP:
        yield Swapped(*[gr.skip()] * len(Swapped._fields))
        return
    visitor, error = wiring.visitor_of(request), ""
    card, line = empty_card(services, wanted), unequal(wanted, services.spec(other))
    if not download_status.is_here(services, wanted):
        # Who picks another model meanwhile would see this one's card again.
        first = _view(services, visitor, card, download_status.STOP)
        yield first._replace(picker=_picked(wanted, interactive=False), unequal=line)
        for status in services.downloads.follow(wanted, visitor):
            card.state, error = download_status.state(status), status.error
            card.stage = markup.text_stage(wanted.name) + download_status.stage(wanted, status)
            yield _view(services, visitor, card, download_status.STOP)
        card = empty_card(services, wanted)
    if error:
        card.state = markup.state("failed", "✕", "did not work")
        card.stage = markup.text_stage(wanted.name) + markup.failure(error)
    last = _view(services, visitor, card, offer_button(services, wanted), whole=True)
    yield last._replace(picker=_picked(wanted, interactive=True), unequal=line)


def stop_fetching(services: Services, model: str, button: str, request: gr.Request) -> None:
    """Want the model on this card no longer, if its button says Stop."""
    if button == download_status.STOP:
        services.downloads.leave(services.spec(model).id, wiring.visitor_of(request))


def empty_card(services: Services, spec: ModelSpec) -> TextCard:
    """A card that invites to write, or says that its model is not here yet."""
    card = TextCard(spec)
    if words := download_status.missing_words(services, spec):
        card.stage = markup.text_stage(spec.name) + markup.hint(words)
    return card


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
    """A line on what is not equal between two models; "" where they have learnt from the same."""
    if left.world == right.world:
        return ""
    small, large = sorted((left, right), key=lambda spec: spec.parameters)
    times = significant(large.parameters / max(1, small.parameters), 2)
    about = (f"{spec.name}: {tagline_of(spec)}" for spec in (small, large))
    return markup.unequal(
        f"{large.name} has {times} times the weights of {small.name}, and other reading. "
        f"{'; '.join(about)}. Their tokens differ too, so compare bits a letter."
    )


def connect(
    services: Services,
    side: str,
    pickers: tuple[gr.Dropdown, gr.Dropdown],
    button: gr.Button,
    card: Sequence[Component],
    unequal: gr.HTML,
) -> None:
    """Connect the button of one card.

    Args:
        pickers: this card's, and the other's.
        card: the pieces of HTML of this card.
    """
    gr.on(
        [button.click],
        bind(swap_text, services),
        [*pickers, button],
        [pickers[0], *card, button, unequal],
        trigger_mode="once",
        **wiring.quietly(f"text_swap_{side}"),
    )
    stop = bind(stop_fetching, services)
    wiring.on_stop(f"text_fetch_stop_{side}", button, stop, [pickers[0]])


def _picked(spec: ModelSpec, *, interactive: bool) -> object:
    return gr.update(value=spec.id, interactive=interactive)


def _view(
    services: Services, visitor: str, card: TextCard, button: object, *, whole: bool = False
) -> Swapped:
    """The card as it is now; while the page is still writing, its text stays.

    Args:
        whole: also what stands below the card, where one may be reading meanwhile.
    """
    tools = markup.result_tools("", [card.spec], []) if whole else gr.skip()
    view = Swapped(gr.skip(), card.head, card.stage, card.figures, tools, button, gr.skip())
    if services.followers.of(visitor, PLACE):
        kept = gr.skip()
        return view._replace(head=kept, stage=kept, figures=kept, tools=kept)
    return view
