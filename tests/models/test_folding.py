"""Folding: what is the same for people is the same recipe, and what is not stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models import catalog, checkpoint, datasets, folding
from models.recipe import check_seed, make_recipe

PLAIN = json.loads((Path(__file__).parents[1] / "cases" / "plain.json").read_text("utf-8"))
"""Typed, read: the table of `tests/js/plain_text.test.js`, too."""
SHAKESPEARE, STORIES = datasets.ALPHABET, datasets.STORIES_ALPHABET


@pytest.mark.parametrize(
    ("typed", "alphabet", "read"),
    [
        ("I’ll go", SHAKESPEARE, "I'll go"),
        ("he said “go” to “me”", SHAKESPEARE, "he said 'go' to 'me'"),
        ("he said “go” to “me”", STORIES, 'he said "go" to "me"'),
        ("now – or—never…", SHAKESPEARE, "now - or--never..."),
        ("a\u00a0b\tc\u3000d", SHAKESPEARE, "a b c d"),
        ("ROMEO:\r\nO,\rno\u2028", SHAKESPEARE, "ROMEO:\nO,\nno\n"),
        ("ＲＯＭＥＯ：", SHAKESPEARE, "ROMEO:"),
        ("ﬁne\ufeff \u200bweather\u00ad", SHAKESPEARE, "fine weather"),
        ("٢ and ７", STORIES, "2 and 7"),
        ("Blue Heart", datasets.EMOJI_ALPHABET, "blue heart"),
        ("cafe\u0301", SHAKESPEARE, "café"),
        ("“любовь” 🦊", SHAKESPEARE, "'любовь' 🦊"),
        ("“любовь” 🦊\r\n", "", "“любовь” 🦊\r\n"),
    ],
)
def test_it_is_read_in_the_characters_of_the_alphabet(typed: str, alphabet: str, read: str) -> None:
    assert folding.fold(typed, alphabet) == read
    assert folding.fold(read, alphabet) == read


@pytest.mark.parametrize("alphabet", [SHAKESPEARE, STORIES, datasets.EMOJI_ALPHABET])
def test_what_the_alphabet_has_is_never_touched(alphabet: str) -> None:
    assert folding.fold(alphabet, alphabet) == alphabet
    assert folding.note(alphabet, alphabet) == ""


@pytest.mark.parametrize("spec", [s for s in catalog.specs().values() if s.alphabet])
def test_a_models_entry_has_the_alphabet_of_its_weights(spec) -> None:
    assert checkpoint.read_config(checkpoint.folder(spec.source)).get("alphabet", SHAKESPEARE) == (
        spec.alphabet
    )


def test_a_prompt_is_one_recipe_however_its_signs_were_typed() -> None:
    spec = catalog.spec("char_lstm")
    curly = make_recipe(spec, prompt="I’ll – “go”…\r\n", seed=7)
    assert curly == make_recipe(spec, prompt="I'll - 'go'...\n", seed=7)
    assert curly.key == make_recipe(spec, prompt="I'll - 'go'...\n", seed=7).key


def test_the_card_says_what_was_read_otherwise() -> None:
    assert folding.note("I'll go", SHAKESPEARE) == ""
    assert folding.note("I’ll, I’ll –\u00a0go\r\n\ufeff", SHAKESPEARE) == (
        "Its book lacks some of your signs, so it reads others: "
        "’ → ', – → -, U+00A0 → ␣, U+000D U+000A → ↵, U+FEFF → ∅."
    )
    many = folding.note("ＡＢＣＤＥＦＧ", SHAKESPEARE)
    assert many.endswith("Ｆ → F, ….")
    assert folding.note("café", SHAKESPEARE) == folding.note("cafe\u0301", SHAKESPEARE) == ""


def test_what_cannot_be_read_is_told_from_what_can() -> None:
    assert folding.unreadable("naïve éï", SHAKESPEARE) == ["ï", "é"]
    assert folding.readable("naïve éï!", SHAKESPEARE) == "nave !"
    assert folding.unreadable("naïve", "") == []
    assert folding.readable("naïve", "") == "naïve"


@pytest.mark.parametrize(("typed", "read"), PLAIN)
def test_words_numbers_and_codes_have_one_form(typed: str, read: str) -> None:
    assert folding.plain(typed) == read
    assert folding.plain(read) == read


def test_numbers_are_taken_in_the_digits_of_any_script() -> None:
    control = catalog.spec("char_lstm").controls[0]
    for typed in ("７", "٧", "७", " 7 ", 7, 7.0):
        assert check_seed(typed) == 7
        assert control.check(typed) == 7
    assert folding.number("０．５") == 0.5
    with pytest.raises(ValueError, match="whole number"):
        check_seed("七")


def test_a_choice_is_taken_however_it_is_typed() -> None:
    ink = next(c for c in catalog.spec("gan").controls if c.name == "ink")
    assert {ink.check(typed) for typed in ("red", "Red", " ＲＥＤ", "re\u200bd")} == {"red"}
    for wrong in ("", "pink", "reds", None, ["red"], 7):
        with pytest.raises(ValueError, match="Ink must be one of: red"):
            ink.check(wrong)


def test_what_is_sought_is_compared_without_case_accents_and_width() -> None:
    key = folding.search_key
    assert key("Coraz\u00f3n") == key("CORAZO\u0301N") == key("corazon")
    assert key("Ｂｌｕｅ　２") == key("blue 2")
    assert key("Straße") == key("STRASSE")
    assert key("が") == key("か\u3099") != key("か")
    assert key("heart") != key("hearth")
