"""How surprised a model was by a token, and how that is shown: one rule for every place."""

from __future__ import annotations

import math
import sys

SURPRISE_BITS = (1.0, 2.0, 4.0, 6.0)
"""From these many bits on a letter has a bar of class s1, s2, s3, s4."""
FAVOURITES = 10
"""A letter whose rank is below this (0 is the most likely) is among the model's favourites."""


def surprise_bits(probability: float) -> float:
    """How surprising an event of this probability is: -log2 p (Shannon 1948)."""
    return -math.log2(max(probability, sys.float_info.min))


def surprise_level(bits: float) -> int:
    """The level of a bar, 0 (none) to 4."""
    return sum(bits >= threshold for threshold in SURPRISE_BITS)
