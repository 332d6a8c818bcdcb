"""Pictures and captions in one space: can a picture be classified by captions alone?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from models import checkpoint
from models.datasets import COLOURS
from models.experiments.claim import (
    Claim,
    Number,
    Outcome,
    Progress,
    Verdict,
    fewest,
    from_metrics,
    percent,
)
from models.experiments.drawing import draw_all, of_each, trained
from models.experiments.lab import Lab
from models.measure.metric import Metric, share

CLAIM = Claim(
    id="text_image_alignment",
    order=90,
    sentence="Contrastive training puts pictures and captions into one space.",
    article="CLIP connects words and pictures.",
    source="Encoders of both are trained so that a picture lies nearest its own caption; then a "
    "picture is classified by the nearest of several captions, with no training for that (Radford "
    "et al. 2021, section 3.1).",
    how="A small CLIP reads digit, ink and paper off pictures by captions such as “a seven” and "
    "“red ink”. By chance one digit in ten and one colour in eight would be right.",
    flip="Ask with captions of words it never read: every one is as far away as the others.",
    title="Parts of a picture read right by caption.",
    axis="right (%)",
    percent=True,
)
PAINTER, READER = "gan", "clip_mini"
MODELS = (PAINTER,)
SOURCES = (READER,)
"""Whose metrics.json the shipped figures come from."""
QUICK, RECORDED, SEED = 200, 0, 300
CHANCE = {"digit": 1 / 10, "ink": 1 / 8, "paper": 1 / 8}


def shipped(weights: Path) -> Outcome:
    """As measured on 10,000 test digits, from the reader's metrics.json."""
    kept = from_metrics(weights, READER)
    return Outcome(tuple(_number(part, kept[f"zero_shot_{part}"]) for part in CHANCE))


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Let the GAN draw concepts, and read them by captions."""
    concepts = trained(size)
    asked = {PAINTER: of_each(lab, PAINTER, concepts, SEED)}
    drawn = yield from draw_all(lab, asked, after=size)
    yield Progress(size, 2 * size, "CLIP reads")
    from models.measure.worlds.zero_shot import Clip

    lab.check()
    seen = Clip.load(checkpoint.folder(READER)).read(drawn[PAINTER])
    wanted = {
        "digit": np.array([c.digit for c in concepts]),
        "ink": np.array([COLOURS.index(c.ink) for c in concepts]),
        "paper": np.array([COLOURS.index(c.paper) for c in concepts]),
    }
    numbers = [_number(part, share(seen[part] == wanted[part])) for part in CHANCE]
    note = "On pictures that the GAN drew; where it drew another digit, that counts as read wrong."
    yield Outcome(tuple(numbers), (note,))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether every part is read far more often than by chance, and mostly right."""
    n = fewest(numbers)
    worst = min(CHANCE, key=lambda part: numbers[part].value)
    said = f"Read worst is the {worst}: {percent(numbers[worst].value, 1)} right."
    if all(numbers[part].low > 0.5 for part in CHANCE):
        return Verdict("holds", said, n)
    if any(numbers[part].high < 0.5 for part in CHANCE):
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def _number(part: str, metric: Metric) -> Number:
    return Number(part, part.capitalize(), metric)
