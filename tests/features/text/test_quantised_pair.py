"""Fewer bits: the chip that puts twins beside each other, and their sizes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from models import catalog
from models.adapters.char_lstm import CharLstmInt8
from playground.core.format import size
from playground.features.text import quantised_pair
from tests.fake_catalogue import SPECS

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
    assert quantised_pair.label(pair) == "Compressed to 8 bits: LSTM against LSTM in int8"
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
