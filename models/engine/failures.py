"""Whose runs fail again and again, and how long they wait."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterable

MOST = 5
"""Runs of one visitor that may fail within `WINDOW_SECONDS`; each may cost others a step."""
WINDOW_SECONDS = 60.0
_MOST_VISITORS = 1_000


class Failures:
    """The last failures of each visitor; nothing here locks.

    Who has no name is not told from others without one, and so never waits.
    """

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[float]] = OrderedDict()  # the last to fail is the last

    def note(self, visitors: Iterable[str], now: float | None = None) -> None:
        """A run of these visitors has failed."""
        moment = time.monotonic() if now is None else now
        for visitor in filter(None, visitors):
            self._of.setdefault(visitor, deque(maxlen=MOST)).append(moment)
            self._of.move_to_end(visitor)
        while len(self._of) > _MOST_VISITORS:
            self._of.popitem(last=False)

    def seconds_left(self, visitor: str, now: float | None = None) -> float:
        """How long a visitor waits before the next run; 0 for nearly everybody."""
        moments = self._of.get(visitor)
        if moments is None or len(moments) < MOST:
            return 0.0
        moment = time.monotonic() if now is None else now
        return max(0.0, moments[0] + WINDOW_SECONDS - moment)
