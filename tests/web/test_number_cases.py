"""Numbers as text: the cases that the scripts of the page are held to as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playground.core.format import duration, ordinal, significant
from playground.core.surprise import SURPRISE_BITS, surprise_bits

CASES = json.loads((Path(__file__).parents[1] / "cases" / "numbers.json").read_text())


@pytest.mark.parametrize(("value", "digits", "said"), CASES["significant"])
def test_significant_digits(value: float, digits: int, said: str) -> None:
    assert significant(value, digits) == said


@pytest.mark.parametrize(("seconds", "said"), CASES["duration"])
def test_spans_of_time(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(("number", "said"), CASES["ordinal"])
def test_ordinals(number: int, said: str) -> None:
    assert ordinal(number) == said


@pytest.mark.parametrize(("probability", "level"), CASES["surprise"])
def test_bars_of_surprise(probability: float, level: int) -> None:
    bits = surprise_bits(probability)
    assert sum(bits >= threshold for threshold in SURPRISE_BITS) == level
