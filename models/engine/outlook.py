"""Places in line, and when each run will begin and end, as of a moment ago."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.engine import scheduling
from models.engine.flight import Work
from models.engine.forecast import Pace, Queue, Span, forecast
from models.engine.queues import COMPUTES, LOCAL, LoadedModel, ModelQueue, Rounds, Slot, Waiting
from models.engine.shared import Shared
from models.engine.worker import Workers

_FORECAST_SECONDS = 0.2  # a forecast is told again for so long,
_FORECAST_SHARE = 0.05  # or longer, for no more than this share of the time goes into them
_CHEAP_SECONDS = 0.005  # so little, and it is made anew for whoever has just come
_SHORTEST_RETURN_SECONDS = 5
_UNKNOWN_RETURN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """Places in line and the forecast of a kind, as of one moment."""

    until: float  # to be made anew then
    spent: float  # seconds that making it took
    positions: Mapping[Work, int]  # of those who wait, from 1
    spans: Mapping[Work, Span]  # of all whose model has been timed


class Outlooks:
    """The outlook of every kind; every method is called with the engine's lock held."""

    def __init__(self, shared: Shared, workers: Workers) -> None:
        self._shared = shared
        self._workers = workers
        self._made: dict[str, Outlook] = {}  # by kind

    def waiting(self, work: Work) -> Waiting:
        """What work that has no step yet is waiting for."""
        queue = self._shared.queues[work.recipe.model]
        progress = None if queue.loaded else self._shared.pool.progress(queue.model)
        if progress is not None:
            elapsed, total = progress.elapsed_seconds, progress.total_seconds
            return Waiting(0, max(0.0, total - elapsed), progress.phase, elapsed, total)
        if work not in queue.waiting:
            return COMPUTES
        outlook = self._of(queue.kind, work)
        span = outlook.spans.get(work)
        place = outlook.positions.get(work, len(queue.waiting))
        return Waiting(place, span.begins if span else None, "queue")

    def seconds_until(self, works: Sequence[Work], count: int) -> int:
        """When so many of these will be done; whole seconds, and never so few that it is rude."""
        outlooks = [self._of(kind) for kind in self._workers.of]
        ends = sorted(o.spans[work].ends for o in outlooks for work in works if work in o.spans)
        seconds = ends[min(count, len(ends)) - 1] if ends else _UNKNOWN_RETURN_SECONDS
        return max(_SHORTEST_RETURN_SECONDS, math.ceil(seconds))

    def _of(self, kind: str, work: Work | None = None) -> Outlook:
        """The places in line of a kind, a moment old at most.

        Args:
            work: that is to be among them, where they are quickly made; in a large crowd each
                newcomer would else have all that goes on forecast once more.
        """
        now = time.monotonic()
        outlook = self._made.get(kind)
        if (
            outlook is None
            or outlook.until < now
            or (work and work not in outlook.positions and outlook.spent < _CHEAP_SECONDS)
        ):
            queues = self._shared.queues_of(kind)
            positions = _positions(kind, queues)
            spans = forecast(self._backlog(kind, queues))
            spent = time.monotonic() - now
            until = now + max(_FORECAST_SECONDS, spent / _FORECAST_SHARE)
            outlook = self._made[kind] = Outlook(until, spent, positions, spans)
        return outlook

    def _backlog(self, kind: str, queues: Sequence[ModelQueue]) -> list[Queue[Work]]:
        """What a kind has to do, for the forecast, as far as its models are loaded and timed."""
        found = []
        for queue in queues:
            pace = self._shared.paces[queue.model]
            if queue.loaded is not None and pace.timed:
                slots = [(s.work, self._calls_left(queue, pace, s)) for s in queue.loaded.slots]
                waiting = [(work, pace.calls(work.recipe)) for work in queue.waiting]
                limit = self._shared.limits.batch if kind == LOCAL else 1
                found.append(
                    Queue(
                        pace.seconds,
                        limit,
                        slots,
                        waiting,
                        queue.rounds.of,
                        queue.rounds.of_clients,
                        kind == LOCAL,
                        [slot.calls for slot in queue.loaded.slots],
                    )
                )
        return found if kind == LOCAL else _one_after_another(found)

    def _calls_left(self, queue: ModelQueue, pace: Pace, slot: Slot) -> float:
        """Calls of `advance` that a slot needs, less the part of the present one that is over."""
        left = max(1.0, pace.calls(slot.work.recipe) - slot.calls)
        worker = self._workers.of[queue.kind]
        if worker.queue is not queue or worker.since is None or queue.loaded is None:
            return left
        whole = pace.seconds(len(queue.loaded.slots))
        return left - min(1.0, (time.monotonic() - worker.since) / whole)


def _positions(kind: str, queues: Sequence[ModelQueue]) -> dict[Work, int]:
    """Places in line, from 1: a line for each model, or one where one run goes on at a time."""
    if kind != LOCAL:
        waiting = [work for queue in queues for work in queue.waiting]
        loaded = [queue.loaded for queue in queues if queue.loaded]
        return _places(waiting, queues[0].rounds, loaded) if queues else {}
    positions: dict[Work, int] = {}
    for queue in queues:
        positions |= _places(queue.waiting, queue.rounds, [queue.loaded] if queue.loaded else [])
    return positions


def _places(
    waiting: Sequence[Work], rounds: Rounds, loaded: Sequence[LoadedModel]
) -> dict[Work, int]:
    held = sum((each.held() for each in loaded), Counter[str]())
    by_clients = sum((each.held_by_clients() for each in loaded), Counter[str]())
    line = scheduling.line(
        waiting,
        scheduling.standing(rounds.of, held),
        scheduling.standing(rounds.of_clients, by_clients),
    )
    return {work: place for place, work in enumerate(line, start=1)}


def _one_after_another(queues: Sequence[Queue[Work]]) -> list[Queue[Work]]:
    """Several queues as one with a single slot, whose calls take a second each."""
    if not queues:
        return []
    slots = [(work, calls * q.seconds(1)) for q in queues for work, calls in q.slots]
    waiting = [(work, calls * q.seconds(1)) for q in queues for work, calls in q.waiting]
    return [Queue(lambda n: 1.0, 1, slots, waiting, queues[0].rounds, queues[0].of_clients, False)]
