"""How components are made is looked up, and is what it was."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from gradio.blocks import Block

from playground.gradio_app.internals import signatures
from playground.gradio_app.internals.signatures import remember_signatures


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Components as Gradio leaves them; afterwards as they were before."""
    made = {inspect.unwrap(kind.__init__) for kind in signatures._kinds(Block)}
    before = {one: vars(one).pop("__signature__", None) for one in made if hasattr(one, "__dict__")}
    yield
    for one, signature in before.items():
        vars(one).pop("__signature__", None)
        if signature is not None:
            one.__signature__ = signature


def composed(monkeypatch: pytest.MonkeyPatch, demo: gr.Blocks) -> int:
    """How often Python composes a signature while Gradio writes down every component."""
    count = 0
    compose: Any = inspect._signature_from_function

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        return compose(*args, **kwargs)

    monkeypatch.setattr(inspect, "_signature_from_function", counted)
    for block in demo.blocks.values():
        block.get_config()
    return count


def test_gradio_asks_and_python_looks_up(demo: gr.Blocks, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {number: block.get_config() for number, block in demo.blocks.items()}
    assert composed(monkeypatch, demo) >= len(demo.blocks)
    remember_signatures()
    assert composed(monkeypatch, demo) == 0
    assert {number: block.get_config() for number, block in demo.blocks.items()} == before


def test_switched_off_it_is_composed_anew(
    demo: gr.Blocks, monkeypatch: pytest.MonkeyPatch, plain: None
) -> None:
    remember_signatures()
    assert composed(monkeypatch, demo) >= len(demo.blocks)


def test_what_is_remembered_is_what_python_would_find_out() -> None:
    remember_signatures()
    for kind in (gr.HTML, gr.Row, gr.Slider, gr.Tab):
        inner = inspect.unwrap(kind.__init__)
        code = inner.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        remembered = inspect.signature(kind.__init__)
        assert remembered is inner.__signature__
        assert set(names) <= set(remembered.parameters)
        assert inspect.getfullargspec(inner).args == list(code.co_varnames[: code.co_argcount])
