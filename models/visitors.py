"""Who goes next: fair shares between models, and a fair line between visitors. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar


class Waiter(Protocol):
    """Anything that stands in line: who asked for it, and when it came."""

    @property
    def arrival(self) -> int:
        """A number that grows with every arrival."""
        ...

    @property
    def visitors(self) -> Collection[str]:
        """Everybody who waits for it; several when they asked for the same thing."""
        ...


W = TypeVar("W", bound=Waiter)


def next_model(used_seconds: Mapping[str, float], active: Collection[str]) -> str:
    """The active model that has had the least compute; the first of them when several have."""
    return min(active, key=lambda model: used_seconds[model])


def activate(
    used_seconds: Mapping[str, float], model: str, active: Collection[str]
) -> dict[str, float]:
    """The ledger of compute seconds once `model` joins the active ones.

    A newcomer starts from the current minimum: it neither makes up for the time it was away nor
    gets rid of what it owes (start-time fair queueing, Goyal, Vin & Cheng 1996). With nobody
    active the ledger starts anew, so that old debts starve no one.
    """
    if not active:
        return {model: 0.0}
    floor = min(used_seconds[other] for other in active)
    return {**used_seconds, model: max(used_seconds.get(model, floor), floor)}


def line(waiting: Iterable[W], seated: Mapping[str, int]) -> list[W]:
    """Those who wait, next first: round robin between visitors, in each round by arrival.

    Args:
        seated: how many slots each visitor has already; they count as rounds gone by.
    """
    rounds = dict(seated)
    ranked: list[tuple[int, int, W]] = []
    for waiter in sorted(waiting, key=lambda w: w.arrival):
        # What several visitors wait for comes when the first of them would get it.
        rank = min(rounds.get(visitor, 0) for visitor in waiter.visitors)
        ranked.append((rank, waiter.arrival, waiter))
        for visitor in waiter.visitors:
            rounds[visitor] = rounds.get(visitor, 0) + 1
    return [waiter for _, _, waiter in sorted(ranked, key=lambda entry: entry[:2])]


def next_in_line(waiting: Sequence[W], seated: Mapping[str, int], free: int) -> W | None:
    """Who gets a free slot, or None when nobody should.

    A visitor holds at most as many slots as are still free (dynamic thresholds with alpha = 1,
    Choudhury & Hahne 1998), so that somebody with many runs leaves room for a newcomer's first.
    """
    if not waiting:
        return None
    first = line(waiting, seated)[0]
    held = min(seated.get(visitor, 0) for visitor in first.visitors)
    return first if held < free else None


def estimate_seconds(position: int, seated: int, run_seconds: float | None) -> float | None:
    """How long until the `position`-th in line (from 1) gets a slot.

    With `seated` runs under way, each taking `run_seconds`, slots become free at their quotient.
    None while no run has been timed.
    """
    return None if run_seconds is None else position * run_seconds / max(1, seated)
