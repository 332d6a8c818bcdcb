"""A visitor's own lesson: read here, within limits of what that may cost, and kept nowhere.

POST /lesson/own            {"name": …, "text": …} -> {"html": …, "title": …}
                            or {"problems": [{"line": …, "sentence": …}, …]}
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models.base import ModelSpec
from playground.core.feature import Scene
from playground.core.services import Services
from playground.features.lessons import budget, pages
from playground.features.lessons import lesson as lessons
from playground.features.lessons.lesson import MOST_BYTES, SCENES, Library
from playground.features.lessons.lines import LessonError
from playground.server.json_body import json_body
from playground.server.route import Answer, Route

MOST_ANSWER_CHARACTERS = 2_000_000
MOST_WAITING = 8  # that visitors have sent and nobody has read yet
BUSY = "Others are having their lessons read. Try again in a few seconds."
_MOST_REQUEST_BYTES = 2 * MOST_BYTES  # a text as JSON, its quotes and new lines escaped


def routes(services: Services) -> list[Route]:
    """The route of this module."""
    return [
        Route(
            f"{pages.PATH}/{pages.OWN}",
            own_endpoint(lessons.library_of(services)),
            "POST",
            max_bytes=_MOST_REQUEST_BYTES,
            too_long=lessons.TOO_LONG,
            explains=_explained,
        ),
    ]


def _explained(error: Exception) -> Response | None:
    """What is wrong with a request as a whole, as the only problem."""
    if not isinstance(error, ValueError):
        return None
    problem = {"line": 1, "sentence": str(error)}
    return JSONResponse({"problems": [problem]}, status_code=422)


def own_endpoint(library: Library) -> Answer:
    """Reads a lesson that somebody has chosen on their own machine; nothing of it is kept."""
    one = asyncio.Lock()  # a thread each would leave none to others
    waiting = 0

    async def answer(request: Request) -> Response:
        nonlocal waiting
        name, text = await _given(request)
        if waiting >= MOST_WAITING:
            raise ValueError(BUSY)
        waiting += 1
        try:
            async with one:
                return await anyio.to_thread.run_sync(
                    _read_own, name, text, library.specs, library.scenes
                )
        finally:
            waiting -= 1

    return answer


async def _given(request: Request) -> tuple[str, str]:
    """Name and text of a request; ValueError in words when they are not there, or too long."""
    body = await json_body(request)
    if not isinstance(body, dict) or not isinstance(text := body.get("text"), str):
        raise ValueError("This request holds no text.")
    if len(text.encode()) > MOST_BYTES:
        raise ValueError(lessons.TOO_LONG)
    return str(body.get("name", "")), text


def _read_own(
    name: str, text: str, specs: Mapping[str, ModelSpec], scenes: Mapping[str, Scene]
) -> Response:
    """What `read_own` says, written down within the limits of what it may cost."""
    try:
        with budget.limited():
            found = read_own(name, text, specs, scenes)
    except budget.TooMuch as error:
        found = {"name": name, "problems": [{"line": 1, "sentence": str(error)}]}
    if len(found.get("html", "")) > MOST_ANSWER_CHARACTERS:
        found = {"name": name, "problems": [{"line": 1, "sentence": budget.TOO_MUCH}]}
    return JSONResponse(found)


def read_own(
    name: str,
    text: str,
    specs: Mapping[str, ModelSpec],
    scenes: Mapping[str, Scene] = SCENES,
) -> dict[str, Any]:
    """The answer to a lesson of somebody's own: its steps, or all that is wrong with it."""
    try:
        lesson = lessons.parse(text, f"{pages.OWN}.md", specs, scenes)
    except LessonError as error:
        found = [{"line": p.line, "sentence": p.sentence} for p in error.problems]
        return {"name": name, "problems": found}
    html, title = pages.steps(lesson, specs), lesson.title
    return {"html": html, "title": title, "deeper": pages.goes_deeper(lesson)}
