"""Take the README's pictures from the running app: python -m tests.browser.screenshots FOLDER."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from gradio_client import Client

from models.measure.app.server import serving
from tests.browser.conftest import DESK, FLAGS, PATIENCE_MS, PHONE, chromium_path


def take(browser: Any, port: int, folder: Path) -> None:
    """All places and the time machine, at a desk in the light and on a phone in the dark."""
    wait_until_warm(port)
    for size, scheme, suffix in ((DESK, "light", ""), (PHONE, "dark", "-phone")):
        context = browser.new_context(viewport=size, color_scheme=scheme)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.click("#tour-away")
        page.wait_for_selector("#scene-clock[data-answered]")
        page.screenshot(path=folder / f"play{suffix}.png")
        page.get_by_role("tab", name="Text").click()
        page.click("#text-write")
        said = "document.querySelector('#page-said').textContent !== ''"
        page.wait_for_function(said)
        page.screenshot(path=folder / f"text{suffix}.png", full_page=True)
        page.get_by_role("tab", name="Images").click()
        draw(page, "images")
        page.screenshot(path=folder / f"images{suffix}.png", full_page=True)
        page.locator("#images-world label", has_text="Emoji").click()
        draw(page, "emoji")
        page.screenshot(path=folder / f"emoji{suffix}.png", full_page=True)
        turn_time_back(page)
        scene = page.locator("#scene-childhoods")
        scene.screenshot(path=folder / f"time-machine{suffix}.png")
        context.close()


def draw(page: Any, place: str) -> None:
    """Let one world's families draw their example."""
    page.click(f"#{place}-draw")
    drawn = f"document.querySelectorAll('#{place}-grid a[download]').length === 3"
    page.wait_for_function(drawn)
    page.wait_for_selector(f"#{place}-draw:has-text('Draw')")


def turn_time_back(page: Any) -> None:
    """Show all models half way between noise and grown up."""
    page.get_by_role("tab", name="Play").click()
    page.locator("#scene-childhoods").scroll_into_view_if_needed()
    page.focus("#childhoods-slider")
    for _ in range(int(page.get_attribute("#childhoods-slider", "max")) // 2):
        page.keyboard.press("ArrowRight")


def wait_until_warm(port: int) -> None:
    """Until every model is read: figures taken while others load say nothing about a model."""
    client = Client(f"http://127.0.0.1:{port}/", verbose=False)
    until = time.monotonic() + PATIENCE_MS / 1000
    while any(
        m["state"] == "not_loaded" and m["kind"] != "measure"
        for m in client.predict(api_name="/models_list")
    ):
        if time.monotonic() > until:
            raise TimeoutError("the models are not ready")
        time.sleep(0.5)


def main() -> None:
    """Serve the shipped app and photograph it."""
    from playwright.sync_api import sync_playwright

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with serving("app.py") as port, sync_playwright() as playwright:
        path = chromium_path()
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        take(browser, port, folder)
        browser.close()


if __name__ == "__main__":
    main()
