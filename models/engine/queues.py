"""What the engine is made of, as values: waiting, load, a model's queue, and its slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from models.base import State, Step
from models.engine import scheduling
from models.engine.flight import Work
from models.pool import Lease

LOCAL = "local"  # the kind of models that take quick turns on the device of this process


class Busy(RuntimeError):
    """Too many runs; the message is a sentence for the visitor, with a time to come back."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a follower hears while there is no step.

    `position` 1 is next in line; 0 is not in line: the model is being prepared, or computes.
    `seconds` is an estimate of the time left, `elapsed` and `total` are those of a load.
    """

    position: int
    seconds: float | None
    what: Literal["queue", "checking", "importing", "loading"]
    elapsed: float = 0.0
    total: float | None = None


GAVE_WAY = (
    "Others have come, and you had {} runs under way: the newest gave way. "
    "Try again in about {} seconds."
)
COMPUTES = Waiting(0, None, "queue")

Event: TypeAlias = Step | Waiting | Exception | None
"""What following a run brings; None is its end."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much an engine has to do at one moment."""

    running: int  # pieces of work in a slot
    waiting: int  # pieces of work in line
    runs: int  # holds of visitors on either
    abandoned: int  # threads that never came back from a call into an adapter
    cache_bytes: int  # finished steps kept for replay


@dataclass(frozen=True, slots=True)
class Limits:
    """What an engine holds to; `Engine` says what each is."""

    max_waiting: int
    max_waiting_per_visitor: int
    batch: int
    slice_seconds: float
    step_seconds: float
    step_seconds_of: Mapping[str, float]  # by kind, where it is another
    patience_seconds: float


@dataclass(eq=False, slots=True)
class Slot:
    """A state begun on an adapter."""

    work: Work
    state: State
    calls: int = 0  # of `advance` on this state
    steps: int = 0  # made on this state; a replayed one makes again what was delivered before

    @property
    def clients(self) -> Collection[str]:
        """Where those who follow it come from."""
        return self.work.clients


@dataclass(eq=False, slots=True)
class LoadedModel:
    """A leased adapter and its slots. A slot is removed just before its state is ended."""

    lease: Lease
    slots: list[Slot] = field(default_factory=list)
    unannounced: list[Work] = field(default_factory=list)  # has steps that nobody was woken for

    def held(self) -> Counter[str]:
        """How many slots each visitor has."""
        return Counter(visitor for slot in self.slots for visitor in slot.work.visitors)

    def held_by_clients(self) -> Counter[str]:
        """How many slots each client has."""
        return Counter(client for slot in self.slots for client in slot.clients)

    def batches(self, most: int) -> list[list[Slot]]:
        """Which slots take the next step, at most so many, and which of them together."""
        chosen = scheduling.go_on(self.slots, most)
        together = [slot for slot in chosen if not slot.work.alone]
        return [b for b in (together, *([s] for s in chosen if s.work.alone)) if b]


@dataclass(eq=False, slots=True)
class Rounds:
    """By how many rounds visitors, and their clients, are ahead of newcomers, in one line."""

    of: dict[str, int] = field(default_factory=dict)
    of_clients: dict[str, int] = field(default_factory=dict)

    def began(self, work: Work) -> None:
        """Something has got a slot."""
        self.of = scheduling.began(self.of, work.visitors)
        self.of_clients = scheduling.began(self.of_clients, work.clients)

    def gave_back(self, work: Work) -> None:
        """Something has to start anew."""
        self.of = scheduling.gave_back(self.of, work.visitors)
        self.of_clients = scheduling.gave_back(self.of_clients, work.clients)


@dataclass(eq=False, slots=True)
class ModelQueue:
    """All work for one model; `loaded` is None until the model is."""

    model: str
    kind: str
    lease: Future[Lease]
    rounds: Rounds  # its own, or the kind's where one run is carried out at a time
    waiting: list[Work] = field(default_factory=list)
    loaded: LoadedModel | None = None
