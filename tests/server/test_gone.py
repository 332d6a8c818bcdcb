"""Who goes away leaves nothing behind: no run, no thread, no open file, no memory.

The real app over pretended models, as a process of its own, and visitors who are cut off in every
way: a closed page, a killed client, a pressed Stop, before the first step and in the midst of them.
"""

from __future__ import annotations

import json
import secrets
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from models.measure.app.server import serving
from models.measure.load.sessions import Function, functions

pytestmark = pytest.mark.slow

ROUNDS, WARM_UP = 200, 20
FREE_SECONDS = 1.0
GROWTH = 1.05
POOLED = 2
"""Threads that the server's pool may have added, for good, because it was asked for more at once
than before; a thread for each visitor would be 180."""
PROMPT = "delay=0.4"  # so that a run which is not ended is there for twenty seconds


@dataclass(frozen=True)
class Page:
    """The running app, as clients see it."""

    port: int
    functions: dict[str, Function]
    client: httpx.Client

    def load(self) -> dict[str, Any]:
        """What the app says about itself."""
        answer: dict[str, Any] = self.client.get("/healthz").json()
        return answer

    def wait_until_free(self) -> float:
        """Seconds until no run has a slot or waits for one."""
        started = time.monotonic()
        while (load := self.load())["runs"] or load["queue"]:
            assert time.monotonic() - started < 5, f"still there: {load}"
            time.sleep(0.02)
        return time.monotonic() - started

    def wait_until_running(self) -> None:
        """Return once a run has its slot."""
        until = time.monotonic() + 5
        while not self.load()["runs"]:
            assert time.monotonic() < until, "nothing was started"
            time.sleep(0.01)

    def press(self, name: str, session: str, **fields: Any) -> list[dict[str, Any]]:
        """Press a button; the runs that its form asks for."""
        function = self.functions[name]
        answer = self.client.post(
            "/gradio_api/queue/join",
            json={
                "data": function.data(**fields),
                "fn_index": function.number,
                "session_hash": session,
                "trigger_id": None,
                "event_data": None,
            },
        )
        answer.raise_for_status()
        told = self.client.get("/gradio_api/queue/data", params={"session_hash": session}).text
        events = [json.loads(event.partition("data:")[2]) for event in told.split("\n\n") if event]
        (plan,) = (e["output"]["data"][0] for e in events if e["msg"] == "process_completed")
        return [run["recipe"] for run in plan["runs"]]

    @contextmanager
    def opened(self) -> Iterator[Callable[[], socket.socket]]:
        """A page that has pressed its button: how it has what it asks for carried out.

        As in a browser a second connection says, for as long as it is there, that the page is.
        """
        session = secrets.token_hex(6)
        alive = self.send(f"GET /gradio_api/heartbeat/{session} HTTP/1.1\r\nHost: page\r\n\r\n")
        read_until(alive, b"200 OK")
        drawn = {"images_prompt": f"{PROMPT} {session}", "images_steps": 50}
        runs = self.press("images_draw", session, **drawn)
        yield lambda: self.carry_out(*runs)
        kill(alive)

    def send(self, request: str) -> socket.socket:
        """A connection of its own with a request on its way."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        connection.sendall(request.encode())
        return connection

    def live(self) -> socket.socket:
        """A live run on the first page."""
        run: dict[str, Any] = {"model": "char_lstm", "prompt": PROMPT, "options": {"length": 900}}
        run["seed"] = secrets.randbelow(2**31)
        return self.carry_out(run)

    def carry_out(self, *runs: dict[str, Any]) -> socket.socket:
        """Runs on their way."""
        body = json.dumps({"visitor": secrets.token_hex(8), "runs": runs})
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
        return self.send(f"POST /live HTTP/1.1\r\nHost: page\r\n{head}\r\n\r\n{body}")


def read_until(connection: socket.socket, word: bytes) -> None:
    """Read until a word has come."""
    seen = b""
    while word not in seen:
        part = connection.recv(65_536)
        assert part, f"the connection ended without {word!r}: {seen[-300:]!r}"
        seen = seen[-100:] + part


def kill(connection: socket.socket) -> None:
    """End a connection as a client that dies does: with a reset, and no word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def live_killed_before_the_first_step(page: Page) -> None:
    kill(page.live())


def live_killed_in_the_midst(page: Page) -> None:
    connection = page.live()
    read_until(connection, b'"letters"')
    kill(connection)


def live_closed_in_the_midst(page: Page) -> None:
    with page.live() as connection:
        read_until(connection, b'"letters"')


def tab_killed_before_the_first_step(page: Page) -> None:
    with page.opened() as carry_out:
        connection = carry_out()
        read_until(connection, b"200 OK")
        kill(connection)


def tab_killed_in_the_midst(page: Page) -> None:
    with page.opened() as carry_out:
        connection = carry_out()
        read_until(connection, b'"frame"')
        page.wait_until_running()
        kill(connection)


def tab_closed_in_the_midst(page: Page) -> None:
    with page.opened() as carry_out, carry_out() as connection:
        read_until(connection, b'"frame"')
        page.wait_until_running()


def tab_stopped(page: Page) -> None:
    with page.opened() as carry_out:
        with carry_out() as connection:
            read_until(connection, b'"frame"')
            page.wait_until_running()
        page.wait_until_free()  # while the page is still there


WAYS: tuple[Callable[[Page], None], ...] = (
    live_killed_before_the_first_step,
    live_killed_in_the_midst,
    live_closed_in_the_midst,
    tab_killed_before_the_first_step,
    tab_killed_in_the_midst,
    tab_closed_in_the_midst,
    tab_stopped,
)


@pytest.fixture
def page() -> Iterator[Page]:
    with (
        serving("-m", "tests.browser.serve", PLAYGROUND_WARM="0") as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client,
    ):
        yield Page(port, functions(client.get("/config").json()), client)


def test_two_hundred_visitors_cut_off_leave_nothing_behind(
    page: Page, record_property: Callable[[str, object], None]
) -> None:
    slowest: dict[str, float] = {}
    before: dict[str, Any] = {}
    for number in range(ROUNDS):
        if number == WARM_UP:
            before, slowest = settled(page), {}
        way = WAYS[number % len(WAYS)]
        way(page)
        seconds = page.wait_until_free()
        slowest[way.__name__] = max(seconds, slowest.get(way.__name__, 0.0))
    after = settled(page)
    for name, seconds in slowest.items():
        record_property(name, round(seconds, 3))
        assert seconds <= FREE_SECONDS, name
    for name in ("memory_bytes", "threads", "open_files"):
        record_property(name, (before[name], after[name]))
    assert after["ready"]
    assert after["threads"] <= before["threads"] + POOLED
    assert after["open_files"] <= before["open_files"]
    assert after["memory_bytes"] <= GROWTH * before["memory_bytes"]


def settled(page: Page) -> dict[str, Any]:
    """What the app says once the last round is over."""
    page.wait_until_free()
    time.sleep(1.0)
    return page.load()
