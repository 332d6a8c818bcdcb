"""“Real or made?” played through: over a server, from a folder, with and without real digits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from math import comb
from typing import Any

import pytest
from playwright.sync_api import expect

from models import catalog, datasets
from models.measure.app.server import serving
from models.recipe import from_dict
from playground.features.play import real_or_made
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SCENE = "#scene-real"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The app over pretended models, on a machine without real digits."""
    folder = str(tmp_path_factory.mktemp("nothing"))
    with serving("-m", "tests.browser.serve", host="0.0.0.0", PLAYGROUND_DATA=folder) as number:
        yield number


def come_to(page: Any) -> Any:
    """Scroll to the game and wait until it can be played."""
    page.locator(SCENE).scroll_into_view_if_needed()
    page.wait_for_selector(f"{SCENE} .real-choices button:enabled")
    return page.locator(SCENE)


def play_through(page: Any, scene: Any, choice: int = 0) -> tuple[int, str]:
    """Always make the same choice; how often it was right, and the last sentence."""
    right = 0
    for number in range(1, real_or_made.ROUNDS + 1):
        assert scene.locator(".real-progress").inner_text() == f"{number} of 10"
        picture = scene.locator(".real-tile img")
        assert picture.evaluate("image => image.naturalWidth") == 32
        assert picture.bounding_box()["width"] % 32 == 0
        scene.locator(".real-choices button").nth(choice).click()
        answer = scene.locator(".real-answer").inner_text()
        assert answer.startswith(("Right: ", "No: "))
        right += answer.startswith("Right")
        assert scene.locator(".real-score").inner_text().startswith(f"you {right}")
        scene.locator(".real-next").click()
    return right, scene.locator(".real-answer").inner_text()


def check_verdict(said: str, right: int, choices: int) -> None:
    """The sentence is that of this score, and its chance that of blind guessing."""
    assert said.startswith(f"You got {right} of 10. ")
    p = 1 / choices
    tail = sum(comb(10, k) * p**k * (1 - p) ** (10 - k) for k in range(right, 11))
    if right and tail >= 0.01:
        (times,) = re.findall(r"(\d+) times? in 100", said)
        assert int(times) == pytest.approx(100 * tail, abs=0.51)
    elif right:
        (times,) = re.findall(r"1 time in ([\d,]+)", said)
        assert int(times.replace(",", "")) == pytest.approx(1 / tail, rel=0.06)


def noted_recipe(scene: Any) -> dict[str, Any]:
    """The recipe on the card below the game."""
    scene.locator(".real-note").wait_for()
    recipe: dict[str, Any] = json.loads(scene.locator(".real-note pre").inner_text())
    return recipe


def test_which_machine_made_it(open_page: Open) -> None:
    page = open_page(place="Play", alone=True)
    scene = come_to(page)
    assert scene.locator("h2").inner_text() == "Which machine made it?"
    right, said = play_through(page, scene)
    check_verdict(said, right, choices=3)
    assert page.inner_text("#page-said") == said
    recipe = noted_recipe(scene)
    assert recipe["model"] in real_or_made.MACHINES
    assert "Read back from this picture" in scene.locator(".real-note").inner_text()
    assert "screenshot" in scene.locator(".real-note").inner_text()
    scene.locator(".real-next").click()
    page.wait_for_selector(f"{SCENE} .real-choices button:enabled")
    assert scene.locator(".real-progress").inner_text() == "1 of 10"
    assert scene.locator(".real-note").is_hidden()


def test_pictures_are_drawn_anew_while_the_first_is_guessed(open_page: Open) -> None:
    page = open_page(place="Play", alone=True)
    scene = come_to(page)
    states = []
    for _ in range(real_or_made.ROUNDS):
        assert scene.locator(".state").inner_text() == ""  # it could tell diffusion by its slowness
        scene.locator(".real-choices button").first.click()
        states.append(scene.locator(".state").inner_text())
        page.wait_for_timeout(500)
        scene.locator(".real-next").click()
    assert states[0] == "↻ recorded"
    assert scene.locator(".real-tile img").get_attribute("src").startswith("data:image/png")


def test_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(place="Play", alone=True)
    scene = come_to(page)
    scene.locator(".real-choices button").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.choice") == "vae"
    page.keyboard.press("Enter")
    assert "made it" in scene.locator(".real-answer").inner_text()
    page.keyboard.press("Enter")
    for number in range(2, real_or_made.ROUNDS + 1):
        assert scene.locator(".real-progress").inner_text() == f"{number} of 10"
        page.keyboard.press("3")
        page.keyboard.press("Enter")
    assert scene.locator(".real-answer").inner_text().startswith("You got ")


