"""Prompts for the real models where an operator lets children choose and not type.

The small models have seen a few plays, digits, or emoji, and can be asked anything. A model that
has read the web can answer anything; `PLAYGROUND_PRESET_PROMPTS_ONLY=1` lets such models take the
prompts below alone, whichever way a request comes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from models import datasets
from models.base import ModelSpec, Recipe

VARIABLE = "PLAYGROUND_PRESET_PROMPTS_ONLY"
TEXTS = (
    "Once upon a time, in a village by the sea,",
    "The three most interesting things about the moon are",
    "How to bake bread: first,",
    "Dear grandmother, today at school we",
    "The dog looked at the cat and",
    "ROMEO:\nO, ",
)
PICTURES = (
    "a lighthouse on a rock, oil painting",
    "a cow with an umbrella",
    "a red kite over the sea",
    "a bowl of oranges on a wooden table, photograph",
    "a small robot watering flowers",
    "a snowy village at night, drawn with crayons",
)


def only() -> bool:
    """Whether the operator lets the real models take preset prompts alone."""
    return os.environ.get(VARIABLE, "0") not in {"", "0"}


def admission(specs: Mapping[str, ModelSpec]) -> Callable[[Recipe], None] | None:
    """What the engine asks before it takes a recipe; None where all prompts are welcome."""
    if not only():
        return None
    captions = {concept.caption for concept in datasets.concepts()}
    welcome = {"text": {*TEXTS}, "image": {*PICTURES, *captions}}

    def admit(recipe: Recipe) -> None:
        spec = specs.get(recipe.model)
        if spec is None or not spec.files:
            return
        if recipe.prompt.strip() not in {prompt.strip() for prompt in welcome.get(spec.kind, ())}:
            raise ValueError(
                f"In this room {spec.name} takes the prompts of the list alone. Choose one there; "
                "the small models take any."
            )

    return admit
