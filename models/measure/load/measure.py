"""All parts of `python -m models.measure load`, and what each of them finds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

import httpx

from models.measure.app.server import Server
from models.measure.load import images, pages, text
from models.measure.load.app import playground, settle
from models.measure.load.figures import exactly
from models.measure.load.process import Usage, look
from models.measure.load.results import Result, crossed, lost
from models.measure.load.sessions import Function, browser, open_functions
from models.measure.metric import Metric

Part: TypeAlias = Literal["engine", "text", "images", "pages", "crowd", "soak"]
PARTS: tuple[Part, ...] = ("engine", "text", "images", "pages", "crowd", "soak")
WHOLE: tuple[Part, ...] = ("engine", "text", "images", "pages")
"""What is done unless one part is named; the others take long or crowd the machine."""
APP = "app"
_T = TypeVar("_T")
Start: TypeAlias = Callable[[], AbstractContextManager[Server]]
_ROUNDS = 2  # of the same load; memory is compared after each
_WARM_SEED = 1_000_000


@dataclass(slots=True)
class Found:
    """Figures by model, in the order they were found, and remarks on them."""

    metrics: dict[str, dict[str, Metric]] = field(default_factory=dict)
    missing: dict[str, dict[str, str]] = field(default_factory=dict)  # metric -> reason
    remarks: list[str] = field(default_factory=list)

    def add(self, model: str, metrics: Mapping[str, Metric]) -> None:
        """Figures of one model, besides those that are there."""
        self.metrics.setdefault(model, {}).update(metrics)

    def as_dict(self) -> dict[str, dict[str, object]]:
        """Plain JSON-ready form; what could not be measured is null, with the reason."""
        plain: dict[str, dict[str, object]] = {
            model: {name: metric.as_dict() for name, metric in metrics.items()}
            for model, metrics in self.metrics.items()
        }
        for model, reasons in self.missing.items():
            row = plain.setdefault(model, {})
            row.update(dict.fromkeys(reasons))
            row["reason"] = "; ".join(reasons.values())
        return plain


def measure(
    only: Part | None, clients: int, rounds: int, minutes: float, found: Found
) -> Iterator[tuple[str, Mapping[str, Metric]]]:
    """Carry out the parts one by one; yields figures as they come, and gathers them in `found`."""
    wanted = WHOLE if only is None else (only,)
    for model, metrics in _figures(wanted, clients, rounds, minutes, found):
        found.add(model, metrics)
        yield model, metrics


def _figures(
    wanted: tuple[Part, ...], clients: int, rounds: int, minutes: float, found: Found
) -> Iterator[tuple[str, Mapping[str, Metric]]]:
    together: list[tuple[Metric, Metric]] = []
    if "engine" in wanted:
        from models.measure.load import engine

        yield from engine.measure(clients, rounds).items()
    if "text" in wanted or "images" in wanted:
        metrics, counts = through_the_app(wanted, clients)
        together.append(counts)
        yield APP, metrics
    if "text" in wanted:
        yield from _large(clients, rounds, found, together)
    if together:
        crossed_, lost_ = zip(*together, strict=True)
        yield APP, {"crossed": _sum(crossed_), "lost": _sum(lost_)}
    if "pages" in wanted:
        metrics, remark = pages.measure(clients, _ROUNDS)
        found.remarks.append(remark)
        yield APP, metrics
    if "crowd" in wanted:
        from models.measure.load import crowd

        yield APP, crowd.measure(min(clients, crowd.CROWD - 1))
    if "soak" in wanted:
        from models.measure.load import soak

        metrics, remarks = soak.measure(clients, minutes)
        found.remarks += remarks
        yield APP, metrics


def _large(
    clients: int, rounds: int, found: Found, together: list[tuple[Metric, Metric]]
) -> Iterator[tuple[str, Mapping[str, Metric]]]:
    from models.measure.load import gpt2
    from models.measure.load.engine import LARGE

    if reason := gpt2.unavailable():
        found.missing[LARGE] = {"app_speedup": reason}
        found.remarks.append(f"app_speedup: not measured, {reason}")
        return
    metrics, (crossed_, lost_) = gpt2.measure(clients, min(rounds, 3))
    together.append((crossed_, lost_))
    yield LARGE, metrics


def _sum(counts: tuple[Metric, ...]) -> Metric:
    return exactly(sum(c.value for c in counts), sum(c.n for c in counts))


# The small models through the app


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What a class does: which parts, by how many, how long a text."""

    wanted: tuple[Part, ...]
    clients: int
    letters: int


