"""How long things will take: the pace of a model, and a forecast of who is served when. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Generic, TypeVar

from models.base import Recipe
from models.engine import scheduling

W = TypeVar("W", bound=scheduling.Waiter)

_SMOOTHING = 0.1  # weight of the newest measurement in an average of many
_SHORTEST = 1e-6  # seconds; a clock may be coarse
_ALMOST = 1e-9  # calls; rounding makes no second event of one


class Pace:
    """What was measured of one model: seconds of a call, and calls that a run takes."""

    def __init__(self) -> None:
        self._seconds: dict[int, tuple[float, int]] = {}  # by slots: average, measurements
        self._calls: dict[str, tuple[float, int]] = {}  # by task, for each step asked for

    def note_call(self, slots: int, seconds: float) -> None:
        """One step of so many slots took so long, whatever else it needed included."""
        self._seconds[slots] = _averaged(self._seconds.get(slots), max(seconds, _SHORTEST))

    def note_run(self, recipe: Recipe, calls: int) -> None:
        """A run came to its end after so many calls."""
        ratio = calls / steps_asked(recipe)
        self._calls[recipe.task] = _averaged(self._calls.get(recipe.task), ratio)

    @property
    def timed(self) -> bool:
        """Whether anything is known about the time it takes."""
        return bool(self._seconds)

    def seconds(self, slots: int) -> float:
        """Seconds of a call: linear between the numbers of slots measured, and level outside.

        Only for what is `timed`.
        """
        sizes = sorted(self._seconds)
        place = bisect_left(sizes, slots)
        below, above = sizes[max(0, place - 1)], sizes[min(place, len(sizes) - 1)]
        (low, _), (high, _) = self._seconds[below], self._seconds[above]
        if below == above:
            return low
        part = min(1.0, max(0.0, (slots - below) / (above - below)))
        return low + part * (high - low)

    def calls(self, recipe: Recipe) -> float:
        """How many calls a run is going to take: prompts need more, ends of text fewer."""
        ratio, _ = self._calls.get(recipe.task, (1.0, 0))
        return max(1.0, ratio * steps_asked(recipe))


def _averaged(before: tuple[float, int] | None, value: float) -> tuple[float, int]:
    """A plain average at first, then one that forgets."""
    average, count = before or (0.0, 0)
    weight = max(_SMOOTHING, 1 / (count + 1))
    return average + weight * (value - average), count + 1


def steps_asked(recipe: Recipe) -> int:
    """How many steps a recipe asks for in so many words; 1 where it does not say."""
    options = dict(recipe.options) if recipe.task == "generate" else {}
    asked = options.get("length", options.get("steps", 1))
    return max(1, asked) if isinstance(asked, int) else 1


@dataclass(frozen=True, slots=True)
class Queue(Generic[W]):
    """Seats and line of one model, each entry with the calls it still needs."""

    seconds: Callable[[int], float]  # of a call, by the number of slots
    limit: int
    slots: Sequence[tuple[W, float]]
    waiting: Sequence[tuple[W, float]]
    rounds: Mapping[str, int] = field(default_factory=dict)
    of_clients: Mapping[str, int] = field(default_factory=dict)
    shares: bool = True  # see `scheduling.next_to_begin`
    served: Sequence[float] = ()  # calls that each of `slots` has made


@dataclass(frozen=True, slots=True)
class Span:
    """When something gets its slot and when it is done, in seconds from now."""

    begins: float
    ends: float


def forecast(queues: Iterable[Queue[W]]) -> dict[W, Span]:
    """When everybody will be served if nobody comes and nobody leaves.

    Plays what the engine does forward from one end of a run to the next: models with work share the
    time evenly, the slots of a model advance together, or in turn where there are too many, and a
    free one goes to the next in line.
    """
    rooms = [_Room(queue) for queue in queues]
    now, begins, ends = 0.0, {}, {}
    for room in rooms:
        begins.update(dict.fromkeys(room.admit(), now))
    while busy := [room for room in rooms if room.begun]:
        pause = min(room.pause() for room in busy)
        now += pause * len(busy)
        for room in busy:
            ends.update(dict.fromkeys(room.advance(pause), now))
            begins.update(dict.fromkeys(room.admit(), now))
    return {waiter: Span(begins.get(waiter, 0.0), end) for waiter, end in ends.items()}


@dataclass(slots=True, eq=False)
class _Job(Generic[W]):
    """A waiter, with its visitors and clients looked up once, and its calls, made and to come."""

    waiter: W
    arrival: int
    visitors: Collection[str]
    clients: Collection[str]
    left: float
    calls: float = 0.0


class _Room(Generic[W]):
    """A queue on its way through the forecast."""

    def __init__(self, queue: Queue[W]) -> None:
        self.begun: list[_Job[W]] = []
        self._queue = queue
        self._rounds = queue.rounds
        self._of_clients = queue.of_clients
        self._held: Counter[str] = Counter()
        self._held_by_clients: Counter[str] = Counter()
        self._waiting = [_job(*entry) for entry in queue.waiting]
        made = chain(queue.served, repeat(0.0))
        for (waiter, left), calls in zip(queue.slots, made, strict=False):
            self._take(_job(waiter, left, calls))

    def admit(self) -> list[W]:
        """Fill the free slots from the line; who got one."""
        admitted = []
        while (job := self._next()) is not None:
            self._waiting.remove(job)
            self._rounds = scheduling.began(self._rounds, job.visitors)
            self._of_clients = scheduling.began(self._of_clients, job.clients)
            self._take(job)
            admitted.append(job.waiter)
        return admitted

    def pause(self) -> float:
        """Seconds of compute until a run ends, or others go on in the place of some."""
        chosen = self._chosen()
        return self._calls(chosen) * self._queue.seconds(len(chosen))

    def advance(self, seconds: float) -> list[W]:
        """Compute for so long; whose runs have ended."""
        chosen = self._chosen()
        calls, each = self._calls(chosen), self._queue.seconds(len(chosen))
        if seconds < calls * each:  # else to the moment itself: rounding would never get there
            calls = seconds / each
        for job in chosen:
            job.calls += calls
            job.left -= calls
        ended = [job for job in chosen if job.left <= _ALMOST]
        for job in ended:
            self.begun.remove(job)
            self._held.subtract(job.visitors)
            self._held_by_clients.subtract(job.clients)
        return [job.waiter for job in ended]

    def _chosen(self) -> list[_Job[W]]:
        """What takes the next step."""
        return scheduling.go_on(self.begun, self._queue.limit)

    def _calls(self, chosen: Sequence[_Job[W]]) -> float:
        """For which these go on together."""
        calls = min(job.left for job in chosen)
        if len(chosen) < len(self.begun):
            grain = scheduling.GRAIN
            calls = min(calls, *(grain - job.calls % grain for job in chosen))
        return max(calls, _ALMOST)

    def _next(self) -> _Job[W] | None:
        held = scheduling.Held(self._held, self._held_by_clients, len(self.begun))
        queue, ahead = self._queue, (self._rounds, self._of_clients)
        return scheduling.next_to_begin(
            self._waiting, held, queue.limit, *ahead, shares=queue.shares
        )

    def _take(self, job: _Job[W]) -> None:
        self._held.update(job.visitors)
        self._held_by_clients.update(job.clients)
        self.begun.append(job)


def _job(waiter: W, left: float, made: float = 0.0) -> _Job[W]:
    visitors, clients = tuple(waiter.visitors), tuple(waiter.clients)
    return _Job(waiter, waiter.arrival, visitors, clients, left, made)
