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
MOST_TOKENS = 40_000
"""Of Markdown, in one stretch of prose."""
TOO_MUCH = "This lesson takes too long to read: make it shorter, and its tables smaller."


class TooMuch(ValueError):
    """A lesson that costs more than it may; the message is a sentence."""

    def __init__(self) -> None:
        super().__init__(TOO_MUCH)


@dataclass(frozen=True, slots=True)
class _Budget:
    """Until when this thread may compute, by its own clock."""

    until: float


_given: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limited(seconds: float | None = None) -> Iterator[None]:
    """Let `spend` raise once this thread has computed for so many seconds; `SECONDS` by itself."""
    allowed = SECONDS if seconds is None else seconds
    before = _given.set(_Budget(time.thread_time() + allowed))
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
    if budget is not None and (tokens > MOST_TOKENS or time.thread_time() > budget.until):
        raise TooMuch
