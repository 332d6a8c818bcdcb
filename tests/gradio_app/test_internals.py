"""What is kept of visitors: little while they are here, nothing of a queue once they are gone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import gradio as gr

from playground.gradio_app.internals import LeanState, sweep


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
