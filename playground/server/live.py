"""Live runs for the first page: recipes in, events out, one JSON object a line.

The other places of the page go through Gradio; this one has to move before Gradio is there. Limits,
turns and Stop are the engine's all the same: a visitor who closes the page or the stream stops the
run at its next step.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from models.base import ModelSpec
from models.recipe import make_recipe
from playground.core import prompt_translation
from playground.core.events import Recorder
from playground.core.follow import Keep, perform
from playground.core.services import Services
from playground.server.json_body import json_body

PATH = "/live"
PLACE = "play"
MOST_RECIPES = 16
_THREADS = 256  # a waiting run holds one, as in Gradio
_VISITOR_CHARACTERS = 64


def routes(services: Services) -> list[Route]:
    """The routes of this module, for the app that Gradio makes."""
    return [Route(PATH, endpoint(services), methods=["POST"])]


def endpoint(services: Services) -> Callable[[Request], Awaitable[Response]]:
    """Answers `{"visitor": …, "runs": [{"model", "prompt", "options", "seed"}, …]}`.

    With `"keep": true` the runs go into the visitor's history, as something that was asked for by
    hand. Each line of the answer is `[number of the run, event]`, see `recording`.
    """
    limiter: list[anyio.CapacityLimiter] = []  # belongs to the loop that first needs it

    async def answer(request: Request) -> Response:
        try:
            body = await json_body(request)
            cards, visitor = _read(services, body)
        except ValueError as error:
            return JSONResponse({"sentence": str(error)}, status_code=422)
        if not limiter:
            limiter.append(anyio.CapacityLimiter(_THREADS))
        keep = services.keeper(request) if body.get("keep") is True else None
        lines = _stream(_lines(services, visitor, cards, keep), limiter[0])
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)

    return answer


def _read(services: Services, body: Any) -> tuple[list[Recorder], str]:
    """A card for each recipe asked for, failed ones included, and who asks."""
    if not isinstance(body, dict) or not isinstance(runs := body.get("runs"), list):
        raise ValueError("This request names no runs.")
    if not 0 < len(runs) <= MOST_RECIPES:
        raise ValueError(f"A request holds 1 to {MOST_RECIPES} runs.")
    visitor = body.get("visitor")
    known = isinstance(visitor, str) and 0 < len(visitor) <= _VISITOR_CHARACTERS
    return [_card(services, run) for run in runs], str(visitor) if known else secrets.token_hex(8)


def _card(services: Services, asked: Any) -> Recorder:
    if not isinstance(asked, Mapping):
        raise ValueError("A run must be an object.")
    card = Recorder(services.spec(asked.get("model")))
    options = asked.get("options") or {}
    try:
        if not isinstance(options, Mapping):
            raise ValueError("The options must be an object.")
        card.recipe = make_recipe(
            card.spec,
            task=str(asked.get("task", "generate")),
            prompt=_in_english(card.spec, asked.get("prompt", "")),
            options=options,
            seed=asked.get("seed", 0),
        )
    except ValueError as error:
        card.fail(error)
    return card


def _in_english(spec: ModelSpec, prompt: Any) -> Any:
    """A prompt in another language as the caption that a model of the digits world can read."""
    reads = spec.world == "digits" and isinstance(prompt, str)
    return (reads and prompt_translation.in_english(prompt)) or prompt


def _lines(
    services: Services, visitor: str, cards: list[Recorder], keep: Keep | None
) -> Iterator[bytes]:
    """Events of all cards as they come, at most twelve times a second; b"" is a heartbeat."""
    try:
        for _ in perform(services, visitor, PLACE, cards, keep):
            yield _written(cards)
    except Exception as error:
        for card in cards:
            card.fail(error)
    yield _written(cards)


def _written(cards: list[Recorder]) -> bytes:
    lines = [[i, event] for i, card in enumerate(cards) for event in card.drain()]
    return b"".join(json.dumps(x, ensure_ascii=False).encode() + b"\n" for x in lines)


async def _stream(lines: Iterator[bytes], limiter: anyio.CapacityLimiter) -> AsyncIterator[bytes]:
    """Draw from a blocking iterator on threads; close it when nobody reads any more."""
    try:
        while True:
            line = await anyio.to_thread.run_sync(next, lines, None, limiter=limiter)
            if line is None:
                return
            if line:
                yield line
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(lines.close)  # type: ignore[attr-defined]
