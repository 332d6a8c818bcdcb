"""Emoji and their names in other languages, in the words that the emoji world has read."""

from __future__ import annotations

import unicodedata

import pytest

from models import checkpoint
from playground.web import emoji_words
from playground.web.emoji_names import emoji_names, words_of
from playground.web.emoji_words import as_read, in_english, spelled

NAMES = emoji_names(checkpoint.folder("diffusion_emoji").parent)
KNOWN = words_of(NAMES)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("🦊", "fox face"),
        ("💙", "blue heart"),
        ("❤️", "heavy black heart"),
        ("❤", "heavy black heart"),
        ("a blue 🦊!", "a blue fox face !"),
        ("🦊🚀", "fox face rocket"),
        ("👋🏽", "waving hand sign"),
        ("👩\u200d🚀", "woman rocket"),
        ("🇫🇷", "flag"),
        ("7️⃣", "7"),
        ("ｃｏｗ", "cow"),
    ],
)
def test_an_emoji_is_its_name(typed: str, read: str):
    assert as_read(typed, NAMES, KNOWN) == read
    assert as_read(read, NAMES, KNOWN) == read


def test_every_emoji_of_the_world_is_its_name_as_it_was_read():
    characters = {name: unicodedata.lookup(name.upper()) for name in NAMES}
    read = [n for n, c in characters.items() if not c.isascii() and "keycap" not in n]
    assert len(read) > 1_300
    for name in read:
        assert spelled(characters[name], NAMES) == name
        assert spelled(characters[name] + "\ufe0f", NAMES) == name


@pytest.mark.parametrize(
    "typed",
    [
        "corazón azul",
        "corazo\u0301n azul",
        "CORAZÓN AZUL",
        "corazon azul.",
        "blaues Herz",
        "cœur bleu",
        "蓝心",
        "青いハート",
        "파란색 하트",
        "قلب أزرق",
        "قلب آبی",
        "mavi kalp",
    ],
)
def test_a_name_in_another_language_is_that_name(typed: str):
    assert as_read(typed, NAMES, KNOWN) == "blue heart"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("zorro azul", "blue fox face"),
        ("un zorro azul", "blue fox face"),
        ("vaca roja", "red cow"),
        ("blauer Fuchs", "blue fox face"),
        ("renard bleu", "blue fox face"),
        ("蓝色的狐狸", "blue fox face"),
        ("青いキツネの顔", "blue fox face"),
        ("красный жираф", "red giraffe face"),
        ("파란색 여우 얼굴", "blue fox face"),
        ("tilki mavi", "blue fox face"),
    ],
)
def test_a_colour_may_stand_beside_a_name(typed: str, read: str):
    assert as_read(typed, NAMES, KNOWN) == read


@pytest.mark.parametrize(
    "typed", ["", "zorro invisible", "Drachenzahnarzt", "量子力学", "azul", "qwerty zz", "x" * 300]
)
def test_what_is_not_wholly_understood_stays_as_it_is(typed: str):
    assert in_english(typed) == ""
    assert as_read(typed, NAMES, KNOWN) == typed


def test_what_the_models_have_read_is_never_taken_for_another_language():
    assert all(as_read(name, NAMES, KNOWN) == name for name in NAMES)
    assert as_read("owl heart", NAMES, KNOWN) == "owl heart"
    assert as_read("corazón azul", (), ()) == "corazón azul"


@pytest.mark.parametrize("language", emoji_words.LANGUAGES)
def test_each_language_has_names_for_nearly_all_emoji_and_a_word_for_every_colour(language: str):
    by_name = emoji_words.names_in(language)
    assert len(set(by_name) & set(NAMES)) > 0.97 * len(NAMES)
    known = emoji_words._language(by_name)
    colours = {"red", "orange", "yellow", "green", "blue", "purple", "brown", "black", "white"}
    assert set(known.colours.values()) == colours
    assert known.named(emoji_words._key(by_name["cow"])) == "cow"
