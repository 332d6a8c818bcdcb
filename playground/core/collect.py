"""Carry recipes out and wait for what comes of them, for whoever shows no steps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from models.base import ImageStep, ModelSpec, Recipe, Step, TokenStep
from models.engine import Busy, Waiting
from playground.core.follow import perform
from playground.core.services import Services

LATE = "This takes longer than it may here. Try again in a moment."


class Late(Busy):
    """It was not done in time."""


@dataclass(slots=True)
class Result:
    """One recipe and what came of it, as a card that is followed but not shown."""

    spec: ModelSpec
    recipe: Recipe | None
    steps: list[Step] = field(default_factory=list)
    error: Exception | None = None

    def start(self, replayed: bool) -> None:
        """Nothing to show yet."""

    def take(self, event: Step | Waiting) -> None:
        """Keep every letter, and of pictures those of the last step."""
        if isinstance(event, TokenStep):
            self.steps.append(event)
        elif isinstance(event, ImageStep):
            self.steps = [event]

    def fail(self, error: Exception) -> None:
        """Remember what went wrong."""
        self.error = error

    def end(self) -> None:
        """Steps that were never finished are no result."""
        if not self.whole:
            self.error = Late(LATE)

    @property
    def whole(self) -> bool:
        """Whether the last step has come."""
        return bool(self.steps) and self.steps[-1].last


def collect(
    services: Services, recipes: Sequence[Recipe], visitor: str, place: str, *, seconds: float
) -> list[Result]:
    """What the engine makes of recipes, all at once. Blocks: for threads.

    Raises:
        Late: when they are not done in this many seconds, or were stopped.
        Exception: whatever else went wrong first.
    """
    results = [Result(services.spec(recipe.model), recipe) for recipe in recipes]
    until = time.monotonic() + seconds
    with closing(perform(services, visitor, place, results)) as going:  # type: ignore[type-var]
        for _ in going:
            if error := next((result.error for result in results if result.error), None):
                raise error
            if time.monotonic() > until and not all(result.whole for result in results):
                raise Late(LATE)
    return results
