"""Gradio's queue: how often it looks, and that it forgets what has ended and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from playground.gradio_app.internals.queue import (
    LOOK_SECONDS,
    PROGRESS_SECONDS,
    look_less_often,
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


def serving(queue: Any) -> Any:
    return SimpleNamespace(get_blocks=lambda: SimpleNamespace(_queue=queue))


def swept(queue: Queue, between: Callable[[Queue], None] | None = None, times: int = 2) -> Queue:
    """A queue after some sweeps; `between` happens after the first."""

    async def run() -> None:
        seconds = 0.02
        task = asyncio.create_task(sweep(serving(queue), seconds))
        await asyncio.sleep(1.5 * seconds)
        if between is not None:
            between(queue)
        await asyncio.sleep((times - 1) * seconds)
        task.cancel()

    asyncio.run(run())
    return queue


def test_what_has_ended_is_forgotten_and_what_runs_is_not() -> None:
    queue = swept(Queue.busy())
    assert queue.pending_event_ids_session == {"runs": {"a"}}
    assert queue.pending_messages_per_session == {"runs": 2}


def test_who_presses_again_between_two_sweeps_is_not_forgotten() -> None:
    def press(queue: Queue) -> None:
        queue.pending_event_ids_session["read"] = {"new"}
        queue.event_ids_to_events["new"] = object()

    queue = swept(Queue.busy(), press)
    assert set(queue.pending_messages_per_session) == {"read", "runs"}


def test_one_sweep_alone_forgets_nothing() -> None:
    queue = swept(Queue.busy(), times=1)
    assert queue.pending_messages_per_session == Queue.busy().pending_messages_per_session


def test_gradios_queue_has_what_a_sweep_reads(app: Any) -> None:
    for name in vars(Queue.busy()):
        assert not getattr(app.get_blocks()._queue, name)  # there, and empty


def test_gradios_queue_looks_less_often(app: Any) -> None:
    queue = app.get_blocks()._queue
    assert (queue.sleep_when_free, queue.progress_update_sleep_when_free) == (0.001, 0.01)
    look_less_often(app)
    pauses = (queue.sleep_when_free, queue.progress_update_sleep_when_free)
    assert pauses == (LOOK_SECONDS, PROGRESS_SECONDS)


def test_switched_off_nothing_is_swept_and_the_queue_looks_as_ever(app: Any, plain: None) -> None:
    look_less_often(app)
    assert app.get_blocks()._queue.sleep_when_free == 0.001
    queue = swept(Queue.busy())
    assert queue.pending_messages_per_session == Queue.busy().pending_messages_per_session
