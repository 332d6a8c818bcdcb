"""Our layers stand around everything of Gradio's, before the first request is answered."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from playground.gradio_app.internals.layers import put_in_front, put_outermost


class Marked:
    """A layer that every answer tells of, with what it was asked to compress."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-outermost", b"yes")]
            await send(message)

        await self.app(scope, receive, marked)


def asked(demo: gr.Blocks, put: Callable[..., None] = put_in_front) -> Any:
    """The page, as an app answers that puts the layer in front while it starts."""

    @asynccontextmanager
    async def lifespan(app: Any) -> Any:
        put(app, Marked)
        yield

    app = gr.routes.App.create_app(demo, app_kwargs={"lifespan": lifespan})
    with TestClient(app) as client:
        return client.get("/config")


def test_a_layer_is_put_around_gradios_own(demo: gr.Blocks) -> None:
    answer = asked(demo)
    assert (answer.status_code, answer.headers["x-outermost"]) == (200, "yes")


def test_switched_off_there_is_none(demo: gr.Blocks, plain: None) -> None:
    answer = asked(demo)
    assert answer.status_code == 200
    assert "x-outermost" not in answer.headers


def test_what_guards_visitors_is_there_all_the_same(demo: gr.Blocks, plain: None) -> None:
    answer = asked(demo, put_outermost)
    assert (answer.status_code, answer.headers["x-outermost"]) == (200, "yes")
