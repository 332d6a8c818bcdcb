"""The visitors' side of the engine: submit a recipe, follow its run, stop it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing

from models.base import Recipe, Step
from models.engine.flight import Run
from models.engine.outlook import Outlooks
from models.engine.queues import COMPUTES, GAVE_WAY, LOCAL, Busy, Event, Limits, Load, Waiting
from models.engine.scheduling import gives_way
from models.engine.shared import Shared
from models.engine.worker import Workers
from models.pool import Pool

HEARTBEAT_SECONDS = 0.2  # with a margin below the promised quarter of a second
_CLOSE_SECONDS = 5.0  # a longer step ends with the process
_UNHEALTHY_THREADS = 2  # so many that never came back, and the process should be replaced


class Engine:
    """Carries out recipes on the models of a pool.

    Args:
        pool: where models come from; not closed by the engine.
        kinds: model -> kind, for models that compute elsewhere, or long. All models of such a kind
            together carry out one run at a time, on a thread of their own.
        max_waiting: runs under way, in a slot or not, before `submit` raises `Busy`.
        max_waiting_per_visitor: the same for a single visitor.
        batch_limit: slots of one model, which share a forward pass.
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
        self._limits = Limits(
            max_waiting=max_waiting,
            max_waiting_per_visitor=max_waiting_per_visitor,
            batch=batch_limit,
            slice_seconds=slice_seconds,
            step_seconds=step_limit_seconds,
            step_seconds_of=dict(step_limits or {}),
            patience_seconds=patience_seconds,
        )
        self._shared = Shared(pool, kinds or {}, self._limits, cache_bytes)
        self._workers = Workers(self._shared, {LOCAL, *self._shared.kinds.values()})
        self._outlooks = Outlooks(self._shared, self._workers)

    def submit(self, recipe: Recipe, visitor: str = "", client: str = "") -> Run:
        """Ask for a recipe to be carried out; cheap, never blocks.

        Where there is no room left, the newest run of the client that has most under way gives way
        to a client that has less; so do the visitors of one client among themselves.

        Args:
            visitor: the open page that asks.
            client: where that page is, as far as nobody can invent it; "" where it is not known.

        Raises:
            Busy: when there are too many runs.
            ValueError: when the model is not offered, its weights are not there, or the recipe is
                not welcome.
        """
        if self.pool.state(recipe.model) == "unavailable":
            raise ValueError(f"The weights of {self.pool.spec(recipe.model).name} are not here.")
        if self._admit is not None:
            self._admit(recipe)
        key, shared = recipe.key, self._shared
        with shared.lock:
            shared.check_open()
            work = shared.flight.find(key)
            if work is None or not work.over:
                self._check_room(visitor, client, joins=work is not None)
            run = Run(recipe, visitor, work or shared.enqueue(recipe, key), client)
            run.replayed, run.shared = run.work.over, work is not None and not work.over
            shared.attach(run)
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
        with self._shared.lock:
            run.stopped = run.stopped or not run.work.over
            self._shared.detach(run)
            run.news.set()

    def healthy(self) -> bool:
        """Whether the engine can still be relied on; if not, replace the process."""
        with self._shared.lock:
            self._workers.check_step_limit()
            alive = all(thread.is_alive() for thread in self._workers.threads)
            return alive and self._workers.abandoned < _UNHEALTHY_THREADS

    def load(self) -> Load:
        """How much there is to do at this moment; cheap."""
        shared = self._shared
        with shared.lock:
            works, queues = shared.flight.running(), shared.queues.values()
            running = sum(len(queue.loaded.slots) for queue in queues if queue.loaded)
            waiting = sum(len(queue.waiting) for queue in queues)
            runs = sum(len(work.runs) for work in works)
            kept = shared.flight.used_bytes
            return Load(running, waiting, runs, self._workers.abandoned, kept)

    def forget_finished(self) -> None:
        """Let go of all finished steps that are kept for replay."""
        with self._shared.lock:
            self._shared.flight.forget_finished()

    def close(self) -> None:
        """End every run and let go of the models."""
        shared = self._shared
        with shared.lock:
            shared.closed = True
            shared.fail_all(
                Busy("The playground is being shut down. Please come back in a minute.")
            )
            shared.arrived.notify_all()
            threads = self._workers.threads
        for thread in threads:
            thread.join(timeout=_CLOSE_SECONDS)

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
            return steps, COMPUTES
        with self._shared.lock:
            self._workers.check_step_limit()
            if not (run.stopped or run.work.over or run in run.work.runs):
                self._shared.take_up_again(run)
            over = run.stopped or run.work.over
            waiting = None if over else self._outlooks.waiting(run.work)
            return run.work.steps[delivered:], waiting

    def _check_room(self, visitor: str, client: str, *, joins: bool) -> None:
        """Raise `Busy` where a visitor, or all together, have too much under way (lock held)."""
        if (left := self._shared.failures.seconds_left(visitor)) > 0:
            raise Busy(
                "Your last runs failed, one after the other. Ask for something else, and "
                f"try again in about {math.ceil(left)} seconds."
            )
        works, limits = self._shared.flight.running(), self._limits
        own = [work for work in works for run in work.runs if run.visitor == visitor]
        if len(own) >= limits.max_waiting_per_visitor:
            wait = self._outlooks.seconds_until(own, 1)
            raise Busy(
                f"You have {len(own)} runs under way. "
                f"Stop one, or try again in about {wait} seconds."
            )
        if not joins and len(works) >= limits.max_waiting:
            if (newest := gives_way(works, visitor, client)) is not None:
                own = [work for work in works if newest.visitors & work.visitors]
                wait = self._outlooks.seconds_until(own, 1)
                self._shared.fail(newest, Busy(GAVE_WAY.format(len(own), wait)))
                return
            # Others are told the same: so many places shall be free that it is worth the while.
            wait = self._outlooks.seconds_until(works, math.ceil(len(works) / 4))
            raise Busy(f"Very many people are waiting. Please try again in about {wait} seconds.")
