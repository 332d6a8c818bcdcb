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


def line(waiting: Iterable[W], rounds: Mapping[str, int]) -> list[W]:
    """Those who wait, next first: round robin between visitors, in each round by arrival.

    Args:
        rounds: by how many each visitor is ahead of those who have had nothing yet.
    """
    ahead = dict(rounds)
    ranked: list[tuple[int, int, W]] = []
    for waiter in sorted(waiting, key=lambda w: w.arrival):
        # What several visitors wait for comes when the first of them would get it.
        rank = min(ahead.get(visitor, 0) for visitor in waiter.visitors)
        ranked.append((rank, waiter.arrival, waiter))
        for visitor in waiter.visitors:
            ahead[visitor] = ahead.get(visitor, 0) + 1
    return [waiter for _, _, waiter in sorted(ranked, key=lambda entry: entry[:2])]


def standing(rounds: Mapping[str, int], held: Mapping[str, int]) -> dict[str, int]:
    """By how many rounds each visitor is ahead: a slot still held counts however old it is."""
    return {v: max(rounds.get(v, 0), held.get(v, 0)) for v in (*rounds, *held)}


def began(rounds: Mapping[str, int], visitors: Collection[str]) -> dict[str, int]:
    """The ledger of rounds once something of these visitors has got a slot.

    It remembers what slots alone forget: whose run has just ended is not at once first again, or
    somebody with ten runs would have them all before a newcomer's first where there is one slot.
    As in `activate`, nobody falls behind the round that is being served.
    """
    gone = min(rounds.get(visitor, 0) for visitor in visitors)
    ahead = {v: n - gone for v, n in rounds.items() if n > gone}
    return {**ahead, **{visitor: ahead.get(visitor, 0) + 1 for visitor in visitors}}


def gave_back(rounds: Mapping[str, int], visitors: Collection[str]) -> dict[str, int]:
    """The ledger once something of these visitors has to start anew: that round was for nothing."""
    left = {v: n - (v in visitors) for v, n in rounds.items()}
    return {v: n for v, n in left.items() if n > 0}


def next_in_line(
    waiting: Sequence[W], held: Mapping[str, int], free: int, rounds: Mapping[str, int]
) -> W | None:
    """Who gets a free slot, or None when nobody should.

    A visitor holds at most as many slots as are still free (dynamic thresholds with alpha = 1,
    Choudhury & Hahne 1998), so that somebody with many runs leaves room for a newcomer's first.
    """
    if not waiting or free <= 0:
        return None
    best: tuple[int, int, W] | None = None
    for waiter in waiting:  # the first of `line`, of those who may hold one more
        fewest = min(held.get(visitor, 0) for visitor in waiter.visitors)
        if fewest < free:
            ahead = min(max(rounds.get(v, 0), held.get(v, 0)) for v in waiter.visitors)
            if best is None or (ahead, waiter.arrival) < best[:2]:
                best = ahead, waiter.arrival, waiter
    return best and best[2]
