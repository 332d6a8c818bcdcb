"""The call that every opened page makes, known by its address and its body."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playground.gradio_app.internals.addresses import API
from playground.gradio_app.internals.switch import plain_gradio

ADDRESS = f"{API}/run/predict"


def opening_call(app: Any, api_name: str) -> Callable[[bytes], bool] | None:
    """What tells from a request's body whether an opened page calls this function; None without it.

    A page that has been opened calls a function of ours (`demo.load`) for what a link restores and
    for the models that are there; for all who come without a link the answer is the same. Thirty
    pages opened together then cost one call and not thirty (`server.response_cache.OpenPageCache`).
    Functions have numbers, and calls a body, that Gradio does not promise. Without this, every
    page has its call carried out.
    """
    functions = app.get_blocks().fns
    number = next((n for n, fn in functions.items() if fn.api_name == api_name), None)
    if plain_gradio() or number is None:
        return None

    def is_opening(body: bytes) -> bool:
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return False
        return (
            isinstance(asked, dict)
            and asked.get("fn_index") == number
            and asked.get("data") == []
            and isinstance(asked.get("session_hash"), str)
            and not asked.get("event_data")
        )

    return is_opening
