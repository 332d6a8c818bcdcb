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


def put_outermost(app: Any, layer: Callable[[ASGIApp], ASGIApp]) -> None:
    """Wrap an app in what guards visitors, whatever the switch says.

    Gradio's own middleware gives every origin leave to read answers, with cookies, where the
    request names no address of this machine; it does so around all that `app_kwargs` brings. So
    what takes such leave away stands outside of it. Where Gradio is left as it is, this is the one
    layer there: it makes nothing faster. Without it, pages of other sites could read what is not
    refused to them.
    """
    app.middleware_stack = layer(app.middleware_stack)
