"""Fewer bits: where two texts part, the chip that puts twins beside each other, and their sizes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from models import catalog
from models.adapters.char_lstm import CharLstmInt8
from models.recipe import make_recipe
from playground.core.format import size
from playground.features.text import place as text_place
from playground.features.text import quantised_pair, text_diff
from playground.web import markup
from playground.web.cards import TextCard
from tests.fake_catalogue import SPECS
from tests.features.text.test_handlers import write


@pytest.mark.parametrize(
    ("left", "right", "place"),
    [
        ("abc", "abd", 2),
        ("abc", "xbc", 0),
        ("abc", "abc", None),
        ("abc", "ab", None),
        ("", "ab", None),
        ("a👩b", "a👩c", 2),
    ],
)
def test_the_first_difference(left: str, right: str, place: int | None):
    assert text_diff.first_difference(left, right) == place
    assert text_diff.first_difference(right, left) == place


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("so e", "so a", "They part at letter 4: “e” against “a”."),
        ("so\n", "so ", "They part at letter 3: a new line against a space."),
        ("so", "so", "They never part: the same 2 letters."),
        ("so", "s", "As far as both go (1 letter), they are the same."),
        ("", "s", ""),
        ("", "", ""),
    ],
)
def test_it_is_said_in_words(left: str, right: str, said: str):
    assert text_diff.sentence(left, right) == said


def test_what_a_model_writes_is_text_and_no_markup():
    assert "&lt;" in markup.parted(text_diff.sentence("<", "a"))
    assert markup.parted("") == ""


def stage_of(events: list[Any], place: int) -> str:
    """The stage of a card that has taken these steps, marked at a place."""
    card = TextCard(SPECS["char_lstm"])
    card.recipe = make_recipe(card.spec, prompt="ROMEO:\n")
    card.start(replayed=False)
    for event in events:
        card.take(event)
    assert card.text == "".join(event.text for event in events)
    card.mark(place)
    return card.stage


def test_the_mark_stands_before_the_letter_and_never_within_markup():
    steps = [token(piece, p) for piece, p in (("T", 0.9), ("<", 0.001), ("&", 0.9), ("end", 0.01))]
    plain = stage_of(steps, 99)
    assert markup.PARTING not in plain
    for place, behind in enumerate(("T", '<b class="t', "&amp;", '<b class="t', '<b class="t')):
        stage = stage_of(steps, place)
        before, after = stage.split(markup.PARTING)
        assert before + after == plain
        assert after.startswith(behind)


def token(piece: str, probability: float) -> Any:
    """One step that wrote a piece."""
    from models.base import TokenStep

    return TokenStep(0, False, 0, piece, probability, probability, 1.0, 0, ())


def test_both_texts_are_marked_where_they_part_and_it_is_said(services: Any, visitor: Any):
    views = list(write(services, visitor))
    last = views[-1]
    assert last.below == markup.parted("They never part: the same 12 letters.")
    assert markup.PARTING not in last.left_stage
    assert all("part" not in view.below for view in views[:-1])


def test_texts_that_differ_are_marked(services: Any, visitor: Any, monkeypatch: pytest.MonkeyPatch):
    first = list(write(services, visitor, seed=1))[-1]
    assert "never part" in first.below
    real = TextCard.take

    def shifted(card: TextCard, event: Any) -> None:
        late = card.spec.id == "gpt2_mini" and getattr(event, "index", 0) == 5
        real(card, replace(event, text="Z") if late else event)

    monkeypatch.setattr(TextCard, "take", shifted)
    last = list(write(services, visitor, seed=1))[-1]
    assert "They part at letter 6: " in last.below
    assert "against “Z”" in last.below
    assert last.announcement.endswith("against “Z”.")
    for stage in (last.left_stage, last.right_stage):
        assert stage.count(markup.PARTING) == 1


def test_a_stopped_run_says_how_far_both_agree_and_announces_nothing(services: Any, visitor: Any):
    run = write(services, visitor, prompt="delay=0.02", length=1000)
    views = [next(run) for _ in range(4)]
    text_place.stop_writing(services, "Stop", visitor)
    views.extend(run)
    assert views[-1].announcement == ""


# Twins


def test_the_shipped_lstm_has_a_twin_and_nothing_that_must_be_fetched_has():
    found = quantised_pair.pairs(catalog.specs().values())
    assert ("char_lstm", "char_lstm_int8") in [(a.id, b.id) for a, b in found]
    assert not any(spec.files for pair in found for spec in pair)
    assert quantised_pair.pairs(SPECS.values()) == []


def test_a_chip_puts_both_into_the_pickers():
    specs = catalog.specs()
    services = SimpleNamespace(
        specs=specs, of_kind=lambda kind: [s for s in specs.values() if s.kind == kind]
    )
    pair = specs["char_lstm"], specs["char_lstm_int8"]
    assert quantised_pair.label(pair) == "Fewer bits: LSTM against LSTM in int8"
    filled = quantised_pair.put_twins(services, quantised_pair.label(pair))  # type: ignore[arg-type]
    assert [update["value"] for update in filled[:2]] == ["char_lstm", "char_lstm_int8"]  # type: ignore[index]
    assert len(filled) == 4
    with pytest.raises(ValueError, match="no two models of the same weights"):
        quantised_pair.put_twins(services, "Something else")  # type: ignore[arg-type]


def test_the_card_of_the_rounded_twin_says_its_bytes():
    specs = catalog.specs()
    assert size(specs["char_lstm"]) == "3.5 M weights · 6.9 MB"
    assert size(specs["char_lstm_int8"]) == "3.5 M weights · 4.0 MB in memory"
    held = CharLstmInt8.load(specs["char_lstm_int8"], "cpu", "float32").nbytes()
    assert 0.8 * specs["char_lstm_int8"].memory_bytes < held
    assert held <= specs["char_lstm_int8"].memory_bytes
