"""Following several runs at once: their steps in one stream, redraws in measure, Stop at any time.

The engine's `follow` never blocks for long but does block, so each run is followed on a small
thread of its own and everything meets in one queue. Nothing here holds a lock over a `yield`:
Gradio may resume a generator on another thread.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol, TypeAlias

from models.base import ModelSpec, Step
from models.engine import Busy, Engine, Run, Waiting
from models.recipe import Recipe

REDRAW_SECONDS = 1 / 12
"""A browser redraws a growing text about this often without falling behind."""

Event: TypeAlias = Step | Waiting | Exception | None
"""What following one run brings; None is its end."""


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
    """Which runs each visitor's page follows, so that its Stop button finds them."""

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
        """Knows what can be stopped."""


def perform(services: Services, visitor: str, place: str, cards: Sequence[Card]) -> Iterator[None]:
    """Carry out the recipes of all cards at once; yields whenever there is something to draw.

    At most twelve times a second while steps come, and once more at the end. A card without a
    recipe has already failed and is left as it is.
    """
    engine, followers = services.engine, services.followers
    running = {i: run for i, card in enumerate(cards) if (run := _submit(engine, visitor, card))}
    runs = tuple(running.values())
    followers.add(visitor, place, runs)
    try:
        yield
        for events in _together(engine, running):
            for i, event in events:
                _deliver(cards[i], event)
            yield
    finally:
        followers.remove(visitor, place, runs)


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


def _together(engine: Engine, running: Mapping[int, Run]) -> Iterator[list[tuple[int, Event]]]:
    """Events of all runs in lists, one at once and then one every `REDRAW_SECONDS` at most."""
    arrived: SimpleQueue[tuple[int, Event]] = SimpleQueue()
    left = threading.Event()
    for i, run in running.items():
        threading.Thread(
            target=_pump, args=(engine, i, run, arrived, left), name=f"follow-{i}", daemon=True
        ).start()
    unfinished, drawn = len(running), -math.inf
    try:
        while unfinished:
            events = _collect(arrived, unfinished, until=drawn + REDRAW_SECONDS)
            unfinished -= sum(_ends(event) for _, event in events)
            yield events
            drawn = time.monotonic()
    finally:
        left.set()


def _pump(
    engine: Engine,
    i: int,
    run: Run,
    arrived: SimpleQueue[tuple[int, Event]],
    left: threading.Event,
) -> None:
    """Bring the events of one run to the queue until it ends or nobody listens."""
    try:
        for event in engine.follow(run):
            if left.is_set():
                return
            arrived.put((i, event))
        arrived.put((i, None))
    except Exception as error:
        arrived.put((i, error))
    finally:
        engine.stop(run)


def _collect(
    arrived: SimpleQueue[tuple[int, Event]], unfinished: int, until: float
) -> list[tuple[int, Event]]:
    """The next event, what comes until a moment, and what has come by then; no wait for the last.

    The very first letter is not held back, and a slow reader gets all that has piled up.
    """
    events = [arrived.get()]  # `follow` speaks at least every quarter of a second
    unfinished -= _ends(events[0][1])
    while unfinished:
        try:
            events.append(arrived.get(timeout=max(0.0, until - time.monotonic())))
        except Empty:
            break
        unfinished -= _ends(events[-1][1])
    return events


def _ends(event: Event) -> bool:
    return event is None or isinstance(event, Exception)
