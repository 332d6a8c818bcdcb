"""The drawer of history and lab sheet, on the running app: kept for one browser, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from models.measure.app.server import serving
from tests.browser.conftest import PHONE
from tests.browser.serve import FORGET
from tests.browser.test_journeys import draw, images, wait_until_written, write

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SMALL = {"width": 360, "height": 740}
FITS = "document.querySelector('#history').scrollWidth <= innerWidth"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an app over pretended models that keeps a history."""
    file = str(tmp_path_factory.mktemp("history") / "history.sqlite")
    with serving("-m", "tests.browser.serve", host="0.0.0.0", PLAYGROUND_HISTORY=file) as number:
        yield number


def open_drawer(page: Any, said: str) -> Any:
    """Open the drawer and wait for what it says of the list."""
    page.click("#history-open")
    page.wait_for_function(f"/{said}/.test(document.querySelector('#history .says')?.textContent)")
    return page.locator("#history")


def texts(drawer: Any) -> list[str]:
    """Whose runs are listed, newest first."""
    return [str(words) for words in drawer.locator("article h3").all_inner_texts()]


def test_what_was_made_can_be_found_rated_compared_and_deleted(open_page: Open):
    page = open_page()
    page.set_default_timeout(30_000)
    write(page)
    wait_until_written(page)
    images(page)
    draw(page)
    drawer = open_drawer(page, "5 runs are kept")
    assert sorted(texts(drawer)) == ["Diffusion", "GAN", "GPT", "LSTM", "VAE"]
    shown = drawer.locator("article", has_text="GAN").locator("img")
    page.wait_for_function(
        "[...document.querySelectorAll('#history article img')].some(i => i.naturalWidth === 32)"
    )
    expect(shown).to_have_count(4)
    assert shown.first.get_attribute("alt") == "red 7 on black, GAN, 1 of 4"
    states = drawer.locator("article .figures .state")
    assert [words.strip() for words in states.all_inner_texts()] == ["● live"] * 5

    # Found by a word of a text
    page.fill("#history-words", "romeo")
    page.wait_for_function("/2 of 5 with/.test(document.querySelector('#history').innerText)")
    lstm = drawer.locator("article", has_text="LSTM")
    assert len(lstm.locator(".history-text").inner_text()) > 100

    # Rated and noted, still so after a reload
    lstm.locator("summary").click()
    lstm.get_by_label("4 of 5").check()
    lstm.get_by_text("Rated 4 of 5.").wait_for()
    lstm.get_by_label("Note").fill("<b>the better one</b>")
    lstm.get_by_role("button", name="Save note").click()
    lstm.get_by_text("The note is saved.").wait_for()
    page.reload()
    drawer = open_drawer(page, "5 runs are kept")
    lstm = drawer.locator("article", has_text="LSTM")
    assert "rated 4 of 5 — <b>the better one</b>" in lstm.locator(".figures").inner_text()

    # Two of them side by side
    for name in ("LSTM", "GPT"):
        article = drawer.locator("article", has_text=re.compile(f"^{name}"))
        article.get_by_role("button", name="Compare").click()
    drawer.locator(".history-tray").get_by_role("button", name="Compare").click()
    columns = drawer.locator(".history-column")
    left, right = (columns.nth(n).bounding_box() for n in (0, 1))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert "model\tLSTM\tGPT" in drawer.locator("table").inner_text()
    drawer.get_by_role("button", name="Back to the list").click()

    # One is deleted, at the second press; the rest in one go
    lstm.locator("summary").click()
    lstm.get_by_role("button", name="Delete").click()
    lstm.get_by_role("button", name="Delete for good?").click()
    drawer.get_by_text("4 runs are kept").wait_for()
    assert "LSTM" not in texts(drawer)
    with page.expect_download() as download:
        drawer.get_by_role("link", name="Save all as JSON Lines").click()
    rows = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert {row["recipe"]["model"] for row in rows} == {
        *("gpt2_mini", "gan", "vae", "diffusion_mini")
    }
    drawer.get_by_role("button", name="Delete all").click()
    drawer.get_by_role("button", name="Delete all for good?").click()
    drawer.get_by_text("Nothing yet.").wait_for()


def test_it_is_one_browsers_alone_and_opens_again(open_page: Open):
    mine, theirs = open_page(place="Play", size=PHONE, color_scheme="dark"), open_page(place="Play")
    for page in (mine, theirs):
        page.set_default_timeout(30_000)
    mine.fill("#clock-number", "4")
    mine.click("#clock-draw")
    mine.wait_for_function("/^4 drawn by/.test(document.querySelector('#page-said').textContent)")
    drawer = open_drawer(mine, "3 runs are kept")
    open_drawer(theirs, "Nothing yet")
    ids = [page.evaluate("localStorage.playground_visitor") for page in (mine, theirs)]
    assert all(re.fullmatch("[0-9a-f]{32}", visitor) for visitor in ids)
    assert ids[0] != ids[1]
    assert mine.evaluate(FITS)
    drawer.locator("article", has_text="GAN").get_by_role("link", name="Open again").click()
    mine.wait_for_url("**recipe=**")
    mine.wait_for_selector("#images-grid .family a[download]")
    assert mine.evaluate("document.querySelector('#images-digit input:checked').value") == "4"


