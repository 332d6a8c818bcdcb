"""Pictures for experiments: which concepts are asked for, and how far the drawing is."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

import numpy as np

from models import datasets
from models.base import Recipe
from models.datasets import Concept
from models.experiments.claim import Progress
from models.experiments.lab import Lab
from models.measure.drawing import concept_recipe

DIGITS = ("gan", "vae", "diffusion_mini")
"""The three families that draw digits, in the order in which they are shown."""


def trained(count: int) -> list[Concept]:
    """So many concepts from training, all digits equally often, spread over the colours."""
    of_digit = [
        [c for c in datasets.concepts() if c.digit == d and not c.held_out] for d in range(10)
    ]
    chosen = []
    for turn in range(count):
        digit, own = turn % 10, of_digit[turn % 10]
        # 11 has no common factor with the 49 to 52 pairs of colours that a digit has
        chosen.append(own[(11 * (turn // 10) + 5 * digit) % len(own)])
    return chosen


def cost(recipe: Recipe) -> float:
    """How long a recipe for pictures takes, in network passes over one picture."""
    options = dict(recipe.options)
    return float(options.get("count", 1)) * float(options.get("steps", 1))


def of_each(lab: Lab, model: str, concepts: Sequence[Concept], seed: int) -> list[Recipe]:
    """One picture of each concept by a model, with seeds that count up from `seed`."""
    spec = lab.specs[model]
    return [concept_recipe(spec, c, seed + i, count=1) for i, c in enumerate(concepts)]


def draw_all(
    lab: Lab, asked: Mapping[str, Sequence[Recipe]], *, before: float = 0.0, after: float = 0.0
) -> Generator[Progress, None, dict[str, np.ndarray]]:
    """The pictures (N, H, W, 3) uint8 of each model's recipes, telling how far they are.

    Args:
        asked: by model, or by whatever else groups them.
        before, after: what was done before, and will be after, in units of `cost`.
    """
    total = before + after + sum(cost(recipe) for recipes in asked.values() for recipe in recipes)
    done, drawn = before, {}
    for name, recipes in asked.items():
        doing = f"{lab.specs[recipes[0].model].name} draws"
        yield Progress(done, total, doing)
        parts = []
        for recipe, pictures in zip(recipes, lab.pictures(recipes), strict=True):
            parts.append(pictures)
            done += cost(recipe)
            yield Progress(done, total, doing)
        drawn[name] = np.concatenate(parts)
    return drawn


def named(model: str) -> tuple[str, str]:
    """The family and the short name of a shipped model, for its figures."""
    from models import catalog

    offered = (*catalog.SPECS, *catalog.TWINS)
    spec = next(spec for spec in offered if spec.id == model)
    return spec.family, spec.name
