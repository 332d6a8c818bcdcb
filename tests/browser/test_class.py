"""A class in real browsers: a teacher and two students, each with a browser of their own."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from models.measure.app.server import serving
from tests.browser.conftest import PHONE, SECRET

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SMALL = {"width": 360, "height": 700}
"""A button, link, field or summary that is too small for a finger, by the grid of LOOK."""
TOO_SMALL = """() => [...document.querySelectorAll("button, a, select, summary, input")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
    .map((one) => one.outerHTML.slice(0, 120))"""


def open_class(new_page: Open, port: int) -> tuple[Any, str]:
    """A teacher's page, and the code of the class."""
    page = new_page()
    page.goto(f"http://127.0.0.1:{port}/#class")
    page.locator("#class-place").get_by_role("button", name="Open a class").click()
    page.wait_for_url("**/class/*?token=*")
    code = page.locator("h1 .code").inner_text()
    assert re.fullmatch("[B-DF-HJ-NP-TV-XZ]{4}", code)
    return page, code


def join(new_page: Open, port: int, code: str, **settings: Any) -> Any:
    """A student's page, in a browser of its own."""
    page = new_page(**settings)
    page.goto(f"http://127.0.0.1:{port}/join")
    page.get_by_label("The four letters of your class").fill(code.lower())
    page.get_by_role("button", name="Join", exact=True).click()
    page.locator("#join-inside").wait_for()
    return page


def says(page: Any, selector: str, words: str) -> None:
    """Wait until something on a page says so."""
    page.wait_for_function(
        "([at, words]) => document.querySelector(at)?.textContent.includes(words)",
        arg=[selector, words],
    )


def show_a_claim(teacher: Any, anna: Any, ben: Any) -> None:
    """It stands on the class page, comes up on the main page, and opens there."""
    ben.get_by_role("link", name="Open the playground").click()
    ben.locator(".classroom-bar").wait_for()
    teacher.locator("#class-claim").select_option(index=1)
    teacher.get_by_role("button", name="Show claim").click()
    title = teacher.locator("#class-claim option:checked").inner_text()
    says(anna, "#join-push-words", title)
    says(ben, ".class-notice", title)
    ben.locator(".class-notice").get_by_role("button", name="Open it").click()
    ben.wait_for_url("**/#claims/*")
    claim = ben.url.rpartition("/")[2]
    ben.locator(f"#claim-{claim}").wait_for()
    expect(ben.locator(".class-notice")).to_have_count(0)  # what was shown is not shown again
    hand_in_the_sitting(teacher, ben)
    ben.get_by_role("link", name="Class page").click()


def hand_in_the_sitting(teacher: Any, ben: Any) -> None:
    """The lab sheet goes to the class from the drawer in which it is made."""
    ben.evaluate(
        "playground.modules.session_log.logAnswer("
        "{ question: 'Who wrote it?', said: 'The LSTM', right: false })"
    )
    ben.click("#history-open")
    ben.click("#history-tab-sheet")
    ben.click("#sheet-hand-in")
    says(ben, "#sheet-says", "Handed in.")
    says(teacher, "#class-sheets", "1 sheet")
    ben.keyboard.press("Escape")


def vote(teacher: Any, anna: Any, ben: Any) -> None:
    """The same order for both, no names until it is closed, then the tally."""
    teacher.locator("#class-pair").select_option(label="GAN or VAE, the same digit")
    teacher.get_by_role("button", name="Begin the vote").click()
    for student, side in ((anna, "A"), (ben, "B")):
        student.get_by_role("button", name=f"Choose {side}").click()
        says(student, "#join-vote-says", f"You chose {side}.")
        expect(student.locator(".side .tile img")).to_have_count(8)
        assert "GAN" not in student.locator("#join-vote").inner_text()
    order = "images => images.map((image) => image.src)"
    pictures = [student.eval_on_selector_all(".side img", order) for student in (anna, ben)]
    assert pictures[0] == pictures[1]
    says(teacher, "#class-tally", "1 of 2 chose each side")
    teacher.locator("#class-hands-b").fill("7")
    teacher.get_by_role("button", name="Count them").click()
    says(teacher, "#class-tally", "8 of 9 chose B: 89 % (95 % interval 57–98 %)")
    teacher.get_by_role("button", name="Close the vote").click()
    for student in (anna, ben):
        says(student, "#join-vote-says", "8 of 9 chose B")
        titles = student.locator(".side-title").all_inner_texts()
        assert sorted(title.partition(":")[0] for title in titles) == ["GAN", "VAE"]


def hang_a_drawing(teacher: Any, anna: Any, ben: Any) -> None:
    """It shows once it is approved, and its caption is text."""
    anna.get_by_text("Send a drawing").click()
    pad = anna.locator("#join-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    anna.mouse.move(box["x"] + 30, box["y"] + 30)
    anna.mouse.down()
    anna.mouse.move(box["x"] + 200, box["y"] + 180, steps=4)
    anna.mouse.up()
    anna.get_by_label("What it shows").fill("<b>A line</b>")
    anna.get_by_role("button", name="Send my drawing").click()
    says(anna, "#join-wall-says", "Sent.")
    teacher.locator("#class-waiting").get_by_role("button", name="Approve").wait_for()
    expect(ben.locator(".hung")).to_have_count(0)
    teacher.get_by_role("button", name="Approve").click()
    picture = ben.locator(".hung img")
    picture.wait_for()
    assert ben.locator(".hung figcaption").inner_text() == "<b>A line</b>"
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 256


def hand_in(teacher: Any, ben: Any, folder: Path) -> None:
    """A student's sheet reaches the teacher in one file with all others."""
    sheet = folder / "sheet.html"
    sheet.write_text("<h1>What I saw</h1><script>alert(1)</script>")
    ben.locator("#join-file").set_input_files(sheet)
    ben.get_by_role("button", name="Hand it in").click()
    says(ben, "#join-sheet-says", "Handed in.")
    says(teacher, "#class-sheets", "1 sheet")  # the later one of the same student
    with teacher.expect_download() as download:
        teacher.get_by_role("button", name="Download all as one file").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        content = archive.read("sheet-01.html").decode()
    assert "What I saw" in content
    read = folder / "read.html"
    read.write_text(content)
    alerts: list[str] = []
    page = ben.context.new_page()
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(read.as_uri())
    assert page.locator("h1").inner_text() == "What I saw"
    page.close()
    assert alerts == []


def put_a_stranger_out(new_page: Open, port: int, code: str, teacher: Any) -> None:
    """The teacher locks the class, and takes a seat back that should not be taken."""
    stranger = join(new_page, port, code, refused=("/now", "/join"))
    teacher.get_by_text("Seats", exact=True).click()
    expect(teacher.locator("#class-seats-list li")).to_have_count(3)
    teacher.get_by_role("button", name="Lock joining").click()
    last = teacher.locator("#class-seats-list li").last
    expect(last).to_contain_text("Seat 3")
    last.get_by_role("button", name="Put out").click()
    expect(teacher.locator("#class-seats-list li")).to_have_count(2)
    says(stranger, "#join-says", "Your teacher has taken you out of this class.")
    stranger.goto(f"http://127.0.0.1:{port}/join")
    stranger.get_by_label("The four letters of your class").fill(code)
    stranger.get_by_role("button", name="Join", exact=True).click()
    says(stranger, "#join-says", "This class takes nobody new at the moment.")
    stranger.close()
    teacher.get_by_role("button", name="Let others join").wait_for()


def end(teacher: Any, anna: Any, ben: Any) -> None:
    """Who leaves leaves nothing; who stays hears that the class is closed."""
    anna.get_by_role("button", name="Leave the class").click()
    says(anna, "#join-says", "You have left.")
    left = "() => Object.keys(localStorage).filter((key) => key.startsWith('playground'))"
    assert anna.evaluate(left) == []
    assert not [c for c in anna.context.cookies() if c["name"].startswith("playground")]
    says(teacher, "#class-here", "1 student here")
    teacher.get_by_role("button", name="Close the class").click()
    teacher.get_by_role("button", name="Close it: all of it goes").click()
    says(teacher, "#class-says", "This class is closed, and everything in it is gone.")
    says(ben, "#join-says", "This class was closed")
    assert ben.evaluate("localStorage.getItem('playground_class')") is None


def test_a_lesson_from_the_code_to_the_end(new_page: Open, port: int, tmp_path: Path) -> None:
    teacher, code = open_class(new_page, port)
    anna = join(new_page, port, code, size=SMALL)
    ben = join(new_page, port, code, size=PHONE, color_scheme="dark")
    says(teacher, "#class-here", "2 students here")
    show_a_claim(teacher, anna, ben)
    vote(teacher, anna, ben)
    hang_a_drawing(teacher, anna, ben)
    hand_in(teacher, ben, tmp_path)
    put_a_stranger_out(new_page, port, code, teacher)
    assert anna.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    assert anna.evaluate(TOO_SMALL) == []
    assert teacher.evaluate(TOO_SMALL) == []
    end(teacher, anna, ben)


SCREENS = """() => [...document.querySelectorAll("main > section")]
    .filter((one) => one.checkVisibility())
    .map((one) => one.querySelector("h2").textContent)"""


def test_the_projector_shows_one_card_and_no_secret(new_page: Open, port: int) -> None:
    teacher, code = open_class(new_page, port)
    address = teacher.get_by_role("link", name="Projector page").get_attribute("href")
    wall = new_page(color_scheme="dark")
    wall.goto(f"http://127.0.0.1:{port}{address}")
    says(wall, "#class-here", "0 students here")
    assert wall.url.endswith(f"/class/{code}?projector=1")
    seen = []
    for _ in range(4):
        seen += wall.evaluate(SCREENS)
        wall.keyboard.press("PageDown")
    assert seen == ["Join", "Who is where", "Blind vote", "The wall"]
    wall.keyboard.press("PageUp")
    teacher.get_by_role("button", name="Begin the vote").click()
    says(wall, "#class-tally", "0 votes so far.")
    expect(wall.locator(".counted")).to_have_count(0)
    wall.locator("#class-hands-a").fill("9")
    wall.get_by_role("button", name="Count them").click()
    says(wall, "#class-tally", "9 votes so far.")
    wall.get_by_role("button", name="Close the vote").click()
    says(wall, "#class-tally", "9 of 9 chose A")
    wall.reload()
    says(wall, "#class-here", "0 students here")  # the token outlives a reload of the tab


def test_a_class_is_found_again_after_a_restart(new_page: Open, port: int) -> None:
    """By another process with the same secret, which has no more of the class than its links."""
    teacher, code = open_class(new_page, port)
    link = teacher.url
    student = join(new_page, port, code)
    known = student.evaluate("localStorage.getItem('playground_class')")
    teacher.goto("about:blank")
    student.goto("about:blank")
    with serving("-m", "tests.browser.serve", PLAYGROUND_SECRET=SECRET) as second:
        site = f"http://127.0.0.1:{second}"
        again = new_page()
        again.goto(f"{site}/join")
        again.evaluate("known => localStorage.setItem('playground_class', known)", known)
        teacher.goto(link.replace(f":{port}/", f":{second}/"))
        says(teacher, "#class-here", "0 students here")
        again.reload()
        says(teacher, "#class-here", "1 student here")
        assert again.locator("h1").inner_text() == f"Class {code}"
        assert teacher.locator("h1 .code").inner_text() == code
        for page in (teacher, again):  # before there is nobody to ask
            page.goto("about:blank")


def test_the_check_lights_up_in_words(new_page: Open, port: int) -> None:
    teacher, _ = open_class(new_page, port)
    teacher.locator("#class-ready-lesson").select_option(label="the first buttons")
    teacher.get_by_role("button", name="Check", exact=True).click()
    says(teacher, "#class-ready-doing", "Thirty visitors press")
    assert teacher.locator("#class-ready-go").inner_text() == "Stop"
    lights = teacher.locator("#class-lights li").all_inner_texts()
    assert all(re.match(r"[●◐✕] (Green|Amber|Red) · ", light) for light in lights)
    assert any("/join" in light for light in lights)
    teacher.get_by_role("button", name="Stop", exact=True).click()
    says(teacher, "#class-ready-doing", "stopped")
    assert teacher.locator("#class-ready-go").inner_text() == "Check"
