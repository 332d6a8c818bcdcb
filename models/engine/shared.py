"""What the visitors and the workers of one engine have in common."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from models.base import Recipe
from models.engine.failures import Failures
from models.engine.flight import Flight, Run, Work
from models.engine.forecast import Pace
from models.engine.queues import LOCAL, Busy, Limits, ModelQueue, Rounds
from models.pool import Pool


class Shared:
    """All work under way and finished, by model; every method is called with `lock` held.

    Args:
        kinds: model -> kind, for those that are not `LOCAL`.
        cache_bytes: finished steps kept for replay.
    """

    def __init__(
        self, pool: Pool, kinds: Mapping[str, str], limits: Limits, cache_bytes: int
    ) -> None:
        self.pool = pool
        self.kinds = dict(kinds)
        self.limits = limits
        self.lock = threading.Lock()
        self.arrived = threading.Condition(self.lock)
        self.flight = Flight(cache_bytes)
        self.queues: dict[str, ModelQueue] = {}
        self.paces: defaultdict[str, Pace] = defaultdict(Pace)
        self.failures = Failures()
        self.closed = False
        self._rounds: defaultdict[str, Rounds] = defaultdict(Rounds)  # of kinds but LOCAL

    def queues_of(self, kind: str) -> list[ModelQueue]:
        """The queues of all models of a kind."""
        return [queue for queue in self.queues.values() if queue.kind == kind]

    def check_open(self) -> None:
        """Raise `Busy` if the engine has been closed."""
        if self.closed:
            raise Busy("The playground is being restarted; try again in a minute.")

    def enqueue(self, recipe: Recipe, key: str) -> Work:
        """New work at the end of its model's line; asks for the model if nobody has."""
        work = self.flight.start(recipe, key)
        queue = self.queues.get(recipe.model)
        if queue is None:
            kind = self.kinds.get(recipe.model, LOCAL)
            rounds = Rounds() if kind == LOCAL else self._rounds[kind]
            queue = ModelQueue(recipe.model, kind, self.pool.lease(recipe.model), rounds)
            self.queues[recipe.model] = queue
        queue.waiting.append(work)
        self.arrived.notify_all()
        return work

    def requeue(self, queue: ModelQueue, works: Sequence[Work], *, alone: bool) -> None:
        """Put work back into its old place in line, to be replayed from its recipe."""
        for work in works:
            work.alone = work.alone or alone
            if work.runs and not work.over and work not in queue.waiting:
                queue.rounds.gave_back(work)
                queue.waiting.append(work)

    def attach(self, run: Run) -> None:
        """Let a run follow its work."""
        run.seen = time.monotonic()
        if not run.work.over:
            run.work.runs.append(run)
        if run.work.over or run.work.steps:
            run.news.set()

    def take_up_again(self, run: Run) -> None:
        """Join or repeat the work of a run that was dropped while nobody asked about it."""
        self.check_open()
        key = run.work.key
        run.work = self.flight.find(key) or self.enqueue(run.recipe, key)
        self.attach(run)

    def detach(self, run: Run) -> None:
        """Take a run off its work; work that nobody follows leaves its slot at the next step."""
        work = run.work
        if run not in work.runs:
            return
        work.runs.remove(run)
        if not work.runs:
            self._forget(work)

    def fail(self, work: Work, error: Exception) -> None:
        """End work with an error, which its followers hear."""
        if work.over:
            return
        work.over, work.error = True, error
        self._forget(work)
        self.announce(work)

    def fail_all(self, error: Exception) -> None:
        """End everything that is under way."""
        for work in self.flight.running():
            self.fail(work, error)

    def announce(self, work: Work) -> None:
        """Wake all who follow; of work that is over nobody is left to be woken again."""
        for run in work.runs:
            run.news.set()
        if work.over:
            work.runs.clear()

    def _forget(self, work: Work) -> None:
        self.flight.drop(work)
        queue = self.queues.get(work.recipe.model)
        if queue is not None and work in queue.waiting:
            queue.waiting.remove(work)
