"""Experiments under way: one thread each, joined by everybody who asks for the same, kept after.

An experiment runs beside the engine and is a visitor to it. It is known by its own key, made of
the claim, the size of its sample and the weights it is about.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from models.base import ModelSpec
from models.engine import Engine
from models.experiments import results
from models.experiments.claim import Experiment, Outcome, Progress
from models.experiments.lab import Lab, StoppedError

logger = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 0.25
_SURE = 0.05
"""From this part of the way on, the time that is left can be told."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of an experiment at one moment.

    Args:
        seconds: for how long it has been under way, or took.
        left_seconds: an estimate; None while it is too early for one.
    """

    progress: Progress | None = None
    outcome: Outcome | None = None
    error: Exception | None = None
    seconds: float = 0.0
    left_seconds: float | None = None
    stopped: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.stopped or self.outcome is not None or self.error is not None


@dataclass(eq=False, slots=True)
class Job:
    """One experiment being carried out, or carried out, for everybody who asked."""

    key: str
    claim: str
    size: int
    visitors: list[str] = field(default_factory=list)
    progress: Progress | None = None
    outcome: Outcome | None = None
    error: Exception | None = None
    begun: float = 0.0
    seconds: float = 0.0
    first: tuple[float, float] | None = None  # when work was first done, and how much
    abandoned: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.abandoned or self.outcome is not None or self.error is not None


class Laboratory:
    """Carries out experiments on an engine.

    Args:
        engine: carries out their recipes.
        specs: the models on offer.
    """

    def __init__(self, engine: Engine, specs: Mapping[str, ModelSpec]) -> None:
        self._engine = engine
        self._specs = specs
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def key(self, claim: str, size: int | None = None) -> str:
        """What makes two requests for an experiment the same, as SHA-256 in hex."""
        experiment = results.experiment(claim)
        content = {
            "v": 1,
            "experiment": claim,
            "size": experiment.QUICK if size is None else size,
            "seed": experiment.SEED,
            "weights": {m: self._specs[m].revision for m in experiment.MODELS if m in self._specs},
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def join(self, claim: str, visitor: str, size: int | None = None) -> Job:
        """Ask for an experiment; one under way is joined, and a finished one is there at once.

        Raises:
            ValueError: in words, when there is none of that name, or a model of it is missing.
        """
        experiment = results.experiment(claim)
        self._check_models(experiment)
        key = self.key(claim, size)
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.abandoned or job.error is not None:
                job = Job(key, claim, experiment.QUICK if size is None else size)
                job.begun = time.monotonic()
                self._jobs[key] = job
                job.visitors.append(visitor)
                self._start(job, experiment)
            else:
                job.visitors.append(visitor)
        return job

    def leave(self, job: Job, visitor: str) -> None:
        """Who asked does so no more; what nobody asks for ends at its next step. Idempotent."""
        with self._lock, job.changed:
            if visitor in job.visitors:
                job.visitors.remove(visitor)
            if not job.visitors and not job.over:
                job.abandoned = True
            job.changed.notify_all()

    def follow(self, job: Job, visitor: str) -> Iterator[State]:
        """What is known, at once, whenever more is, and four times a second in any case.

        Ends with the job, or when this visitor has left it; closing the generator is leaving.
        """
        try:
            while True:
                with job.changed:
                    state = _state(job, here=visitor in job.visitors)
                yield state
                if state.over:
                    return
                with job.changed:
                    if not job.over and visitor in job.visitors:
                        job.changed.wait(_HEARTBEAT_SECONDS)
        finally:
            self.leave(job, visitor)

    def stop(self, claim: str, visitor: str) -> None:
        """One visitor no longer waits for an experiment."""
        with self._lock:
            held = [job for job in self._jobs.values() if job.claim == claim]
        for job in held:
            self.leave(job, visitor)

    def _check_models(self, experiment: Experiment) -> None:
        missing = [m for m in experiment.MODELS if m not in self._specs]
        if missing:
            raise ValueError(f"This needs {', '.join(missing)}, which is not offered here.")

    def _start(self, job: Job, experiment: Experiment) -> None:
        name = f"experiment-{job.claim}"
        threading.Thread(target=self._run, args=(job, experiment), name=name, daemon=True).start()

    def _run(self, job: Job, experiment: Experiment) -> None:
        lab = Lab(self._engine, self._specs, f"experiment {job.claim}", lambda: not job.abandoned)
        steps = experiment.measure(lab, job.size)
        try:
            for step in steps:
                lab.check()
                with job.changed:
                    _take(job, step)
            if job.outcome is None:
                raise RuntimeError(f"The experiment {job.claim} ended without an outcome.")
        except StoppedError:
            pass
        except Exception as error:
            logger.warning("the experiment %s failed", job.claim, exc_info=error)
            job.error = error
        finally:
            with job.changed:
                job.changed.notify_all()


def _take(job: Job, step: Progress | Outcome) -> None:
    now = time.monotonic()
    job.seconds = now - job.begun
    if isinstance(step, Outcome):
        job.outcome = step
    else:
        job.progress = step
        if step.done and job.first is None:
            job.first = now, step.done
    job.changed.notify_all()


def _state(job: Job, *, here: bool) -> State:
    """What one visitor is told."""
    seconds = job.seconds if job.over else time.monotonic() - job.begun
    stopped = job.outcome is None and job.error is None and (job.abandoned or not here)
    return State(job.progress, job.outcome, job.error, seconds, _left(job), stopped)


def _left(job: Job) -> float | None:
    """Seconds left, from the pace since the models were ready; None while that says little."""
    if job.first is None or job.progress is None or job.over:
        return None
    (since, before), progress = job.first, job.progress
    done = progress.done - before
    if done <= 0 or done < _SURE * progress.total:
        return None
    pace = (job.seconds - (since - job.begun)) / done
    waited = time.monotonic() - job.begun - job.seconds
    return max(0.0, pace * (progress.total - progress.done) - waited)
