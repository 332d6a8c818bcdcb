"""Minutes of mixed load: every answer is a result or one of our sentences, and nothing grows."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx
import numpy as np
from PIL import Image

from models.datasets import IMAGE_PX
from models.measure.app.server import Server
from models.measure.load import images, pages, text
from models.measure.load.app import playground, settle
from models.measure.load.figures import exactly
from models.measure.load.process import Usage, look
from models.measure.load.sessions import (
    CARRIED_OUT,
    LOST,
    Function,
    browser,
    carry_out,
    new_session,
    open_functions,
    press,
)
from models.measure.load.wire import Request
from models.measure.metric import Metric

DRAWINGS = 30  # sent at once
CACHE_MB = 16  # so that what is kept for replay is full within the first minute
_SETTLED = 0.1  # of the time, but a minute at most, after which nothing may grow any more
_SAMPLE_SECONDS = 2.0
_TAIL_SAMPLES = 10  # whose middle stands for the beginning, and for the end
_LONGEST_SENTENCE = 400
_UNFIT = re.compile(r"Traceback|Something went wrong|[/\\](?!etc/)\w+[/\\]|\.py\b|<class|Error\(")
_SENTENCE = re.compile(r"[A-Z“].*[.!?”)]", re.DOTALL)
MISUSE = "bad input"
_TRACEBACK = re.compile(
    r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(.*)", re.MULTILINE
)
_REFUSED = (400, 404, 405, 413, 415, 422, 429, 503)


@dataclass(slots=True)
class Count:
    """How often each kind of visitor got what, and what was neither a result nor a sentence."""

    results: Counter[str] = field(default_factory=Counter)
    sentences: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[float, Usage]] = field(default_factory=list)

    def note(self, kind: str, sentence: str) -> None:
        """One answer: "" is a result."""
        if not sentence:
            self.results[kind] += 1
        elif is_sentence(sentence, by_gradio=kind == MISUSE):
            self.sentences[kind] += 1
        else:
            self.errors[f"{kind}: {sentence[:200]}"] += 1


def is_sentence(words: str, *, by_gradio: bool = False) -> bool:
    """Whether words could stand on the page: a sentence, without traceback, path or type.

    Args:
        by_gradio: its own refusals of what no browser sends are good enough too.
    """
    if words == LOST or _UNFIT.search(words):
        return False
    if by_gradio:
        return bool(words.strip())
    return len(words) <= _LONGEST_SENTENCE and bool(_SENTENCE.fullmatch(words.strip()))


@dataclass(frozen=True, slots=True)
class _Open:
    """The running app, as all who load it know it."""

    client: httpx.AsyncClient
    port: int
    functions: Mapping[str, Function]
    requests: Sequence[Request]
    count: Count
    chance: random.Random

    def seed(self) -> int:
        return self.chance.randrange(2**32)


Act: TypeAlias = Callable[[_Open], Awaitable[None]]


def measure(clients: int, minutes: float) -> tuple[dict[str, Metric], list[str]]:
    """Load the app for some minutes with about as many visitors at a time as there are clients.

    Returns:
        the figures, and remarks: each kind of error, and who got what.
    """
    with tempfile.TemporaryFile() as log:
        with playground({"PLAYGROUND_CACHE_MB": str(CACHE_MB)}, log) as server:
            count = asyncio.run(_load(server, clients, minutes * 60))
        log.seek(0)
        tracebacks = faults(log.read().decode(errors="replace"))
    answers = count.results.total() + count.sentences.total() + count.errors.total()
    metrics = {
        "soak_errors": exactly(count.errors.total(), answers),
        "soak_tracebacks": exactly(tracebacks, answers),
        **_growth(count.samples, minutes * 60),
    }
    return metrics, list(_remarks(count))


def faults(log: str) -> int:
    """How many tracebacks a log holds, but for those that Gradio writes of refusals of its own."""
    return sum(not error.startswith("gradio.exceptions.Error") for error in _TRACEBACK.findall(log))


def _growth(samples: Sequence[tuple[float, Usage]], seconds: float) -> dict[str, Metric]:
    """Memory at the end over that after the first minute, less one; files and threads likewise."""
    settled = min(60.0, _SETTLED * seconds)
    later = [usage for at, usage in samples if at >= settled]
    first, last = later[:_TAIL_SAMPLES], later[-_TAIL_SAMPLES:]

    def middle(usages: Sequence[Usage], what: str) -> float:
        return float(np.median([getattr(usage, what) for usage in usages]))

    growth = middle(last, "memory_bytes") / middle(first, "memory_bytes") - 1
    return {
        "memory_growth": exactly(growth, len(later)),
        "open_files_more": exactly(
            middle(last, "open_files") - middle(first, "open_files"), len(later)
        ),
        "threads_more": exactly(middle(last, "threads") - middle(first, "threads"), len(later)),
    }


def _remarks(count: Count) -> Iterator[str]:
    for kind in sorted({*count.results, *count.sentences}):
        yield f"{kind}: {count.results[kind]} results, {count.sentences[kind]} sentences"
    for error, times in count.errors.most_common(20):
        yield f"error, {times} times: {error}"


async def _load(server: Server, clients: int, seconds: float) -> Count:
    async with browser(server.port) as client:
        requests = await asyncio.to_thread(pages.followed, server.port)
        count = Count()
        opened = _Open(
            client,
            server.port,
            await open_functions(client),
            requests,
            count,
            random.Random(0),
        )
        await _write(opened)
        await settle(client)
        until = time.monotonic() + seconds
        share = max(1, clients // len(_VISITORS))
        await asyncio.gather(
            _sample(server, count, until),
            *[_again(act, opened, until) for act in _VISITORS for _ in range(share)],
        )
    return count


async def _again(act: Act, opened: _Open, until: float) -> None:
    """One visitor after another of a kind, each after a moment's thought."""
    while time.monotonic() < until:
        await asyncio.sleep(opened.chance.uniform(0.2, 2.0))
        try:
            await act(opened)
        except (httpx.HTTPError, OSError, RuntimeError, EOFError) as error:
            opened.count.note(act.__name__, f"{type(error).__name__} {error}")


