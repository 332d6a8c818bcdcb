"""Beat the machine, played through: with a server behind the page, and from a folder."""

from __future__ import annotations

import itertools
import json
import math
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from playground.features.play import replay_pack
from playground.features.play.beat_the_machine import GUESSED, LINES, MODELS

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
TOLD = 7
PLAN = (1, 3, 1, 2, TOLD, 1, 6, 1, 4, 1, 5, 2, 1, 1, 2)
"""At which guess this player finds each letter; at the fifth the wrong guesses run out."""


def open_scene(page: Any) -> Any:
    """The scene, with a line to guess."""
    page.locator("#scene-beat").scroll_into_view_if_needed()
    page.wait_for_selector("#scene-beat[data-line]")
    return page.locator("#scene-beat")


def line_of(scene: Any) -> int:
    """Which line is being guessed."""
    return int(scene.get_attribute("data-line"))


def ranks(model: str, line: int) -> list[int]:
    """The models' guesses as the rule has it, from the part of the pack."""
    run = replay_pack.read("beat")["runs"][f"{model}-{line}"]
    letters = [letter for event in run["events"] for letter in event["letters"]]
    return [min(letter[2] + 1, TOLD) for letter in letters[-GUESSED:]]


def bits(guesses: Sequence[int]) -> list[float]:
    """What letters cost that are found at these guesses."""
    return [math.log2(r * (r + 1)) for r in guesses]


def figure(guesses: Sequence[int]) -> str:
    """Mean bits with the 95 % interval, as the table has to show them."""
    values = bits(guesses)
    middle, reach = (
        statistics.fmean(values),
        1.96 * statistics.stdev(values) / math.sqrt(len(values)),
    )
    low, high = max(1.0, middle - reach), min(math.log2(56), middle + reach)
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def sentence(guesses: Sequence[int], other: Sequence[int], name: str) -> str:
    """What may be said of you and one model: in pairs, letter by letter."""
    pairs = [a - b for a, b in zip(bits(guesses), bits(other), strict=True)]
    middle, reach = statistics.fmean(pairs), 1.96 * statistics.stdev(pairs) / math.sqrt(len(pairs))
    if middle + reach < 0:
        return f"You beat {name}"
    return f"{name} beats you" if middle - reach > 0 else "cannot be told apart"


def press(scene: Any, letter: str) -> None:
    """One key of the keyboard on the screen, even one that looks as if it did nothing now."""
    scene.locator(f'.beat-key[data-letter="{letter}"]').click(force=True)


def play_line(scene: Any, plan: Sequence[int], press: Callable[[Any, str], None] = press) -> None:
    """Find each letter at the guess that the plan has."""
    for letter, number in zip(LINES[line_of(scene)][-GUESSED:], plan, strict=True):
        wrong = (other for other in "etaoinshrd" if other != letter)
        for guess in itertools.islice(wrong, number - 1):
            press(scene, guess)
        if number < TOLD:
            press(scene, letter)


def row(scene: Any, who: str) -> list[str]:
    """One row of the table."""
    texts: list[str] = scene.locator(f'[data-who="{who}"] td').all_inner_texts()
    return texts


def check_scores(scene: Any, plan: Sequence[int], lines: Sequence[int]) -> None:
    """Table and sentence say what the rule gives."""
    models = {m: [r for line in lines for r in ranks(m, line)] for m in MODELS}
    for who, guesses in {"you": plan, **models}.items():
        found = sum(r == 1 for r in guesses)
        assert row(scene, who) == [figure(guesses), f"{found} of {len(guesses)}"]
    verdict = scene.locator(".beat-verdict").inner_text()
    for model, name in zip(MODELS, ("LSTM", "GPT"), strict=True):
        assert name in verdict
        assert sentence(plan, models[model], name) in verdict
    assert f"after {len(plan)} letters" in scene.locator("caption").inner_text()


@pytest.fixture
def static(open_static: Callable[..., Any]) -> Any:
    """The page without a server, on a phone."""
    return open_static(size=PHONE)


def test_a_line_played_through(open_page: Callable[..., Any]) -> None:
    page = open_page(place="Play", alone=True)
    scene = open_scene(page)
    first = line_of(scene)
    play_line(scene, PLAN)
    check_scores(scene, PLAN, [first])
    assert LINES[first] in scene.locator(".beat-line").inner_text()
    press(scene, "e")  # the line is done: nothing more can be guessed
    check_scores(scene, PLAN, [first])

    scene.get_by_role("button", name="Another line").click()
    second = line_of(scene)
    assert second != first
    play_line(scene, [1] * GUESSED)
    check_scores(scene, [*PLAN, *[1] * GUESSED], [first, second])


def test_a_line_typed_without_a_server(static: Any) -> None:
    scene = open_scene(static)
    line = line_of(scene)
    scene.locator(".beat-board").focus()

    def type_one(_: Any, letter: str) -> None:
        static.keyboard.press("Space" if letter == " " else letter)

    play_line(scene, PLAN, type_one)
    check_scores(scene, PLAN, [line])


