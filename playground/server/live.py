"""Live runs for every place of the page: recipes in, events out, one JSON object a line.

The first page has to move before Gradio is there; of the others, forms are Gradio's, and what they
ask for is carried out here. Limits, turns and Stop are the engine's all the same: a visitor who
closes the page or the stream stops the run at its next step.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from models import folding
from models.base import ModelSpec
from models.recipe import make_recipe
from playground.core import prompt_translation
from playground.core.events import CANDIDATES, MOST_AROUND, Recorder
from playground.core.follow import Keep, perform
from playground.core.identity import TOO_MANY_HERE, visitor_named
from playground.core.services import Services
from playground.server.json_body import SHORT_BYTES, json_body
from playground.server.route import Answer, NotAllowed, Route
from playground.web import download_status, emoji_names

T = TypeVar("T")
PATH = "/live"
PLACE = "play"
MOST_RECIPES = 16
UNBUFFERED = {"X-Accel-Buffering": "no"}
"""What lets a proxy pass each line on as it comes."""
_THREADS = 256  # a waiting run holds one, as in Gradio
_THREADS_OF_CLIENT = 64  # whoever has more answers under way waits for another of their own
_VISITOR_CHARACTERS = 64
MOST_OF_CLIENT = 128
"""Answers under way to one member of a class, or one address: thirty who sit behind one have four
each. Each of them is a thread that waits, and is told now and then of its place in line."""


def routes(services: Services) -> list[Route]:
    """The routes of this module."""
    return [Route(PATH, endpoint(services), "POST")]


def endpoint(services: Services) -> Answer:
    """Answers `{"visitor": …, "runs": [{"model", "prompt", "options", "seed"}, …]}`.

    With `"keep": true` the runs go into the visitor's history, as something that was asked for by
    hand. With `"candidates": 0` letters come without what else was likely; a run with
    `"around": [first, end]` has the spreads of the letters of that stretch. With `"fetch": model`
    that model is let arrive first, where it is not here yet, or nothing else where no runs are
    named. Each line of the answer is `[number of the run, event]`, see `core/events.py`.
    """
    threads = _Threads()

    async def answer(request: Request) -> Response:
        client = services.client()
        if threads.under_way[client] >= MOST_OF_CLIENT:
            raise NotAllowed(TOO_MANY_HERE, 503)
        body = await json_body(request)
        asked = await _aside(request, _read, services, body)
        keep = services.keeper(request) if body.get("keep") is True else None
        lines = threads.stream(_lines(services, asked, keep), client)
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=UNBUFFERED)

    return answer


async def _aside(request: Request, read: Callable[..., T], *arguments: Any) -> T:
    """What is read of a request: on a thread, unless it is short; prompts take their time."""
    if len(await request.body()) <= SHORT_BYTES:
        return read(*arguments)
    return await anyio.to_thread.run_sync(read, *arguments)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request is about: a card for each run, failed ones included, and who asks.

    Args:
        arriving: the cards that wait for the download of their model first.
    """

    visitor: str
    cards: list[Recorder]
    arriving: list[Recorder]


def _read(services: Services, body: Any) -> _Asked:
    """A request as it came; ValueError in words when it cannot be meant."""
    if not isinstance(body, dict) or not isinstance(runs := body.get("runs", []), list):
        raise ValueError("This request names no runs.")
    fetched = services.spec(body["fetch"]) if "fetch" in body else None
    if not (1 if fetched is None else 0) <= len(runs) <= MOST_RECIPES:
        raise ValueError(f"A request holds 1 to {MOST_RECIPES} runs.")
    candidates = body.get("candidates", CANDIDATES)
    if not isinstance(candidates, int) or not 0 <= candidates <= CANDIDATES:
        raise ValueError(f"Letters have 0 to {CANDIDATES} candidates.")
    visitor = body.get("visitor")
    known = isinstance(visitor, str) and 0 < len(visitor) <= _VISITOR_CHARACTERS
    cards = [_card(services, run, candidates) for run in runs]
    if fetched is not None and not runs:
        cards = [Recorder(fetched)]
    return _Asked(
        visitor_named(str(visitor) if known else secrets.token_hex(8)),
        cards,
        [c for c in cards if c.spec is fetched and (c.recipe or not runs)],
    )


