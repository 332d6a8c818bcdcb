"""Thirty clients ask for four pictures each, ten of each of the three small families."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from models.datasets import COLOURS
from models.measure.load import results
from models.measure.load.figures import exactly
from models.measure.load.results import Result
from models.measure.load.sessions import Function, press
from models.measure.metric import Metric

SMALL = ("gan", "vae", "diffusion_mini")
PICTURES = 4


async def draw_together(
    client: httpx.AsyncClient, draw: Function, seeds: Iterable[int]
) -> list[Result]:
    """One client for each seed, all asking at once; the families in turn."""
    return await asyncio.gather(*[draw_once(client, draw, seed) for seed in seeds])


async def draw_once(client: httpx.AsyncClient, draw: Function, seed: int) -> Result:
    """One client asks a family for pictures of a concept, and fetches the files.

    The seed decides the family and the concept too.
    """
    model = SMALL[seed % len(SMALL)]
    ink, paper = seed % len(COLOURS), (seed + 1 + seed // 8 % 7) % len(COLOURS)
    # In the order of the parameters of `image_generate`; the rest as the models are made for.
    data = [model, "", seed % 10, COLOURS[ink], COLOURS[paper], PICTURES, seed, None, None]
    answer = await press(client, draw, data)
    request, final = f"{model} {seed}", answer.final
    if answer.sentence or final is None:
        return Result(request, None, answer.sentence)
    shown = await _pictures(client, final[0])
    took = time.perf_counter() - answer.clicked
    result = Result(request, shown, "", took, took)
    return result if shown else replace(result, sentence="A picture cannot be fetched.")


async def _pictures(client: httpx.AsyncClient, files: Sequence[Mapping[str, str]]) -> bytes | None:
    """A digest over the bytes of all files; None unless all of them are there."""
    digest = hashlib.sha256()
    for file in files:
        answer = await client.get(urlsplit(file["url"]).path)
        if answer.status_code != 200:
            return None
        digest.update(hashlib.sha256(answer.content).digest())
    return digest.digest() if len(files) == PICTURES else None


def metrics(taken: Sequence[Result]) -> dict[str, Metric]:
    """How long half of the clients waited for their files, and the last of all."""
    slowest = max((r.finished_seconds for r in taken if r.shown is not None), default=float("nan"))
    return {
        "images_p50_seconds": results.seconds(taken, "finished_seconds", 0.5),
        "images_max_seconds": exactly(slowest, len(taken)),
    }
