"""Metrics, the rule for "all right", and scoring every character once."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from models import worlds
from models.measure import judging, quality
from models.measure.metric import mean, share
from models.worlds import Concept


def test_share_is_wilsons_interval() -> None:
    metric = share([True] * 8 + [False] * 2)
    assert (metric.value, metric.n) == (0.8, 10)
    assert metric.low == pytest.approx(0.4902, abs=1e-4)  # Newcombe 1998, method 3
    assert metric.high == pytest.approx(0.9433, abs=1e-4)


def test_share_of_certainty_still_has_an_interval() -> None:
    assert share([True] * 20).low < 0.9


def test_mean_over_blocks_is_wider_for_dependent_values() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=100), 50)
    assert mean(values, 50).value == pytest.approx(mean(values).value)
    assert mean(values, 50).high - mean(values, 50).low > 5 * (mean(values).high - mean(values).low)


def _paint(concept: Concept, stroke: np.ndarray) -> np.ndarray:
    ink, paper = (np.array([worlds.PALETTE[c]]) for c in (concept.ink, concept.paper))
    return worlds.paint(stroke[None], ink, paper)


def test_colours_and_stroke_are_read_back_in_every_concept() -> None:
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 12:16] = 255
    stroke[4:6, 10:12] = 128
    for concept in worlds.concepts():
        seen = judging.read_colours(_paint(concept, stroke))
        assert worlds.COLOURS[seen.inks[0]] == concept.ink
        assert worlds.COLOURS[seen.papers[0]] == concept.paper
        assert np.abs(seen.strokes[0] - stroke / 255).max() < 0.02


def test_a_wrong_colour_or_an_empty_picture_is_not_right() -> None:
    judge = judging.Judge(SimpleNamespace(eval=lambda: lambda x: torch.eye(10)[[1] * len(x)]))  # type: ignore[arg-type]
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 12:16] = 255
    concept = Concept(1, "red", "black")
    assert judge.all_right(_paint(concept, stroke), concept).all()
    assert not judge.all_right(_paint(Concept(1, "blue", "black"), stroke), concept).any()
    assert not judge.all_right(_paint(Concept(1, "red", "white"), stroke), concept).any()
    assert not judge.all_right(_paint(concept, stroke), Concept(2, "red", "black")).any()


class _Bigram:
    """Knows exactly how likely each character is: p = (1 + previous token) / 100 for the next 0."""

    start = 1

    def __init__(self) -> None:
        self.longest = 0

    def encode(self, text: str) -> list[int]:
        return [int(c) for c in text]

    def logits_of(self, tokens: torch.Tensor) -> torch.Tensor:
        self.longest = max(self.longest, tokens.shape[1])
        zero = (1 + tokens.float()) / 100
        return torch.stack([zero, 1 - zero], -1).log()


@pytest.mark.parametrize("length", [129, 256, 257, 1000, 4321])
def test_every_character_is_scored_once(length: int) -> None:
    text = "".join(map(str, np.random.default_rng(length).integers(0, 2, length)))
    adapter = _Bigram()
    bits = quality.bits_of_characters(adapter, text)
    before = [adapter.start, *map(int, text)]
    zeros = [(1 + b) / 100 for b in before[:-1]]
    wanted = [-math.log2(z if c == "0" else 1 - z) for z, c in zip(zeros, text, strict=True)]
    assert bits == pytest.approx(np.array(wanted), rel=1e-4)
    assert adapter.longest <= 2 * quality.CONTEXT
