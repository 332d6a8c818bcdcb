"""Downloads of models from the hub: one after the other, followed and stopped by visitors."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from models.base import ModelSpec
from models.hub.cache import missing_bytes
from models.hub.entry import pinned
from models.hub.faults import scrub
from models.hub.policy import refusal
from models.hub.request import FileRequest, Phase, Stopped
from models.hub.sentences import GO_ON, SHUT_DOWN, HubError
from models.hub.transfer import fetch

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 0.2  # with a margin below the promised quarter of a second
_WINDOW_SECONDS = 5.0  # over which the shown rate is averaged
_SAMPLE_SECONDS = 0.1
_MEASURABLE_BYTES = 1_000_000  # fewer say more about the way to the hub than about its width


@dataclass(frozen=True, slots=True)
class Status:
    """How far a download is; after its end `finished`, or `error` with a sentence."""

    phase: Phase
    done_bytes: int
    total_bytes: int
    bytes_per_second: float = 0.0
    seconds_left: float | None = None
    finished: bool = False
    error: str = ""

    @property
    def over(self) -> bool:
        """Whether this is the last word."""
        return self.finished or bool(self.error)


@dataclass(slots=True)
class _Meter:
    """Bytes that arrived, and how fast."""

    received: int = 0
    since: float = 0.0
    samples: deque[tuple[float, int]] = field(default_factory=deque)  # time, received by then

    def add(self, count: int, now: float) -> None:
        """So many bytes arrived."""
        if not self.samples:
            self.since = now
        if not self.samples or now - self.samples[-1][0] >= _SAMPLE_SECONDS:
            self.samples.append((now, self.received))
            while now - self.samples[0][0] > _WINDOW_SECONDS:
                self.samples.popleft()
        self.received += max(0, count)

    def rate(self, now: float) -> float:
        """Bytes a second over the last seconds, silence included."""
        if not self.samples or now <= self.samples[0][0]:
            return 0.0
        return (self.received - self.samples[0][1]) / (now - self.samples[0][0])

    def average(self, now: float) -> float | None:
        """Bytes a second since the first; None while there are too few for a prediction."""
        if self.received < _MEASURABLE_BYTES or now <= self.since:
            return None
        return self.received / (now - self.since)


@dataclass(eq=False, slots=True)
class _Job:
    """One model that somebody wants; all fields are changed under the manager's lock alone."""

    spec: ModelSpec
    total: int
    done: int
    visitors: set[str] = field(default_factory=set)
    phase: Phase = "waiting"
    finished: bool = False
    error: str = ""
    news: int = 0  # counts changes that are worth telling at once
    meter: _Meter = field(default_factory=_Meter)

    @property
    def over(self) -> bool:
        return self.finished or bool(self.error)

    def status(self, now: float) -> Status:
        rate = 0.0 if self.over or self.phase == "waiting" else self.meter.rate(now)
        left = (self.total - self.done) / rate if rate else None
        return Status(self.phase, self.done, self.total, rate, left, self.finished, self.error)


