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
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field, replace
from typing import Literal

from models import visitors
from models.base import State, Step
from models.flight import Flight, Run, Work
from models.pool import Lease, LoadError, Pool
from models.recipe import Recipe

__all__ = ["Busy", "Engine", "Run", "Waiting"]

logger = logging.getLogger(__name__)

LOCAL = "local"  # the kind of models that take quick turns on the device of this process
HEARTBEAT_SECONDS = 0.2  # with a margin below the promised quarter of a second
_LOAD_POLL_SECONDS = 0.02
_CLOSE_SECONDS = 5.0  # a longer step ends with the process
_UNHEALTHY_THREADS = 2  # so many that never came back, and the process should be replaced
_SMOOTHING = 0.3  # weight of the newest run in the average duration


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


@dataclass(eq=False, slots=True)
class _Seat:
    """A state begun on an adapter."""

    work: Work
    state: State
    since: float
    steps: int = 0  # made on this state; a replayed one makes again what was delivered before


@dataclass(eq=False, slots=True)
class _Desk:
    """A leased adapter and its seats. A seat is removed just before its state is ended."""

    lease: Lease
    seats: list[_Seat] = field(default_factory=list)

    def seated(self) -> Counter[str]:
        """How many seats each visitor has."""
        return Counter(visitor for seat in self.seats for visitor in seat.work.visitors)

    def batches(self) -> list[list[_Seat]]:
        """Who shares a forward pass."""
        together = [seat for seat in self.seats if not seat.work.alone]
        return [b for b in (together, *([s] for s in self.seats if s.work.alone)) if b]


@dataclass(eq=False, slots=True)
class _Lane:
    """All work for one model; `desk` is None until the model is loaded."""

    model: str
    kind: str
    lease: Future[Lease]
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
        self._run_seconds: dict[str, float] = {}  # average duration of a run
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
                self._check_room(recipe.model, visitor, joins=work is not None)
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
        delivered = 0
        try:
            while True:
                run.news.wait(HEARTBEAT_SECONDS)
                steps, waiting = self._poll(run, delivered)
                for step in steps:
                    delivered += 1
                    yield step
                if waiting is None:
                    break
                if not steps:
                    yield waiting
        finally:
            self.stop(run)
        if run.work.error is not None and not run.stopped:
            raise run.work.error

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

    def close(self) -> None:
        """End every run and let go of the models."""
        with self._lock:
            self._closed = True
            self._fail_all(RuntimeError("The playground is being shut down."))
            self._arrived.notify_all()
            threads = self._threads()
        for thread in threads:
            thread.join(timeout=_CLOSE_SECONDS)

    # The visitors' side; all but `_poll` with the lock held.

    def _poll(self, run: Run, delivered: int) -> tuple[list[Step], Waiting | None]:
        """Steps after the first `delivered`, and what the run waits for: None if it is over."""
        with self._lock:
            run.news.clear()
            run.seen = time.monotonic()
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
            return Waiting(0, None, "queue")
        seated = lane.desk.seated() if lane.desk else {}
        position = 1 + visitors.line(lane.waiting, seated).index(work)
        return Waiting(position, self._estimate(lane, position), "queue")

    def _estimate(self, lane: _Lane, position: int) -> float | None:
        seated = len(lane.desk.seats) if lane.desk else 0
        return visitors.estimate_seconds(position, seated, self._run_seconds.get(lane.model))

    def _check_open(self) -> None:
        if self._closed:
            raise Busy("The playground is being restarted; try again in a minute.")

    def _check_room(self, model: str, visitor: str, *, joins: bool) -> None:
        works = self._flight.running()
        wait = max(5, math.ceil(self._run_seconds.get(model, 30.0)))
        own = sum(run.visitor == visitor for work in works for run in work.runs)
        if own >= self._max_waiting_per_visitor:
            raise Busy(
                f"You have {own} runs under way. Stop one, or try again in about {wait} seconds."
            )
        if not joins and len(works) >= self._max_waiting:
            raise Busy(f"Very many people are waiting. Please try again in about {wait} seconds.")

    def _enqueue(self, recipe: Recipe, key: str) -> Work:
        work = self._flight.start(recipe, key)
        lane = self._lanes.get(recipe.model)
        if lane is None:
            kind = self._kinds.get(recipe.model, LOCAL)
            lane = _Lane(recipe.model, kind, self.pool.lease(recipe.model))
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
                for lane in self._lanes_of(worker):
                    self._tend(worker, lane)
                active = self._under_way(worker) or self._active(worker)
                if active:
                    return self._lanes[visitors.next_model(worker.used_seconds, active)]
                self._arrived.wait(_LOAD_POLL_SECONDS if self._lanes_of(worker) else None)
        return None

    # Opening and closing lanes; with the lock held.

    def _lanes_of(self, worker: _Worker) -> list[_Lane]:
        return [lane for lane in self._lanes.values() if lane.kind == worker.kind]

    def _active(self, worker: _Worker) -> list[str]:
        return [lane.model for lane in self._lanes_of(worker) if lane.desk]

    def _under_way(self, worker: _Worker) -> list[str]:
        """Where one run is carried out at a time, the model whose run must end first."""
        if worker.kind == LOCAL:
            return []
        return [lane.model for lane in self._lanes_of(worker) if lane.desk and lane.desk.seats]

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
            worker.used_seconds = visitors.activate(worker.used_seconds, lane.model, active)
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
            for batch in desk.batches():
                self._advance(worker, lane, desk, batch)
            elapsed = time.monotonic() - started
            if not desk.seats:
                break
        with self._lock:
            worker.used_seconds[lane.model] += elapsed

    def _take_seats(self, worker: _Worker, lane: _Lane, desk: _Desk) -> None:
        for seat in [seat for seat in desk.seats if not seat.work.runs]:
            self._end(worker, desk, seat)
        while (called := self._call_up(lane, desk)) is not None:
            work, context = called
            try:
                with self._limited(worker, [work]):
                    state = context.run(desk.lease.adapter.begin, work.recipe)
                    seat = _Seat(work, state, time.monotonic())
                    with self._lock:
                        desk.seats.append(seat)
            except Exception as error:
                with self._lock:
                    self._fail(work, error)

    def _call_up(self, lane: _Lane, desk: _Desk) -> tuple[Work, Context] | None:
        """Take the next in line out of it, if there is a seat for it; whose request it is."""
        with self._lock:
            free = (self._batch_limit if lane.kind == LOCAL else 1) - len(desk.seats)
            work = visitors.next_in_line(lane.waiting, desk.seated(), free)
            if work is None:
                return None
            lane.waiting.remove(work)
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
                self._deliver(seat, result, seconds, len(batch))
        for seat in [seat for seat in batch if seat.work.over]:
            self._end(worker, desk, seat)

    def _deliver(
        self, seat: _Seat, result: Step | Exception | None, seconds: float, batch: int
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
            self._note_duration(work.recipe.model, time.monotonic() - seat.since)
        self._announce(work)

    def _note_duration(self, model: str, seconds: float) -> None:
        before = self._run_seconds.get(model, seconds)
        self._run_seconds[model] = before + _SMOOTHING * (seconds - before)

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
