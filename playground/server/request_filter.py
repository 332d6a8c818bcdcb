"""Which requests reach the app: those for routes that are in use, short, and well formed.

Gradio's own routes read a request of any length, take files from anybody, fetch addresses that are
named to them, and answer a few kinds of broken JSON with a traceback in the log. The page sends
text and numbers and no files. So every route that may be asked for is named (`Rule`), with how; all
others, also those that a newer Gradio may bring, are answered with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from playground.server.json_body import Refused, aside, plain_json, walk
from playground.server.request_body import CLOSING, Unfinished, again, read_body
from playground.server.route import ServedRoute
from playground.server.site_address import FORWARDED

MOST_BYTES = 256 * 1024
"""Of a request: the longest prompt, every letter of it written as a pair of escapes, needs 120."""

MOST_VALUES = 1_000
"""In a call of Gradio's, which goes through them one by one, several times; a page sends dozens."""

CLOSED = "There is nothing here: this page takes no files and fetches none."
TOO_LONG = f"This request is longer than {MOST_BYTES // 1024} KB; shorten the prompt."
NO_ADDRESS = "This request does not say which machine it is for."
NO_SUCH = "There is no such function here."
MOST_SESSION_CHARACTERS = 64
LONG_SESSION = f"The name of a session has at most {MOST_SESSION_CHARACTERS} characters."
OTHER_WAY = "This address is asked in another way."
_NAMING = ("host", "origin", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
_UNFIT = re.compile(r"[^!#-;=?-\[\]_a-z~ ]|.{513}")
_UNNORMAL = re.compile(r"//|/\.{1,2}(?:/|\Z)")
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One address that may be asked for.

    Args:
        path: as Starlette writes it, such as `/class/{code}` or `/assets/{path:path}`.
        methods: of HTTP.
        most_bytes: of a request's body.
        reads: whether what answers reads the body within limits of its own, after it has asked who
            sends it.
        plain: whether the body must be a plain JSON object that names no files.
        local: whether what stands for the last part of the path may be no address of a machine.
    """

    path: str
    methods: frozenset[str]
    most_bytes: int = MOST_BYTES
    reads: bool = False
    plain: bool = False
    local: bool = False
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", compile_path(self.path)[0])

    def fits(self, path: str) -> bool:
        """Whether a path is this address, with or without a slash at its end."""
        return any(self._pattern.match(one) for one in (path, path.removesuffix("/")))

    def names_machine(self, path: str) -> bool:
        """Whether a path to a local file names another machine, or a drive."""
        rest = path[len(self.path.partition("{")[0]) :]
        return self.local and (":" in rest[:12] or "://" in rest or rest.startswith("//"))


def rules_of(routes: Iterable[BaseRoute]) -> tuple[Rule, ...]:
    """A rule for each of our own routes."""
    return tuple(
        Rule(route.path, frozenset(route.methods or _READS), reads=isinstance(route, ServedRoute))
        for route in routes
        if isinstance(route, Route)
    )


class HostHeaderCheck:
    """Refuses requests whose own headers name no address, at which everything behind stumbles."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_addressed(Headers(scope=scope)):
            await JSONResponse({"detail": NO_ADDRESS}, 400)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_addressed(headers: Headers) -> bool:
    """Whether the headers that name a machine can be read as such."""
    for value in (value for name in _NAMING for value in _values(headers, name)):
        try:
            urlsplit(value)
            _ = urlsplit(f"//{value}").port
        except ValueError:
            return False
        if _UNFIT.search(value):
            return False
    return True


def _values(headers: Headers, name: str) -> list[str]:
    """What a header says; each proxy on the way may have added to those that are forwarded."""
    values = headers.getlist(name)
    if name not in FORWARDED:
        return values
    return [each.strip() for value in values for each in value.split(",")]


class RequestFilter:
    """Lets requests pass that are short and well formed, and go to a route that is in use.

    Args:
        rules: what may be asked for; asked once, before the first request.
        no_such: what the app behind raises when a call names no function that there is.
        refuses: says of the app behind, a path, and a plain call why that cannot be meant; "" if
            it can.
        sessions: gives the names of sessions in a path, its query, and the JSON of a plain body.
    """

    def __init__(
        self,
        app: ASGIApp,
        rules: Callable[[], Sequence[Rule]],
        no_such: tuple[type[Exception], ...] = (),
        refuses: Callable[[Any, str, Mapping[str, Any]], str] = lambda app, path, content: "",
        sessions: Callable[[str, str, Any], Iterable[object]] = lambda path, query, content: (),
    ) -> None:
        self.app = app
        self.rules = tuple(rules())
        self.sessions = sessions
        self.no_such = no_such
        self.refuses = refuses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            try:
                await self._pass(scope, receive, send)
            except Refused as refused:
                # Gradio's client shows what stands under this name.
                headers = CLOSING if isinstance(refused, Unfinished) else None
                answer = JSONResponse({"detail": str(refused)}, refused.status, headers)
                await answer(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = find_rule(self.rules, scope["method"], scope["path"])
        if scope["method"] in _READS or rule.reads:
            self._check_sessions(scope, None)
            await self.app(scope, receive, send)
            return
        body = await read_body(scope, receive, rule.most_bytes, Refused(TOO_LONG, 413))
        content = await aside(check, body) if rule.plain else None
        self._check_sessions(scope, content)
        if content is not None and (said := self.refuses(scope.get("app"), scope["path"], content)):
            raise Refused(said)
        try:
            await self.app(scope, again(body, receive), send)
        except self.no_such as error:
            # Only what looks the function up raises here: what it raises itself becomes an answer.
            raise Refused(NO_SUCH, 404) from error

    def _check_sessions(self, scope: Scope, content: Any) -> None:
        query = scope.get("query_string", b"").decode("latin-1")
        for name in self.sessions(scope["path"], query, content):
            if isinstance(name, str) and len(name) > MOST_SESSION_CHARACTERS:
                raise Refused(LONG_SESSION)


def find_rule(rules: Sequence[Rule], method: str, path: str) -> Rule:
    """The first rule that lets a request pass; `Refused` when there is none."""
    if _UNNORMAL.search(path):  # another name of what has one
        raise Refused(CLOSED, 404)
    fitting = [rule for rule in rules if rule.fits(path) and not rule.names_machine(path)]
    if not fitting:
        raise Refused(CLOSED, 404)
    for rule in fitting:
        if method in rule.methods:
            return rule
    raise Refused(OTHER_WAY, 405)


def check(body: bytes) -> Mapping[str, Any]:
    """A plain and shallow JSON object without files; `Refused`, in words, if it is none."""
    content = plain_json(body)
    if not isinstance(content, dict):
        raise Refused("This request must be a JSON object.")
    for value, _ in walk(content, MOST_VALUES):
        if isinstance(value, dict) and not {"path", "url"}.isdisjoint(value):
            raise Refused("This page takes no files.")
    return content
