"""How much reading one lesson may cost: a stranger's own must keep nobody waiting.

Markdown can ask for millions of cells in a few kilobytes. So whatever reads a lesson says at every
step that it goes on (`spend`), and stops when that has taken too long; nothing is counted where no
budget was given, as for the lessons of this host.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SECONDS = 2.0
"""Of computing, for a stranger's lesson: the longest that is written by hand takes a fifth."""
SHARE = 0.25
"""Of a core that reading takes at most: it rests in between, so that models and others get on."""
_STRETCH_SECONDS = 0.004  # between two rests; Python lets a thread compute for 5 ms at a time
MOST_TOKENS = 40_000
"""Of Markdown, in one stretch of prose."""
TOO_MUCH = "This lesson takes too long to read: make it shorter, and its tables smaller."


class TooMuch(ValueError):
    """A lesson that costs more than it may; the message is a sentence."""

    def __init__(self) -> None:
        super().__init__(TOO_MUCH)


@dataclass(slots=True)
class _Budget:
    """Until when this thread may compute, by its own clock, and when it last rested."""

    until: float
    rested: float


_given: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limited(seconds: float | None = None) -> Iterator[None]:
    """Let `spend` raise once this thread has computed for so many seconds; `SECONDS` by itself."""
    allowed = SECONDS if seconds is None else seconds
    now = time.thread_time()
    before = _given.set(_Budget(now + allowed, now))
    try:
        yield
    finally:
        _given.reset(before)


def spend(tokens: int = 0) -> None:
    """One more step of reading.

    Args:
        tokens: of Markdown, so far.

    Raises:
        TooMuch: when there was a budget, and it is spent.
    """
    budget = _given.get()
    if budget is None:
        return
    now = time.thread_time()
    if tokens > MOST_TOKENS or now > budget.until:
        raise TooMuch
    if (computed := now - budget.rested) > _STRETCH_SECONDS:
        budget.rested = now
        time.sleep(computed * (1 / SHARE - 1))
