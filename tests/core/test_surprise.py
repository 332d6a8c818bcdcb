"""Surprise: the exact rule and its levels, which the browser's copy is compared with."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from playground.core.surprise import FAVOURITES, surprise_bits, surprise_level

CASES = Path(__file__).parents[1] / "cases" / "surprise.json"


@pytest.mark.parametrize(
    ("probability", "bits", "level"),
    [(1.0, 0.0, 0), (0.51, 0.9714308, 0), (0.5, 1.0, 1), (0.25, 2.0, 2), (0.0625, 4.0, 3)],
)
def test_surprise_is_minus_the_binary_logarithm(probability: float, bits: float, level: int):
    assert surprise_bits(probability) == pytest.approx(bits)
    assert surprise_level(surprise_bits(probability)) == level


def test_the_highest_level_begins_at_six_bits_and_nothing_is_endless():
    assert [surprise_level(surprise_bits(2.0**-n)) for n in (5, 6, 40)] == [3, 4, 4]
    assert surprise_bits(1e-20) == pytest.approx(-math.log2(1e-20))  # exact however unlikely
    assert math.isfinite(surprise_bits(0.0))


def test_the_pages_scripts_read_the_same_table():
    for case in json.loads(CASES.read_text()):
        level = surprise_level(surprise_bits(case["probability"]))
        classes = [f"s{level}"] * bool(level) + ["r"] * (case["rank"] >= FAVOURITES)
        assert (level, " ".join(classes)) == (case["level"], case["classes"])