class Downloads:
    """The downloads of one process: one at a time, in order, on a thread of their own.

    Args:
        budget_bytes: tells what all models together may hold, or None while that is not decided.
        welcome: tells in a sentence why whoever asks may not have a model, "" if they may.
    """

    def __init__(
        self,
        budget_bytes: Callable[[], int | None] = lambda: None,
        welcome: Callable[[ModelSpec], str] = lambda spec: "",
    ) -> None:
        self._budget_bytes = budget_bytes
        self._welcome = welcome
        self._changed = threading.Condition()
        self._jobs: dict[str, _Job] = {}  # by model; one that was stopped is forgotten
        self._line: list[_Job] = []
        self._rate: float | None = None  # bytes a second, as last measured
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="downloads", daemon=True)
        self._thread.start()

    # What visitors call.

    def start(self, spec: ModelSpec, visitor: str) -> Status:
        """Want a model; joins a download that is under way, and begins anew after a failed one.

        Never raises: what speaks against it is the error of the status.
        """
        said = self._welcome(spec) or refusal(spec, self._budget_bytes())
        with self._changed:
            job = self._jobs.get(spec.id)
            if job is None or job.over:
                job = self._jobs[spec.id] = _new_job(spec)
                job.error = SHUT_DOWN if self._closed else said
                if not job.over:
                    self._line.append(job)
            job.visitors.add(visitor)
            self._tell(job)
            return job.status(time.monotonic())

    def leave(self, model_id: str, visitor: str) -> None:
        """Want a model no longer; the download goes on if somebody else wants it. Idempotent."""
        with self._changed:
            job = self._jobs.get(model_id)
            if job is not None and visitor in job.visitors:
                self._part(job, visitor)

    def status(self, model_id: str) -> Status | None:
        """How far a model is, or how its last download ended; None if there was none."""
        with self._changed:
            job = self._jobs.get(model_id)
            if job is None or not (job.over or job.visitors):  # left, and about to be forgotten
                return None
            return job.status(time.monotonic())

    def follow(self, spec: ModelSpec, visitor: str) -> Iterator[Status]:
        """Want a model and hear how far it is, at least every quarter second.

        Ends after the last word or a `leave`; closing the generator is a `leave`.
        """
        self.start(spec, visitor)
        job = self._jobs.get(spec.id)
        seen = -1
        try:
            while job is not None:
                status, seen = self._hear(job, visitor, seen)
                if status is None:
                    return
                yield status
                if status.over:
                    return
        finally:
            self._leave_job(job, visitor)

    def expected_seconds(self, spec: ModelSpec) -> float | None:
        """How long a download would take at the rate last measured; None before any."""
        missing = missing_bytes(spec)
        if not missing:
            return 0.0
        with self._changed:
            return missing / self._rate if self._rate else None

    def close(self) -> None:
        """End every download; what has arrived is kept for the next time."""
        with self._changed:
            self._closed = True
            for job in self._line:
                job.error = SHUT_DOWN
                self._tell(job)
            self._line.clear()
            self._changed.notify_all()
        self._thread.join(timeout=1.0)  # one that waits for a byte ends with the process

    def _hear(self, job: _Job, visitor: str, seen: int) -> tuple[Status | None, int]:
        """The status as soon as there is news, or after a while; None for who has left."""
        with self._changed:
            if job.news == seen:
                self._changed.wait(HEARTBEAT_SECONDS)
            wanted = visitor in job.visitors or job.over
            return (job.status(time.monotonic()) if wanted else None), job.news

    def _leave_job(self, job: _Job | None, visitor: str) -> None:
        with self._changed:
            if job is not None and visitor in job.visitors:
                self._part(job, visitor)

    # The thread.

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._carry_out(job)
            except Stopped:
                self._stop(job)
            except HubError as error:
                self._end(job, str(error))
            except Exception as error:
                text = "".join(traceback.format_exception(error))
                logger.error("downloading %s failed: %s", job.spec.id, scrub(text))
                self._end(job, f"{job.spec.name} could not be downloaded; try again. {GO_ON}.")
            else:
                self._end(job)

    def _next(self) -> _Job | None:
        """Wait for the next job in line; None when closed."""
        with self._changed:
            while not self._closed:
                if self._line:
                    job = self._line.pop(0)
                    job.done, job.meter = job.total - missing_bytes(job.spec), _Meter()
                    job.phase = "downloading"
                    return job
                self._changed.wait()
        return None

    def _carry_out(self, job: _Job) -> None:
        if said := refusal(job.spec, self._budget_bytes()):  # again: the disk may be full by now
            raise HubError(said)
        for file in pinned(job.spec):
            fetch(
                FileRequest(
                    job.spec.name,
                    file,
                    advance=lambda count: self._advance(job, count),
                    enter=lambda phase: self._enter(job, phase),
                )
            )

    def _advance(self, job: _Job, count: int) -> None:
        now = time.monotonic()
        with self._changed:
            job.done += count
            if count:
                job.meter.add(count, now)
                self._rate = job.meter.average(now) or self._rate
            if self._closed or not job.visitors:
                raise Stopped

    def _enter(self, job: _Job, phase: Phase) -> None:
        with self._changed:
            if phase == "downloading":
                job.meter.add(0, time.monotonic())  # the clock runs from the request on
            if job.phase != phase:
                job.phase = phase
                self._tell(job)

    def _end(self, job: _Job, error: str = "") -> None:
        with self._changed:
            job.finished, job.error = not error, error
            if job.finished:
                job.done = job.total
            self._tell(job)

    def _stop(self, job: _Job) -> None:
        """Forget a job that nobody wanted, unless it is shut down or wanted again by now."""
        with self._changed:
            if self._closed:
                job.error = SHUT_DOWN
            elif job.visitors:
                job.phase = "waiting"
                self._line.insert(0, job)
            elif self._jobs.get(job.spec.id) is job:
                del self._jobs[job.spec.id]
            self._tell(job)

    # From here on: called with the lock held.

    def _part(self, job: _Job, visitor: str) -> None:
        job.visitors.discard(visitor)
        if not job.visitors and job in self._line:
            self._line.remove(job)
            self._jobs.pop(job.spec.id, None)
        self._tell(job)

    def _tell(self, job: _Job) -> None:
        job.news += 1
        self._changed.notify_all()


def _new_job(spec: ModelSpec) -> _Job:
    total = sum(file.size_bytes for file in spec.files)
    return _Job(spec, total, total - missing_bytes(spec))
