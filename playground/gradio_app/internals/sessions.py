"""What Gradio keeps of every page that was opened, without what this app has no use for."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

from gradio.state_holder import SessionState, StateHolder

from playground.gradio_app.internals.addresses import API
from playground.gradio_app.internals.switch import plain_gradio

_NAME = "session_hash"
_HEARTBEAT = f"{API}/heartbeat/"


def names(path: str, query: str, content: Any) -> Iterator[object]:
    """The names of sessions in a request: Gradio keeps whatever it is called by, at any length.

    Args:
        content: what its body says as JSON, None where it is not read.
    """
    if path.startswith(_HEARTBEAT):
        yield path.removeprefix(_HEARTBEAT)
    yield from parse_qs(query).get(_NAME, ())
    if isinstance(content, dict):
        yield content.get(_NAME)


def keep_lean(app: Any) -> None:
    """Let an app that Gradio has made, and that nobody has visited, keep no copies of its page.

    Gradio (`state_holder.py`) writes down the whole page anew for every session, and every value
    that is sent or shown after that, so that a deep link could be made of it; it forgets a session
    only when there are too many. There are no deep links here. Measured for this page: 210 KB and
    15 ms of the event loop for each new session, and as much again for what is pressed; with this,
    8 KB. Without it, an app with 1,000 sessions holds 210 MB more, and opens pages more slowly.
    """
    if plain_gradio():
        return
    app.state_holder = _Sessions()
    app.state_holder.set_blocks(app.get_blocks())


class _LeanState(SessionState):  # type: ignore[misc]
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


class _Sessions(StateHolder):  # type: ignore[misc]
    """The sessions of an app, each of them lean."""

    def __getitem__(self, session_id: str) -> Any:
        if session_id not in self.session_data:
            self.session_data[session_id] = _LeanState(self.blocks)
        return super().__getitem__(session_id)
