"""What Gradio keeps of every page that was opened, without what this app has no use for.

Gradio (6.31, `state_holder.py`) writes down the whole page anew for every session, and every value
that is sent or shown after that, so that a deep link could be made of it; it forgets a session only
when there are too many. For this page those are 210 KB and 15 ms of the event loop each to begin
with, and as much again for what is pressed; there are no deep links here, and the rest is 8 KB.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from gradio.blocks import Block
from gradio.routes import App
from gradio.state_holder import SessionState, StateHolder


class LeanState(SessionState):  # type: ignore[misc]
    """A session without a copy of the page; how an event changes a component is kept as ever."""

    def __init__(self, blocks: Any) -> None:
        # Only what is in `blocks` is written down; every part is read from `default_config`.
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks=()))

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        """Nothing is written down."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Nothing is written down."""


class Sessions(StateHolder):  # type: ignore[misc]
    """The sessions of an app, each of them lean."""

    def __getitem__(self, session_id: str) -> Any:
        if session_id not in self.session_data:
            self.session_data[session_id] = LeanState(self.blocks)
        return super().__getitem__(session_id)


def keep_lean(app: Any) -> None:
    """Let an app that Gradio has made, and that nobody has visited, keep no more than that."""
    app.state_holder = Sessions()
    app.state_holder.set_blocks(app.get_blocks())


SWEEP_SECONDS = 60.0


async def sweep(queue: Any, seconds: float = SWEEP_SECONDS) -> None:
    """Forget, for ever, what Gradio's queue keeps of sessions whose runs have all ended.

    It keeps an entry for every session that ever pressed a button, and all the messages for one
    whose page was closed before it read them. What has ended for good at two sweeps on end goes.
    """
    ended: set[str] = set()
    while True:
        await asyncio.sleep(seconds)
        before, ended = ended, _ended(queue)
        for session in before & ended:
            queue.pending_event_ids_session.pop(session, None)
            queue.pending_messages_per_session.pop(session, None)


def _ended(queue: Any) -> set[str]:
    """The sessions of which the queue knows, but of no run that waits or is under way."""
    waiting: dict[str, set[str]] = queue.pending_event_ids_session
    known = {*waiting, *queue.pending_messages_per_session}
    return {s for s in known if waiting.get(s, set()).isdisjoint(queue.event_ids_to_events)}


@contextmanager
def app_made_at_launch() -> Iterator[None]:
    """Let Gradio make no app of a page that is being built; `launch` makes the one it serves.

    Gradio (6.31, `blocks.py`) makes four: of the empty page, of the whole one, when its queue is
    set, and to be served. Each time it writes down the whole page and looks through 80 routes,
    which is half of what building the page costs.
    """
    made = vars(App)["create_app"]
    App.create_app = staticmethod(_no_app)
    try:
        yield
    finally:
        App.create_app = made


def _no_app(*_: Any, **__: Any) -> None:
    """In the place of an app that nobody would be served by."""


def remember_signatures() -> None:
    """Let Python look up how each kind of component is made instead of finding it out again.

    Gradio asks for every component that is made, for each of them whenever the page is written
    down, and for every visitor: a third of what building the page costs, and half of what a new
    visitor does (15 ms, 7 ms with this).
    """
    for kind in _kinds(Block):
        if "__init__" in vars(kind):
            made: Any = inspect.unwrap(vars(kind)["__init__"])
            made.__signature__ = inspect.signature(made)


def _kinds(kind: type[object]) -> Iterator[type[object]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from _kinds(derived)