def test_after_each_letter_both_models_show_five_favourites(static: Any) -> None:
    scene = open_scene(static)
    line = line_of(scene)
    expect(scene.locator(".beat-bars li")).to_have_count(0)  # not before
    press(scene, LINES[line][-GUESSED])
    for model, card in zip(MODELS, scene.locator(".beat-cards .card").all(), strict=True):
        run = replay_pack.read("beat")["runs"][f"{model}-{line}"]
        letters = [letter for event in run["events"] for letter in event["letters"]]
        piece, _, rank, _, others = letters[-GUESSED]
        shown = card.locator("li b").all_inner_texts()
        expected = [o[0] for o in others[:5]] + ([piece] if rank >= 5 else [])
        assert shown == [{" ": "␣", "\n": "↵"}.get(text, text) for text in expected]
        right = card.locator("li.right")
        expect(right).to_have_count(1)
        assert "the right one" in right.inner_text()
        cost = math.log2(min(rank + 1, TOLD) * (min(rank + 1, TOLD) + 1))
        assert f": {cost:.2f}".removesuffix(".00") in card.locator(".figures").inner_text()
        widths = card.locator(".beat-bar i").evaluate_all("list => list.map(i => i.offsetWidth)")
        assert widths[:5] == sorted(widths[:5], reverse=True)


def test_giving_up_and_leaving_count_as_told(static: Any) -> None:
    scene = open_scene(static)
    scene.get_by_role("button", name="Give up this letter").click()
    assert row(scene, "you") == ["5.81", "0 of 1"]
    letter = LINES[line_of(scene)][-GUESSED + 1]
    press(scene, "a" if letter != "a" else "b")
    scene.get_by_role("button", name="Another line").click()
    assert row(scene, "you") == ["5.81 (5.81–5.81)", "0 of 2"]
    scene.get_by_role("button", name="Another line").click()  # nothing tried: nothing counted
    assert row(scene, "you") == ["5.81 (5.81–5.81)", "0 of 2"]


def test_after_the_last_line_all_begins_anew(static: Any) -> None:
    scene = open_scene(static)
    seen = {line_of(scene)}
    for _ in LINES[1:]:
        scene.get_by_role("button", name="Another line").click()
        seen.add(line_of(scene))
    assert seen == set(range(len(LINES)))
    play_line(scene, [1] * GUESSED)
    scene.get_by_role("button", name="Start again").click()
    assert row(scene, "you") == ["–", "–"]


def test_a_wrong_letter_counts_once(static: Any) -> None:
    scene = open_scene(static)
    letter = LINES[line_of(scene)][-GUESSED]
    wrong = "x" if letter != "x" else "z"
    press(scene, wrong)
    press(scene, wrong)
    assert "5 guesses left" in scene.locator(".beat-said").inner_text()
    expect(scene.locator(".beat-key[data-tried]")).to_have_count(1)
    assert static.locator("#page-said").inner_text() == f"Not “{wrong}”. 5 guesses left."


def test_it_fits_a_phone_and_nothing_jumps(static: Any) -> None:
    scene = open_scene(static)
    places = """() => ["keys", "asked", "bars", "scores", "verdict", "rules"]
        .map(name => document.querySelector(".beat-" + name).getBoundingClientRect())
        .map(box => Math.round(box.top + scrollY))"""
    before = static.evaluate(places)
    play_line(scene, PLAN)
    assert static.evaluate(places) == before
    assert static.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    inside = scene.evaluate("s => [s.clientWidth, s.scrollWidth]")
    assert inside[1] <= inside[0]  # what is cut off cannot be scrolled to
    sizes = scene.locator(".beat-key").evaluate_all(
        "all => all.map(k => [k.offsetWidth, k.offsetHeight])"
    )
    assert len(sizes) == 35
    assert all(width >= 30 and height >= 44 for width, height in sizes)


def test_keys_of_the_page_stay_its_own(static: Any) -> None:
    scene = open_scene(static)
    static.locator("#clock-number").focus()
    static.keyboard.type("1e")  # belongs to the clock's field
    static.evaluate("document.activeElement.blur()")
    static.keyboard.press("x")
    expect(scene.locator(".beat-key[data-tried]")).to_have_count(0)
    assert row(scene, "you") == ["–", "–"]

    scene.locator(".beat-board").focus()
    static.keyboard.press("Tab")
    assert static.evaluate("document.activeElement.dataset.letter") == "q"
    static.keyboard.press("ArrowRight")
    static.keyboard.press("ArrowDown")
    assert static.evaluate("document.activeElement.dataset.letter") == "s"
    static.keyboard.press("Tab")  # the keyboard is one stop
    assert "Give up" in static.evaluate("document.activeElement.textContent")


def test_lines_that_do_not_come_can_be_asked_for_again(chromium: Any, static_folder: Path) -> None:
    part, aside = static_folder / "pack" / "beat.js", static_folder / "aside.js"
    static = chromium.new_page()  # its console may say what is missing
    static.goto((static_folder / "index.html").as_uri())
    part.rename(aside)
    try:
        static.locator("#scene-beat").scroll_into_view_if_needed()
        static.wait_for_selector(".beat-said .failure")
    finally:
        aside.rename(part)
    static.get_by_role("button", name="Try again").click()
    static.wait_for_selector("#scene-beat[data-line]")
    static.close()


def test_the_folder_holds_the_part(static_folder: Path) -> None:
    script = (static_folder / "pack" / "beat.js").read_text(encoding="utf-8")
    content = script.removeprefix('playground.unpack("beat", ').removesuffix(");\n")
    assert json.loads(content) == replay_pack.read("beat")