def _card(services: Services, asked: Any, candidates: int) -> Recorder:
    if not isinstance(asked, Mapping):
        raise ValueError("A run must be an object.")
    around = _stretch(asked.get("around"))
    card = Recorder(services.spec(asked.get("model")), candidates=candidates, around=around)
    options = asked.get("options") or {}
    try:
        if not isinstance(options, Mapping):
            raise ValueError("The options must be an object.")
        card.recipe = make_recipe(
            card.spec,
            task=str(asked.get("task", "generate")),
            prompt=_as_read(services, card.spec, asked.get("prompt", "")),
            options=options,
            seed=asked.get("seed", 0),
        )
        card.note = folding.note(str(asked.get("prompt", "")), card.spec.alphabet)
    except ValueError as error:
        card.fail(error)
    return card


def _stretch(asked: Any) -> tuple[int, int] | None:
    if asked is None:
        return None
    match asked:
        case [int(first), int(end)] if 0 <= first < end <= first + MOST_AROUND:
            return first, end
    raise ValueError(f"A run is read closely around 1 to {MOST_AROUND} letters.")


def _as_read(services: Services, spec: ModelSpec, prompt: Any) -> Any:
    """A prompt in another language or in other signs as a model of a small world can read it."""
    if not isinstance(prompt, str) or spec.kind != "image":
        return prompt
    if spec.world == "digits":
        return prompt_translation.as_read(prompt)
    return emoji_names.as_read(services.weights, prompt) if spec.world == "emoji" else prompt


def _lines(services: Services, asked: _Asked, keep: Keep | None) -> Iterator[bytes]:
    """Events of all cards as they come, at most twelve times a second; b"" is a heartbeat."""
    cards = asked.cards
    try:
        for _ in _arrive(services, asked):
            yield _written(cards)
        if any(card.recipe for card in cards):
            for _ in perform(services, asked.visitor, PLACE, cards, keep):
                yield _written(cards)
    except Exception as error:
        for card in cards:
            card.fail(error)
    yield _written(cards)


def _arrive(services: Services, asked: _Asked) -> Iterator[None]:
    """Let the model come whose cards wait for it; one that does not come is run by nobody."""
    cards = asked.arriving
    if not cards:
        return
    (spec,) = {card.spec.id: card.spec for card in cards}.values()
    if not download_status.is_here(services, spec):
        for status in services.downloads.follow(spec, asked.visitor):
            for card in cards:
                if status.error:
                    card.refuse(status.error, again=True)
                else:
                    card.arrive(*download_status.arrival(status))
            yield
    here = download_status.is_here(services, spec)
    for card in cards:
        if card.recipe is None and not card.failed:
            card.finished = here
            card.end()
        elif not here:
            card.recipe = None


def _written(cards: list[Recorder]) -> bytes:
    lines = [[i, event] for i, card in enumerate(cards) for event in card.drain()]
    return b"".join(json.dumps(x, ensure_ascii=False).encode() + b"\n" for x in lines)


class _Threads:
    """Threads on which the lines of answers are waited for; once started, they stay.

    A thread is started by whoever needs it, which waits until it runs, and where many compute that
    takes the event loop some hundredths of a second for each.
    """

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(_THREADS, "live")
        self.under_way: Counter[str] = Counter()  # answers, by client
        self.limiters: dict[str, anyio.CapacityLimiter] = {}

    async def stream(self, lines: Iterator[bytes], client: str) -> AsyncIterator[bytes]:
        """Draw from a blocking iterator on threads; close it when nobody reads any more."""
        limiter = self.limiters.setdefault(client, anyio.CapacityLimiter(_THREADS_OF_CLIENT))
        self.under_way[client] += 1
        try:
            while True:
                async with limiter:
                    line = await self._run(next, lines, None)
                if line is None:
                    return
                if line:
                    yield line
        finally:
            self.under_way[client] -= 1
            if not self.under_way[client]:
                del self.under_way[client], self.limiters[client]
            with anyio.CancelScope(shield=True):
                await self._run(lines.close)  # type: ignore[attr-defined]

    async def _run(self, function: Callable[..., T], *arguments: Any) -> T:
        """What a function returns, on a thread; nobody goes away before it has."""
        run, loop = contextvars.copy_context().run, asyncio.get_running_loop()
        coming = loop.run_in_executor(self.pool, run, function, *arguments)
        with anyio.CancelScope(shield=True):
            await asyncio.wait([coming])
        return coming.result()
