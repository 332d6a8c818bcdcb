"""The app under load: started as a process of its own, with its small models in memory."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

import httpx

from models.measure.app.server import Server, running
from models.measure.load.process import entry_point
from models.measure.load.sessions import Function, open_functions, press

_POLL_SECONDS = 0.3
_QUIET_POLLS, _MOST_POLLS = 4, 400


@contextmanager
def playground(
    settings: Mapping[str, str] | None = None,
    errors: IO[bytes] | None = None,
    entry: Sequence[str] = (),
    output: IO[bytes] | None = None,
) -> Iterator[Server]:
    """`app.py` from its first page on; what it saves goes with it.

    Args:
        settings: environment variables.
        errors: where its standard error goes, if not to that of this process.
        entry: what to start Python with instead.
        output: where its standard output goes, if anywhere.
    """
    with (
        tempfile.TemporaryDirectory() as saved,
        running(
            *(entry or entry_point()),
            errors=errors,
            output=output,
            settings={"GRADIO_TEMP_DIR": saved, **(settings or {})},
        ) as server,
    ):
        yield server


async def settle(client: httpx.AsyncClient) -> None:
    """Return once the app loads no further models: it goes on to warm those nobody asked for."""
    listed = (await open_functions(client))["models_list"]
    ready: list[set[str]] = []
    for _ in range(_MOST_POLLS):
        ready.append(await _ready(client, listed))
        if len(ready) > _QUIET_POLLS and all(r == ready[-1] for r in ready[-_QUIET_POLLS - 1 :]):
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _ready(client: httpx.AsyncClient, listed: Function) -> set[str]:
    answer = await press(client, listed, [])
    (models,) = answer.final or [[]]
    return {model["id"] for model in models if model["state"] == "ready"}
