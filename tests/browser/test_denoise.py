"""Denoising, speed against quality and the contact sheet, on the app as it is shipped."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from playground.tools import sample_variety
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def port(shipped_port: int) -> int:
    """The port of `python app.py`."""
    return shipped_port


@pytest.fixture
def drawer(open_page: Open) -> Callable[..., Any]:
    """Opens one drawer of the images' place, by the keyboard."""

    def opened(name: str, **settings: Any) -> Any:
        page = open_page(place="Images", **settings)
        page.focus(f"#look-{name} > summary")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#look-{name} .look-inside button")
        return page

    return opened


def resting(root: str, busy: str = "[aria-busy]") -> str:
    """JavaScript: nothing runs in there any more."""
    return f"!document.querySelector('{root}{busy}, {root} {busy}')"


def pictures(page: Any, selector: str) -> np.ndarray:
    """All pictures shown by `selector`, (N, 32, 32, 3) uint8."""
    sources = page.eval_on_selector_all(selector, "all => all.map(one => one.src)")
    files = [base64.b64decode(source.partition(",")[2]) for source in sources]
    return np.array([np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files])


def rows(page: Any, root: str) -> list[list[str]]:
    """What the body of the one table there says."""
    script = "all => all.map(tr => [...tr.children].map(cell => cell.textContent))"
    found: list[list[str]] = page.eval_on_selector_all(f"{root} tbody tr", script)
    return found