async def _sample(server: Server, count: Count, until: float) -> None:
    started = time.monotonic()
    while time.monotonic() < until:
        count.samples.append((time.monotonic() - started, look(server.process_id)))
        await asyncio.sleep(_SAMPLE_SECONDS)


# Kinds of visitors


async def _write(opened: _Open) -> None:
    letters = opened.chance.choice((40, 100, 200))
    write = opened.functions["text_write"]
    result = await text.write_once(opened.client, write, opened.seed(), letters)
    opened.count.note("text", result.sentence or ("" if result.shown is not None else LOST))


async def _draw(opened: _Open) -> None:
    draw = opened.functions["image_generate"]
    result = await images.draw_once(opened.client, draw, opened.seed())
    opened.count.note("images", result.sentence or ("" if result.shown is not None else LOST))


async def _score(opened: _Open) -> None:
    """Two models judge a line, as the first page asks them to."""
    line = "".join(opened.chance.choices("etaoin shrdlu", k=60))
    runs = [{"model": model, "task": "score", "prompt": line} for model in text.SMALL]
    body = {"visitor": new_session(), "runs": runs}
    answer = await opened.client.post("/live", json=body)
    events = [json.loads(row)[1] for row in answer.text.splitlines()]
    failed = next((event["fail"]["sentence"] for event in events if "fail" in event), "")
    whole = events.count({"end": "finished"}) == len(runs)
    opened.count.note("score", failed or ("" if whole else LOST))


async def _open_page(opened: _Open) -> None:
    await pages.open_once(opened.port, opened.requests)
    opened.count.note("pages", "")


async def _drawings(opened: _Open) -> None:
    """As many drawings at once as a class makes, each wanting to know what it is like."""
    sent = [
        opened.client.post("/nearest", json={"tile": drawing(opened.seed())})
        for _ in range(DRAWINGS)
    ]
    for answer in await asyncio.gather(*sent):
        opened.count.note("drawings", _said(answer))


def drawing(seed: int) -> str:
    """A picture of coloured dots as the address of a PNG."""
    pixels = np.random.default_rng(seed).integers(0, 256, (IMAGE_PX, IMAGE_PX, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


_BAD: tuple[Any, ...] = (
    *(None, True, -1, 1e30, "", "💥" * 40, "<script>x</script>", "../../etc/passwd"),
    *([], {}, [[]], {"path": "/etc/passwd"}, "\ud800", "x" * 20_000),
)


async def _misuse(opened: _Open) -> None:
    """Press a button with one field that holds what no browser sends."""
    name = opened.chance.choice(("text_write", "images_draw", "text_generate", "image_generate"))
    data = opened.functions[name].data()
    data[opened.chance.randrange(len(data))] = opened.chance.choice(_BAD)
    ask = carry_out if name in CARRIED_OUT else press
    answer = await ask(opened.client, opened.functions[name], data)
    opened.count.note(MISUSE, answer.sentence)


async def _misuse_routes(opened: _Open) -> None:
    """The same at the routes beside Gradio's."""
    route, bad = opened.chance.choice(("/live", "/nearest")), opened.chance.choice(_BAD)
    answer = await opened.client.post(route, content=json.dumps({"runs": bad, "tile": bad}))
    opened.count.note(MISUSE, _said(answer))


async def _leave(opened: _Open) -> None:
    """Press Write and close the page in the middle, without a word."""
    write = opened.functions["text_write"]
    data, moment = write.data(text_seed=opened.seed()), opened.chance.uniform(0.05, 1.5)
    await carry_out(opened.client, write, data, limit_seconds=moment)
    opened.count.note("left", "")


def _said(answer: httpx.Response) -> str:
    """ "" for a result; what the server says when it refuses."""
    if answer.status_code == 200:
        return ""
    try:
        sentence = answer.json()["sentence"]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
    return str(sentence) if answer.status_code in _REFUSED else f"HTTP {answer.status_code}"


_VISITORS: tuple[Act, ...] = (
    *(_write, _write, _draw, _score, _drawings),
    *(_open_page, _misuse, _misuse_routes, _leave),
)