@dataclass(frozen=True, slots=True)
class _Class:
    """A class in front of the running app."""

    client: httpx.AsyncClient
    server: Server
    functions: Mapping[str, Function]
    lesson: _Lesson

    async def warm_up(self) -> None:
        """Everything once, so that no measured client is the first."""
        await self.write(range(_WARM_SEED, _WARM_SEED + 1))
        await self.draw(range(_WARM_SEED, _WARM_SEED + len(images.SMALL)))
        await settle(self.client)

    async def write(self, seeds: range) -> list[Result]:
        return await text.write_together(
            self.client, self.functions["text_write"], seeds, self.lesson.letters
        )

    async def draw(self, seeds: range) -> list[Result]:
        return await images.draw_together(self.client, self.functions["image_generate"], seeds)


@dataclass(slots=True)
class _Taken:
    """What the rounds of one load brought."""

    texts: list[Result] = field(default_factory=list)
    pictures: list[Result] = field(default_factory=list)
    spent: list[tuple[Usage, Usage]] = field(default_factory=list)  # around each round of text
    memory: list[int] = field(default_factory=list)  # bytes after each round


def through_the_app(
    wanted: tuple[Part, ...],
    clients: int,
    letters: int = text.LETTERS,
    start: Start = playground,
) -> tuple[dict[str, Metric], tuple[Metric, Metric]]:
    """The parts that go through the app, then every request of theirs alone in another process.

    Args:
        letters: that each model writes for each client.
        start: starts an app of one's own.

    Returns:
        the figures, and how many clients were crossed and lost.
    """
    lesson = _Lesson(wanted, clients, letters)
    taken = _with_app(lesson, _rounds, start)
    results = [*taken.texts, *taken.pictures]
    alone = _with_app(lesson, _one_by_one, start)
    metrics: dict[str, Metric] = {}
    if taken.texts:
        metrics |= text.metrics(taken.texts, taken.spent)
    if taken.pictures:
        metrics |= images.metrics(taken.pictures)
    growth = taken.memory[-1] / taken.memory[0] - 1
    metrics["memory_growth"] = exactly(growth, len(taken.memory))
    return metrics, (crossed(results, {r.request: r for r in alone}), lost(results))


def _with_app(lesson: _Lesson, act: Callable[[_Class], Awaitable[_T]], start: Start) -> _T:
    async def run(server: Server) -> _T:
        async with browser(server.port) as client:
            of = _Class(client, server, await open_functions(client), lesson)
            await of.warm_up()
            return await act(of)

    with start() as server:
        return asyncio.run(run(server))


async def _rounds(of: _Class) -> _Taken:
    taken, clients = _Taken(), of.lesson.clients
    for place in range(_ROUNDS):
        seeds = range(place * clients, (place + 1) * clients)
        if "text" in of.lesson.wanted:
            before = look(of.server.process_id)
            taken.texts += await of.write(seeds)
            taken.spent.append((before, look(of.server.process_id)))
        if "images" in of.lesson.wanted:
            taken.pictures += await of.draw(seeds)
        taken.memory.append(look(of.server.process_id).memory_bytes)
    return taken


async def _one_by_one(of: _Class) -> list[Result]:
    seeds = range(_ROUNDS * of.lesson.clients)
    found: list[Result] = []
    for seed in seeds:
        if "text" in of.lesson.wanted:
            found += await of.write(range(seed, seed + 1))
        if "images" in of.lesson.wanted:
            found += await of.draw(range(seed, seed + 1))
    return found
