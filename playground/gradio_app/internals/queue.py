"""Gradio's queue: how often it looks for work, and what it keeps of sessions that have ended."""

from __future__ import annotations

import asyncio
from typing import Any

from playground.gradio_app.internals.switch import plain_gradio

LOOK_SECONDS, PROGRESS_SECONDS = 0.03, 1.0
SWEEP_SECONDS = 60.0


def look_less_often(app: Any) -> None:
    """Let the queue sleep 30 ms when there is nothing to do, not 1 ms (`queueing.py`).

    Measured: its own millisecond costs 7 % of a core for as long as the app runs, whether or not
    anybody is there, 10 ms 1.7 %, and 30 ms 0.8 %. Without it, that is paid, and a press
    is begun after at most a millisecond instead of thirty. For what `gr.Progress` has to say, which
    nothing here uses, it looks once a second instead of every 10 ms.
    """
    if not plain_gradio():
        queue = _queue_of(app)
        queue.sleep_when_free = LOOK_SECONDS
        queue.progress_update_sleep_when_free = PROGRESS_SECONDS


async def sweep(app: Any, seconds: float = SWEEP_SECONDS) -> None:
    """Forget, for ever, what the queue keeps of sessions whose runs have all ended.

    Gradio (`queueing.py`) keeps an entry for every session that ever pressed a button, and all the
    messages, whole redraws among them, for one whose page was closed before it read them. What has
    ended for good at two sweeps on end goes. Without it, the process grows with every such visitor,
    up to Gradio's own limit of 2,000 sessions.
    """
    if plain_gradio():
        return
    queue = _queue_of(app)
    ended: set[str] = set()
    while True:
        await asyncio.sleep(seconds)
        before, ended = ended, _ended(queue)
        for session in before & ended:
            queue.pending_event_ids_session.pop(session, None)
            queue.pending_messages_per_session.pop(session, None)


def _queue_of(app: Any) -> Any:
    return app.get_blocks()._queue


def _ended(queue: Any) -> set[str]:
    """The sessions of which the queue knows, but of no run that waits or is under way."""
    waiting: dict[str, set[str]] = queue.pending_event_ids_session
    known = {*waiting, *queue.pending_messages_per_session}
    return {s for s in known if waiting.get(s, set()).isdisjoint(queue.event_ids_to_events)}
