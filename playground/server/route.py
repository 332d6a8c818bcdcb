"""An address of ours: what answers, how much it reads, how long that may be kept, who may call it.

Features give their addresses as plain `Route`s. `served` makes of them what Starlette serves, and
is the one place where their limits hold: answers neither count bytes, nor ask who calls, nor say
how long they may be kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as StarletteRoute

from playground.server.json_body import MOST_BYTES, TOO_LONG, Refused
from playground.server.request_body import CLOSING, Unfinished, again, read_body
from playground.web.security_headers import POLICY, page_policy, private_policy

Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


class NotAllowed(Exception):
    """Somebody who may not call this address; the message is a sentence."""

    def __init__(self, sentence: str, status: int = 403) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Callers:
    """Who may call an address.

    Args:
        name: of them, for people.
        check: gives who it is that calls (see `caller`); raises `NotAllowed`, or whatever else the
            route `explains`.
        told_by: the header that tells them apart, for caches; "" where nothing is kept for one.
    """

    name: str
    check: Callable[[Request], object]
    told_by: str = ""


ANYBODY = Callers("anybody", lambda request: None)


def in_a_sentence(error: Exception) -> Response | None:
    """The answer to what was wrong with a request; None for errors that are our own."""
    if isinstance(error, NotAllowed):
        return JSONResponse({"sentence": str(error)}, error.status)
    return JSONResponse({"sentence": str(error)}, 422) if isinstance(error, ValueError) else None


@dataclass(frozen=True, slots=True)
class Route:
    """One address.

    Args:
        path: as Starlette writes it, such as `/class/{code}`.
        answer: answers a request; ValueError, in a sentence, for one that cannot be meant.
        method: of HTTP; whoever may GET may ask for the head of it, too.
        max_bytes: of a request's body.
        too_long: what is said to whoever sends more.
        cache_seconds: how long a browser may keep what it gets; 0 where it must ask each time
            whether that is still so, None where it must not keep it.
        shared_seconds: how long the server gives everybody the same answer (see `ResponseCache`).
        callers: who may call it.
        costly: whether pages of other sites may not ask for it though anybody may, since every
            answer is computed.
        unframed: whether its pages stand in no frame, as all that is private.
        explains: the answer in place of an error; None where it is to be raised.
    """

    path: str
    answer: Answer
    method: str = "GET"
    max_bytes: int = MOST_BYTES
    too_long: str = TOO_LONG
    cache_seconds: int | None = None
    shared_seconds: float = 0.0
    callers: Callers = ANYBODY
    costly: bool = False
    unframed: bool = False
    explains: Callable[[Exception], Response | None] = in_a_sentence

    @property
    def private(self) -> bool:
        """Whether pages of other sites may not even read it, see `own_origin.OwnOrigin`."""
        return self.callers is not ANYBODY or self.costly

    @property
    def cache_control(self) -> str:
        """What browsers are told of keeping its answers."""
        if not self.cache_seconds:
            return "no-store" if self.cache_seconds is None else "no-cache"
        whose = "public" if self.callers is ANYBODY else "private"
        return f"{whose}, max-age={self.cache_seconds}"


class ServedRoute(StarletteRoute):
    """A route as Starlette serves it, with what it was made of."""

    def __init__(self, route: Route) -> None:
        super().__init__(route.path, _responding(route), methods=[route.method])
        self.route = route


def served(routes: Iterable[Route]) -> list[BaseRoute]:
    """What Starlette serves, with all that the routes say of themselves kept."""
    return [ServedRoute(route) for route in routes]


def caller(request: Request) -> Any:
    """Who calls, as the `callers` of the route that answers have found."""
    return request.state.caller


def shared_seconds(routes: Iterable[BaseRoute], path: str) -> float:
    """How long the answer of a path is given to everybody; 0 for one that is made each time."""
    return max((route.shared_seconds for route in _at(routes, path)), default=0.0)


def is_private(routes: Iterable[BaseRoute], path: str) -> bool:
    """Whether what may be read at a path is not for pages of other sites."""
    return any(route.private for route in _at(routes, path))


def _at(routes: Iterable[BaseRoute], path: str) -> Iterator[Route]:
    """Those of ours that a path leads to, whatever their method is."""
    ours = (route for route in routes if isinstance(route, ServedRoute))
    return (each.route for each in ours if each.path_regex.match(path))


def _responding(route: Route) -> Answer:
    """The route's answer within its limits."""

    async def respond(request: Request) -> Response:
        try:
            request.state.caller = route.callers.check(request)
            response = await route.answer(await _read(request, route))
        except Unfinished as error:
            response = JSONResponse({"sentence": str(error)}, error.status, CLOSING)
        except Exception as error:
            explained = route.explains(error)
            if explained is None:
                raise
            response = explained
        kept = route.cache_control if response.status_code < 400 else "no-store"
        response.headers["Cache-Control"] = kept
        if route.callers.told_by:
            response.headers.add_vary_header(route.callers.told_by)
        if policy := _policy(route, response):
            response.headers.setdefault(POLICY, policy)
        return response

    return respond


async def _read(request: Request, route: Route) -> Request:
    """A request with its body at hand; who may not call has been refused by then."""
    if route.method == "GET":
        return request
    scope, receive = request.scope, request.receive
    body = await read_body(scope, receive, route.max_bytes, Refused(route.too_long))
    return Request(scope, again(body, receive))


def _policy(route: Route, response: Response) -> str:
    """What a browser may do with an answer; "" where it is no page, and anybody's."""
    if response.media_type == "text/html":
        return page_policy(bytes(response.body), unframed=route.unframed or route.private)
    return private_policy() if route.private else ""
