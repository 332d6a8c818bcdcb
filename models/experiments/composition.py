"""Models combine what they have seen: are combinations that were held back drawn as well?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from models import datasets
from models.experiments.claim import (
    Claim,
    Number,
    Outcome,
    Progress,
    Verdict,
    difference_of_shares,
    fewest,
    from_metrics,
    percent,
)
from models.experiments.drawing import DIGITS, draw_all, named, of_each, trained
from models.experiments.lab import Lab
from models.measure.metric import Metric, share

CLAIM = Claim(
    id="composition",
    order=80,
    compares=True,
    sentence="Models combine what they have seen into what they have not.",
    article="Large models put known parts together in new ways.",
    source="Studied with held-out combinations of shape and colour: it comes gradually, with the "
    "number of examples of each part (Okawa et al. 2023, “Compositional Abilities Emerge "
    "Multiplicatively”).",
    how="One in eleven combinations of digit, ink and paper was never shown to any model; every "
    "part of them was. Right is a picture whose three parts are read as asked for.",
    flip="Ask for a word that was never read at all: “A word it never read” at the emoji.",
    title="Pictures that are right, of combinations seen in training and never seen.",
    axis="right (%)",
    percent=True,
)
MODELS = DIGITS
QUICK, RECORDED, SEED = 51, 0, 200
TOLERATED = 0.1
"""A loss of less than this still counts as combining."""


def shipped(weights: Path) -> Outcome:
    """As measured with four pictures of every concept, from the models' metrics.json."""
    numbers = []
    for model in MODELS:
        kept = from_metrics(weights, model)
        pair = kept["all_right_trained"], kept["all_right_held_out"]
        numbers += _pair(model, *pair)
    return Outcome(tuple(numbers))


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Draw combinations of both kinds, as many of each."""
    from models.measure.judging import Judge

    held_out = [concept for concept in datasets.concepts() if concept.held_out][:size]
    seen = trained(len(held_out))
    asked = {model: of_each(lab, model, (*seen, *held_out), SEED) for model in DIGITS}
    drawn = yield from draw_all(lab, asked)
    judge, numbers = Judge.load(), []
    for model, pictures in drawn.items():
        read = judge.read(pictures)
        right = [a == b for a, b in zip(read, (*seen, *held_out), strict=True)]
        numbers += _pair(model, share(right[: len(seen)]), share(right[len(seen) :]))
    yield Outcome(tuple(numbers))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether no model loses much on what it has never seen."""
    n = fewest(numbers)
    losses = {
        model: difference_of_shares(numbers[f"{model}_trained"], numbers[f"{model}_held_out"])
        for model in MODELS
    }
    model = max(losses, key=lambda name: losses[name].value)
    held_out = numbers[f"{model}_held_out"]
    said = f"{named(model)[1]} loses most: {percent(held_out.value)} right on what it never saw, "
    said += f"{percent(numbers[f'{model}_trained'].value)} on what it saw."
    if any(loss.low > TOLERATED for loss in losses.values()):
        return Verdict("does_not_hold", said, n)
    if all(loss.high < TOLERATED for loss in losses.values()):
        return Verdict("holds", said, n)
    return Verdict("cannot_tell", said, n)


def _pair(model: str, seen: Metric, unseen: Metric) -> list[Number]:
    family, label = named(model)
    return [
        Number(f"{model}_trained", f"{label}, seen", seen, family),
        Number(f"{model}_held_out", f"{label}, unseen", unseen, family),
    ]
