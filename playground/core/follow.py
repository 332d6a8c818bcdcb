"""Following several runs at once: their steps in one stream, redraws in measure, Stop at any time.

A redraw costs a letter's computation and more, so how often a page is redrawn depends on how many
pages there are, not on how fast letters come. Nothing here holds a lock over a `yield`: Gradio may
resume a generator on another thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Protocol, TypeAlias

from models.base import ModelSpec, Recipe, Step
from models.engine import Busy, Engine, Event, Run, Waiting

REDRAW_SECONDS = 1 / 12
"""A browser redraws a growing text about this often without falling behind."""
REDRAWS_PER_SECOND = 60
"""Of all pages together: at about 1.5 ms each a tenth of a core; the models need the rest."""
SLOWEST_REDRAW_SECONDS = 0.5
"""Pages of a large crowd are still redrawn so often, and a closed one is noticed so soon."""


Keep: TypeAlias = Callable[[Recipe, Sequence[Step], bool], None]
"""What is told of a run that has ended well: its recipe, all its steps, whether it was replayed."""


class Card(Protocol):
    """One model's place on the page, as far as following it is concerned."""

    spec: ModelSpec
    recipe: Recipe | None

    def start(self, replayed: bool) -> None:
        """The engine has taken the recipe."""

    def take(self, event: Step | Waiting) -> None:
        """Show one more step, or what it is waiting for."""

    def fail(self, error: Exception) -> None:
        """Show what went wrong and what to do."""

    def end(self) -> None:
        """No more steps will come: finished, or stopped."""


class Followers:
    """Which runs each visitor's page follows; how many do decides how often each is redrawn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str], list[Run]] = {}

    def add(self, visitor: str, place: str, runs: Sequence[Run]) -> None:
        """Remember runs that were started from one place of a visitor's page."""
        with self._lock:
            self._runs.setdefault((visitor, place), []).extend(runs)

    def remove(self, visitor: str, place: str, runs: Sequence[Run]) -> None:
        """Forget runs that are no longer followed from there."""
        with self._lock:
            left = [run for run in self._runs.pop((visitor, place), []) if run not in runs]
            if left:
                self._runs[visitor, place] = left

    def pace(self) -> float:
        """Seconds between two redraws of a page, for all pages that follow something now."""
        pages = len(self._runs) / REDRAWS_PER_SECOND
        return min(max(REDRAW_SECONDS, pages), SLOWEST_REDRAW_SECONDS)

    def of(self, visitor: str, place: str) -> tuple[Run, ...]:
        """The runs followed from one place of a visitor's page at this moment."""
        with self._lock:
            return tuple(self._runs.get((visitor, place), ()))


class Services(Protocol):
    """What following needs of the app's services."""

    @property
    def engine(self) -> Engine:
        """Carries out recipes."""

    @property
    def followers(self) -> Followers:
        """Knows who follows something now."""


def perform(
    services: Services,
    visitor: str,
    place: str,
    cards: Sequence[Card],
    keep: Keep | None = None,
) -> Iterator[None]:
    """Carry out the recipes of all cards at once; yields whenever there is something to draw.

    At most twelve times a second while steps come, more seldom in a crowd, and once more at the
    end. A card without a recipe has already failed and is left as it is.

    Args:
        keep: told of every run that ends well, before its card has the last step; must not raise.
    """
    engine, followers = services.engine, services.followers
    taken = [(card, run) for card in cards if (run := _submit(engine, visitor, card))]
    runs = tuple(run for _, run in taken)
    followers.add(visitor, place, runs)
    try:
        yield
        with closing(engine.follow_all(runs, followers.pace)) as together:  # type: ignore[type-var]
            for events in together:
                for number, event in events:
                    card, run = taken[number]
                    if keep and isinstance(event, Step) and event.last:
                        keep(run.recipe, run.work.steps, run.replayed)
                    _deliver(card, event)
                yield
    finally:
        followers.remove(visitor, place, runs)
        for run in runs:  # a generator that was closed before its first event stops nothing
            engine.stop(run)


def _submit(engine: Engine, visitor: str, card: Card) -> Run | None:
    if card.recipe is None:
        return None
    try:
        run = engine.submit(card.recipe, visitor)
    except (ValueError, Busy) as error:
        card.fail(error)
        return None
    card.start(replayed=run.replayed)
    return run


def _deliver(card: Card, event: Event) -> None:
    if event is None:
        card.end()
    elif isinstance(event, Exception):
        card.fail(event)
    else:
        card.take(event)
