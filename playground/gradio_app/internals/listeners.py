"""Gradio's queue and those who listen: what nobody hears ends, and nobody takes all places."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.server_messages import ProcessCompletedMessage
from gradio.utils import error_payload

from playground.gradio_app.internals.switch import plain_gradio

UNHEARD_SECONDS = 5.0
"""How long an event goes on before anybody opens the stream that tells of it."""
LOST_SECONDS = 30.0
"""The same for a stream that was open, or still is, and from which nothing is taken."""
LOOK_SECONDS = 1.0
MOST_OF_SESSION = 32
"""Events that wait or run. A press of a button is one or two."""
MOST_OF_ADDRESS = 192
"""The same; a class of thirty sits behind one address. The queue holds 256."""
MOST_UNHEARD = 64
"""Sessions of one address that have called something and never opened their stream."""

UNHEARD = (
    f"Nobody listened to this for {UNHEARD_SECONDS:.0f} seconds, so it was ended. Open the stream "
    "of the answer right after the call."
)
FULL = "Very many people are waiting. Please try again in half a minute."
TOO_MANY = "Too many calls of yours are under way. Wait until some are done, then try again."
TOO_MANY_HERE = "Too much is asked for from your network at once. Please try again in a minute."
_TITLE = "This did not work"


def limit(app: Any) -> None:
    """Let the queue of an app refuse, in a sentence, what is too much for one.

    Gradio (`queueing.py`, `push`) carries out every event, whether or not anybody has opened its
    stream, until the queue is full for all; then it says so with its figures. Measured: 600 calls
    that nobody listened to made every button dead for ten minutes, and the process 0.9 GB larger.
    Without this, they do.
    """
    if not plain_gradio():
        queue = _queue_of(app)
        queue.push = _Door(queue, queue.push)


async def end_unheard(app: Any) -> None:
    """End, for ever, the events that nobody listens to; whoever comes late is told.

    Without it, they run to their end (see `limit`).
    """
    queue = _queue_of(app)
    while not plain_gradio():
        await asyncio.sleep(LOOK_SECONDS)
        for event in list(queue.event_ids_to_events.values()):
            messages = dict.get(queue.pending_messages_per_session, event.session_hash)
            now = time.monotonic()
            lost = isinstance(messages, _Messages) and messages.is_lost(now)
            if lost and event.alive and now - event.enqueue_time > UNHEARD_SECONDS:
                await _end(queue, event)


class _Messages(asyncio.Queue[Any]):
    """The messages of a session, which know whether anybody takes them.

    Args:
        address: from where the session came.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.listening = 0
        self.heard = -1.0  # when somebody last listened

    async def get(self) -> Any:
        self.listening += 1
        try:
            return await super().get()
        finally:
            self.listening -= 1
            self.heard = time.monotonic()

    @property
    def was_heard(self) -> bool:
        return bool(self.listening) or self.heard >= 0

    def is_lost(self, now: float) -> bool:
        """Whether nobody listens, and nobody is about to."""
        return not self.listening and (self.heard < 0 or now - self.heard > LOST_SECONDS)


class _Door:
    """Stands before the queue's own `push`."""

    def __init__(self, queue: Any, push: Any) -> None:
        self.queue = queue
        self.inside = push

    async def __call__(self, body: Any, request: Any, username: Any) -> tuple[bool, Any, str]:
        session = body.session_hash = body.session_hash or secrets.token_hex(16)
        address = request.client.host if request.client else ""
        if refusal := self._refusal(session, address):
            return False, refusal, "queue_full"
        waiting = self.queue.pending_messages_per_session
        made = None if session in waiting else _Messages(address)
        if made is not None:
            waiting[session] = made
        success = False
        try:
            success, said, state = await self.inside(body, request, username)
        finally:
            if not success and made is not None and made is dict.get(waiting, session):
                waiting.pop(session)
        return success, FULL if state == "queue_full" else said, state

    def _refusal(self, session: str, address: str) -> str:
        """Why one more event is too much; "" if it is not."""
        events = self.queue.event_ids_to_events.values()
        if sum(event.session_hash == session for event in events) >= MOST_OF_SESSION:
            return TOO_MANY
        known = session in self.queue.pending_messages_per_session
        theirs = (messages for messages in self._sessions() if messages.address == address)
        unheard = 0 if known else sum(not messages.was_heard for messages in theirs)
        under_way = sum(_came_from(event, address) for event in events)
        full = unheard >= MOST_UNHEARD or under_way >= MOST_OF_ADDRESS
        return TOO_MANY_HERE if full else ""

    def _sessions(self) -> Iterator[_Messages]:
        kept = self.queue.pending_messages_per_session.values()
        return (messages for messages in kept if isinstance(messages, _Messages))


def _came_from(event: Any, address: str) -> bool:
    client = event.request.client
    return (client.host if client else "") == address


async def _end(queue: Any, event: Any) -> None:
    """Let an event run no further than its next step, and leave word of it."""
    error = gr.Error(UNHEARD, title=_TITLE, print_exception=False)
    output = error_payload(error, True)
    said = ProcessCompletedMessage(output=output, title=_TITLE, success=False)
    queue.send_message(event, said)
    event.alive = False
    await queue.remove_from_queue(event._id)


def _queue_of(app: Any) -> Any:
    return app.get_blocks()._queue
