"""The engine: recipes in, steps out, in fair turns on one thread for each kind of device.

A *run* is one visitor's hold on a piece of *work* (`flight.py`). Work waits in the *lane* of its
model until it gets a *seat*, a state begun on the adapter; a *turn* advances all seats of one lane
for about 50 ms. Only the thread of a model's kind calls its adapter, and never while it holds the
lock; only under the lock does anybody touch what is shared.

Besides the kind that all models are of unless said, there can be others, which carry out one run
at a time while everything else goes on: a device elsewhere (`zerogpu.py`), or models so large that
a single step of theirs would keep everybody waiting.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from contextvars import Context
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from models import scheduling
from models.base import Recipe, State, Step
from models.flight import Flight, Run, Work
from models.forecast import Pace, Queue, Span, forecast
from models.pool import Lease, LoadError, Pool

__all__ = ["Busy", "Engine", "Event", "Load", "Run", "Waiting"]

logger = logging.getLogger(__name__)

LOCAL = "local"  # the kind of models that take quick turns on the device of this process
HEARTBEAT_SECONDS = 0.2  # with a margin below the promised quarter of a second
_LOAD_POLL_SECONDS = 0.02
_CLOSE_SECONDS = 5.0  # a longer step ends with the process
_UNHEALTHY_THREADS = 2  # so many that never came back, and the process should be replaced
_FORECAST_SECONDS = 0.2  # a forecast is told again for so long,
_FORECAST_SHARE = 0.05  # or longer, for no more than this share of the time goes into them
_SHORTEST_RETURN_SECONDS = 5
_UNKNOWN_RETURN_SECONDS = 30.0


class Busy(RuntimeError):
    """Too many runs; the message is a sentence for the visitor, with a time to come back."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a follower hears while there is no step.

    `position` 1 is next in line; 0 is not in line: the model is being prepared, or computes.
    `seconds` is an estimate of the time left, `elapsed` and `total` are those of a load.
    """

    position: int
    seconds: float | None
    what: Literal["queue", "checking", "importing", "loading"]
    elapsed: float = 0.0
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """How much an engine has to do at one moment."""

    seated: int  # pieces of work with a seat
    waiting: int  # pieces of work in line
    runs: int  # holds of visitors on either
    abandoned: int  # threads that never came back from a call into an adapter
    cache_bytes: int  # finished steps kept for replay


@dataclass(eq=False, slots=True)
class _Seat:
    """A state begun on an adapter."""

    work: Work
    state: State
    calls: int = 0  # of `advance` on this state
    steps: int = 0  # made on this state; a replayed one makes again what was delivered before


@dataclass(eq=False, slots=True)
class _Desk:
    """A leased adapter and its seats. A seat is removed just before its state is ended."""

    lease: Lease
    seats: list[_Seat] = field(default_factory=list)
    unsaid: list[Work] = field(default_factory=list)  # has steps that nobody was woken for

    def seated(self) -> Counter[str]:
        """How many seats each visitor has."""
        return Counter(visitor for seat in self.seats for visitor in seat.work.visitors)

    def batches(self) -> list[list[_Seat]]:
        """Who shares a forward pass."""
        together = [seat for seat in self.seats if not seat.work.alone]
        return [b for b in (together, *([s] for s in self.seats if s.work.alone)) if b]


@dataclass(eq=False, slots=True)
class _Rounds:
    """By how many rounds visitors are ahead of newcomers, in one line."""

    of: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class _Lane:
    """All work for one model; `desk` is None until the model is loaded."""

    model: str
    kind: str
    lease: Future[Lease]
    rounds: _Rounds  # its own, or the kind's where one run is carried out at a time
    waiting: list[Work] = field(default_factory=list)
    desk: _Desk | None = None


@dataclass(eq=False, slots=True)
class _Worker:
    """One life of the thread of a kind, and the call into an adapter it is in (`since`)."""

    kind: str
    used_seconds: dict[str, float]  # compute of the kind's active models; outlives the worker
    lane: _Lane | None = None
    desk: _Desk | None = None
    since: float | None = None
    concerns: Sequence[Work] = ()
    abandoned: bool = False
    thread: threading.Thread | None = None


@dataclass(frozen=True, slots=True)
class _Outlook:
    """Places in line and the forecast of a kind, as of one moment."""

    until: float  # to be made anew then
    positions: Mapping[Work, int]  # of those who wait, from 1
    spans: Mapping[Work, Span]  # of all whose model has been timed


Event: TypeAlias = Step | Waiting | Exception | None
"""What following a run brings; None is its end."""


class _AbandonedError(BaseException):
    """The call came back too late; not an Exception, so that nobody takes it for the adapter's."""


