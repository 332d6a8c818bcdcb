"""Why this letter? The drawer below the two text cards, and what answers its questions."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
from gradio.components import Component

from playground.core.follow import perform
from playground.core.identity import visitor_of
from playground.core.services import Services
from playground.features.text import token_readout
from playground.gradio_app import wiring
from playground.gradio_app.bind import bind
from playground.web import download_status
from playground.web.assets import FEATURES, address

PLACE = "text-why"
STYLE = FEATURES / "text" / "why.css"
"""Fetched by the browser once it has Gradio, so that the first page carries nothing of this."""
_WHY = "playground.modules.why.why"


def explain_letter(
    services: Services, asked: str, left: str, right: str, request: gr.Request
) -> Iterator[str]:
    """What both models thought of the text around a letter, as JSON; more while they read.

    Args:
        asked: the question as `why.js` writes it.
        left: the model picked on the left card; the one of the two that did not write is asked.
    """
    question = token_readout.read_question(asked, services.specs)
    own = services.spec(question.recipe.model)
    other = services.spec(right if own.id == left else left)
    readings = token_readout.readings(
        question, own, other, here=download_status.is_here(services, other)
    )
    shown = ""
    for _ in perform(services, visitor_of(request), PLACE, readings):
        answer = token_readout.answer(question, readings)
        if answer != shown:
            yield answer
        shown = answer
        if token_readout.answered(question, readings):
            return
    yield token_readout.answer(question, readings)


def build_drawer() -> gr.HTML:
    """Lay out the drawer, shut; call inside the row of the cards."""
    return gr.HTML(
        token_readout.drawer(),
        elem_id=PLACE,
        apply_default_css=False,
        js_on_load=None,
        head=f'<link rel="stylesheet" href="{address(STYLE)}">',
    )


def connect(services: Services, left: Component, right: Component) -> None:
    """Connect the drawer.

    Args:
        left: the picker of the left card's model.
    """
    asked = gr.Textbox(visible="hidden", label="Question", elem_id=f"{PLACE}-question")
    answer = gr.Textbox(visible="hidden", label="Answer", elem_id=f"{PLACE}-answer")
    ask = gr.Button("Ask", visible="hidden", elem_id=f"{PLACE}-ask")
    ask.click(
        bind(explain_letter, services),
        [asked, left, right],
        [answer],
        js=f"(asked, left, right) => [{_WHY}.question, left, right]",
        trigger_mode="always_last",
        **wiring.quietly("text_explain"),
    )
    wiring.in_browser("text_explained", answer.change, [answer], f"{_WHY}.take")
