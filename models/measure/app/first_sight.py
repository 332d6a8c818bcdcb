"""When a phone sees something of ours move, against a bare Gradio page's first control.

Chromium's own throttle pretends the phone: 9 Mbit/s, 60 ms, a quarter of the processor, and a cold
cache. The app's first page needs `playwright` and a Chromium; without them there is no figure.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np

from models.measure.app.server import serving
from models.measure.app.start import HELLO_WORLD
from models.measure.metric import Metric, median

PHONE = {"width": 360, "height": 740}
_BYTES_PER_SECOND = 9_000_000 / 8
_LATENCY_MS = 60
_SLOWER = 4
_LIMIT_MS = 60_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]

_OURS = "#scene-clock .tile img"
_BARE = "textarea"
# Seconds from the navigation to the first picture of ours, and to the first that takes its place.
_WATCH = """
window.seen = {};
new MutationObserver(() => {
  const image = document.querySelector("SELECTOR");
  if (!image) return;
  seen.first ??= performance.now();
  seen.source ??= image.src;
  const steps = document.querySelector("[data-model=diffusion_mini] .tile img");
  if (!steps) return;
  seen.step ??= steps.src;
  if (steps.src !== seen.step) seen.moved ??= performance.now();
}).observe(document, { childList: true, subtree: true, attributes: true });
"""


def measure(runs: int) -> dict[str, Metric]:
    """Open both pages in turn, `runs` times after one to warm the servers up.

    Raises:
        RuntimeError: without playwright or a Chromium.
    """
    sync_playwright, path = chromium()
    with (
        serving("app.py") as ours,
        serving("-c", HELLO_WORLD) as bare,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        rows = [
            (
                _open(browser, ours, _OURS, "moved", slow=True),
                _open(browser, bare, _BARE, "first", slow=True),
                _open(browser, ours, _OURS, "moved", slow=False),
            )
            for _ in range(runs + 1)
        ]
        browser.close()
    moved = np.array([row[0]["moved"] for row in rows[1:]])
    bare_first = np.array([row[1]["first"] for row in rows[1:]])
    return {
        "phone_first_picture_seconds": median(np.array([row[0]["first"] for row in rows[1:]])),
        "phone_moving_seconds": median(moved),
        "phone_bare_gradio_seconds": median(bare_first),
        "phone_moving_ratio": median(moved / bare_first),
        "desk_moving_seconds": median(np.array([row[2]["moved"] for row in rows[1:]])),
    }


def _open(browser: Any, port: int, selector: str, until: str, *, slow: bool) -> Mapping[str, float]:
    """Seconds at which a fresh browser, nothing kept, saw what it waited for."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    if slow:
        session = context.new_cdp_session(page)
        conditions = {
            "offline": False,
            "latency": _LATENCY_MS,
            "downloadThroughput": _BYTES_PER_SECOND,
            "uploadThroughput": _BYTES_PER_SECOND,
        }
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", conditions)
        session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    page.add_init_script(_WATCH.replace("SELECTOR", selector))
    page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
    page.wait_for_function(f"window.seen?.{until} !== undefined", timeout=_LIMIT_MS)
    seen = page.evaluate("({ first: seen.first, moved: seen.moved })")
    context.close()
    return {name: value / 1000 for name, value in seen.items() if value is not None}


def chromium() -> tuple[Any, str]:
    """Playwright's entry and the path of a Chromium; RuntimeError where one of them is missing."""
    names = ("chromium", "chromium-browser", "chromium-headless-shell")
    path = next(filter(None, map(shutil.which, names)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise RuntimeError("playwright is not installed") from None
    if path is None:
        raise RuntimeError("there is no Chromium on this machine")
    return sync_playwright, path
