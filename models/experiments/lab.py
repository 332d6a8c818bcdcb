"""Where an experiment works: it hands in recipes like any visitor and gets their results."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from models.base import ImageStep, ModelSpec, Recipe, Step
from models.engine import Busy, Engine, Run, Waiting

_AT_ONCE = 4
"""Runs under way of one experiment: enough to share forward passes, few enough to stop at once."""
_BUSY_SECONDS, _BUSY_TRIES = 0.5, 60


class StoppedError(Exception):
    """Nobody wants the result any more."""


class Lab:
    """An experiment's way to the models.

    Args:
        engine: carries out its recipes.
        specs: the models on offer.
        visitor: who it is for the engine's fairness.
        wanted: whether anybody still waits for the result; asked several times a second.
    """

    def __init__(
        self,
        engine: Engine,
        specs: Mapping[str, ModelSpec],
        visitor: str,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.specs = specs
        self._engine = engine
        self._visitor = visitor
        self._wanted = wanted

    def check(self) -> None:
        """Raise `StoppedError` when nobody waits any more."""
        if not self._wanted():
            raise StoppedError

    def bring(self, spec: ModelSpec) -> None:
        """Let this experiment ask for a model that is of use to nobody else."""
        self._engine.pool.bring(spec)

    def is_here(self, model: str) -> bool:
        """Whether a model can be asked at once, and nothing has to be fetched before."""
        return self._engine.pool.state(model) in {"ready", "loading", "not_loaded"}

    def held_bytes(self, model: str) -> int:
        """Bytes of memory that a model holds; for one that has just been asked."""
        return self._engine.pool.held_bytes(model)

    def steps(self, recipes: Iterable[Recipe], at_once: int = _AT_ONCE) -> Iterator[list[Step]]:
        """All steps of each recipe, in order.

        Raises:
            StoppedError: when nobody waits any more; the runs end with it.
            Exception: whatever ended a run.
        """
        left, under_way = iter(recipes), deque[Run]()
        try:
            while True:
                while len(under_way) < at_once and (recipe := next(left, None)) is not None:
                    under_way.append(self._submit(recipe))
                if not under_way:
                    return
                steps = self._follow(under_way[0])
                under_way.popleft()
                yield steps
        finally:
            for run in under_way:
                self._engine.stop(run)

    def pictures(self, recipes: Iterable[Recipe]) -> Iterator[np.ndarray]:
        """The finished pictures of each recipe, (N, H, W, 3) uint8, in order."""
        for steps in self.steps(recipes):
            last = steps[-1]
            assert isinstance(last, ImageStep)
            yield np.stack([np.asarray(image) for image in last.images])

    def _submit(self, recipe: Recipe) -> Run:
        for _ in range(_BUSY_TRIES):
            self.check()
            try:
                return self._engine.submit(recipe, self._visitor)
            except Busy:
                time.sleep(_BUSY_SECONDS)
        return self._engine.submit(recipe, self._visitor)

    def _follow(self, run: Run) -> list[Step]:
        steps: list[Step] = []
        for event in self._engine.follow(run):
            self.check()
            if not isinstance(event, Waiting):
                steps.append(event)
        return steps
