"""Score a text: what was pasted, read by the two models that the cards above name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from models import folding
from models.base import ModelSpec, Recipe
from models.recipe import make_recipe
from playground.core.services import Services
from playground.features.break_it import chips
from playground.features.break_it.recipes import SAMPLE_SCORE
from playground.features.text import swap_model
from playground.gradio_app import wiring
from playground.gradio_app.bind import bind
from playground.gradio_app.run_plan import PlannedRun, plan
from playground.web import card_facts, markup

PLACE = "text-score"
SCORE = swap_model.SCORE
BUTTON = f"{PLACE}-press"
MOST_CHARACTERS = 2_000
PLAIN: Mapping[str, object] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0}
"""Scoring is not drawing: options change nothing, so there is one recipe for each text."""
BREAK_FIELDS = ("text",)


def score_text(services: Services, text: str, left: str, right: str) -> dict[str, Any]:
    """What two models are asked for that read a text: a plan that the browser carries out."""
    checked_text(text)
    specs = [services.spec(model) for model in (left, right)]
    # Both read the same letters: those of the one that knows the fewest.
    same = reduce(folding.fold, [spec.alphabet for spec in specs], text)
    runs = [
        replace(_reading(services, side, spec, same), note=folding.note(text, spec.alphabet))
        for side, spec in zip(("left", "right"), specs, strict=True)
    ]
    return wiring.anew(plan(runs, text=same))


def break_score(services: Services, label: str) -> chips.Filled:
    """Fill the field with what one of the chips below the results stands for."""
    return chips.fill(PLACE, label, BREAK_FIELDS)


def _reading(services: Services, side: str, spec: ModelSpec, text: str) -> PlannedRun:
    about = card_facts.facts(spec)
    if sentence := swap_model.why_silent(services, spec):
        return PlannedRun(side, spec, None, sentence, about)
    return PlannedRun(
        side, spec, make_recipe(spec, task=SCORE, prompt=text, options=PLAIN), about=about
    )


def checked_text(text: object) -> str:
    """A text as it was pasted; ValueError in words if there is none or it is too long."""
    if not isinstance(text, str) or not text:
        raise ValueError("Paste or write a text first.")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"The text has {len(text)} letters; at most {MOST_CHARACTERS} are scored. Shorten it."
        )
    return text


def restore_score(recipes: Sequence[Recipe]) -> object:
    """The text that the recipes of a link score; leaves the field alone if none does."""
    texts = [recipe.prompt for recipe in recipes if recipe.task == SCORE]
    return texts[0] if texts else gr.skip()


def build_score(services: Services, script: Path, left: Component, right: Component) -> gr.Textbox:
    """Lay out the section and connect it.

    Args:
        script: of the place.
        left: the picker of the left card's model.

    Returns:
        the field for the text, which `restore_score` fills.
    """
    wiring.html('<h2 class="part">Score a text</h2>')
    wiring.html(
        markup.says(
            "Paste any text: the two models above read it, and each letter shows how much it "
            "surprised them. Fewer bits a letter: the better guesser. Here every letter counts, "
            "from the first on; under a card only those that the model drew itself, after your "
            "text."
        )
    )
    with gr.Row(elem_classes="ask"):
        text = gr.Textbox(
            SAMPLE_SCORE,
            label=f"A text of up to {MOST_CHARACTERS:,} letters",
            lines=4,
            max_lines=8,
            max_length=MOST_CHARACTERS,
            elem_id=f"{PLACE}-text",
        )
        button = gr.Button("Score", elem_classes="ghost", elem_id=BUTTON)
    scored = wiring.filled(
        script,
        "scoring.mountScore",
        None,
        elem_id=PLACE,
        parts=[f"{PLACE}-{part}" for part in ("totals", "strip", "parting")],
    )
    chips.build_breaks(PLACE, {"text": text}, bind(break_score, services), BUTTON)
    asked = [text, left, right]
    wiring.on_runs("text_score", [button.click], bind(score_text, services), asked, [scored])
    return text
