"""The next step's presets, carried out while the class is at this one: replays by then.

They are run as one visitor among all, one at a time, and only while nobody waits in line.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import closing

from models.base import Recipe
from models.engine import Busy, Engine
from models.pool import LoadError, Pool
from playground.features.lessons.lesson import Library
from playground.features.lessons.lines import LessonError

VISITOR = "class-ahead"
MOST_WAITING = 64
_LOOK_SECONDS = 0.25
_PATIENCE_SECONDS = 60.0  # for one run, then it is left alone

logger = logging.getLogger(__name__)


def presets(library: Library, lesson: str, step: int) -> tuple[Recipe, ...]:
    """The recipes of one step of a lesson, counted from 1; none where there is no such step."""
    try:
        steps = library.get(lesson).steps
    except (KeyError, LessonError, OSError):
        return ()
    if not 1 <= step <= len(steps):
        return ()
    blocks = (*steps[step - 1].before, *steps[step - 1].after)
    return tuple(recipe for block in blocks for recipe in getattr(block, "recipes", ()))


class Ahead:
    """Carries out recipes nobody has asked for yet, on a thread that lives while there are some."""

    def __init__(self, engine: Engine, pool: Pool) -> None:
        self.engine = engine
        self.pool = pool
        self._lock = threading.Lock()
        self._left: OrderedDict[str, Recipe] = OrderedDict()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._thread: threading.Thread | None = None

    def want(self, recipes: Sequence[Recipe]) -> None:
        """Have recipes carried out when there is time; those that have been are left out."""
        with self._lock:
            for recipe in recipes:
                if recipe.key in self._seen or len(self._left) >= MOST_WAITING:
                    continue
                if self.pool.state(recipe.model) in {"ready", "loading", "not_loaded"}:
                    self._left[recipe.key] = recipe
            if self._left and self._thread is None:
                self._thread = threading.Thread(target=self._work, name=VISITOR, daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Until nothing is left to do; whether it came to that in time."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return self._thread is None

    def _work(self) -> None:
        while (recipe := self._next()) is not None:
            self._until_quiet()
            try:
                self._carry_out(recipe)
            except (Busy, LoadError, ValueError) as error:
                logger.info("not run ahead: %s", type(error).__name__)
            except Exception:
                logger.exception("a preset could not be run ahead")

    def _next(self) -> Recipe | None:
        with self._lock:
            if not self._left:
                self._thread = None
                return None
            key, recipe = self._left.popitem(last=False)
            self._seen[key] = None
            while len(self._seen) > 8 * MOST_WAITING:  # older ones have left the cache too
                self._seen.popitem(last=False)
            return recipe

    def _until_quiet(self) -> None:
        """Wait until the engine has nothing to do; not for ever, since somebody may always be."""
        _wait_until(lambda: not (self.engine.load().waiting or self.engine.load().running))

    def _carry_out(self, recipe: Recipe) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        run = self.engine.submit(recipe, VISITOR)
        with closing(self.engine.follow(run)) as steps:  # type: ignore[type-var]
            for _ in steps:
                if time.monotonic() > until:
                    return


def _wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not condition() and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
