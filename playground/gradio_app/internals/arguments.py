"""What is said to programs that call a function with too few values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from playground.gradio_app.internals.switch import plain_gradio


def count_in_words(demo: gr.Blocks) -> None:
    """Let a call with too few values be answered with a sentence.

    Gradio (`blocks.py`, `validate_inputs`) lists the Python objects of the page, each with its
    address in memory, and everything that was sent, and writes a traceback into the log. Without
    this, it does.
    """
    if not plain_gradio():
        demo.validate_inputs = _check


def _check(function: Any, values: Sequence[Any]) -> None:
    """Raise, in words, where values are missing; as in Gradio, more than enough do no harm."""
    wanted, given = len(function.inputs), len(values)
    if given < wanted:
        raise gr.Error(
            f"This function takes {_counted(wanted)}, and {given} came. The page about the API, at "
            "the foot of this one, lists them.",
            print_exception=False,
        )


def _counted(number: int) -> str:
    return f"{number} value" if number == 1 else f"{number} values"