def test_it_fits_a_phone_and_nothing_jumps(open_page: Open) -> None:
    page = open_page(place="Play", alone=True, size={**PHONE, "width": 360})
    scene = come_to(page)
    heights = [scene.locator(".real-card").bounding_box()["height"]]
    play_through(page, scene, choice=2)
    heights.append(scene.locator(".real-card").bounding_box()["height"])
    assert heights[0] == heights[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert scene.locator(".real-tile").bounding_box()["width"] == 192
    inside = "button => button.scrollWidth <= button.clientWidth && button.clientHeight >= 42"
    for button in scene.locator("button:visible").all():
        assert button.evaluate(inside), button.inner_text()


def test_the_offer_to_fetch_names_its_size_and_a_failure(open_page: Open) -> None:
    page = open_page(place="Play", alone=True)
    scene = come_to(page)
    button = scene.locator(".real-fetch")
    assert button.inner_text() == "Fetch real digits (1.7 MB)"
    lines = [{"bytes": 400_000, "of": real_or_made.FETCH_BYTES}, {"fail": "It may be offline."}]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    page.route("**/real/fetch", lambda route: route.fulfill(body=body))  # nothing leaves a test
    button.click()
    page.wait_for_function(f"document.querySelector('{SCENE} .failure').textContent")
    assert scene.locator(".failure").inner_text() == "It may be offline."
    assert button.inner_text() == "Fetch real digits (1.7 MB)"
    expect(scene.locator(".real-choices button")).to_have_count(3)  # the other game goes on


def test_without_leave_nothing_is_offered(open_page: Open) -> None:
    page = open_page(place="Play", alone=True)
    page.route("**/real", lambda route: route.fulfill(json={"missing": True, "fetch": None}))
    page.reload()
    scene = come_to(page)
    expect(scene.locator(".real-fetch")).to_have_count(0)


# From a folder


def test_from_a_folder_without_a_server(open_static: Callable[..., Any]) -> None:
    page = open_static()
    scene = come_to(page)
    for choice in (0, 1):
        right, said = play_through(page, scene, choice)
        check_verdict(said, right, choices=3)
        recipe = from_dict(noted_recipe(scene), catalog.specs())
        assert recipe.model in real_or_made.MACHINES
        assert "recorded pictures" in scene.locator(".real-note").inner_text()
        scene.locator(".real-next").click()
        come_to(page)


# With real digits and the shipped GAN


@pytest.fixture
def real_port(request: pytest.FixtureRequest) -> int:
    """The app as shipped; skips where there are no real digits."""
    if real_or_made.missing():
        pytest.skip(f"needs MNIST's test digits in {datasets.data_folder()} (PLAYGROUND_DATA)")
    return int(request.getfixturevalue("shipped_port"))


def test_real_or_made_with_the_critic(chromium: Any, real_port: int) -> None:
    errors: list[str] = []
    page = chromium.new_context().new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"http://127.0.0.1:{real_port}/")
    scene = come_to(page)
    assert scene.locator("h2").inner_text() == "Real or made?"
    right, said = play_through(page, scene)
    check_verdict(said, right, choices=2)
    assert 0 <= int(re.findall(r"The critic got (\d+)", said)[0]) <= 10
    recipe = noted_recipe(scene)
    assert (recipe["model"], recipe["task"]) == ("gan", "generate")
    assert "the real ones carry none" in scene.locator(".real-note").inner_text()
    scene.get_by_role("button", name="Which machine made it?").click()
    page.wait_for_selector(f"{SCENE} [data-choice=diffusion]:enabled")
    page.context.close()
    assert errors == []


def test_the_picture_opens_large_and_tells_nothing_before_the_guess(open_page: Open):
    page = open_page(place="Play", alone=True, size=PHONE)
    scene = come_to(page)
    dialog = page.locator("dialog.viewer[open]")
    scene.locator(".real-tile .picture").click()
    assert dialog.locator(".viewer-stage img").bounding_box()["width"] >= 256
    expect(dialog.get_by_text("Details")).to_have_count(0)
    assert dialog.locator(".viewer-facts").inner_text() == ""
    words = dialog.inner_text().lower()
    assert not any(name in words for name in ("gan", "vae", "diffusion"))
    page.go_back()
    expect(dialog).to_have_count(0)
    scene.locator(".real-choices button").first.click()
    scene.locator(".real-tile .picture").click()
    dialog.get_by_text("Details").click()
    assert '"seed"' in dialog.locator("pre").inner_text()
    expect(dialog.get_by_role("button", name="Ten more like it")).to_be_visible()
