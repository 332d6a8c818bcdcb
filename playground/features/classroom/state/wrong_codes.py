"""Codes that were tried and open nothing: how many came from each address lately. Pure."""

from __future__ import annotations

from collections import OrderedDict, deque

MOST, SECONDS = 120, 60.0
"""So many wrong codes from one address within this time, and for a while it is told to wait. A
whole room may be behind one, and a right code opens its class all the same."""
_MOST_ADDRESSES = 1_000


class WrongCodes:
    """The moments of the last wrong codes of each address; nothing here locks."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[float]] = OrderedDict()  # the last to be wrong is the last

    def too_many(self, address: str, now: float) -> bool:
        """Whether an address has to wait."""
        moments = self._of.get(address)
        return moments is not None and len(moments) == MOST and now - moments[0] < SECONDS

    def note(self, address: str, now: float) -> None:
        """A wrong code has come."""
        self._of.setdefault(address, deque(maxlen=MOST)).append(now)
        self._of.move_to_end(address)
        while len(self._of) > _MOST_ADDRESSES:
            self._of.popitem(last=False)
