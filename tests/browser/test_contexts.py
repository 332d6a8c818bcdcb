"""Tests take turns with the browser's contexts: nobody finds what another has left."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DESK, PHONE, Contexts

pytestmark = pytest.mark.browser

_LEAVE = """async () => {
    localStorage.setItem("kept", "1");
    sessionStorage.setItem("kept", "1");
    document.cookie = "kept=1";
    await caches.open("kept");
    await new Promise((done) => { indexedDB.open("kept").onsuccess = done; });
}"""
_FIND = """async () => [
    localStorage.length, sessionStorage.length, document.cookie,
    (await caches.keys()).length, (await indexedDB.databases()).length, innerWidth,
]"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """An address that serves a folder with nothing in it."""
    handler = functools.partial(_Silent, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _opened(context: Any, address: str) -> Any:
    page = context.new_page()
    page.goto(f"{address}/")
    return page


def test_the_next_visitor_finds_nothing_of_the_last(contexts: Contexts, address: str):
    settings = {"locale": "en-GB"}
    context = contexts.take(PHONE, settings)
    page = _opened(context, address)
    page.evaluate(_LEAVE)
    assert page.evaluate(_FIND) == [1, 1, "kept=1", 1, 1, PHONE["width"]]
    contexts.give_back(context, settings, {address})
    assert context.pages == []
    assert contexts.take(DESK, settings) is context
    assert _opened(context, address).evaluate(_FIND)[:-1] == [0, 0, "", 0, 0]
    contexts.give_back(context, settings, {address})


def test_visitors_of_one_test_have_a_context_each(contexts: Contexts):
    one, other = contexts.take(DESK, {}), contexts.take(DESK, {})
    assert one is not other
    assert contexts.take(DESK, {"locale": "es-ES"}) not in (one, other)
