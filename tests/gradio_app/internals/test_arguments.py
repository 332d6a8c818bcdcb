"""A call with too few values is answered in a sentence."""

from __future__ import annotations

import asyncio
from typing import Any

import gradio as gr
import pytest

from playground.gradio_app.internals import arguments
from playground.gradio_app.internals.arguments import count_in_words, refusal


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


@pytest.fixture
def several() -> Any:
    """An app with a function of two values, one in the page alone, and one that ends another."""
    with gr.Blocks() as demo:
        fields = [gr.Textbox(), gr.Textbox()]
        state = gr.State()
        button = gr.Button("Go")
        going = button.click(lambda one, two, kept: one, [*fields, state], fields[0], api_name="go")
        button.click(None, fields, js="() => {}", api_name="page")
        button.click(None, None, None, cancels=[going], api_name="end")
    return gr.routes.App.create_app(demo.queue())


JOIN = "/gradio_api/queue/join"


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        (JOIN, {"fn_index": 0, "data": ["a", "b", None]}, ""),
        ("/gradio_api/call/go", {"data": ["a", "b"]}, ""),
        ("/gradio_api/call/go/", {"data": ["a", "b"]}, ""),
        ("/gradio_api/call/v2/go", {"one": "a"}, ""),
        (JOIN, {"fn_index": 2, "data": []}, arguments.PAGE_ALONE),
        (JOIN, {"fn_index": 7, "data": []}, ""),  # of which Gradio knows nothing either
        (JOIN, {"fn_index": 0, "data": ["a", "b"]}, "This function takes 3 values, and 2 came."),
        (JOIN, {"fn_index": 0, "data": ["a"]}, "This function takes 3 values, and 1 came."),
        ("/gradio_api/run/go", {"data": ["a"] * 9}, "This function takes 3 values, and 9 came."),
        (JOIN, {"fn_index": 0, "data": "ab"}, arguments.NO_LIST),
        (JOIN, {"fn_index": 0}, arguments.NO_LIST),
        (JOIN, {"fn_index": 1, "data": ["a", "b"]}, arguments.PAGE_ALONE),
        ("/gradio_api/run/page", {"data": []}, arguments.PAGE_ALONE),
    ],
)
def test_what_cannot_be_meant_is_refused_before_it_is_called(
    several: Any, path: str, content: dict[str, Any], said: str
) -> None:
    found = refusal(several, path, content)
    assert bool(found) == bool(said)
    assert found.startswith(said)


def test_switched_off_nothing_is_refused(several: Any, plain: None) -> None:
    assert refusal(several, JOIN, {"fn_index": 1, "data": []}) == ""


def test_switched_off_gradio_says_what_it_says(demo: gr.Blocks, plain: None) -> None:
    count_in_words(demo)
    assert "validate_inputs" not in vars(demo)
