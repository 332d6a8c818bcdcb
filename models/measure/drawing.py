"""Recipes for concepts, and the pictures they give, straight from an adapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from models import datasets
from models.base import Adapter, ImageStep, ModelSpec, Recipe, Step
from models.recipe import make_recipe

_RECIPES_AT_ONCE = 8


def concept_recipe(spec: ModelSpec, concept: datasets.Concept, seed: int, count: int) -> Recipe:
    """Ask a model for a concept in its own way: by words where it reads them, else by labels."""
    if "prompt" in spec.can:
        return make_recipe(spec, prompt=concept.caption, options={"count": count}, seed=seed)
    labels = {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
    return make_recipe(spec, options={"count": count, **labels}, seed=seed)


def draw(adapter: Adapter, recipes: Sequence[Recipe]) -> Iterator[np.ndarray]:
    """The finished pictures of each recipe, (N, H, W, 3) uint8, in order."""
    for group in groups(recipes, _RECIPES_AT_ONCE):
        states = [adapter.begin(recipe) for recipe in group]
        steps: list[Step | None | Exception] = adapter.advance(states)
        while not all(isinstance(s, ImageStep) and s.last for s in steps):
            steps = adapter.advance(states)
        for state in states:
            adapter.end(state)
        for step in steps:
            assert isinstance(step, ImageStep)
            yield np.stack([np.asarray(image) for image in step.images])


def groups(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Neighbours in groups of `size`; the last group may be smaller."""
    return (items[i : i + size] for i in range(0, len(items), size))
