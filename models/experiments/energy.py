"""Bigger models cost more energy: computing time of a picture, times the machine's power."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from models import catalog
from models.experiments.claim import (
    Claim,
    Number,
    Outcome,
    Progress,
    Verdict,
    above,
    fewest,
    from_metrics,
)
from models.experiments.drawing import named
from models.experiments.lab import Lab
from models.measure.metric import Metric, median
from models.recipe import make_recipe

WATTS = 12.0
"""Of a busy core: an assumption. Time times power is the method of Lannelongue et al. 2021."""
CLAIM = Claim(
    id="energy",
    order=110,
    sentence="Bigger models cost more energy.",
    article="The larger a model, the more energy each answer takes.",
    source="Energy follows the arithmetic done, and that is parameters times how often each is "
    "used: for a transformer about 2 operations a parameter and token (Kaplan et al. 2020, "
    "section 2.1), for diffusion once more for every step.",
    how=f"Seconds of computing for a picture times {WATTS:.0f} W, what a busy core is taken to "
    "draw (the method of Lannelongue et al. 2021, “Green Algorithms”). The ratios are measured, "
    "the watts are assumed. Compared is each design with itself, at its two sizes.",
    flip="Halve the steps of Diffusion: half the energy, and not one parameter less.",
    title=f"Energy of a picture, by size, at an assumed {WATTS:.0f} W.",
    axis=f"joules a picture (at {WATTS:.0f} W, assumed)",
    shape="lines",
    across="parameters (M)",
    log=True,
)
PAIRS = (("gan_emoji", "gan"), ("vae_emoji", "vae"), ("diffusion_mini", "diffusion_emoji"))
"""The same design at two sizes, the smaller one first."""
MODELS = tuple(model for pair in PAIRS for model in pair)
QUICK, RECORDED, SEED = 6, 0, 0
_KEPT_PICTURES, _PICTURES = 16, 4


def shipped(weights: Path) -> Outcome:
    """As measured with 16 pictures at a time, from the models' metrics.json."""
    kept = {model: from_metrics(weights, model)["seconds_per_16"] for model in MODELS}
    return Outcome(tuple(_number(m, kept[m], _KEPT_PICTURES) for m in MODELS))


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Time the same number of pictures of every model, one run at a time."""
    numbers = []
    weights = [float(passes_of(lab, model)) for model in MODELS]
    done, total = 0.0, sum(weights)
    for model, weight in zip(MODELS, weights, strict=True):
        spec = lab.specs[model]
        yield Progress(done, total, f"{spec.name} draws")
        recipes = [
            make_recipe(spec, options={"count": _PICTURES}, seed=SEED + i) for i in range(size + 1)
        ]
        seconds = []
        for steps in lab.steps(recipes, at_once=1):
            seconds.append(sum(step.seconds / step.batch for step in steps))
            done += weight / (size + 1)
            yield Progress(done, total, f"{spec.name} draws")
        numbers.append(_number(model, median(np.array(seconds[1:])), _PICTURES))
    note = "The first run of each model warms up and is left out."
    yield Outcome(tuple(numbers), (note,))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether the larger one of every design costs more."""
    n = fewest(numbers)
    larger = [(numbers[small], numbers[large]) for small, large in PAIRS]
    most = max(MODELS, key=lambda model: numbers[model].value)
    least = min(MODELS, key=lambda model: numbers[model].value)
    ratio = numbers[most].value / numbers[least].value
    size = {spec.id: spec.parameters for spec in catalog.SPECS}
    grown = size[most] / size[least]
    said = f"A picture costs up to {ratio:.0f} times another’s, at {grown:.1f} times the parameters"
    said += ": how often they are used counts for more." if ratio > 2 * grown else "."
    if all(above(large, small) for small, large in larger):
        return Verdict("holds", said, n)
    if any(above(small, large) for small, large in larger):
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def passes_of(lab: Lab, model: str) -> int:
    """How many passes a picture takes with the default options."""
    controls = {control.name: control.default for control in lab.specs[model].controls}
    return int(controls.get("steps", 1))


def _number(model: str, seconds: Metric, pictures: int) -> Number:
    """Seconds for so many pictures, as joules for one."""
    spec = next(spec for spec in catalog.SPECS if spec.id == model)
    family, label = named(model)
    world = "emoji" if spec.world == "emoji" else "digits"
    factor = WATTS / pictures
    joules = Metric(seconds.value * factor, seconds.low * factor, seconds.high * factor, seconds.n)
    return Number(model, f"{label}, {world}", joules, family, x=spec.parameters / 1e6)
