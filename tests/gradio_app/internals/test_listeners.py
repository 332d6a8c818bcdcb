"""Events that nobody listens to, over real connections: they end, and are never too many."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import httpx
import pytest

from playground.core import identity
from playground.gradio_app.internals import listeners
from playground.stack import settings

UNHEARD = 0.6
"""Seconds, here."""


class Served:
    """A page with a function that goes on for long, and what became of its calls."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.demo = gr.Blocks()
        with self.demo:
            said = gr.Textbox()
            gr.Button("Go").click(self.go_on, [said], [said], api_name="go")
        self.demo.queue(default_concurrency_limit=None, max_size=8)
        self.address = ""

    def go_on(self, name: str) -> Iterator[str]:
        """Says the same for a long time."""
        self.open.add(name)
        try:
            for _ in range(100):
                time.sleep(0.05)
                yield name
        finally:
            self.open.discard(name)

    def join(self, name: str, session: str = "") -> httpx.Response:
        """Call the function as a page does; the session is of the same name."""
        asked = {"data": [name], "fn_index": 0, "session_hash": session or name}
        return httpx.post(f"{self.address}/gradio_api/queue/join", json=asked)

    def listen(self, session: str, most: int = 1_000) -> list[dict[str, Any]]:
        """What is said to a session until it ends, or of that so much."""
        heard: list[dict[str, Any]] = []
        where = f"{self.address}/gradio_api/queue/data?session_hash={session}"
        with httpx.stream("GET", where, timeout=20) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    heard.append(json.loads(line.removeprefix("data: ")))
                if len(heard) == most or (heard and heard[-1]["msg"] == "close_stream"):
                    break
        return heard

    def wait(self, names: set[str]) -> None:
        """Until just these go on."""
        until = time.monotonic() + 10
        while self.open != names:
            assert time.monotonic() < until, self.open
            time.sleep(0.02)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, shared_services: Any) -> Iterator[Served]:
    monkeypatch.setattr(listeners, "UNHEARD_SECONDS", 60.0)
    monkeypatch.setattr(listeners, "LOOK_SECONDS", 0.1)
    page = Served()
    lifespan = settings(shared_services, threading.Event())["lifespan"]
    page.demo.launch(prevent_thread_lock=True, quiet=True, app_kwargs={"lifespan": lifespan})
    page.address = page.demo.local_url.rstrip("/")
    yield page
    page.demo.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, served: Served) -> None:
    monkeypatch.setattr(listeners, "UNHEARD_SECONDS", UNHEARD)


@pytest.mark.usefixtures("impatient")
def test_what_nobody_listens_to_ends_and_says_why(served: Served) -> None:
    assert served.join("left").status_code == 200
    served.wait({"left"})
    served.wait(set())
    heard = served.listen("left")
    (end,) = [message for message in heard if message["msg"] == "process_completed"]
    assert (end["success"], end["output"]["error"]) == (False, listeners.UNHEARD)
    assert heard[-1]["msg"] == "close_stream"


@pytest.mark.usefixtures("impatient")
def test_what_somebody_listens_to_goes_on(served: Served) -> None:
    served.join("heard")
    served.join("left")
    begun = time.monotonic()
    where = f"{served.address}/gradio_api/queue/data?session_hash=heard"
    with httpx.stream("GET", where, timeout=20) as answer:
        for _ in answer.iter_lines():
            if time.monotonic() - begun > 3 * UNHEARD:
                break
        served.wait({"heard"})
    served.wait(set())  # who goes away is followed no longer


def test_a_session_has_so_many_events_and_no_more(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "MOST_OF_SESSION", 3)
    assert [served.join(str(n), "one").status_code for n in range(4)] == [200, 200, 200, 503]
    assert served.join("4", "one").json() == {"detail": listeners.TOO_MANY}
    assert served.join("another").status_code == 200


def test_an_address_has_so_many_sessions_that_never_listen(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "MOST_UNHEARD", 2)
    assert [served.join(str(n)).status_code for n in range(3)] == [200, 200, 503]
    assert served.join("3").json() == {"detail": identity.TOO_MANY_HERE}
    served.listen("0", most=2)
    assert served.join("4").status_code == 200


def test_an_address_has_so_many_events(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "MOST_OF_CLIENT", 2)
    assert [served.join(str(n)).status_code for n in range(3)] == [200, 200, 503]
    monkeypatch.setattr(listeners, "UNHEARD_SECONDS", 0.0)  # which ends both
    served.wait(set())
    assert served.join("3").status_code == 200


def test_a_full_queue_says_so_in_a_sentence(served: Served, monkeypatch: Any) -> None:
    monkeypatch.setattr(served.demo._queue, "max_size", 0)
    answer = served.join("one")
    assert (answer.status_code, answer.json()) == (503, {"detail": listeners.FULL})
    assert not served.demo._queue.pending_messages_per_session


def test_a_program_calls_and_then_listens(served: Served) -> None:
    call = f"{served.address}/gradio_api/call/go"
    event = httpx.post(call, json={"data": ["program"]}).json()["event_id"]
    with httpx.stream("GET", f"{call}/{event}", timeout=20) as answer:
        lines = answer.iter_lines()
        assert any(line == 'data: ["program"]' for line in lines)


def test_switched_off_the_queue_is_gradios(app: Any, plain: None) -> None:
    before = app.get_blocks()._queue.push
    listeners.limit(app)
    assert app.get_blocks()._queue.push == before
