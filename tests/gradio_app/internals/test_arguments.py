"""A call with too few values is answered in a sentence."""

from __future__ import annotations

import asyncio
from typing import Any

import gradio as gr
import pytest

from playground.gradio_app.internals.arguments import count_in_words


def read(demo: gr.Blocks, values: list[Any]) -> list[Any]:
    """What the function of the page is given of the values of a call."""
    (function,) = demo.fns.values()
    given: list[Any] = asyncio.run(demo.preprocess_data(function, values, None))
    return given


def test_missing_values_are_counted_and_no_object_is_named(demo: gr.Blocks) -> None:
    with pytest.raises(ValueError, match="object at 0x"):
        read(demo, [])  # what Gradio says by itself
    count_in_words(demo)
    with pytest.raises(gr.Error) as refused:
        read(demo, [])
    assert refused.value.message.startswith("This function takes 1 value, and 0 came.")
    assert not refused.value.print_exception
    assert read(demo, ["one"]) == ["one"]
    assert read(demo, ["one", "too many"]) == ["one"]


def test_switched_off_gradio_says_what_it_says(demo: gr.Blocks, plain: None) -> None:
    count_in_words(demo)
    assert "validate_inputs" not in vars(demo)
