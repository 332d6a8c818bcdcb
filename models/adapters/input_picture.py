"""Pictures that are given to be looked at: task `look` of models that see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from models.adapters.pictures import given_picture
from models.base import Recipe, Step


@dataclass(slots=True)
class Looked:
    """A picture that is to be looked at."""

    picture: Image.Image

    @classmethod
    def of(cls, recipe: Recipe) -> Looked:
        """The picture of a recipe; ValueError in words where there is none."""
        return cls(given_picture(str(recipe.option("picture"))))


def apart(
    states: Sequence[Any],
    look: Callable[[Sequence[Looked]], Sequence[Step]],
    others: Callable[[Sequence[Any]], Sequence[Step]],
) -> list[Step]:
    """One step for every state in order, pictures to be looked at apart from all others."""
    looked = [state for state in states if isinstance(state, Looked)]
    left = [state for state in states if not isinstance(state, Looked)]
    seen, done = iter(look(looked) if looked else ()), iter(others(left) if left else ())
    return [next(seen if isinstance(state, Looked) else done) for state in states]
