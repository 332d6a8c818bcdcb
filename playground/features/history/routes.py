"""The history's addresses: what a visitor's own browser reads and changes of it.

    GET  /history?words=&before=     {"state", "trouble", "count", "runs": […], "more"}
    GET  /history/export             every run a line of JSON, its pictures inside
    GET  /history/<run>/<n>.png      one picture
    POST /history/rate               {"run": 7, "rating": 0 to 5}
    POST /history/note               {"run": 7, "note": "…"}
    POST /history/delete             {"run": 7}, or {"all": true}

Whose rows these are is decided by the visitor id alone (`core/identity.py`), which a browser sends
to nobody else: not from the pages of other sites, and no address of ours names one. `state` is
"on", "off" where this host keeps nothing, or "nobody" for a browser that sends no id.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from models.recipe import from_dict
from playground.core.feature import restore_of
from playground.core.follow import Keep
from playground.core.identity import id_of
from playground.core.services import Services
from playground.core.share_link import link_of
from playground.features.history import store as history_store
from playground.features.history.faults import HistoryError
from playground.features.history.store import PAGE_RUNS, Entry, History, NoHistory
from playground.server.json_body import json_body
from playground.server.route import Answer, Callers, NotAllowed, Route, caller, in_a_sentence

PATH = "/history"
FILE_NAME = "playground-history.jsonl"
MOST_SEARCH_CHARACTERS = 200
PICTURE_SECONDS = 3600
"""How long a browser may keep a picture: what a number names never changes."""

OFF = "This playground keeps no history."
NOBODY = "This browser sends no visitor id, so nothing is kept for it."
NO_SUCH = "There is no such run in your history. It may have been deleted in another tab."


def routes(services: Services) -> list[Route]:
    """The routes of this module."""
    kept = services.state(History)
    broken = services.state(NoHistory)
    why_none = broken.trouble if broken else OFF
    everybody = Callers("anybody", lambda request: (kept, id_of(request)), "Cookie")
    owner = Callers("whose runs they are", partial(_owner, kept, why_none), "Cookie")
    of_owner = partial(Route, callers=owner, explains=_explained)
    return [
        Route(PATH, _listing(services, why_none), callers=everybody, explains=_explained),
        of_owner(f"{PATH}/export", _export),
        of_owner(f"{PATH}/{{run:int}}/{{number:int}}.png", _picture, cache_seconds=PICTURE_SECONDS),
        of_owner(f"{PATH}/rate", _rate, "POST"),
        of_owner(f"{PATH}/note", _note, "POST"),
        of_owner(f"{PATH}/delete", _delete, "POST"),
    ]


def keeper_of(services: Services, request: Any) -> Keep | None:
    """What keeps the runs of a request for its visitor; None where nothing is kept."""
    history = services.state(History)
    return history.keeper(id_of(request), _address(request)) if history else None


def _address(request: Any) -> str:
    """From where a request comes; "" where that is not known."""
    client = getattr(request, "client", None)
    return str(getattr(client, "host", "") or "")


def _owner(kept: History | None, why_none: str, request: Request) -> tuple[History, str]:
    """The history, and the visitor whose part of it a request is about."""
    visitor = id_of(request)
    if kept is None or not visitor:
        raise NotAllowed(why_none if kept is None else NOBODY, 404)
    return kept, visitor


def _explained(error: Exception) -> Response | None:
    if isinstance(error, HistoryError):
        return _refusal(str(error), 503)
    return in_a_sentence(error)


def _refusal(sentence: str, status: int) -> Response:
    return JSONResponse({"sentence": sentence}, status)


def _listing(services: Services, why_none: str) -> Answer:
    async def answer(request: Request) -> Response:
        kept, visitor = caller(request)
        if kept is None or not visitor:
            state, sentence = ("off", why_none) if kept is None else ("nobody", NOBODY)
            nothing = {"runs": [], "more": False, "count": 0}
            return JSONResponse({"state": state, "trouble": sentence, **nothing})
        words = request.query_params.get("words", "")[:MOST_SEARCH_CHARACTERS]
        before = _moment(request.query_params.get("before", ""))

        def read() -> tuple[list[Entry], int]:
            runs = kept.page(visitor, words=words, before=before, most=PAGE_RUNS + 1)
            return runs, kept.count(visitor)

        runs, count = await anyio.to_thread.run_sync(read)
        shown = [_shown(run, services) for run in runs[:PAGE_RUNS]]
        found = {"runs": shown, "more": len(runs) > PAGE_RUNS, "count": count}
        trouble = kept.trouble or kept.shares.trouble(_address(request))
        return JSONResponse({"state": "on", "trouble": trouble, **found})

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
        "source": run.source,
    }


def _link(run: Entry, services: Services) -> str:
    spec = services.specs.get(run.recipe["model"])
    try:
        recipe = from_dict(run.recipe, services.specs)
    except ValueError:  # its options are no longer what they were, or its model is gone
        return ""
    shown = spec is not None and restore_of(services.features, spec, recipe) is not None
    return link_of([recipe]) if shown else ""


async def _picture(request: Request) -> Response:
    kept, visitor = caller(request)
    run, number = request.path_params["run"], request.path_params["number"]
    if max(run, number) >= 2**63:
        return _refusal(NO_SUCH, 404)
    content = await anyio.to_thread.run_sync(kept.picture, visitor, run, number)
    if content is None:
        return _refusal(NO_SUCH, 404)
    return Response(content, media_type="image/png")


async def _export(request: Request) -> Response:
    kept, visitor = caller(request)
    runs = await anyio.to_thread.run_sync(lambda: kept.page(visitor))  # what fails, fails in words
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
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
        "source": run.source,
        "times": run.times,
        "rating": run.rating,
        "note": run.note,
    }


async def _rate(request: Request) -> Response:
    kept, visitor = caller(request)
    asked = await _object(request)
    run, rating = _number(asked, "run"), _number(asked, "rating")
    return _changed(await anyio.to_thread.run_sync(kept.rate, visitor, run, rating))


async def _note(request: Request) -> Response:
    kept, visitor = caller(request)
    asked = await _object(request)
    run, note = _number(asked, "run"), asked.get("note")
    if not isinstance(note, str):
        raise ValueError("A note must be text.")
    return _changed(await anyio.to_thread.run_sync(kept.annotate, visitor, run, note))


async def _delete(request: Request) -> Response:
    kept, visitor = caller(request)
    asked = await _object(request)
    run = None if asked.get("all") is True else _number(asked, "run")
    return _changed(await anyio.to_thread.run_sync(kept.delete, visitor, run) or run is None)


def _changed(done: object) -> Response:
    return JSONResponse({"done": True}) if done else _refusal(NO_SUCH, 404)


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
