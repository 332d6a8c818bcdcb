"""The static folder: from a bare file server and from a disk, with no server of ours behind it."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from playground.core.feature import scenes
from playground.registry import FEATURES
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bare_server(static_folder: Path) -> Iterator[str]:
    """Python's own file server over the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(static_folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["served", "disk"])
def page(request: pytest.FixtureRequest, open_static: Callable[..., Any], bare_server: str) -> Any:
    """The page as it opens from either."""
    return open_static(bare_server if request.param == "served" else "")


def test_the_clock_shows_the_time(page: Any):
    page.wait_for_selector("#scene-clock[data-moved]")
    assert page.get_attribute("#scene-clock", "data-time") in page.inner_text(".clock-line")
    expect(page.locator("#scene-clock .tile:visible img")).to_have_count(12)
    states = [s.inner_text() for s in page.locator("#scene-clock .state").all()]
    assert all("recorded" in words for words in states)


def test_a_number_is_shown_from_the_pack(page: Any):
    page.wait_for_selector("#scene-clock[data-moved]")
    page.fill("#clock-number", "5")
    page.click("#clock-draw")
    page.wait_for_selector("#clock-draw:has-text('Draw my number')")
    alts = [i.get_attribute("alt") for i in page.locator("#scene-clock .tile:visible img").all()]
    assert len(alts) == 3
    assert all(" 5 on " in alt for alt in alts)


def test_every_scene_builds_and_fits_a_phone(page: Any):
    page.set_viewport_size(PHONE)
    for name in (scene.id for scene in scenes(FEATURES)):
        page.locator(f"#scene-{name}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#scene-{name}[data-ready]")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not page.is_visible("#places [role=tab]")  # there is one place, and no engine
