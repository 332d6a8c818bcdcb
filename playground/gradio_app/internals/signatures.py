"""How each kind of component is made, remembered."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from gradio.blocks import Block

from playground.gradio_app.internals.switch import plain_gradio


def remember_signatures() -> None:
    """Let Python look up how each kind of component is made instead of finding it out again.

    Gradio (`blocks.py`, `get_config`) asks `inspect.signature` for every component that is made,
    for each of them whenever the page is written down, and for every visitor; Python composes the
    answer anew unless it finds one. Measured: a third of what building the page costs, and half of
    the 15 ms that a new visitor does. Without it, those are paid.
    """
    if plain_gradio():
        return
    for kind in _kinds(Block):
        if "__init__" in vars(kind):
            made: Any = inspect.unwrap(vars(kind)["__init__"])
            made.__signature__ = inspect.signature(made)


def _kinds(kind: type[object]) -> Iterator[type[object]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from _kinds(derived)