class Engine:
    """Carries out recipes on the models of a pool.

    Args:
        pool: where models come from; not closed by the engine.
        kinds: model -> kind, for models that compute elsewhere, or long. All models of such a kind
            together carry out one run at a time, on a thread of their own.
        max_waiting: runs under way, seated or not, before `submit` raises `Busy`.
        max_waiting_per_visitor: the same for a single visitor.
        batch_limit: seats of one model, which share a forward pass.
        slice_seconds: how long a model computes before another has its turn.
        step_limit_seconds: after which a call into an adapter is given up.
        step_limits: kind -> the same for that kind, in seconds.
        patience_seconds: after which a run that nobody asks about counts as unwatched.
        cache_bytes: finished steps kept for replay.
        admit: raises ValueError for a recipe that is not welcome here.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        kinds: Mapping[str, str] | None = None,
        max_waiting: int = 256,
        max_waiting_per_visitor: int = 32,
        batch_limit: int = 32,
        slice_seconds: float = 0.05,
        step_limit_seconds: float = 60.0,
        step_limits: Mapping[str, float] | None = None,
        patience_seconds: float = 30.0,
        cache_bytes: int = 64_000_000,
        admit: Callable[[Recipe], None] | None = None,
    ) -> None:
        self.pool = pool
        self._admit = admit
        self._kinds = dict(kinds or {})
        self._max_waiting = max_waiting
        self._max_waiting_per_visitor = max_waiting_per_visitor
        self._batch_limit = batch_limit
        self._slice_seconds = slice_seconds
        self._step_limit_seconds = step_limit_seconds
        self._step_limits = dict(step_limits or {})
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._flight = Flight(cache_bytes)
        self._lanes: dict[str, _Lane] = {}
        self._paces: defaultdict[str, Pace] = defaultdict(Pace)
        self._outlooks: dict[str, _Outlook] = {}  # by kind
        self._rounds: defaultdict[str, _Rounds] = defaultdict(_Rounds)  # of kinds but LOCAL
        self._abandoned = 0
        self._closed = False
        every_kind = {LOCAL, *self._kinds.values()}
        self._workers = {kind: self._start_worker(kind, {}) for kind in every_kind}

    # What visitors call.

    def submit(self, recipe: Recipe, visitor: str = "") -> Run:
        """Ask for a recipe to be carried out; cheap, never blocks.

        Raises:
            Busy: when there are too many runs.
            ValueError: when the model is not offered, its weights are not there, or the recipe is
                not welcome.
        """
        if self.pool.state(recipe.model) == "unavailable":
            raise ValueError(f"The weights of {self.pool.spec(recipe.model).name} are not here.")
        if self._admit is not None:
            self._admit(recipe)
        key = recipe.key
        with self._lock:
            self._check_open()
            work = self._flight.find(key)
            if work is None or not work.over:
                self._check_room(visitor, joins=work is not None)
            run = Run(recipe, visitor, work or self._enqueue(recipe, key))
            run.replayed, run.shared = run.work.over, work is not None and not work.over
            self._attach(run)
        return run

    def follow(self, run: Run) -> Iterator[Step | Waiting]:
        """Steps of a run, each once and in order, and `Waiting` at least every quarter second.

        Ends after the last step or a stop; closing the generator is a stop. A run that nobody
        asked about for long is taken up again where its follower left it.

        Raises:
            ValueError: in words a visitor can act on, from the adapter's `begin`.
            Exception: whatever else ended the run.
        """
        with closing(self.follow_all([run])) as together:  # type: ignore[type-var]
            for events in together:
                for _, event in events:
                    if isinstance(event, Exception):
                        raise event
                    if event is not None:
                        yield event

    def follow_all(
        self, runs: Sequence[Run], pace: Callable[[], float] | None = None
    ) -> Iterator[list[tuple[int, Event]]]:
        """What becomes of several runs: places in `runs` and events, as they come, in lists.

        Of each run its steps, once and in order, `Waiting` where there is none, and None or an
        error at the end; the rest as in `follow`.

        Args:
            pace: for who draws what comes: seconds until the next list. The first and the last step
                of a run do not wait for it, and nothing that is computed in between wakes anybody.
        """
        news, before = threading.Event(), [run.news for run in runs]
        for run in runs:
            run.news, run.paced = news, pace is not None
        if any(old.is_set() for old in before):
            news.set()
        delivered, left = [0] * len(runs), dict(enumerate(runs))
        told = time.monotonic()
        try:
            while left:
                news.wait(pace() if pace else HEARTBEAT_SECONDS)
                news.clear()
                events = self._events(left, delivered)
                quiet = all(isinstance(event, Waiting) for _, event in events)
                if not quiet or time.monotonic() - told >= HEARTBEAT_SECONDS:
                    yield events
                    told = time.monotonic()
        finally:
            for run in runs:
                self.stop(run)

    def stop(self, run: Run) -> None:
        """End one visitor's hold; the work goes on if somebody else follows it. Idempotent."""
        with self._lock:
            run.stopped = run.stopped or not run.work.over
            self._detach(run)
            run.news.set()

    def healthy(self) -> bool:
        """Whether the engine can still be relied on; if not, replace the process."""
        with self._lock:
            self._check_step_limit()
            alive = all(thread.is_alive() for thread in self._threads())
            return alive and self._abandoned < _UNHEALTHY_THREADS

    def load(self) -> Load:
        """How much there is to do at this moment; cheap."""
        with self._lock:
            works = self._flight.running()
            seated = sum(len(lane.desk.seats) for lane in self._lanes.values() if lane.desk)
            waiting = sum(len(lane.waiting) for lane in self._lanes.values())
            runs = sum(len(work.runs) for work in works)
            return Load(seated, waiting, runs, self._abandoned, self._flight.used_bytes)

    def close(self) -> None:
        """End every run and let go of the models."""
        with self._lock:
            self._closed = True
            self._fail_all(Busy("The playground is being shut down. Please come back in a minute."))
            self._arrived.notify_all()
            threads = self._threads()
        for thread in threads:
            thread.join(timeout=_CLOSE_SECONDS)

    # The visitors' side; all but the first two with the lock held.

    def _events(self, left: dict[int, Run], delivered: list[int]) -> list[tuple[int, Event]]:
        """What has become of the runs that are left; takes out of them what is over."""
        events: list[tuple[int, Event]] = []
        for place, run in list(left.items()):
            steps, waiting = self._poll(run, delivered[place])
            delivered[place] += len(steps)
            events += ((place, step) for step in steps)
            if waiting is None:
                del left[place]
                events.append((place, None if run.stopped else run.work.error))
            elif not steps:
                events.append((place, waiting))
        return events

    def _poll(self, run: Run, delivered: int) -> tuple[list[Step], Waiting | None]:
        """Steps after the first `delivered`, and what the run waits for: None if it is over.

        While steps flow nobody has to wait for the lock. What ends a run is noted before its
        followers are woken, so that it is seen here, or `news` is set once more.
        """
        run.seen = time.monotonic()
        steps = run.work.steps[delivered:]
        if steps and not (run.stopped or run.work.over):
            return steps, _COMPUTES
        with self._lock:
            self._check_step_limit()
            if not (run.stopped or run.work.over or run in run.work.runs):
                self._take_up_again(run)
            over = run.stopped or run.work.over
            return run.work.steps[delivered:], None if over else self._waiting(run.work)

    def _waiting(self, work: Work) -> Waiting:
        lane = self._lanes[work.recipe.model]
        progress = None if lane.desk else self.pool.progress(lane.model)
        if progress is not None:
            elapsed, total = progress.elapsed_seconds, progress.total_seconds
            return Waiting(0, max(0.0, total - elapsed), progress.phase, elapsed, total)
        if work not in lane.waiting:
            return _COMPUTES
        outlook = self._outlook(lane.kind, work)
        span = outlook.spans.get(work)
        return Waiting(outlook.positions[work], span.begins if span else None, "queue")

    def _outlook(self, kind: str, work: Work | None = None) -> _Outlook:
        """The places in line of a kind, a moment old at most, with `work` among them."""
        now = time.monotonic()
        outlook = self._outlooks.get(kind)
        if outlook is None or outlook.until < now or (work and work not in outlook.positions):
            lanes = [lane for lane in self._lanes.values() if lane.kind == kind]
            positions = _positions(kind, lanes)
            spans = forecast(self._queues(kind, lanes))
            spent = time.monotonic() - now
            until = now + max(_FORECAST_SECONDS, spent / _FORECAST_SHARE)
            outlook = self._outlooks[kind] = _Outlook(until, positions, spans)
        return outlook

    def _queues(self, kind: str, lanes: Sequence[_Lane]) -> list[Queue[Work]]:
        """What a kind has to do, for the forecast, as far as its models are loaded and timed."""
        queues = []
        for lane in lanes:
            pace = self._paces[lane.model]
            if lane.desk is not None and pace.timed:
                seats = [(s.work, self._calls_left(lane, pace, s)) for s in lane.desk.seats]
                waiting = [(work, pace.calls(work.recipe)) for work in lane.waiting]
                limit = self._batch_limit if kind == LOCAL else 1
                queues.append(Queue(pace.seconds, limit, seats, waiting, lane.rounds.of))
        return queues if kind == LOCAL else _one_after_another(queues)

    def _calls_left(self, lane: _Lane, pace: Pace, seat: _Seat) -> float:
        """Calls of `advance` that a seat needs, less the part of the present one that is over."""
        left = max(1.0, pace.calls(seat.work.recipe) - seat.calls)
        worker = self._workers[lane.kind]
        if worker.lane is not lane or worker.since is None or lane.desk is None:
            return left
        whole = pace.seconds(len(lane.desk.seats))
        return left - min(1.0, (time.monotonic() - worker.since) / whole)

    def _check_open(self) -> None:
        if self._closed:
            raise Busy("The playground is being restarted; try again in a minute.")

    def _check_room(self, visitor: str, *, joins: bool) -> None:
        works = self._flight.running()
        own = [work for work in works for run in work.runs if run.visitor == visitor]
        if len(own) >= self._max_waiting_per_visitor:
            wait = self._seconds_until(own, 1)
            raise Busy(
                f"You have {len(own)} runs under way. "
                f"Stop one, or try again in about {wait} seconds."
            )
        if not joins and len(works) >= self._max_waiting:
            # Others are told the same: so many places shall be free that it is worth the while.
            wait = self._seconds_until(works, math.ceil(len(works) / 4))
            raise Busy(f"Very many people are waiting. Please try again in about {wait} seconds.")

    def _seconds_until(self, works: Sequence[Work], count: int) -> int:
        """When so many of these will be done; whole seconds, and never so few that it is rude."""
        outlooks = [self._outlook(kind) for kind in self._workers]
        ends = sorted(o.spans[work].ends for o in outlooks for work in works if work in o.spans)
        seconds = ends[min(count, len(ends)) - 1] if ends else _UNKNOWN_RETURN_SECONDS
        return max(_SHORTEST_RETURN_SECONDS, math.ceil(seconds))

    def _enqueue(self, recipe: Recipe, key: str) -> Work:
        work = self._flight.start(recipe, key)
        lane = self._lanes.get(recipe.model)
        if lane is None:
            kind = self._kinds.get(recipe.model, LOCAL)
            rounds = _Rounds() if kind == LOCAL else self._rounds[kind]
            lane = _Lane(recipe.model, kind, self.pool.lease(recipe.model), rounds)
            self._lanes[recipe.model] = lane
        lane.waiting.append(work)
        self._arrived.notify_all()
        return work

    def _attach(self, run: Run) -> None:
        run.seen = time.monotonic()
        if not run.work.over:
            run.work.runs.append(run)
        if run.work.over or run.work.steps:
            run.news.set()

    def _take_up_again(self, run: Run) -> None:
        """Join or repeat the work of a run that was dropped while nobody asked about it."""
        self._check_open()
        key = run.work.key
        run.work = self._flight.find(key) or self._enqueue(run.recipe, key)
        self._attach(run)

    def _detach(self, run: Run) -> None:
        """Take a run off its work; work that nobody follows leaves its seat at the next step."""
        work = run.work
        if run not in work.runs:
            return
        work.runs.remove(run)
        if not work.runs:
            self._forget(work)

    def _forget(self, work: Work) -> None:
        self._flight.drop(work)
        lane = self._lanes.get(work.recipe.model)
        if lane is not None and work in lane.waiting:
            lane.waiting.remove(work)

    def _fail(self, work: Work, error: Exception) -> None:
        if work.over:
            return
        work.over, work.error = True, error
        self._forget(work)
        self._announce(work)

    def _fail_all(self, error: Exception) -> None:
        for work in self._flight.running():
            self._fail(work, error)

    def _announce(self, work: Work) -> None:
        for run in work.runs:
            run.news.set()
        if work.over:
            work.runs.clear()

    # A call that does not come back, noticed by whoever asks next; with the lock held.

    def _check_step_limit(self) -> None:
        now = time.monotonic()
        for worker in list(self._workers.values()):
            if worker.since is not None and now - worker.since > self._limit(worker):
                self._abandon(worker)

    def _limit(self, worker: _Worker) -> float:
        return self._step_limits.get(worker.kind, self._step_limit_seconds)

    def _abandon(self, worker: _Worker) -> None:
        """Leave a thread and its adapter to themselves, and go on with new ones."""
        lane, desk, concerns = worker.lane, worker.desk, list(worker.concerns)
        assert lane is not None
        assert desk is not None
        logger.error("a call into %s was given up after the step limit", lane.model)
        worker.abandoned = True
        self._abandoned += 1
        if len(concerns) == 1:
            limit = f"{self._limit(worker):g} seconds"
            self._fail(concerns[0], TimeoutError(f"A step took longer than {limit}."))
        others = [seat.work for seat in desk.seats if seat.work not in concerns]
        self._requeue(lane, concerns, alone=True)
        self._requeue(lane, others, alone=False)
        self.pool.abandon(desk.lease)
        lane.desk, lane.lease = None, self.pool.lease(lane.model)
        self._workers[worker.kind] = self._start_worker(worker.kind, worker.used_seconds)

    def _requeue(self, lane: _Lane, works: Sequence[Work], *, alone: bool) -> None:
        """Put work back into its old place in line, to be replayed from its recipe."""
        for work in works:
            work.alone = work.alone or alone
            if work.runs and not work.over and work not in lane.waiting:
                lane.rounds.of = scheduling.gave_back(lane.rounds.of, work.visitors)
                lane.waiting.append(work)

    # The thread of a kind.

    def _start_worker(self, kind: str, used_seconds: dict[str, float]) -> _Worker:
        worker = _Worker(kind, used_seconds)
        worker.thread = threading.Thread(
            target=self._serve, args=(worker,), name=f"engine-{kind}", daemon=True
        )
        worker.thread.start()
        return worker

    def _threads(self) -> list[threading.Thread]:
        return [worker.thread for worker in self._workers.values() if worker.thread]

    def _serve(self, worker: _Worker) -> None:
        try:
            while (lane := self._next_lane(worker)) is not None:
                worker.lane, worker.desk = lane, lane.desk
                self._turn(worker, lane)
            self._leave(worker)
        except _AbandonedError:
            _bury(worker)
        except BaseException as error:
            logger.exception("the engine's thread ended")
            with self._lock:
                self._fail_all(RuntimeError(f"The engine failed: {error}"))
                self._closed = True

    def _next_lane(self, worker: _Worker) -> _Lane | None:
        """Wait until some model has work to do and say which goes next; None when closed."""
        with self._lock:
            while not self._closed:
                self._drop_unwatched()
                for each in self._lanes_of(worker):
                    self._tend(worker, each)
                if (lane := self._choose(worker)) is not None:
                    return lane
                self._arrived.wait(_LOAD_POLL_SECONDS if self._lanes_of(worker) else None)
        return None

    # Opening and closing lanes; with the lock held.

    def _lanes_of(self, worker: _Worker) -> list[_Lane]:
        return [lane for lane in self._lanes.values() if lane.kind == worker.kind]

    def _active(self, worker: _Worker) -> list[str]:
        return [lane.model for lane in self._lanes_of(worker) if lane.desk]

    def _choose(self, worker: _Worker) -> _Lane | None:
        """The model that goes next: by compute where time is shared, else whose run is next."""
        active = [self._lanes[model] for model in self._active(worker)]
        if not active:
            return None
        if worker.kind == LOCAL:
            names = [lane.model for lane in active]
            return self._lanes[scheduling.next_model(worker.used_seconds, names)]
        for lane in active:
            if lane.desk and lane.desk.seats:
                return lane
        first, *_ = scheduling.line((w for x in active for w in x.waiting), active[0].rounds.of)
        return self._lanes[first.recipe.model]

    def _drop_unwatched(self) -> None:
        oldest = time.monotonic() - self._patience_seconds
        for work in self._flight.running():
            for run in [run for run in work.runs if run.seen < oldest]:
                self._detach(run)

    def _tend(self, worker: _Worker, lane: _Lane) -> None:
        """Open a lane whose model is ready, close one that has nothing left to do."""
        if not (lane.waiting or (lane.desk and lane.desk.seats)):
            del self._lanes[lane.model]
            self._return_lease(lane)
        elif lane.desk is None and lane.lease.done():
            self._open(worker, lane)

    def _open(self, worker: _Worker, lane: _Lane) -> None:
        """Begin to serve a lane whose lease has come; if it failed, so does all that waits."""
        try:
            desk = _Desk(lane.lease.result())
        except LoadError as error:
            del self._lanes[lane.model]  # whoever comes next tries anew
            for work in list(lane.waiting):
                self._fail(work, error)
        else:
            active = self._active(worker)
            worker.used_seconds = scheduling.activate(worker.used_seconds, lane.model, active)
            lane.desk = desk

    def _return_lease(self, lane: _Lane) -> None:
        if not lane.lease.cancel() and lane.lease.exception() is None:
            self.pool.release(lane.lease.result())

    # A turn, without the lock.

    def _turn(self, worker: _Worker, lane: _Lane) -> None:
        """Advance all seats of a lane, step by step, until the time slice is over."""
        desk = worker.desk
        assert desk is not None
        started = time.monotonic()
        elapsed = 0.0
        while elapsed < self._slice_seconds and not self._closed:
            self._take_seats(worker, lane, desk)
            seated = len(desk.seats)
            for batch in desk.batches():
                self._advance(worker, lane, desk, batch)
            before, elapsed = elapsed, time.monotonic() - started
            with self._lock:
                self._paces[lane.model].note_call(seated, elapsed - before)
            if not desk.seats:
                break
        with self._lock:
            worker.used_seconds[lane.model] += elapsed
            self._say(desk)

    def _take_seats(self, worker: _Worker, lane: _Lane, desk: _Desk) -> None:
        for seat in [seat for seat in desk.seats if not seat.work.runs]:
            self._end(worker, desk, seat)
        while (called := self._call_up(lane, desk)) is not None:
            work, context = called
            try:
                with self._limited(worker, [work]):
                    state = context.run(desk.lease.adapter.begin, work.recipe)
                    seat = _Seat(work, state)
                    with self._lock:
                        desk.seats.append(seat)
            except Exception as error:
                with self._lock:
                    self._fail(work, error)

    def _call_up(self, lane: _Lane, desk: _Desk) -> tuple[Work, Context] | None:
        """Take the next in line out of it, if there is a seat for it; whose request it is."""
        with self._lock:
            free = (self._batch_limit if lane.kind == LOCAL else 1) - len(desk.seats)
            if not lane.waiting or free <= 0:
                return None
            rounds = lane.rounds.of
            work = scheduling.next_in_line(lane.waiting, desk.seated(), free, rounds)
            if work is None:
                return None
            lane.waiting.remove(work)
            lane.rounds.of = scheduling.began(rounds, work.visitors)
            return work, work.runs[0].context.copy()

    def _advance(self, worker: _Worker, lane: _Lane, desk: _Desk, batch: list[_Seat]) -> None:
        started = time.perf_counter()
        try:
            with self._limited(worker, [seat.work for seat in batch]):
                results = desk.lease.adapter.advance([seat.state for seat in batch])
            if len(results) != len(batch):
                raise RuntimeError(f"{lane.model} gave {len(results)} steps for {len(batch)} runs")
        except Exception as error:
            if len(batch) > 1:
                self._separate(worker, lane, desk, batch)
                return
            results = [error]
        seconds = time.perf_counter() - started
        with self._lock:
            for seat, result in zip(batch, results, strict=True):
                seat.calls += 1
                self._deliver(desk, seat, result, seconds, len(batch))
        for seat in [seat for seat in batch if seat.work.over]:
            self._end(worker, desk, seat)

    def _deliver(
        self,
        desk: _Desk,
        seat: _Seat,
        result: Step | Exception | None,
        seconds: float,
        batch: int,
    ) -> None:
        """Bring a step to those who follow, unless it is one they had before (lock held)."""
        work = seat.work
        if result is None or not work.runs:
            return
        if isinstance(result, Exception):
            logger.warning("a run of %s failed", work.recipe.model, exc_info=result)
            self._fail(work, result)
            return
        seat.steps += 1
        if seat.steps > len(work.steps):
            # Adapters that do not time themselves get the time of the whole call.
            timed = result if result.seconds else replace(result, seconds=seconds, batch=batch)
            work.steps.append(timed)
        if result.last:
            work.over = True
            self._flight.land(work)
            self._paces[work.recipe.model].note_run(work.recipe, seat.calls)
        if result.last or len(work.steps) == 1:
            self._announce(work)
        else:
            desk.unsaid.append(work)

    def _say(self, desk: _Desk) -> None:
        """Wake the followers of what was computed in a turn; thirty at every token cost too much.

        The first and the last step of a run do not wait for this (lock held).
        """
        for run in {run for work in desk.unsaid for run in work.runs}:
            if not run.paced:
                run.news.set()
        desk.unsaid.clear()

    def _separate(self, worker: _Worker, lane: _Lane, desk: _Desk, batch: Sequence[_Seat]) -> None:
        """After a batch failed: replay each of it alone, so that only the guilty one fails."""
        logger.exception("%d runs of %s failed together", len(batch), lane.model)
        with self._lock:
            self._requeue(lane, [seat.work for seat in batch], alone=True)
        for seat in batch:
            self._end(worker, desk, seat)

    def _end(self, worker: _Worker, desk: _Desk, seat: _Seat) -> None:
        with self._lock:
            desk.seats.remove(seat)
        try:
            with self._limited(worker, []):
                desk.lease.adapter.end(seat.state)
        except Exception:
            logger.exception("ending a run of %s failed", seat.work.recipe.model)

    @contextmanager
    def _limited(self, worker: _Worker, concerns: Sequence[Work]) -> Iterator[None]:
        """A call into an adapter, which may be given up; then the thread learns it here."""
        with self._lock:
            worker.concerns, worker.since = concerns, time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                worker.since = None
                if worker.abandoned:
                    raise _AbandonedError

    def _leave(self, worker: _Worker) -> None:
        """End all seats and give all models back."""
        with self._lock:
            lanes = self._lanes_of(worker)
        for lane in lanes:
            worker.lane, worker.desk = lane, lane.desk
            if lane.desk is not None:
                for seat in list(lane.desk.seats):
                    self._end(worker, lane.desk, seat)
            with self._lock:
                self._return_lease(lane)


