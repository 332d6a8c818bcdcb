"""VAEs give control over latent space: how even is a walk from one seed to another?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from models.base import Recipe
from models.datasets import Concept
from models.experiments.claim import Claim, Number, Outcome, Progress, Verdict, fewest
from models.experiments.drawing import DIGITS, named, trained
from models.experiments.lab import Lab
from models.measure.metric import Metric
from models.recipe import make_recipe

CLAIM = Claim(
    id="latent_control",
    order=140,
    compares=True,
    sentence="VAEs give control over latent space.",
    article="A VAE’s latent space is smooth, so that a picture can be moved through it at will; "
    "other families have no such space, or a harder one.",
    source="A grid of codes decodes to digits that pass into each other (Kingma & Welling 2014, "
    "figure 4). Nothing there says that others do not: the same walks are shown for a GAN "
    "(Radford et al. 2016, section 6.1) and for the noise of a diffusion model that adds none on "
    "its way (Song et al. 2021, section 5.3).",
    how="Sixteen pictures on the way from one seed to another, with digit and colours left as "
    "they are, along a part of a circle, so that all that lies between is as likely as the ends "
    "(White 2016). A jump is the root mean square difference of neighbours, over all pixels. The "
    "largest jump over the mean one says how uneven a walk is: 1 is perfectly even. The same "
    "concepts and seeds for all, compared walk by walk; intervals are bootstrapped over walks.",
    flip="Walk in fewer pictures (FRAMES in models/experiments/latent_control.py): the coarser a "
    "walk, the more alike the families. With six pictures and twelve walks, GAN and VAE could no "
    "longer be told apart.",
    title="How uneven a walk is from one seed to another.",
    axis="largest jump over the mean jump",
)
MODELS = DIGITS
QUICK, RECORDED, SEED = 10, 40, 0
FRAMES = 16
RESAMPLES = 10_000
MODEL = "vae"
_OTHERS = tuple(model for model in DIGITS if model != MODEL)


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Walk with every family between the same seeds and look at the jumps."""
    concepts = trained(size)
    asked = {model: _walks(lab, model, concepts) for model in DIGITS}
    total = sum(map(_cost, (recipe for recipes in asked.values() for recipe in recipes)))
    done, jumps = 0.0, dict[str, np.ndarray]()
    for model, recipes in asked.items():
        doing = f"{lab.specs[model].name} walks"
        yield Progress(done, total, doing)
        found = []
        for recipe, pictures in zip(recipes, lab.pictures(recipes), strict=True):
            found.append(jumps_of(pictures))
            done += _cost(recipe)
            yield Progress(done, total, doing)
        jumps[model] = np.stack(found)
    yield Outcome(tuple(_numbers(jumps)))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether the VAE's walks are more even than both of the others', walk by walk."""
    own, n = numbers[MODEL], fewest(numbers)
    more = {model: numbers[f"{model}_more"] for model in _OTHERS}
    others = " and ".join(f"{numbers[m].value:.2f} ({named(m)[1]})" for m in _OTHERS)
    said = f"The VAE’s largest jump is {own.value:.2f} times its mean one, against {others}."
    if all(metric.low > 0 for metric in more.values()):
        return Verdict("holds", said, n)
    if any(metric.high < 0 for metric in more.values()):
        return Verdict("does_not_hold", said, n)
    return Verdict("cannot_tell", said, n)


def jumps_of(pictures: np.ndarray) -> np.ndarray:
    """Root mean square difference of neighbours (N - 1,), of pictures (N, H, W, 3) uint8.

    As a share of the range of a pixel.
    """
    shares = pictures.astype(np.float64) / 255
    jumps: np.ndarray = np.sqrt(np.square(np.diff(shares, axis=0)).mean((1, 2, 3)))
    return jumps


def unevenness(jumps: np.ndarray) -> np.ndarray:
    """The largest jump over the mean one, (W,), of walks (W, J); 1 for one that stands still."""
    mean = jumps.mean(1)
    still = mean == 0
    ratio: np.ndarray = np.where(still, 1.0, jumps.max(1) / np.where(still, 1.0, mean))
    return ratio


def bootstrapped(values: np.ndarray, resamples: int = RESAMPLES) -> Metric:
    """A mean with the percentile interval of the bootstrap (Efron & Tibshirani 1993, ch. 13)."""
    n = len(values)
    drawn = np.random.default_rng(SEED).integers(0, n, (resamples, n))
    low, high = np.quantile(values[drawn].mean(1), (0.025, 0.975))
    return Metric(float(values.mean()), float(low), float(high), n)


def _walks(lab: Lab, model: str, concepts: Sequence[Concept]) -> list[Recipe]:
    """A walk for each concept; no two share a seed."""
    return [_walk(lab, model, concept, 2 * i) for i, concept in enumerate(concepts)]


def _walk(lab: Lab, model: str, concept: Concept, seed: int) -> Recipe:
    """From one seed to the next, asked for as a model declares it can be."""
    spec = lab.specs[model]
    said = {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
    known = {c.name for c in (*spec.controls, *spec.inputs["walk"])}
    both = {**said, **{f"to_{name}": value for name, value in said.items()}}
    options = {name: value for name, value in both.items() if name in known}
    prompt = concept.caption if "prompt" in spec.can else ""
    if "to_prompt" in known:
        options["to_prompt"] = prompt
    options |= {"frames": FRAMES, "to_seed": seed + 1}
    return make_recipe(spec, task="walk", prompt=prompt, options=options, seed=seed)


def _cost(recipe: Recipe) -> float:
    """How long a walk takes, in network passes over one picture."""
    return float(recipe.integer("frames")) * float(dict(recipe.options).get("steps", 1))


def _numbers(jumps: Mapping[str, np.ndarray]) -> Iterator[Number]:
    ratios = {model: unevenness(found) for model, found in jumps.items()}
    for model, values in ratios.items():
        family, label = named(model)
        yield Number(model, label, bootstrapped(values), family)
    for model in _OTHERS:
        family, label = named(model)
        said = f"{label} less VAE, walk by walk"
        more = bootstrapped(ratios[model] - ratios[MODEL])
        yield Number(f"{model}_more", said, more, family, shown=False)
    for model, found in jumps.items():
        family, label = named(model)
        said = f"{label}: the mean jump, as a share of a pixel’s range"
        jump = bootstrapped(found.mean(1)).of("share")
        yield Number(f"{model}_jump", said, jump, family, shown=False)
