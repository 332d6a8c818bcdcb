"""An app that Gradio has made, and a switch that is off."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from playground.gradio_app.internals import switch


@pytest.fixture(autouse=True)
def _tricks(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tricks are on, whatever the run of the tests is about."""
    monkeypatch.delenv(switch.NAME, raising=False)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, _tricks: None) -> None:
    """All tricks are off."""
    monkeypatch.setenv(switch.NAME, "1")


@pytest.fixture
def demo() -> gr.Blocks:
    """A page with one field and one function."""
    with gr.Blocks() as demo:
        field = gr.Textbox("at first", label="Seed", placeholder="Say it")
        gr.Button("Go").click(lambda said: said, [field], [field], api_name="go")
    return demo.queue()


@pytest.fixture
def app(demo: gr.Blocks) -> Any:
    """What Gradio serves of it; nobody has visited it."""
    return gr.routes.App.create_app(demo)
