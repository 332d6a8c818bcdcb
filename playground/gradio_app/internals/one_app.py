"""The app that Gradio makes of a page: one, when it is served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradio.routes import App

from playground.gradio_app.internals.switch import plain_gradio


@contextmanager
def app_made_at_launch() -> Iterator[None]:
    """Let Gradio make no app of a page that is being built; `launch` makes the one it serves.

    Gradio (`blocks.py`) makes four: of the empty page, of the whole one, when its queue is set, and
    to be served. Each time it writes down the whole page and looks through 80 routes. Measured:
    half of what building the page costs. Without it, that is paid at the start.
    """
    if plain_gradio():
        yield
        return
    made = vars(App)["create_app"]
    App.create_app = staticmethod(_no_app)
    try:
        yield
    finally:
        App.create_app = made


def _no_app(*_: Any, **__: Any) -> None:
    """In the place of an app that nobody would be served by."""
