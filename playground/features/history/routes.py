"""The history's addresses: what a visitor's own browser reads and changes of it.

    GET  /history?words=&before=     {"state", "trouble", "count", "runs": […], "more"}
    GET  /history/export             every run a line of JSON, its pictures inside
    GET  /history/<run>/<n>.png      one picture
    POST /history/rate               {"run": 7, "rating": 0 to 5}
    POST /history/note               {"run": 7, "note": "…"}
    POST /history/delete             {"run": 7}, or {"all": true}

Whose rows these are is decided by the visitor id alone (`visitor.py`), which a browser sends to
nobody else: not from the pages of other sites, and no address of ours names one. `state` is "on",
"off" where this host keeps nothing, or "nobody" for a browser that sends no id.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from models.recipe import from_dict
from playground.core.feature import restore_of
from playground.core.follow import Keep
from playground.core.services import Services
from playground.core.share_link import link_of
from playground.core.visitor import id_of
from playground.features.history import store as history_store
from playground.features.history.store import PAGE_RUNS, Entry, History, HistoryError
from playground.server.json_body import json_body

PATH = "/history"
FILE_NAME = "playground-history.jsonl"
MOST_SEARCH_CHARACTERS = 200
_NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Cookie"}

OFF = "This playground keeps no history."
NOBODY = "This browser sends no visitor id, so nothing is kept for it."
NO_SUCH = "There is no such run in your history. It may have been deleted in another tab."

Answer = Callable[[History, str, Request], Awaitable[Response]]


def routes(services: Services) -> list[Route]:
    """The routes of this module, for the app that Gradio makes."""
    answers: list[tuple[str, str, Answer]] = [
        ("GET", "/export", _export),
        ("GET", "/{run:int}/{number:int}.png", _picture),
        ("POST", "/rate", _rate),
        ("POST", "/note", _note),
        ("POST", "/delete", _delete),
    ]
    kept = services.state(History)
    return [
        Route(PATH, _listing(services), methods=["GET"]),
        *(
            Route(f"{PATH}{path}", _guarded(kept, answer), methods=[method])
            for method, path, answer in answers
        ),
    ]


def keeper_of(services: Services, request: Any) -> Keep | None:
    """What keeps the runs of a request for its visitor; None where nothing is kept."""
    history = services.state(History)
    return history.keeper(id_of(request)) if history else None


def _guarded(kept: History | None, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """An answer for a visitor that has an id, with sentences for all that can go wrong."""

    async def respond(request: Request) -> Response:
        visitor = id_of(request)
        if kept is None or not visitor:
            return _refusal(OFF if kept is None else NOBODY, 404)
        try:
            return await answer(kept, visitor, request)
        except ValueError as error:
            return _refusal(str(error), 422)
        except HistoryError as error:
            return _refusal(str(error), 503)

    return respond


def _refusal(sentence: str, status: int) -> Response:
    return JSONResponse({"sentence": sentence}, status, headers=_NOT_KEPT)


def _listing(services: Services) -> Callable[[Request], Awaitable[Response]]:
    async def listed(kept: History, visitor: str, request: Request) -> Response:
        words = request.query_params.get("words", "")[:MOST_SEARCH_CHARACTERS]
        before = _moment(request.query_params.get("before", ""))

        def read() -> tuple[list[Entry], int]:
            runs = kept.page(visitor, words=words, before=before, most=PAGE_RUNS + 1)
            return runs, kept.count(visitor)

        runs, count = await anyio.to_thread.run_sync(read)
        shown = [_shown(run, services) for run in runs[:PAGE_RUNS]]
        found = {"runs": shown, "more": len(runs) > PAGE_RUNS, "count": count}
        return JSONResponse({"state": "on", "trouble": kept.trouble, **found}, headers=_NOT_KEPT)

    history = services.state(History)
    respond = _guarded(history, listed)

    async def answer(request: Request) -> Response:
        if history is not None and id_of(request):
            return await respond(request)
        state, sentence = ("off", OFF) if history is None else ("nobody", NOBODY)
        nothing = {"runs": [], "more": False, "count": 0}
        return JSONResponse({"state": state, "trouble": sentence, **nothing}, headers=_NOT_KEPT)

    return answer


def _moment(given: str) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        raise ValueError("This page of the history does not exist.")
    return int(given)


def _shown(run: Entry, services: Services) -> dict[str, Any]:
    """One run as the drawer shows it; its link is "" where this page cannot open it again."""
    spec = services.specs.get(run.recipe["model"])
    return {
        "run": run.id,
        "created": run.created,
        "model": run.recipe["model"],
        "name": spec.name if spec else run.recipe["model"],
        "family": spec.family if spec else "",
        "asked": history_store.words_of(run.recipe),
        "seed": run.recipe["seed"],
        "options": run.recipe["options"],
        "link": _link(run, services),
        "text": run.text,
        "pictures": run.pictures,
        "seconds": run.seconds,
        "rating": run.rating,
        "note": run.note,
        "times": run.times,
    }


def _link(run: Entry, services: Services) -> str:
    spec = services.specs.get(run.recipe["model"])
    try:
        recipe = from_dict(run.recipe, services.specs)
    except ValueError:  # its options are no longer what they were, or its model is gone
        return ""
    shown = spec is not None and restore_of(services.features, spec, recipe) is not None
    return link_of([recipe]) if shown else ""


async def _picture(kept: History, visitor: str, request: Request) -> Response:
    run, number = request.path_params["run"], request.path_params["number"]
    if max(run, number) >= 2**63:
        return _refusal(NO_SUCH, 404)
    content = await anyio.to_thread.run_sync(kept.picture, visitor, run, number)
    if content is None:
        return _refusal(NO_SUCH, 404)
    # What a number names never changes; yet it is one visitor's alone.
    headers = {"Cache-Control": "private, max-age=3600", "Vary": "Cookie"}
    return Response(content, media_type="image/png", headers=headers)


async def _export(kept: History, visitor: str, request: Request) -> Response:
    runs = await anyio.to_thread.run_sync(lambda: kept.page(visitor))  # what fails, fails in words
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"', **_NOT_KEPT}
    lines = _lines(kept, visitor, runs)
    return StreamingResponse(lines, media_type="application/jsonl", headers=headers)


def _lines(kept: History, visitor: str, runs: list[Entry]) -> Iterator[bytes]:
    """All runs of a visitor, newest first, from the page that was read; a page at a time."""
    while runs:
        for run in runs:
            yield json.dumps(_exported(kept, visitor, run), ensure_ascii=False).encode() + b"\n"
        runs = kept.page(visitor, before=runs[-1].created)


def _exported(kept: History, visitor: str, run: Entry) -> dict[str, Any]:
    found = (kept.picture(visitor, run.id, number) for number in range(1, run.pictures + 1))
    return {
        "created": run.created / 1e6,
        "recipe": run.recipe,
        "key": run.key,
        "text": run.text,
        "pictures": [base64.b64encode(png).decode() for png in found if png],
        "seconds": run.seconds,
        "times": run.times,
        "rating": run.rating,
        "note": run.note,
    }


async def _rate(kept: History, visitor: str, request: Request) -> Response:
    asked = await _object(request)
    run, rating = _number(asked, "run"), _number(asked, "rating")
    return _changed(await anyio.to_thread.run_sync(kept.rate, visitor, run, rating))


async def _note(kept: History, visitor: str, request: Request) -> Response:
    asked = await _object(request)
    run, note = _number(asked, "run"), asked.get("note")
    if not isinstance(note, str):
        raise ValueError("A note must be text.")
    return _changed(await anyio.to_thread.run_sync(kept.annotate, visitor, run, note))


async def _delete(kept: History, visitor: str, request: Request) -> Response:
    asked = await _object(request)
    run = None if asked.get("all") is True else _number(asked, "run")
    return _changed(await anyio.to_thread.run_sync(kept.delete, visitor, run) or run is None)


def _changed(done: object) -> Response:
    return JSONResponse({"done": True}, headers=_NOT_KEPT) if done else _refusal(NO_SUCH, 404)


async def _object(request: Request) -> dict[str, Any]:
    asked = await json_body(request)
    if not isinstance(asked, dict):
        raise ValueError("This request must be a JSON object.")
    return asked


def _number(asked: Mapping[str, Any], name: str) -> int:
    """A whole number that a database can hold."""
    value = asked.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError(f"“{name}” must be a whole number.")
    return value
