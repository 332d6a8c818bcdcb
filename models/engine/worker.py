"""The threads that compute: one for each kind of device, replaced when a call never comes back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from dataclasses import replace

from models.base import State, Step
from models.engine import scheduling
from models.engine.flight import Work
from models.engine.queues import LOCAL, LoadedModel, ModelQueue, Slot
from models.engine.shared import Shared
from models.pool import LoadError

logger = logging.getLogger(__name__)

_LOAD_POLL_SECONDS = 0.02


class _AbandonedError(BaseException):
    """The call came back too late; not an Exception, so that nobody takes it for the adapter's."""


class Worker:
    """One life of the thread of a kind, and the call into an adapter it is in (`since`).

    Args:
        used_seconds: compute of the kind's active models; outlives the worker.
    """

    def __init__(self, shared: Shared, kind: str, used_seconds: dict[str, float]) -> None:
        self.kind = kind
        self.used_seconds = used_seconds
        self.queue: ModelQueue | None = None
        self.loaded: LoadedModel | None = None
        self.since: float | None = None
        self.concerns: Sequence[Work] = ()
        self.abandoned = False
        self._shared = shared
        self.thread = threading.Thread(target=self._serve, name=f"engine-{kind}", daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        try:
            while (queue := self._next_queue()) is not None:
                self.queue, self.loaded = queue, queue.loaded
                self._compute_slice(queue)
            self._leave()
        except _AbandonedError:
            self._clean_up()
        except BaseException as error:
            logger.exception("the engine's thread ended")
            with self._shared.lock:
                self._shared.fail_all(RuntimeError(f"The engine failed: {error}"))
                self._shared.closed = True

    def _next_queue(self) -> ModelQueue | None:
        """Wait until some model has work to do and say which goes next; None when closed."""
        shared = self._shared
        with shared.lock:
            while not shared.closed:
                self._drop_unwatched()
                for each in shared.queues_of(self.kind):
                    self._tend(each)
                if (queue := self._choose()) is not None:
                    return queue
                shared.arrived.wait(_LOAD_POLL_SECONDS if shared.queues_of(self.kind) else None)
        return None

    # Opening and closing queues; with the lock held.

    def _active(self) -> list[str]:
        return [queue.model for queue in self._shared.queues_of(self.kind) if queue.loaded]

    def _choose(self) -> ModelQueue | None:
        """The model that goes next: by compute where time is shared, else whose run is next."""
        active = [self._shared.queues[model] for model in self._active()]
        if not active:
            return None
        if self.kind == LOCAL:
            names = [queue.model for queue in active]
            return self._shared.queues[scheduling.next_model(self.used_seconds, names)]
        for queue in active:
            if queue.loaded and queue.loaded.slots:
                return queue
        rounds = active[0].rounds
        waiting = (work for queue in active for work in queue.waiting)
        first, *_ = scheduling.line(waiting, rounds.of, rounds.of_clients)
        return self._shared.queues[first.recipe.model]

    def _drop_unwatched(self) -> None:
        oldest = time.monotonic() - self._shared.limits.patience_seconds
        for work in self._shared.flight.running():
            for run in [run for run in work.runs if run.seen < oldest]:
                self._shared.detach(run)

    def _tend(self, queue: ModelQueue) -> None:
        """Open a queue whose model is ready, close one that has nothing left to do."""
        if not (queue.waiting or (queue.loaded and queue.loaded.slots)):
            del self._shared.queues[queue.model]
            self._return_lease(queue)
        elif queue.loaded is None and queue.lease.done():
            self._open(queue)

    def _open(self, queue: ModelQueue) -> None:
        """Begin to serve a queue whose lease has come; if it failed, so does all that waits."""
        try:
            loaded = LoadedModel(queue.lease.result())
        except LoadError as error:
            del self._shared.queues[queue.model]  # whoever comes next tries anew
            for work in list(queue.waiting):
                self._shared.fail(work, error)
        else:
            active = self._active()
            self.used_seconds = scheduling.activate(self.used_seconds, queue.model, active)
            queue.loaded = loaded

    def _return_lease(self, queue: ModelQueue) -> None:
        if not queue.lease.cancel() and queue.lease.exception() is None:
            self._shared.pool.release(queue.lease.result())

    # A time slice, without the lock.

    def _compute_slice(self, queue: ModelQueue) -> None:
        """Advance all slots of a model, step by step, until the time slice is over."""
        shared, loaded = self._shared, self.loaded
        assert loaded is not None
        started = time.monotonic()
        elapsed = 0.0
        while elapsed < shared.limits.slice_seconds and not shared.closed:
            self._fill_slots(queue, loaded)
            running = min(len(loaded.slots), shared.limits.batch)
            for batch in loaded.batches(shared.limits.batch):
                self._advance(queue, loaded, batch)
            before, elapsed = elapsed, time.monotonic() - started
            with shared.lock:
                shared.paces[queue.model].note_call(running, elapsed - before)
            if not loaded.slots:
                break
        with shared.lock:
            self.used_seconds[queue.model] += elapsed
            _announce_slice(loaded)

    def _fill_slots(self, queue: ModelQueue, loaded: LoadedModel) -> None:
        for slot in [slot for slot in loaded.slots if not slot.work.runs]:
            self._end(loaded, slot)
        while (called := self._call_up(queue, loaded)) is not None:
            work, context = called
            try:
                with self._limited([work]):
                    state = context.run(loaded.lease.adapter.begin, work.recipe)
                    slot = Slot(work, state)
                    with self._shared.lock:
                        loaded.slots.append(slot)
            except Exception as error:
                with self._shared.lock:
                    self._shared.fail(work, error)

    def _call_up(self, queue: ModelQueue, loaded: LoadedModel) -> tuple[Work, Context] | None:
        """Take the next in line out of it, if there is a slot for it; whose request it is."""
        with self._shared.lock:
            if not queue.waiting:  # at nearly every step: nothing is counted for nobody
                return None
            limit = self._shared.limits.batch if queue.kind == LOCAL else 1
            work = scheduling.next_to_begin(
                queue.waiting,
                scheduling.Held(loaded.held(), loaded.held_by_clients(), len(loaded.slots)),
                limit,
                queue.rounds.of,
                queue.rounds.of_clients,
                shares=queue.kind == LOCAL,
            )
            if work is None:
                return None
            queue.waiting.remove(work)
            queue.rounds.began(work)
            return work, work.runs[0].context.copy()

    def _advance(self, queue: ModelQueue, loaded: LoadedModel, batch: list[Slot]) -> None:
        """Take a step for every slot of a batch.

        If the adapter raises, it is asked again for either half, until it is known for which run
        there is no step: it costs the others as much as one step of theirs.
        """
        started = time.perf_counter()
        results: Sequence[Step | None | Exception]
        try:
            with self._limited([slot.work for slot in batch]):
                results = loaded.lease.adapter.advance([slot.state for slot in batch])
        except Exception as error:
            if len(batch) > 1:
                logger.warning("%d runs of %s failed together: %r", len(batch), queue.model, error)
                self._advance_halves(queue, loaded, batch)
                return
            results = [error]
        if len(results) != len(batch):  # whose steps these are is not known
            said = f"{queue.model} gave {len(results)} steps for {len(batch)} runs"
            results = [RuntimeError(said) for _ in batch]
        seconds = time.perf_counter() - started
        with self._shared.lock:
            for slot, result in zip(batch, results, strict=True):
                slot.calls += 1
                self._deliver(loaded, slot, result, seconds, len(batch))
        for slot in [slot for slot in batch if slot.work.over]:
            self._end(loaded, slot)

    def _advance_halves(
        self, queue: ModelQueue, loaded: LoadedModel, batch: Sequence[Slot]
    ) -> None:
        """Take the step that a batch could not take together.

        If either half can, it was the batch that was too large, and its runs share none from now.
        """
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            self._advance(queue, loaded, list(half))
        if all(slot.work.error is None for slot in batch):
            for slot in batch:
                slot.work.alone = True

    def _deliver(
        self,
        loaded: LoadedModel,
        slot: Slot,
        result: Step | Exception | None,
        seconds: float,
        batch: int,
    ) -> None:
        """Bring a step to those who follow, unless it is one they had before (lock held)."""
        work, shared = slot.work, self._shared
        if result is None or not work.runs:
            return
        if isinstance(result, Exception):
            logger.warning("a run of %s failed", work.recipe.model, exc_info=result)
            shared.failures.note(work.visitors)
            shared.fail(work, result)
            return
        slot.steps += 1
        if slot.steps > len(work.steps):
            # Adapters that do not time themselves get the time of the whole call.
            timed = result if result.seconds else replace(result, seconds=seconds, batch=batch)
            work.steps.append(timed)
        if result.last:
            work.over = True
            shared.flight.finish(work)
            shared.paces[work.recipe.model].note_run(work.recipe, slot.calls)
        if result.last or len(work.steps) == 1:
            shared.announce(work)
        else:
            loaded.unannounced.append(work)

    def _end(self, loaded: LoadedModel, slot: Slot) -> None:
        with self._shared.lock:
            loaded.slots.remove(slot)
        try:
            with self._limited([]):
                loaded.lease.adapter.end(slot.state)
        except Exception:
            logger.exception("ending a run of %s failed", slot.work.recipe.model)

    @contextmanager
    def _limited(self, concerns: Sequence[Work]) -> Iterator[None]:
        """A call into an adapter, which may be given up; then the thread learns it here."""
        with self._shared.lock:
            self.concerns, self.since = concerns, time.monotonic()
        try:
            yield
        finally:
            with self._shared.lock:
                self.since = None
                if self.abandoned:
                    raise _AbandonedError

    def _leave(self) -> None:
        """End all slots and give all models back."""
        with self._shared.lock:
            queues = self._shared.queues_of(self.kind)
        for queue in queues:
            self.queue, self.loaded = queue, queue.loaded
            if queue.loaded is not None:
                for slot in list(queue.loaded.slots):
                    self._end(queue.loaded, slot)
            with self._shared.lock:
                self._return_lease(queue)

    def _clean_up(self) -> None:
        """What a given-up thread still does if its call comes back: tidy up after itself."""
        assert self.loaded is not None
        adapter = self.loaded.lease.adapter
        for slot in self.loaded.slots:
            _try(adapter.end, slot.state)
        _try(adapter.close)


class Workers:
    """The worker of every kind; one that a call never came back to is replaced."""

    def __init__(self, shared: Shared, kinds: Collection[str]) -> None:
        self._shared = shared
        self.abandoned = 0
        self.of = {kind: Worker(shared, kind, {}) for kind in kinds}

    @property
    def threads(self) -> list[threading.Thread]:
        """Those that are relied on now."""
        return [worker.thread for worker in self.of.values()]

    def check_step_limit(self) -> None:
        """Notice a call that does not come back, on behalf of whoever asks (lock held)."""
        now = time.monotonic()
        for worker in list(self.of.values()):
            if worker.since is not None and now - worker.since > self._limit(worker):
                self._abandon(worker)

    def _limit(self, worker: Worker) -> float:
        limits = self._shared.limits
        return limits.step_seconds_of.get(worker.kind, limits.step_seconds)

    def _abandon(self, worker: Worker) -> None:
        """Leave a thread and its adapter to themselves, and go on with new ones."""
        shared = self._shared
        queue, loaded, concerns = worker.queue, worker.loaded, list(worker.concerns)
        assert queue is not None
        assert loaded is not None
        logger.error("a call into %s was given up after the step limit", queue.model)
        worker.abandoned = True
        self.abandoned += 1
        if len(concerns) == 1:
            limit = f"{self._limit(worker):g} seconds"
            shared.fail(concerns[0], TimeoutError(f"A step took longer than {limit}."))
        others = [slot.work for slot in loaded.slots if slot.work not in concerns]
        shared.requeue(queue, concerns, alone=True)
        shared.requeue(queue, others, alone=False)
        shared.pool.abandon(loaded.lease)
        queue.loaded, queue.lease = None, shared.pool.lease(queue.model)
        self.of[worker.kind] = Worker(shared, worker.kind, worker.used_seconds)


def _announce_slice(loaded: LoadedModel) -> None:
    """Wake the followers of what a time slice computed; thirty at every token cost too much.

    The first and the last step of a run do not wait for this (lock held).
    """
    for run in {run for work in loaded.unannounced for run in work.runs}:
        if not run.paced:
            run.news.set()
    loaded.unannounced.clear()


def _try(call: Callable[..., None], *arguments: State) -> None:
    try:
        call(*arguments)
    except Exception:
        logger.exception("a call into a given-up model failed")
