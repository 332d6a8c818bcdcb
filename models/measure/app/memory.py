"""The most memory that the app holds when everything in it has been used, shipped models only.

A page is opened, every primary button pressed as its own page in a browser would, and every model
that is shipped asked for all it can do. Then the system is asked for the most that the process has
ever held (proc(5), `VmHWM`).
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from models import catalog
from models.base import Control, ModelSpec
from models.measure.load.app import playground, settle
from models.measure.load.process import look
from models.measure.load.sessions import (
    CARRIED_OUT,
    Function,
    browser,
    carry_out,
    open_functions,
    press,
)
from models.measure.metric import Metric

PAGES = ("/", "/lessons", "/join", "/healthz")
PRESSED = ("text_write", "text_score", "images_draw", "emoji_invent", "emoji_draw")
OPENED = ("page_open", "scoreboard_open")
CLAIMS = "claims_run_"
SCORED = "To be, or not to be: that is the question. " * 40
PROMPT = "heart with arrow and star " * 7  # letters that every text model can read
_SETTINGS = {"PLAYGROUND_HOST": "space", "PLAYGROUND_DOWNLOADS": "0"}
_LIMIT_SECONDS = 600.0
_MARK = re.compile(r"VmHWM:\s+(\d+) kB")


def measure(*, claims: bool) -> dict[str, Metric]:
    """Start the app, use all of it, and say how much memory that took.

    Args:
        claims: whether each claim's experiment is carried out, too.

    Raises:
        RuntimeError: with the sentence that came instead of a result.
        FileNotFoundError: on a system that has no /proc.
    """
    with playground(_SETTINGS) as server:
        begun = look(server.process_id).memory_bytes
        runs = asyncio.run(_use(server.port, claims=claims))
        after, most = look(server.process_id).memory_bytes, most_bytes(server.process_id)
    held = {"memory_at_start_gb": begun, "memory_after_gb": after, "memory_peak_gb": most}
    return {name: _exact(count / 1e9, runs) for name, count in held.items()}


def most_bytes(process_id: int) -> int:
    """The most memory that a process has ever held at once."""
    mark = _MARK.search(Path(f"/proc/{process_id}/status").read_text())
    assert mark is not None
    return 1024 * int(mark[1])


def _exact(value: float, runs: int) -> Metric:
    return Metric(value, value, value, runs)


async def _use(port: int, *, claims: bool) -> int:
    """Use everything there is; how many runs that was."""
    async with browser(port, _LIMIT_SECONDS) as client:
        for page in PAGES:
            (await client.get(page)).raise_for_status()
        offered = await open_functions(client)
        await settle(client)
        runs = 0
        for name in pressed(offered, claims=claims):
            await _press(client, name, offered[name])
            runs += 1
        for run in everything():
            await _run(client, run)
            runs += 1
        return runs


def pressed(offered: Mapping[str, Function], *, claims: bool) -> list[str]:
    """The functions behind the buttons that are pressed."""
    experiments = [name for name in offered if name.startswith(CLAIMS)] if claims else []
    return [*OPENED, *PRESSED, *(n for n in experiments if not n.endswith(("_share", "_stop")))]


async def _press(client: httpx.AsyncClient, name: str, function: Function) -> None:
    data = function.data(text_score_text=SCORED) if name == "text_score" else function.data()
    ask = carry_out if name in CARRIED_OUT else press
    answer = await ask(client, function, data, limit_seconds=_LIMIT_SECONDS)
    if answer.sentence:
        raise RuntimeError(f"{name}: {answer.sentence}")


def everything() -> Iterator[dict[str, Any]]:
    """A run of each shipped model for each thing that it can do."""
    for spec in (*catalog.SPECS, *catalog.TWINS, *catalog.JUDGES):
        tasks = [] if spec.kind == "measure" else ["generate"]
        for task in (*tasks, *sorted(spec.can - {"prompt", "latent"})):
            options = {c.name: _picture() for c in inputs(spec, task) if c.kind == "picture"}
            prompt = PROMPT if spec.kind == "text" else ""
            yield {"model": spec.id, "task": task, "prompt": prompt, "options": options}


def inputs(spec: ModelSpec, task: str) -> tuple[Control, ...]:
    """What a task of a model takes besides the options of every run."""
    return tuple(spec.inputs.get(task, ()))


def _picture() -> str:
    """A grey picture as visitors send theirs."""
    file = io.BytesIO()
    Image.new("RGB", (32, 32), "grey").save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


async def _run(client: httpx.AsyncClient, run: Mapping[str, Any]) -> None:
    answer = await client.post("/live", json={"runs": [run]})
    answer.raise_for_status()
    events = [json.loads(line)[1] for line in answer.text.splitlines()]
    if not any(event.get("end") == "finished" for event in events):
        said = [event["fail"] for event in events if "fail" in event]
        raise RuntimeError(f"{run['model']}, {run['task']}: {said}")
