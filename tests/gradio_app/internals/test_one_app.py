"""Of a page that is being built no app is made; of one that is served, one."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest
from gradio.routes import App

from playground import site
from playground.gradio_app.internals.one_app import app_made_at_launch


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[gr.Blocks]:
    """The pages of which Gradio makes an app in a test, one entry for each time."""
    pages: list[gr.Blocks] = []
    create_app = App.create_app

    def noted(blocks: gr.Blocks, *args: Any, **kwargs: Any) -> App:
        pages.append(blocks)
        return create_app(blocks, *args, **kwargs)

    monkeypatch.setattr(App, "create_app", staticmethod(noted))
    return pages


def test_no_app_is_made_of_a_page_before_it_is_served(services: Any, made: list[gr.Blocks]) -> None:
    demo = site.build(services)
    assert made == []
    assert isinstance(App.create_app(demo), App)
    assert made == [demo]


def test_what_makes_apps_is_put_back_after_a_fault_too(made: list[gr.Blocks]) -> None:
    before = vars(App)["create_app"]
    with pytest.raises(LookupError), app_made_at_launch(), gr.Blocks():
        raise LookupError
    assert vars(App)["create_app"] is before
    with gr.Blocks() as demo:
        gr.Textbox()
    assert demo in made


def test_switched_off_gradio_makes_as_many_as_ever(made: list[gr.Blocks], plain: None) -> None:
    with app_made_at_launch(), gr.Blocks() as demo:
        gr.Textbox()
    assert demo in made
