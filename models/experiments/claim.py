"""What an experiment is made of: a claim, steps, numbers, and a verdict computed from them.

Plain data: this module imports neither torch nor gradio.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from models.measure.metric import Metric

if TYPE_CHECKING:
    from models.experiments.lab import Lab

Word: TypeAlias = Literal["holds", "does_not_hold", "cannot_tell"]
Shape: TypeAlias = Literal["bars", "lines"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What is asserted, and how the figures that answer it are shown.

    Args:
        order: where it stands on the page: smaller ones first.
        sentence: the claim as it is usually made.
        article: what the articles say of it.
        source: what the work says that they go back to, and which work that is.
        how: how it is measured here.
        flip: what to change to see the verdict turn.
        title: what the chart shows.
        axis: what its values are, with their unit.
        percent: the values are shares of 1.
        across: what lies on the other axis of a chart of lines.
        from_zero: whether the values begin at a meaningful zero.
        front: one of those that stand open on the page.
        compares: whether it sets models against each other that ought to be on equal terms.
    """

    id: str
    sentence: str
    article: str
    source: str
    how: str
    flip: str
    title: str
    axis: str
    percent: bool = False
    shape: Shape = "bars"
    across: str = ""
    log_across: bool = False
    log: bool = False
    from_zero: bool = True
    front: bool = False
    order: int = 0
    compares: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """One figure.

    Args:
        name: under which the verdict knows it.
        label: whose it is, in people's words; on a chart of lines, which line it belongs to.
        x: where it lies on such a chart.
        shown: whether it is on the chart; the others stand in the details.
    """

    name: str
    label: str
    metric: Metric
    family: str = ""
    x: float = 0.0
    shown: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON-ready form."""
        return {
            "name": self.name,
            "label": self.label,
            "metric": self.metric.as_dict(),
            "family": self.family,
            "x": self.x,
            "shown": self.shown,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Number:
        """What `as_dict` gave."""
        return cls(**{**data, "metric": Metric(**data["metric"])})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment is. `done` and `total` are in units that take about equally long."""

    done: float
    total: float
    doing: str
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an experiment found.

    Args:
        notes: what has to be known of these numbers, in sentences.
    """

    numbers: tuple[Number, ...]
    notes: tuple[str, ...] = ()

    def named(self) -> dict[str, Metric]:
        """The figures by name."""
        return {number.name: number.metric for number in self.numbers}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the numbers say of the claim, and why in a sentence made of them."""

    word: Word
    because: str
    n: int  # samples behind the figure with the fewest

    @property
    def words(self) -> str:
        """The verdict as it is shown."""
        if self.word == "holds":
            return "Holds here"
        if self.word == "does_not_hold":
            return "Does not hold at this size"
        return f"Cannot tell from {self.n:,} samples".replace(",", "\u202f")


class Experiment(Protocol):
    """One module of this package.

    A module may also have `shipped(weights: Path) -> Outcome`, which reads the figures where they
    are kept already, in the models' metrics.json.
    """

    CLAIM: Claim
    MODELS: tuple[str, ...]
    """Whose weights decide the result."""
    QUICK: int
    """How large a sample a visitor's own run takes: a minute or two on two slow cores."""
    RECORDED: int
    """How large the sample of the shipped result is."""
    SEED: int

    def measure(self, lab: Lab, size: int) -> Iterator[Progress | Outcome]:
        """Carry the experiment out; the last thing it yields is its `Outcome`."""
        ...

    def verdict(self, numbers: Mapping[str, Metric]) -> Verdict:
        """What the figures say, whoever measured them."""
        ...


def percent(share: float, places: int = 0) -> str:
    """A share of 1 in percent."""
    return f"{100 * share:.{places}f} %"


def fewest(numbers: Mapping[str, Metric]) -> int:
    """How many samples the figure with the fewest has."""
    return min(metric.n for metric in numbers.values())


def above(some: Metric, other: Metric) -> bool:
    """Whether one figure lies above another for sure: their 95 % intervals do not meet."""
    return some.low > other.high


def difference_of_shares(some: Metric, other: Metric) -> Metric:
    """One share less another, of different samples (Newcombe 1998, method 10).

    Args:
        some, other: shares with their Wilson intervals.
    """
    value = some.value - other.value
    below = math.hypot(some.value - some.low, other.high - other.value)
    over = math.hypot(some.high - some.value, other.value - other.low)
    return Metric(value, value - below, value + over, min(some.n, other.n))


def from_metrics(weights: Path, model: str) -> dict[str, Metric]:
    """The figures that are kept of a shipped model.

    Raises:
        FileNotFoundError: when nothing is kept of it there.
    """
    import json

    from models.checkpoint import METRICS_FILE

    content = json.loads((weights / model / METRICS_FILE).read_text(encoding="utf-8"))
    return {name: Metric(**figures) for name, figures in content["metrics"].items()}