def test_the_noise_is_scrubbed_by_keys_during_and_after_the_run(drawer: Callable[..., Any]) -> None:
    page = drawer("denoise", size=PHONE)
    root = "#look-denoise .denoise"
    words, film = f"{root} .denoise-words", f"{root} .denoise-film img"
    assert "Nothing yet" in page.inner_text(words)
    stop_while_looking_at_the_noise(page, root)
    page.select_option("#denoise-steps", "8")
    page.click(f"{root} .denoise-begin")
    page.wait_for_function(f"document.querySelectorAll('{film}').length === 8")
    page.wait_for_function(resting("#look-denoise"))
    assert page.inner_text(words) == "step 8 of 8 · 0\u202f% noise left"
    assert np.array_equal(*pictures(page, f"{root} .denoise-pair img"))  # the picture alone is left
    page.focus(f"{root} .denoise-slider")
    page.keyboard.press("[")
    assert page.inner_text(words).startswith("step 7 of 8")
    assert not np.array_equal(*pictures(page, f"{root} .denoise-pair img"))
    page.keyboard.press("Home")
    assert page.inner_text(words) == "step 0 of 8 · 100\u202f% noise left"
    expect(page.locator(f"{root} .denoise-pair img")).to_have_count(1)  # it has not looked yet
    page.keyboard.press("]")
    assert page.inner_text(words).startswith("step 1 of 8")
    page.keyboard.press("Space")
    page.wait_for_function(f"document.querySelector('{words}').textContent.startsWith('step 8')")
    assert len(rows(page, root)) == 9
    assert all(page.eval_on_selector_all(f"{root} img", "all => all.map(one => one.alt)"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def stop_while_looking_at_the_noise(page: Any, root: str) -> None:
    """Go back while the run goes on, which then follows nobody, and stop it.

    Its pictures come over a slow line, or it would be over before a slow browser is there.
    """
    film = f"{root} .denoise-film img"
    line = {"offline": False, "latency": 0, "downloadThroughput": 30_000, "uploadThroughput": -1}
    session = page.context.new_cdp_session(page)
    session.send("Network.emulateNetworkConditions", line)
    page.select_option("#denoise-steps", "50")
    page.click(f"{root} .denoise-begin")
    page.wait_for_function(f"document.querySelectorAll('{film}').length > 2")
    page.focus(f"{root} .denoise-slider")
    page.keyboard.press("[")
    page.keyboard.press("Home")
    there = page.locator(film).count()
    page.wait_for_function(f"document.querySelectorAll('{film}').length > {there}")
    assert page.inner_text(f"{root} .denoise-words").startswith("step 0 of 50")
    page.click(f"{root} .denoise-begin")
    page.wait_for_function(resting("#look-denoise"))
    shown = page.locator(film).count()
    assert shown < 50
    assert page.inner_text(f"{root} .state") == f"■ stopped at step {shown} of 50"
    session.send("Network.emulateNetworkConditions", {**line, "downloadThroughput": -1})


def test_guidance_is_a_strip_and_who_does_not_answer_is_named(drawer: Callable[..., Any]) -> None:
    page = drawer("denoise", reduced_motion="reduce")
    root = "#look-denoise .denoise-guidance"
    page.click(f"{root} .denoise-pull")
    page.wait_for_function(f"document.querySelectorAll('{root} img').length === 5")
    page.wait_for_function(resting("#look-denoise"))
    drawn = pictures(page, f"{root} img")
    assert len({picture.tobytes() for picture in drawn}) == 5
    labels = page.eval_on_selector_all(f"{root} figcaption", "all => all.map(x => x.textContent)")
    assert labels == [f"guidance {pull}" for pull in (0, 1, 2, 4, 8)]
    page.evaluate("void (window.fetch = () => Promise.reject(new Error('away')))")
    page.click(f"{root} .denoise-pull")
    page.wait_for_selector(f"{root} .failure")
    assert "does not answer" in page.inner_text(f"{root} .failure")
    expect(page.locator(f"{root} button:has-text('Try again')")).to_have_count(1)


def test_steps_are_timed_one_run_after_another(drawer: Callable[..., Any]) -> None:
    page = drawer("steps", size=PHONE)
    root = "#look-steps"
    page.click(f"{root} .steps-begin")
    page.wait_for_selector(f"{root} .steps-progress:has-text('All 7 are drawn')")
    table = rows(page, root)
    assert [row[1] for row in table] == ["1", "2", "4", "8", "20", "one pass", "one pass"]
    seconds = [float(row[2]) for row in table]
    assert all(s > 0 for s in seconds)
    assert seconds[4] > seconds[1]
    drawn = pictures(page, f"{root} .card >> nth=0 >> img")
    for row, picture in zip(table[:5], drawn, strict=True):
        away = sample_variety.distances(np.array([picture, drawn[-1]]))[0, 1]
        assert float(row[3]) == pytest.approx(away, rel=6e-3)
    shown = page.inner_text(f"{root} .steps-shot >> nth=4")
    assert shown.split("\n")[-1] == f"{table[4][2]} s"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # The second time it says Stop; what is kept would be there before a slow finger.
    page.eval_on_selector(f"{root} .steps-begin", "button => { button.click(); button.click(); }")
    page.wait_for_function(resting(root))
    assert re.search(r"\d of 7 are drawn", page.inner_text(f"{root} .steps-progress"))


def test_a_sheet_is_measured_as_numpy_would(drawer: Callable[..., Any]) -> None:
    page = drawer("sheet", size=PHONE)
    root = "#look-sheet"
    stop_a_sheet(page, root)
    page.select_option("#sheet-steps", "4")
    page.click(f"{root} .sheet-begin")
    page.wait_for_selector(f"{root} .sheet-progress:has-text('192 of 192')")
    page.wait_for_selector(f"{root} .sheet-answers table")
    table = rows(page, root)
    assert len(table) == 4
    limit = sample_variety.limit_of(7, "red", "black")
    for number, row in enumerate(table[:3]):
        card = f"{root} .card >> nth={number} >>"
        away = sample_variety.distances(pictures(page, f"{card} .sheet-grid img"))
        near = sample_variety.nearest(away)
        assert [int(row[1]), int(row[2])] == [64, sample_variety.different(away, limit)]
        assert float(row[3]) == pytest.approx(near.mean(), rel=6e-3)
        assert float(row[4]) == pytest.approx(near.min(), rel=6e-3)
        marked = page.eval_on_selector_all(
            f"{card} .sheet-grid button",
            "all => all.flatMap((x, i) => x.matches('.alike') ? [i] : [])",
        )
        assert away[marked[0], marked[1]] == pytest.approx(near.min())
    card = f"{root} .card >> nth=0 >>"
    page.focus(f"{card} .sheet-grid button >> nth=0")
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    assert "Picture 10 of 64, seed" in page.inner_text(f"{card} .sheet-large")
    box = page.locator(f"{card} .sheet-large .tile").bounding_box()
    assert (box["width"], box["height"]) == (128, 128)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    refuse_a_sheet(page, root)


def stop_a_sheet(page: Any, root: str) -> None:
    """Stop while diffusion draws: what is finished stays, and is counted."""
    page.click(f"{root} .sheet-begin")
    page.wait_for_function(
        f"document.querySelectorAll('{root} [data-family=diffusion] img').length"
    )
    page.click(f"{root} .sheet-begin")
    page.wait_for_function(resting(root))
    there = page.locator(f"{root} .sheet-grid button:not(:disabled)").count()
    assert there < 192
    expect(page.locator(f"{root} .sheet-grid img")).to_have_count(there)
    assert page.inner_text(f"{root} .sheet-progress") == f"{there} of 192 pictures are there."


def refuse_a_sheet(page: Any, root: str) -> None:
    """What cannot be seen is refused in words, and the page is ready again."""
    page.click("#images-paper label:has-text('red')")
    page.click(f"{root} .sheet-begin")
    page.wait_for_selector(f"{root} .failure")
    assert "cannot be seen" in page.inner_text(f"{root} .failure >> nth=0")
    page.click(f"{root} .sheet-begin")
    page.wait_for_function(resting(root))