def test_by_keyboard_and_without_an_answer(open_page: Open):
    page = open_page(place="Play", size=SMALL, reduced_motion="reduce")
    page.focus("#history-open")
    page.keyboard.press("Enter")
    page.wait_for_function("/Nothing yet/.test(document.querySelector('#history').innerText)")
    assert page.evaluate("document.querySelector('#history').contains(document.activeElement)")
    page.focus("#history-tab-runs")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#history-tab-sheet", "aria-selected") == "true"
    assert page.is_disabled("#sheet-save")
    assert page.evaluate(FITS)
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('gone')); }")
    page.keyboard.press("ArrowLeft")
    trouble = page.get_by_role("alert").filter(has_text="The server does not answer.")
    trouble.wait_for()
    assert trouble.get_by_role("button", name="Try again").is_visible()
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('#history').open")
    assert page.evaluate("document.activeElement.id") == "history-open"


def with_nothing_to_replay(port: int) -> str:
    """The address of an app, to which all that is asked for is new."""
    address = f"http://127.0.0.1:{port}"
    httpx.post(f"{address}{FORGET}", trust_env=False).raise_for_status()
    return address


def test_the_lab_sheet_is_one_file_that_needs_no_server_and_no_history(
    new_page: Open, pretended_port: int, tmp_path: Path
):
    page = new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{with_nothing_to_replay(pretended_port)}/#text")
    page.wait_for_selector("#text-write")
    page.wait_for_load_state("networkidle")
    write(page, "<img src=x onerror=alert(1)> O, ")
    wait_until_written(page)
    images(page)
    draw(page)
    page.get_by_role("tab", name="Play").click()
    page.fill("#clock-number", "83")
    page.click("#clock-draw")
    page.wait_for_function("/^83 drawn by/.test(document.querySelector('#page-said').textContent)")
    page.evaluate(
        "playground.modules.session_log.logAnswer("
        "{ question: 'Who wrote it?', said: 'The LSTM', right: false })"
    )
    drawer = open_drawer(page, "keeps no history. The lab sheet works all the same")
    page.click("#history-tab-sheet")
    seen = drawer.locator(".sheet-seen label")
    expect(seen).to_have_count(1 + 3 + 6 + 1)  # the LSTM cannot read “<”, and the answer
    assert [row.split(" · ")[-1] for row in seen.all_inner_texts()[:4]] == ["live"] * 4
    seen.last.locator("input").uncheck()
    seen.last.locator("input").check()
    seen.nth(2).locator("input").uncheck()
    page.fill("#sheet-who", "Group 3 & co")
    page.fill("#sheet-notes", "One is <sharper>.\nThe other blurs.")
    with page.expect_download() as download:
        page.click("#sheet-save")
    assert re.fullmatch(r"lab-sheet-\d{4}-\d\d-\d\d\.html", download.value.suggested_filename)
    file = tmp_path / "sheet.html"
    download.value.save_as(file)
    sheet = new_page()
    sheet.goto(file.as_uri())
    words = sheet.inner_text("body")
    for said in ("Group 3 & co", "One is <sharper>.\nThe other blurs.", "Who wrote it?", "seed 7"):
        assert said in words
    assert "● live · " in words
    assert "✕ not right" in words
    assert "<img src=x onerror=alert(1)> O, " in sheet.locator(".flow").first.inner_text()
    expect(sheet.locator(".flow b.t").nth(20)).to_be_attached()
    widths = sheet.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert widths == [32] * (2 * 4 + 6)
    expect(sheet.locator("script, link, iframe")).to_have_count(0)
    expect(sheet.locator("article")).to_have_count(1 + 2 + 6)
    assert "http" not in re.sub(r'href="http[^"]*"', "", file.read_text().partition("<body>")[2])
    link = sheet.locator("a").first.get_attribute("href")
    assert f"127.0.0.1:{pretended_port}/?recipe=" in link
    sheet.emulate_media(media="print")
    assert sheet.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    # It is the sitting's: a page of the same tab goes on with it, another tab begins anew.
    page.reload()
    assert page.evaluate("playground.modules.session_log.logged().length") == 11
    assert (
        page.evaluate(
            "playground.modules.session_log.clearLog(), "
            "playground.modules.visitor.forgetVisitor(), "
            "playground.modules.session_log.logged().length + document.cookie"
        )
        == "0"
    )
