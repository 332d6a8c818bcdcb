"""Single flight: the same recipe is carried out once, for all who ask, and replayed afterwards.

Nothing here locks; the engine calls it under its own lock.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Mapping, Set
from contextvars import Context, copy_context
from dataclasses import dataclass, field, fields, is_dataclass

import numpy as np
from PIL.Image import Image

from models.base import Candidates, Recipe, Step, TokenStep

_OBJECT_BYTES = 64  # a small Python object with its reference, roughly
_TOKEN_STEP_BYTES = _OBJECT_BYTES * len(fields(TokenStep))  # itself, and all but `top`


@dataclass(eq=False, slots=True)
class Work:
    """A recipe being carried out, or carried out, for everybody who asked for it."""

    recipe: Recipe
    key: str
    arrival: int
    steps: list[Step] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)  # those who follow; none = nobody wants it
    over: bool = False
    error: Exception | None = None
    alone: bool = False  # was part of a batch that was too large or hung, so it shares none

    @property
    def visitors(self) -> Set[str]:
        """Everybody who waits for it."""
        return {run.visitor for run in self.runs}

    @property
    def clients(self) -> Set[str]:
        """Where they come from."""
        return {run.client for run in self.runs}


@dataclass(eq=False, slots=True)
class Run:
    """One visitor's hold on a piece of work."""

    recipe: Recipe
    visitor: str
    work: Work
    client: str = ""  # where the visitor comes from; "" counts as a client of its own
    replayed: bool = False  # the steps come from the cache
    shared: bool = False  # somebody else's work was joined
    stopped: bool = False
    seen: float = 0.0  # when its follower last asked, on the monotonic clock
    context: Context = field(default_factory=copy_context)  # of the request that asked for it
    news: threading.Event = field(default_factory=threading.Event)  # may be that of several runs
    paced: bool = False  # its follower looks for steps at its own pace


class Flight:
    """All work under way, and the finished work that still fits into `cache_bytes`."""

    def __init__(self, cache_bytes: int) -> None:
        self._numbers = itertools.count()
        self._running: dict[str, Work] = {}
        self._finished: OrderedDict[str, tuple[Work, int]] = OrderedDict()  # oldest use first
        self._cache_bytes = cache_bytes
        self._used_bytes = 0

    def find(self, key: str) -> Work | None:
        """Work for this recipe that is under way or finished (`over`), if there is any."""
        if key in self._finished:
            self._finished.move_to_end(key)
            return self._finished[key][0]
        return self._running.get(key)

    def start(self, recipe: Recipe, key: str) -> Work:
        """New work under way."""
        work = self._running[key] = Work(recipe, key, next(self._numbers))
        return work

    @property
    def used_bytes(self) -> int:
        """What the finished work that is kept takes."""
        return self._used_bytes

    def running(self) -> list[Work]:
        """All work under way."""
        return list(self._running.values())

    def finish(self, work: Work) -> None:
        """Work ended as it should: keep it for replay, at the cost of the least recently used."""
        if self._running.get(work.key) is not work:
            return  # stopped in the meantime
        del self._running[work.key]
        size_bytes = sum(map(size_of_step, work.steps))
        if size_bytes > self._cache_bytes:
            return
        self._finished[work.key] = (work, size_bytes)
        self._used_bytes += size_bytes
        while self._used_bytes > self._cache_bytes:
            _, (_, oldest_bytes) = self._finished.popitem(last=False)
            self._used_bytes -= oldest_bytes

    def forget_finished(self) -> None:
        """Keep nothing for replay of what has ended until now."""
        self._finished.clear()
        self._used_bytes = 0

    def drop(self, work: Work) -> None:
        """Work failed or was stopped: forget it, so that the next who asks starts anew."""
        if self._running.get(work.key) is work:
            del self._running[work.key]


def size_of_step(step: Step) -> int:
    """`size_of`, quickly: thirty texts may end at once, and the engine waits for this."""
    if isinstance(step, TokenStep) and isinstance(step.top, Candidates):
        return _TOKEN_STEP_BYTES + len(step.text) + len(step.note) + size_of(step.top)
    return size_of(step)


def size_of(value: object) -> int:
    """Bytes that a step, or a part of one, holds: pixels and arrays exactly, the rest roughly."""
    if isinstance(value, Image):
        return value.width * value.height * len(value.getbands())
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Candidates):  # the texts are shared by all steps of a model
        return value.token_ids.nbytes + value.logits.nbytes
    if isinstance(value, (tuple, list, Mapping)):
        items = value.values() if isinstance(value, Mapping) else value
        return _OBJECT_BYTES + sum(map(size_of, items))
    if is_dataclass(value):
        return _OBJECT_BYTES + sum(size_of(getattr(value, f.name)) for f in fields(value))
    return _OBJECT_BYTES + (len(value) if isinstance(value, (str, bytes)) else 0)
