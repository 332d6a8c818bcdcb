"""Prompts of the digits world in Spanish and Chinese, and those that are none."""

from __future__ import annotations

from itertools import product

import pytest

from models.datasets import COLOURS, DIGIT_WORDS, concepts
from playground.core.prompt_translation import (
    CHINESE_COLOURS,
    CHINESE_DIGITS,
    SPANISH_COLOURS,
    SPANISH_DIGITS,
    as_read,
    in_english,
)

SEVEN = "a red seven on a black background"


@pytest.mark.parametrize(
    "prompt",
    [
        "un siete rojo sobre fondo negro",
        "Un siete rojo sobre un fondo negro.",
        "fondo negro con un siete rojo",
        "el número 7 de color rojo en fondo negro",
        "黑底红色的七",
        "黑色背景上的红色七",
        "一个红色的七，黑色的背景",
        "黑底紅色的7",
        "红七黑底",
        "黑底红色的７",
        "黑底红色的٧",
        "黑底\u200b紅色的７",
        "UN SIETE ROJO SOBRE FONDO NEGRO",
        "un ７ rojo sobre fondo negro",
    ],
)
def test_it_is_understood(prompt):
    assert in_english(prompt) == SEVEN


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "7",
        SEVEN,
        "un dragón rojo sobre fondo negro",
        "un siete rojo ocho sobre fondo negro",
        "un siete rojo azul sobre fondo negro",
        "un siete rojo sobre fondo rojo",
        "黑底红色的龙",
        "红色的七",
        "siete",
    ],
)
def test_what_is_not_wholly_understood_stays_as_it_is(prompt):
    assert in_english(prompt) == ""


def test_a_letter_is_the_same_in_one_sign_and_in_two():
    composed, apart = (
        "un siete p\u00farpura sobre fondo negro",
        "un siete pu\u0301rpura sobre fondo negro",
    )
    assert in_english(composed) == in_english(apart) == "a purple seven on a black background"
    assert as_read("a red ７ on a\u00a0black background") == "a red 7 on a black background"
    assert as_read("un dragón") == as_read("un drago\u0301n") == "un dragón"


def test_what_is_left_open_is_what_the_labels_say():
    assert in_english("un siete rojo", paper="black") == SEVEN
    assert in_english("七", "red", "black") == SEVEN
    assert in_english("un siete negro", paper="black") == ""


def test_every_concept_can_be_said_in_every_language():
    assert set(SPANISH_COLOURS.values()) == set(CHINESE_COLOURS.values()) == set(COLOURS)
    assert set(SPANISH_DIGITS.values()) == set(CHINESE_DIGITS.values()) == set(range(10))
    spanish = {colour: word for word, colour in SPANISH_COLOURS.items()}
    chinese = {colour: word for word, colour in CHINESE_COLOURS.items()}
    for concept, digit in product(concepts(), (True, False)):
        number = list(SPANISH_DIGITS)[concept.digit] if digit else str(concept.digit)
        said = f"un {number} {spanish[concept.ink]} sobre fondo {spanish[concept.paper]}"
        assert in_english(said) == concept.caption
        number = list(CHINESE_DIGITS)[concept.digit] if digit else str(concept.digit)
        said = f"{chinese[concept.paper]}底{chinese[concept.ink]}色的{number}"
        assert in_english(said) == concept.caption
    assert len(DIGIT_WORDS) == 10


def test_a_prompt_in_english_is_never_taken_for_another_language():
    assert all(in_english(concept.caption, "red", "black") == "" for concept in concepts())
