"""Addresses of ours: what they say of themselves holds, whatever stands behind them."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from playground.server.json_body import TOO_LONG
from playground.server.route import (
    ANYBODY,
    Callers,
    NotAllowed,
    Route,
    caller,
    served,
    shared_seconds,
)


async def read(request: Request) -> Response:
    """Says who calls, and how much was sent."""
    return PlainTextResponse(f"{caller(request)} {len(await request.body())}")


async def stumble(request: Request) -> Response:
    """Finds nothing right."""
    raise ValueError("This is nothing.")


def client(*routes: Route) -> TestClient:
    """A browser at these addresses."""
    return TestClient(Starlette(routes=served(routes)), raise_server_exceptions=False)


def by_name(request: Request) -> str:
    """Those who give a name."""
    if not (name := request.headers.get("name", "")):
        raise NotAllowed("Say who you are.", 401)
    return name


NAMED = Callers("who has a name", by_name, "Name")


@pytest.mark.parametrize(("length", "status"), [(0, 200), (7, 200), (8, 422), (90_000, 422)])
def test_what_is_too_long_is_refused_in_the_words_of_the_address(length: int, status: int) -> None:
    here = client(Route("/a", read, "POST", max_bytes=7, too_long="Seven letters."))
    answer = here.post("/a", content=b"x" * length)
    assert answer.status_code == status
    assert answer.text == f"None {length}" if status == 200 else '{"sentence":"Seven letters."}'


def test_there_is_a_limit_where_none_is_named() -> None:
    answer = client(Route("/a", read, "POST")).post("/a", content=b"x" * 70_000)
    assert (answer.status_code, answer.json()) == (422, {"sentence": TOO_LONG})


@pytest.mark.parametrize(
    ("seconds", "callers", "kept"),
    [
        (None, ANYBODY, "no-store"),
        (0, ANYBODY, "no-cache"),
        (60, ANYBODY, "public, max-age=60"),
        (60, NAMED, "private, max-age=60"),
    ],
)
def test_browsers_are_told_how_long_an_answer_may_be_kept(
    seconds: int | None, callers: Callers, kept: str
) -> None:
    here = client(
        Route("/a", read, cache_seconds=seconds, callers=callers),
        Route("/b", stumble, cache_seconds=seconds, callers=callers),
    )
    answer = here.get("/a", headers={"Name": "Ada"})
    assert answer.headers["cache-control"] == kept
    assert answer.headers.get("vary") == (callers.told_by or None)
    wrong = here.get("/b", headers={"Name": "Ada"})
    assert (wrong.status_code, wrong.headers["cache-control"]) == (422, "no-store")


def test_nobody_is_answered_who_may_not_call() -> None:
    here = client(Route("/a", read, "POST", callers=NAMED))
    assert here.post("/a", headers={"Name": "Ada"}).text == "Ada 0"
    answer = here.post("/a", content=b"x")
    assert (answer.status_code, answer.json()) == (401, {"sentence": "Say who you are."})


def test_an_address_may_explain_in_its_own_words_and_raises_what_is_a_fault() -> None:
    async def fail(_: Request) -> Response:
        raise KeyError("x")

    def explained(error: Exception) -> Response | None:
        return PlainTextResponse("Ours.", 418) if isinstance(error, KeyError) else None

    here = client(Route("/a", fail, explains=explained), Route("/b", fail))
    assert (here.get("/a").status_code, here.get("/a").text) == (418, "Ours.")
    assert here.get("/b").status_code == 500


def test_what_everybody_is_given_is_said_by_path() -> None:
    routes = served([Route("/a/{id}", read, shared_seconds=2.0), Route("/b", read)])
    found: dict[str, Any] = {path: shared_seconds(routes, path) for path in ("/a/x", "/b", "/a")}
    assert found == {"/a/x": 2.0, "/b": 0.0, "/a": 0.0}
