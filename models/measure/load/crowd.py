"""A hundred clients where a class has just begun: who is turned away in words, and who suffers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import numpy as np

from models.measure.app.server import Server
from models.measure.load.app import playground, settle
from models.measure.load.figures import exactly
from models.measure.load.results import Result, crossed
from models.measure.load.sessions import Function, browser, open_functions
from models.measure.load.text import press_together, read_all, write_once, write_together
from models.measure.load.watch import watching
from models.measure.metric import Metric, median

CROWD = 100
HEALTH = "/healthz"
_HEAD_START_SECONDS = 0.5  # by which the class is in before the others come
_HEALTH_EVERY_SECONDS = 0.1
_COME_BACK = re.compile(r"\b(?:in|about)\b[^.]*\d+ (?:second|minute)")
_WARM_SEED = 1_000_000


@dataclass(frozen=True, slots=True)
class _Crowded:
    """What came of the class by itself, of the class in the crowd, and of the others."""

    calm: list[Result]
    inside: list[Result]
    others: list[Result]
    health: list[float]  # seconds for each answer; inf for a bad one


def measure(clients: int) -> dict[str, Metric]:
    """Let a class write by itself, then again with the rest of the crowd behind it.

    Args:
        clients: in the class; fewer than the crowd.
    """
    with playground() as server:
        found = asyncio.run(_crowd(server, clients))
    with playground() as server:
        alone = asyncio.run(_alone(server, clients))
    surplus = [r for r in found.others if r.shown is None]
    told = [bool(_COME_BACK.search(r.sentence)) for r in surplus]
    return {
        "crowd_turned_away": exactly(len(surplus), len(found.others)),
        "crowd_told_when": exactly(sum(told), len(told)),
        "crowd_lost_inside": exactly(sum(r.shown is None for r in found.inside), clients),
        "crowd_crossed": crossed(found.inside, {r.request: r for r in alone}),
        "crowd_slowdown": _slowdown(found.calm, found.inside),
        "health_max_seconds": exactly(max(found.health), len(found.health)),
    }


def _slowdown(calm: Sequence[Result], crowded: Sequence[Result]) -> Metric:
    """How many times as long the class waits in the crowd, client by client in order of time."""
    times = [
        np.sort([r.finished_seconds for r in rows if r.shown is not None])
        for rows in (calm, crowded)
    ]
    shorter = min(map(len, times))
    return median(times[1][:shorter] / times[0][:shorter])


async def _crowd(server: Server, clients: int) -> _Crowded:
    async with browser(server.port) as client:
        write = await _warm(client)
        classroom, others = range(clients, 2 * clients), range(2 * clients, clients + CROWD)
        health: list[float] = []
        calm = await write_together(client, write, range(clients))
        with watching(server.port, HEALTH, _HEALTH_EVERY_SECONDS, health):
            inside = asyncio.create_task(press_together(client, write, classroom))
            await asyncio.sleep(_HEAD_START_SECONDS)
            outside = await press_together(client, write, others)
            answers = await inside
        return _Crowded(
            calm,
            read_all(answers, classroom),
            read_all(outside, others),
            health,
        )


async def _alone(server: Server, clients: int) -> list[Result]:
    async with browser(server.port) as client:
        write = await _warm(client)
        return [await write_once(client, write, seed) for seed in range(clients, 2 * clients)]


async def _warm(client: httpx.AsyncClient) -> Function:
    write = (await open_functions(client))["text_write"]
    await write_once(client, write, _WARM_SEED)
    await settle(client)
    return write
