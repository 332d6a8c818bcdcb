"""What a form asks for, as plain data: the browser has it carried out by `/live`.

    {"link": …, "runs": [{"card": …, "model": …, "recipe": {…}, "key": …, "note": "A sentence."},
                         {"card": …, "model": …, "refused": "A sentence."}, …]}

A press on the page calls a short handler that checks the form and answers with this; results come
by the same stream, and are shown by the same code, wherever on the page somebody has asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models import folding
from models.base import ModelSpec, Recipe
from models.recipe import make_recipe
from playground.core.share_link import link_of


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One card's part: a recipe, or the sentence why there is none.

    Args:
        card: the id of the card that shows it.
        about: what its card shall say besides.
        note: what is said of its result, see `folding.note`.
    """

    card: str
    spec: ModelSpec
    recipe: Recipe | None
    refused: str = ""
    about: Mapping[str, Any] | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the browser."""
        row: dict[str, Any] = {"card": self.card, "model": self.spec.id}
        if self.recipe is None:
            row["refused"] = self.refused
        else:
            row |= {"recipe": self.recipe.as_dict(), "key": self.recipe.key}
        if self.note:
            row["note"] = self.note
        return row if self.about is None else {**row, "about": dict(self.about)}


def plan_run(
    card: str,
    spec: ModelSpec,
    values: Mapping[str, object],
    prompt: str,
    seed: object,
    about: Mapping[str, Any] | None = None,
) -> PlannedRun:
    """What a model is asked for by a form, or why that cannot be.

    Each model takes those of the options that it has, and the prompt if it reads words.
    """
    own = {control.name for control in spec.controls}
    options = {name: value for name, value in values.items() if name in own}
    said = prompt if "prompt" in spec.can else ""
    try:
        recipe = make_recipe(spec, prompt=said, options=options, seed=seed)
    except ValueError as error:
        return PlannedRun(card, spec, None, str(error), about)
    return PlannedRun(card, spec, recipe, about=about, note=folding.note(said, spec.alphabet))


def plan(runs: Sequence[PlannedRun], **more: object) -> dict[str, Any]:
    """All cards' parts, the link of them together, and what the place says besides."""
    link = link_of([run.recipe for run in runs if run.recipe])
    return {"link": link, "runs": [run.as_dict() for run in runs], **more}
