"""Our layers around everything of Gradio's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp

from playground.gradio_app.internals.switch import plain_gradio


def put_in_front(app: Any, around: Callable[[ASGIApp], ASGIApp]) -> None:
    """Wrap an app that Gradio has made, and that is about to serve.

    Middleware that Gradio is given by `app_kwargs` stands behind its own, which compresses every
    file anew for everybody: a cold page fetches about seventy files, and thirty pages opened
    together cost 11 s of a core, with our cache in front of it less than one. Starlette builds the
    chain once, before the app's lifespan begins; this puts another in its place. Without it, the
    layers stand where `app_kwargs` puts them.
    """
    if not plain_gradio():
        app.middleware_stack = around(app.middleware_stack)
