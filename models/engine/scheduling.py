"""Who goes next: fair shares between models, and a fair line. Pure functions.

The line is fair in two tiers. Visitors are open pages, of which anybody can make as many as they
like; so clients come first, who cannot be invented: members of a class, and network addresses. No
client is kept from what is free, as a whole room may be behind one address; where there is not
enough, clients take turns, and the visitors of each among themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
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

    @property
    def clients(self) -> Collection[str]:
        """Where they come from, as far as nobody can invent it."""
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


def line(
    waiting: Iterable[W], rounds: Mapping[str, int], of_clients: Mapping[str, int] | None = None
) -> list[W]:
    """Those who wait, next first: round robin between clients, between the visitors of each, and
    in each round by arrival.

    Args:
        rounds: by how many each visitor is ahead of those who have had nothing yet.
        of_clients: by how many each client is.
    """
    ranked = sorted(waiting, key=lambda w: w.arrival)
    for tier, before in (("visitors", rounds), ("clients", of_clients or {})):
        ahead = dict(before)
        ranks: list[tuple[int, W]] = []
        for waiter in ranked:
            whose: Collection[str] = getattr(waiter, tier)
            # What several wait for comes when the first of them would get it.
            ranks.append((min(ahead.get(one, 0) for one in whose), waiter))
            for one in whose:
                ahead[one] = ahead.get(one, 0) + 1
        ranked = [waiter for _, waiter in sorted(ranks, key=lambda entry: entry[0])]
    return ranked


def standing(rounds: Mapping[str, int], held: Mapping[str, int]) -> dict[str, int]:
    """By how many rounds each is ahead: a slot still held counts however old it is."""
    return {v: max(rounds.get(v, 0), held.get(v, 0)) for v in (*rounds, *held)}


def began(rounds: Mapping[str, int], visitors: Collection[str]) -> dict[str, int]:
    """The ledger of rounds once something of these visitors, or clients, has got a slot.

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
    waiting: Sequence[W],
    held: Mapping[str, int],
    free: int,
    rounds: Mapping[str, int],
    of_clients: Mapping[str, int] | None = None,
) -> W | None:
    """Who gets a free slot, or None when nobody should.

    A visitor holds at most as many slots as are still free (dynamic thresholds with alpha = 1,
    Choudhury & Hahne 1998), so that somebody with many runs leaves room for a newcomer's first.

    Args:
        of_clients: by how many rounds each client is ahead, slots that it holds included.
    """
    if not waiting or free <= 0:
        return None
    clients = of_clients or {}
    best: tuple[int, int, int, W] | None = None
    for waiter in waiting:  # the first of `line`, of those who may hold one more
        fewest = min(held.get(visitor, 0) for visitor in waiter.visitors)
        if fewest < free:
            first = min(clients.get(client, 0) for client in waiter.clients) if clients else 0
            ahead = min(max(rounds.get(v, 0), held.get(v, 0)) for v in waiter.visitors)
            if best is None or (first, ahead, waiter.arrival) < best[:3]:
                best = first, ahead, waiter.arrival, waiter
    return best and best[3]


@dataclass(frozen=True, slots=True)
class Held:
    """What has begun: slots by visitor, by client, and all."""

    by_visitors: Mapping[str, int]
    by_clients: Mapping[str, int]
    slots: int


def next_to_begin(
    waiting: Sequence[W],
    held: Held,
    limit: int,
    rounds: Mapping[str, int],
    of_clients: Mapping[str, int],
    *,
    shares: bool = True,
) -> W | None:
    """What is begun next, if there is a slot for it.

    Beside the slots that take steps together there are as many again for clients who have none,
    and half as many for visitors who have none: these need not wait until somebody's long run is
    over, and `go_on` says whose turn it is.

    Args:
        limit: slots that take steps together.
        shares: whether there are any besides.
    """
    free = limit - held.slots
    if free <= 0:
        if not shares or free <= -limit:
            return None
        visitors = held.by_visitors if free > -(limit // 2) else None
        waiting = [waiter for waiter in waiting if _has_none(waiter, held.by_clients, visitors)]
        free = 1
    clients = standing(of_clients, held.by_clients)
    return next_in_line(waiting, held.by_visitors, free, rounds, clients)


def _has_none(
    waiter: Waiter, by_clients: Mapping[str, int], by_visitors: Mapping[str, int] | None
) -> bool:
    """Whether nothing has begun of the clients who wait for it, or of the visitors."""
    if not any(by_clients.get(client, 0) for client in waiter.clients):
        return True
    return by_visitors is not None and not any(by_visitors.get(v, 0) for v in waiter.visitors)


def gives_way(works: Iterable[W], visitor: str, client: str) -> W | None:
    """Whose place a newcomer gets where there is no room; None where nobody has more.

    It is the newest of whoever has most under way: of another client, or, among the visitors of the
    newcomer's own, of another visitor. Who gives way still has as much as the newcomer then has.
    """
    works = list(works)
    by_client = Counter(one for work in works for one in work.clients)
    most, count = max(by_client.items(), key=itemgetter(1), default=("", 0))
    if count > by_client[client] + 1:
        works = [work for work in works if set(work.clients) == {most}]
    elif count:
        most, works = client, [work for work in works if set(work.clients) == {client}]
    by_visitor = Counter(one for work in works for one in work.visitors)
    largest, count = max(by_visitor.items(), key=itemgetter(1), default=("", 0))
    if most == client and count <= by_visitor[visitor] + 1:
        return None
    works = [work for work in works if set(work.visitors) == {largest}]
    return max(works, key=lambda work: work.arrival, default=None)


class Runner(Protocol):
    """Anything that has been begun and takes steps: of whom, and how many it has taken."""

    @property
    def clients(self) -> Collection[str]:
        """Where those who follow it come from."""
        ...

    @property
    def calls(self) -> float:
        """Steps taken so far."""
        ...


R = TypeVar("R", bound=Runner)
GRAIN = 50
"""Steps, such as letters, after which of two runs of one client the other is taken."""


def go_on(begun: Sequence[R], most: int) -> list[R]:
    """Which of those that have begun take the next step together, where not all can.

    Clients in turn, and of each client those that have had least, by `GRAIN` steps: a newcomer's
    first letters come before anybody's thousandth.
    """
    if len(begun) <= most:
        return list(begun)
    held: dict[str, int] = {}
    ranked: list[tuple[int, float, int]] = []
    for served, place in sorted((one.calls // GRAIN, i) for i, one in enumerate(begun)):
        clients = begun[place].clients or ("",)
        ranked.append((min(held.get(client, 0) for client in clients), served, place))
        for client in clients:
            held[client] = held.get(client, 0) + 1
    return [begun[place] for place in sorted(place for *_, place in sorted(ranked)[:most])]
