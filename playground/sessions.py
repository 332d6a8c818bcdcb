"""What Gradio keeps of every page that was opened, without what this app has no use for.

Gradio (6.31, `state_holder.py`) writes down the whole page anew for every session, so that a deep
link could be made of it, and forgets a session only when there are too many. For this page those
are 210 KB and 15 ms of the event loop each; there are no deep links here, and the rest is 8 KB.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gradio.state_holder import SessionState, StateHolder


class LeanState(SessionState):  # type: ignore[misc]
    """A session without a copy of the page; what an event changes is kept as ever."""

    def __init__(self, blocks: Any) -> None:
        # Only what is in `blocks` is written down; every part is read from `default_config`.
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks=()))


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
