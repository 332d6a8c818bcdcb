"""What is kept of visitors: little while they are here, nothing of a queue once they are gone."""

from __future__ import annotations

import asyncio
import inspect
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.routes import App

from playground import site
from playground.gradio_app.internals import (
    LeanState,
    app_made_at_launch,
    remember_signatures,
    sweep,
)


class Queue(SimpleNamespace):
    """What a sweep reads of Gradio's queue: five sessions in different states."""

    @classmethod
    def busy(cls) -> Queue:
        return cls(
            pending_event_ids_session={"read": set(), "runs": {"a"}, "left": {"gone"}},
            pending_messages_per_session={"read": 1, "runs": 2, "left": 3, "old": 4},
            event_ids_to_events={"a": object()},
        )


def swept(queue: Queue, between=lambda queue: None, times: int = 2) -> Queue:
    """A queue after some sweeps; `between` happens after the first."""

    async def run() -> None:
        seconds = 0.02
        task = asyncio.create_task(sweep(queue, seconds))
        await asyncio.sleep(1.5 * seconds)
        between(queue)
        await asyncio.sleep((times - 1) * seconds)
        task.cancel()

    asyncio.run(run())
    return queue


def test_what_has_ended_is_forgotten_and_what_runs_is_not():
    queue = swept(Queue.busy())
    assert queue.pending_event_ids_session == {"runs": {"a"}}
    assert queue.pending_messages_per_session == {"runs": 2}


def test_who_presses_again_between_two_sweeps_is_not_forgotten():
    def press(queue: Queue) -> None:
        queue.pending_event_ids_session["read"] = {"new"}
        queue.event_ids_to_events["new"] = object()

    queue = swept(Queue.busy(), press)
    assert set(queue.pending_messages_per_session) == {"read", "runs"}


def test_one_sweep_alone_forgets_nothing():
    queue = swept(Queue.busy(), times=1)
    assert queue.pending_messages_per_session == Queue.busy().pending_messages_per_session


def test_gradios_queue_has_what_a_sweep_reads():
    with gr.Blocks() as demo:
        gr.Textbox()
    demo.queue()
    for name in Queue.busy().__dict__:
        assert not getattr(demo._queue, name)  # there, and empty
    assert demo._queue.sleep_when_free == 0.001  # what `stack.py` makes longer


def test_a_session_keeps_no_copy_of_what_was_shown():
    with gr.Blocks() as demo:
        box = gr.Textbox("at first")
    lean = LeanState(demo)
    lean._update_value_in_config(box._id, "x" * 100_000)
    lean[box._id] = gr.Textbox("later", render=False)
    assert lean[box._id].value == "later"
    assert lean.config_values == {}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[gr.Blocks]:
    """The pages of which Gradio makes an app in a test, one entry for each time."""
    pages: list[gr.Blocks] = []
    create_app = App.create_app

    def noted(blocks: gr.Blocks, *args: object, **kwargs: object) -> App:
        pages.append(blocks)
        return create_app(blocks, *args, **kwargs)

    monkeypatch.setattr(App, "create_app", staticmethod(noted))
    return pages


def test_no_app_is_made_of_a_page_before_it_is_served(services, made):
    demo = site.build(services)
    assert made == []
    assert isinstance(App.create_app(demo), App)
    assert made == [demo]


def test_what_makes_apps_is_put_back_after_a_fault_too(made):
    before = vars(App)["create_app"]
    with pytest.raises(LookupError), app_made_at_launch(), gr.Blocks():
        raise LookupError
    assert vars(App)["create_app"] is before
    with gr.Blocks() as demo:
        gr.Textbox()
    assert demo in made


def test_how_a_component_is_made_is_found_out_once():
    remember_signatures()
    for kind in (gr.HTML, gr.Row, gr.Slider, gr.Tab):
        inner = inspect.unwrap(kind.__init__)
        code = inner.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        remembered = inspect.signature(kind.__init__)
        assert remembered is inner.__signature__
        assert set(names) <= set(remembered.parameters)
        assert inspect.getfullargspec(inner).args == list(code.co_varnames[: code.co_argcount])
