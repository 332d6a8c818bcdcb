"""Who runs something belongs to which class: known by a cookie, asked wherever a recipe is taken.

Recipes come through Gradio's functions, on its worker threads, and through our own routes. For the
first `gradio_app.bind` says whose request is worked on, for the others `Members` does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from models.base import ModelSpec
from playground.core import identity, limits
from playground.core.feature import Refuses, state_of
from playground.features.classroom.state.classes import Classes
from playground.features.classroom.state.token import open_secret, random_code, tidy_code

COOKIE = "playground_class"
COOKIE_SECONDS = 24 * 3600

OPENING_LETTERS = 8
OPENING = "To open a class here, type this code on the page: {}"
_LOCKED = (
    "In this class only the models that come with the playground run. Ask your teacher to unlock "
    "others, such as {name}."
)


class Members:
    """Remembers, for as long as a request is answered, which class its cookie names."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with identity.being_served(_class_cookie(scope)):
            await self.app(scope, receive, send)


def cookie_here() -> str:
    """The class's cookie of whoever is being served on this thread; "" for nobody in a class."""
    return identity.cookie(COOKIE)


def _class_cookie(scope: Scope) -> Mapping[str, str]:
    """The class's cookie alone: no other is asked for here.

    Python's own reader of cookies stops at the first that is not as it should be, which another app
    on this host may have set.
    """
    found = HTTPConnection(scope).cookies.get(COOKIE)
    return {} if found is None else {COOKIE: found}


def refusal(classes: Classes, spec: ModelSpec | None) -> str:
    """Why whoever is being served may not use a model now; "" where nothing speaks against it."""
    if spec is None or not spec.files:
        return ""
    cookie = cookie_here()
    if classes.opening_code:  # whoever brings no cookie, or a wrong one, gets no more by it
        return "" if classes.may_use_all(*cookie_parts(cookie)) else locked(spec)
    return locked(spec) if classes.holds_to_shipped(*cookie_parts(cookie)) else ""


def cookie_parts(value: str) -> tuple[str, str]:
    """Code and student's token of a cookie; twice "" if it holds none."""
    code, _, student = value.partition("-")
    return (code, student) if tidy_code(code) == code and student else ("", "")


def locked(spec: ModelSpec) -> str:
    """Why a student may not use a model that does not come with the playground."""
    return _LOCKED.format(name=spec.name)


def open_classes() -> Classes:
    """The classes of this host; where it was set up for one, its terminal shows how to open them.

    Raises:
        ValueError: in a sentence, when the operator has given a secret that is too short.
    """
    secret = open_secret()
    if not limits.for_a_class(os.environ):
        return Classes(secret)
    code = random_code(OPENING_LETTERS)
    print(OPENING.format(code), flush=True)  # noqa: T201 - for who sits at this computer
    return Classes(secret, opening_code=code)


def rule(states: Sequence[object]) -> Refuses:
    """What the engine and downloads ask before somebody uses a model."""
    classes = state_of(states, Classes)
    return (lambda spec: "") if classes is None else partial(refusal, classes)


def clients(states: Sequence[object]) -> Callable[[], str]:
    """What names a member of an open class: behind one address there are many of them."""
    classes = state_of(states, Classes)
    return (lambda: "") if classes is None else partial(_member, classes)


def _member(classes: Classes) -> str:
    code, student = cookie_parts(cookie_here())
    return f"class {code} {student}" if code and classes.has(code, student) else ""


def set_cookie(value: str, secure: bool, seconds: int = COOKIE_SECONDS) -> str:
    """The header that gives a browser the cookie; scripts cannot read it, or take it away.

    Args:
        secure: for pages on https, which may stand in a frame of another site: on a Space they do.
    """
    kind = "SameSite=None; Secure; Partitioned" if secure else "SameSite=Lax"
    return f"{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; {kind}"
