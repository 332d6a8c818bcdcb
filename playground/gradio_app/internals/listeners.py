"""Gradio's queue and those who listen: what nobody hears ends, and nobody takes all places."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from gradio.server_messages import ProcessCompletedMessage
from gradio.utils import error_payload

from playground.core import identity
from playground.gradio_app.internals.switch import plain_gradio

UNHEARD_SECONDS = 5.0
"""How long an event goes on before anybody opens the stream that tells of it."""
LOST_SECONDS = 30.0
"""The same for a stream that was open, or still is, and from which nothing is taken."""
LOOK_SECONDS = 1.0
MOST_OF_SESSION = 32
"""Events that wait or run. A press of a button is one or two."""
MOST_OF_CLIENT = 192
"""The same, of a member of a class, or of an address; behind one of these may be a whole room. The
queue holds 256."""
MOST_UNHEARD = 64
"""Sessions of one client that have called something and never opened their stream."""
LATE_SECONDS = 10.0
"""How long whoever comes late to what was ended unheard is told so; then the session is over."""

UNHEARD = (
    f"Nobody listened to this for {UNHEARD_SECONDS:.0f} seconds, so it was ended. Open the stream "
    "of the answer right after the call."
)
FULL = "Very many people are waiting. Please try again in half a minute."
TOO_MANY = "Too many calls of yours are under way. Wait until some are done, then try again."
_TITLE = "This did not work"


def limit(app: Any, client: Callable[[], str] = identity.address) -> None:
    """Let the queue of an app refuse, in a sentence, what is too much for one.

    Gradio (`queueing.py`, `push`) carries out every event, whether or not anybody has opened its
    stream, until the queue is full for all; then it says so with its figures. Measured: 600 calls
    that nobody listened to made every button dead for ten minutes, and the process 0.9 GB larger.
    Without this, they do.

    Args:
        client: who is being served, as far as nobody can invent it.
    """
    if not plain_gradio():
        queue = _queue_of(app)
        queue.push = _Door(queue, queue.push, client)


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
            if not (isinstance(messages, _Messages) and messages.is_lost(now)):
                continue
            if event.alive and now - event.enqueue_time > UNHEARD_SECONDS:
                messages.ended = now
                await _end(queue, event)
        _forget_ended(queue)


def _forget_ended(queue: Any) -> None:
    """Let sessions go that never listened, when what they called has been ended for a while.

    They count among those of their client, who could not call anything else until `queue.sweep`.
    """
    now, called = time.monotonic(), {e.session_hash for e in queue.event_ids_to_events.values()}
    for session, messages in list(queue.pending_messages_per_session.items()):
        ended = isinstance(messages, _Messages) and messages.is_over(now)
        if ended and session not in called:
            queue.pending_event_ids_session.pop(session, None)
            queue.pending_messages_per_session.pop(session, None)


class _Messages(asyncio.Queue[Any]):
    """The messages of a session, which know whether anybody takes them.

    Args:
        client: whose session it is.
    """

    def __init__(self, client: str) -> None:
        super().__init__()
        self.client = client
        self.ended = math.inf  # when something of it was ended unheard
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

    def is_over(self, now: float) -> bool:
        """Whether it was ended unheard, and nobody has come late to it either."""
        return not self.was_heard and now - self.ended > LATE_SECONDS


class _Door:
    """Stands before the queue's own `push`."""

    def __init__(self, queue: Any, push: Any, client: Callable[[], str]) -> None:
        self.queue = queue
        self.inside = push
        self.client = client

    async def __call__(self, body: Any, request: Any, username: Any) -> tuple[bool, Any, str]:
        session = body.session_hash = body.session_hash or secrets.token_hex(16)
        client = self.client()
        if refusal := self._refusal(session, client):
            return False, refusal, "queue_full"
        waiting = self.queue.pending_messages_per_session
        made = None if session in waiting else _Messages(client)
        if made is not None:
            waiting[session] = made
        success = False
        try:
            success, said, state = await self.inside(body, request, username)
        finally:
            if not success and made is not None and made is dict.get(waiting, session):
                waiting.pop(session)
        return success, FULL if state == "queue_full" else said, state

    def _refusal(self, session: str, client: str) -> str:
        """Why one more event is too much; "" if it is not."""
        events = self.queue.event_ids_to_events.values()
        if sum(event.session_hash == session for event in events) >= MOST_OF_SESSION:
            return TOO_MANY
        known = session in self.queue.pending_messages_per_session
        theirs = {s: messages for s, messages in self._sessions() if messages.client == client}
        unheard = 0 if known else sum(not messages.was_heard for messages in theirs.values())
        under_way = sum(event.session_hash in theirs for event in events)
        full = unheard >= MOST_UNHEARD or under_way >= MOST_OF_CLIENT
        return identity.TOO_MANY_HERE if full else ""

    def _sessions(self) -> Iterator[tuple[str, _Messages]]:
        kept = self.queue.pending_messages_per_session.items()
        return ((s, messages) for s, messages in kept if isinstance(messages, _Messages))


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