_COMPUTES = Waiting(0, None, "queue")


def _positions(kind: str, lanes: Sequence[_Lane]) -> dict[Work, int]:
    """Places in line, from 1: a line for each model, or one where one run goes on at a time."""
    if kind != LOCAL:
        waiting = [work for lane in lanes for work in lane.waiting]
        seated = sum((lane.desk.seated() for lane in lanes if lane.desk), Counter[str]())
        return _places(waiting, scheduling.standing(lanes[0].rounds.of, seated)) if lanes else {}
    positions: dict[Work, int] = {}
    for lane in lanes:
        seated = lane.desk.seated() if lane.desk else Counter()
        positions |= _places(lane.waiting, scheduling.standing(lane.rounds.of, seated))
    return positions


def _places(waiting: Sequence[Work], rounds: Mapping[str, int]) -> dict[Work, int]:
    return {work: place for place, work in enumerate(scheduling.line(waiting, rounds), start=1)}


def _one_after_another(queues: Sequence[Queue[Work]]) -> list[Queue[Work]]:
    """Several queues as one with a single seat, whose calls take a second each."""
    if not queues:
        return []
    seats = [(work, calls * q.seconds(1)) for q in queues for work, calls in q.seats]
    waiting = [(work, calls * q.seconds(1)) for q in queues for work, calls in q.waiting]
    return [Queue(lambda n: 1.0, 1, seats, waiting, queues[0].rounds)]


def _bury(worker: _Worker) -> None:
    """What a given-up thread still does if its call comes back: tidy up after itself."""
    desk = worker.desk
    assert desk is not None
    adapter = desk.lease.adapter
    for seat in desk.seats:
        _try(adapter.end, seat.state)
    _try(adapter.close)


def _try(call: Callable[..., None], *arguments: State) -> None:
    try:
        call(*arguments)
    except Exception:
        logger.exception("a call into a given-up model failed")
