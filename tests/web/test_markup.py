"""What the screen shows: numbers with units, everything escaped."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from models.datasets import Concept
from models.engine import Waiting
from models.recipe import make_recipe
from playground.core import picture_files
from playground.core.format import duration, ordinal, plural, significant, waiting_words
from playground.web import markup
from tests.fake_catalogue import SPECS

LSTM, GAN, DIFFUSION = SPECS["char_lstm"], SPECS["gan"], SPECS["diffusion_mini"]


class Words(HTMLParser):
    """Collects what a browser would show of an HTML string, and the tags in it."""

    def __init__(self, html):
        super().__init__()
        self.text, self.tags = "", []
        self.feed(html)

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (2.0149, "2.01"), (0.012345, "0.0123"), (12.34, "12.3"), (3457, "3\u202f457")],
)
def test_numbers_have_three_digits(value, shown):
    assert significant(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0006, "600 µs"), (0.0042, "4.2 ms"), (0.5, "500 ms"), (12.3, "12 s")]
)
def test_durations_have_the_unit_that_reads_best(seconds, shown):
    assert duration(seconds) == shown


def test_the_pages_scripts_write_the_same_figures():
    cases = json.loads((Path(__file__).parents[1] / "cases" / "figures.json").read_text())
    for value, digits, shown in cases["significant"]:
        assert significant(value, digits) == shown
    for seconds, shown in cases["duration"]:
        assert duration(seconds) == shown
    for number, noun, shown in cases["plural"]:
        assert plural(number, noun) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd"), (113, "113th")],
)
def test_ordinals(number, shown):
    assert ordinal(number) == shown


@pytest.mark.parametrize(
    ("waiting", "shown"),
    [
        (Waiting(0, None, "queue"), ("", "")),
        (Waiting(1, None, "queue"), ("", "next in line")),
        (Waiting(3, 7.4, "queue"), ("", "3rd in line, about 8 s")),
        (Waiting(0, 2.0, "loading", 3.1, 5.0), ("◔", "loading 3 of 5 s")),
        (Waiting(0, None, "checking", 2.0), ("◔", "checking its files 2 s")),
        (Waiting(0, None, "importing", 2.0), ("◔", "waking up 2 s")),
    ],
)
def test_waiting_is_put_into_words(waiting, shown):
    assert waiting_words(waiting) == shown


@given(st.text(max_size=80))
def test_prompts_are_text_never_markup(prompt):
    assert set(Words(markup.reading(prompt, Concept(7, "red", "black"))).tags) <= {
        *("p", "span", "q", "mark")
    }


def test_a_png_is_lossless_and_holds_the_recipe_in_any_language():
    image = Image.effect_noise((32, 32), 90).convert("RGB")
    recipe = make_recipe(DIFFUSION, prompt="eine rote Sieben – “七”")
    with Image.open(io.BytesIO(picture_files.png_bytes(image, recipe, "1 of 4"))) as read:
        assert read.size == (32, 32)
        assert read.tobytes() == image.tobytes()
        assert json.loads(read.text["recipe"]) == recipe.as_dict()
        assert read.text["recipe"] == recipe.canonical()
        assert read.text["picture"] == "1 of 4"


def test_words_a_model_never_saw_are_marked_in_place():
    html = markup.reading("A red dragon, on black paper", Concept(7, "red", "black"))
    assert '<mark title="never seen in training">dragon,</mark>' in html
    assert html.count("<mark") == 1
    assert "It has never seen “dragon”." in Words(html).text


def test_it_is_said_when_words_and_labels_differ():
    concept = Concept(7, "red", "black")
    assert "go by the labels, red 7 on black" in markup.reading("a blue one", concept)
    assert "go by the labels" not in markup.reading(concept.caption, concept)
    assert "go by the labels" not in markup.reading("  ", concept)


def test_a_held_out_concept_is_marked():
    held_out, shown = Concept(9, "red", "black"), Concept(7, "red", "black")
    assert held_out.held_out
    assert "never shown in training" in markup.reading(held_out.caption, held_out)
    assert "never shown in training" not in markup.reading(shown.caption, shown)


@given(st.text(max_size=60))
def test_names_are_text_never_markup(name):
    for invented in (False, True):
        html = markup.name_reading(name, ("cow",), {"cow"}, invented=invented)
        assert set(Words(html).tags) <= {"p", "span", "q", "mark"}
    option = Words(markup.suggestions([name]))
    assert option.tags == ["div", "button"]
    assert option.text.replace("\r", "\n") == name.replace("\r", "\n")
