"""GPT-2 at real size through the app, against as many single runs of transformers' `generate`.

The weights are random, as speed does not depend on what they say, and lie in a cache of the hub's
layout like downloaded ones; the operator's setting offers them. Only the tokenizer is real.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from models import catalog, datasets, device, extension
from models.measure.app.server import Server
from models.measure.load import engine
from models.measure.load.app import playground, settle
from models.measure.load.results import Result, crossed, lost
from models.measure.load.sessions import Answer, Function, browser, open_functions, press
from models.measure.metric import Metric, median
from models.measure.speed import text as speed_text

MODEL = "random_gpt2"
TOKENS = engine.TOKENS
_ALONE = 3  # single runs in a round
_ALONE_CHECKED = 6  # clients whose texts are also made alone, in another process
_REPOSITORY, _COMMIT = "nobody/random-gpt2", "0" * 40
_PIECES = ("vocab.json", "merges.txt")
_PROMPT = "Once upon a time, in a village by the sea,"
_TIMES = ("seconds", "batch")


def unavailable() -> str:
    """Why this cannot be measured here; "" when it can."""
    missing = [name for name in _PIECES if not (_tokenizer() / name).is_file()]
    return f"there is no {' and no '.join(missing)} in {_tokenizer()}" if missing else ""


def measure(clients: int, rounds: int) -> tuple[dict[str, Metric], list[Metric]]:
    """How many times as fast the clients are served together.

    Returns:
        the figures, and how many clients of all rounds were crossed and lost.
    """
    device.configure_torch()
    model = speed_text.random_model()
    together: list[Result] = []
    ratios = np.empty(rounds)
    with offering(model) as settings:
        with playground(settings) as server:
            for place in range(rounds):
                seeds = range(place * clients, (place + 1) * clients)
                single = sum(engine.generate(model, seed) for seed in seeds[:_ALONE]) / _ALONE
                taken = asyncio.run(_together(server, seeds))
                ratios[place] = clients * single / max(r.finished_seconds for r in taken)
                together += taken
        with playground(settings) as server:
            alone = asyncio.run(_one_by_one(server, range(_ALONE_CHECKED)))
    found = {r.request: r for r in alone}
    return {"app_speedup": median(ratios)}, [crossed(together, found), lost(together)]


@contextmanager
def offering(model: Any) -> Iterator[dict[str, str]]:
    """The settings under which an app offers a model of random weights, for as long as needed."""
    with tempfile.TemporaryDirectory() as home:
        snapshot = Path(
            home, "hub", f"models--{_REPOSITORY.replace('/', '--')}", "snapshots", _COMMIT
        )
        snapshot.mkdir(parents=True)
        model.save_pretrained(snapshot)
        for name in _PIECES:
            shutil.copyfile(_tokenizer() / name, snapshot / name)
        names = ("model.safetensors", "config.json", *_PIECES)
        yield {
            "HF_HOME": home,
            "HF_HUB_CACHE": str(Path(home, "hub")),
            "HF_HUB_OFFLINE": "1",
            "PLAYGROUND_WARM": "0",
            extension.VARIABLE: json.dumps([_entry([snapshot / name for name in names])]),
        }


def _entry(files: Iterable[Path]) -> dict[str, object]:
    known = catalog.spec(engine.LARGE)
    return {
        "id": MODEL,
        "title": "Random · has read nothing",
        "adapter": known.adapter,
        "source": _REPOSITORY,
        "revision": _COMMIT,
        "licence": known.licence,
        "parameters": known.parameters,
        "memory_bytes": known.memory_bytes,
        "files": [_file(path) for path in files],
    }


def _file(path: Path) -> dict[str, object]:
    with path.open("rb") as content:
        digest = hashlib.sha256()
        while block := content.read(1 << 20):
            digest.update(block)
    return {"path": path.name, "size_bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _tokenizer() -> Path:
    return datasets.data_folder() / "gpt2-tokenizer"


@dataclass(frozen=True, slots=True)
class _Page:
    """A page whose visitors let the model write."""

    client: httpx.AsyncClient
    write: Function

    async def once(self, seed: int) -> Result:
        """One visitor; the model may have to be loaded first."""
        # In the order of the parameters of `text_generate`.
        asked = [MODEL, _PROMPT, seed, TOKENS, 1.0, 0, 1.0]
        answer = await press(self.client, self.write, asked, limit_seconds=600)
        return read(answer, f"{MODEL} {seed}")


async def _together(server: Server, seeds: range) -> list[Result]:
    async with browser(server.port) as client:
        page = await _opened(client, seeds.stop + 10_000)
        return await asyncio.gather(*[page.once(seed) for seed in seeds])


async def _one_by_one(server: Server, seeds: range) -> list[Result]:
    async with browser(server.port) as client:
        page = await _opened(client, seeds.stop + 10_000)
        return [await page.once(seed) for seed in seeds]


async def _opened(client: httpx.AsyncClient, warm_seed: int) -> _Page:
    """The page with the model in memory, once it has written something."""
    page = _Page(client, (await open_functions(client))["text_generate"])
    await page.once(warm_seed)
    await settle(client)
    return page


def read(answer: Answer, request: str) -> Result:
    """What a program got of `text_generate`: the text and its steps, but for their times."""
    final = answer.final
    if answer.sentence or final is None or final[1] is None:
        return Result(request, None, answer.sentence)
    first = next(seconds for seconds, (text, *_) in answer.frames() if text)
    steps = [{k: v for k, v in step.items() if k not in _TIMES} for step in final[1]]
    return Result(
        request,
        json.dumps([final[0], steps]).encode(),
        "",
        first - answer.clicked,
        answer.finished_seconds,
    )
