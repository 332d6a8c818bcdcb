"""The end of the server: when all have been told, and not before; nobody is waited for longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from playground.gradio_app.internals import closing


class Demo(SimpleNamespace):
    """What is read and set of a page that is being served."""

    @classmethod
    def busy(cls, tasks: set[str], close: Callable[[bool], None]) -> Demo:
        server = SimpleNamespace(
            server_state=SimpleNamespace(tasks=tasks),
            config=SimpleNamespace(timeout_graceful_shutdown=None),
        )
        return cls(server=server, close=close)


def closed(demo: Any) -> float:
    """Seconds until a server is closed."""
    begun = time.monotonic()
    closing.close_server(demo)
    return time.monotonic() - begun


def test_who_is_being_served_is_waited_for() -> None:
    tasks, ended = {"a run"}, []
    demo = Demo.busy(tasks, lambda verbose: ended.append((verbose, set(tasks))))
    threading.Timer(0.4, tasks.clear).start()
    assert 0.3 < closed(demo) < closing.TOLD_SECONDS
    assert ended == [(False, set())]
    assert demo.server.config.timeout_graceful_shutdown == closing.CLOSED_SECONDS


def test_nobody_is_waited_for_longer_than_they_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "TOLD_SECONDS", 0.2)
    monkeypatch.setattr(closing, "CLOSED_SECONDS", 0.1)
    demo = Demo.busy({"a run that does not end"}, lambda verbose: time.sleep(5))
    assert closed(demo) < 2


def test_gradios_server_has_what_is_read_and_set(demo: gr.Blocks) -> None:
    demo.launch(prevent_thread_lock=True, quiet=True)
    assert isinstance(demo.server.server_state.tasks, set)
    assert hasattr(demo.server.config, "timeout_graceful_shutdown")
    assert closed(demo) < closing.TOLD_SECONDS
    assert not demo.is_running


def test_switched_off_the_time_to_be_told_is_waited_in_any_case(
    monkeypatch: pytest.MonkeyPatch, plain: None
) -> None:
    monkeypatch.setattr(closing, "TOLD_SECONDS", 0.3)
    ended: list[bool] = []
    assert closed(SimpleNamespace(close=ended.append)) >= 0.3
    assert ended == [False]
