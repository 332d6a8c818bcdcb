"""What a feature that is not there is made of: a place with one field, and a route."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from models.base import Recipe
from playground.server.route import Route


def build(services: Any) -> list[Any]:
    """A field and a button."""
    field = gr.Textbox(label="Made up", elem_id="made_up-field")
    gr.Button("Make", elem_id="made_up-make")
    return [field]


def restore(services: Any, recipes: Sequence[Recipe]) -> list[object]:
    """The seed of the first recipe."""
    return [f"seed {recipes[0].seed}" if recipes else ""]


def routes(services: Any) -> list[Route]:
    """One address."""
    return [Route("/made_up", _answer)]


async def _answer(request: Request) -> Response:
    return PlainTextResponse("made up")
