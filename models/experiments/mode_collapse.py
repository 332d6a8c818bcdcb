"""GANs drop part of the data, VAEs and diffusion cover it: how much of the test set is reached?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from models import datasets
from models.experiments import results
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
from models.experiments.drawing import DIGITS, draw_all, named, of_each
from models.experiments.lab import Lab
from models.measure.metric import Metric, share

CLAIM = Claim(
    id="mode_collapse",
    order=20,
    compares=True,
    sentence="GANs drop part of the data; VAEs and diffusion models cover it.",
    article="GANs suffer from mode collapse, VAEs and diffusion models do not.",
    source="A GAN may map many codes to the same picture (Goodfellow et al. 2014, section 6). How "
    "good one becomes depends more on how long its settings are searched for than on which kind of "
    "GAN it is (Lucic et al. 2018, “Are GANs Created Equal?”).",
    how="Coverage (Naeem et al. 2020): around each real test digit lies a ball up to its "
    "5th nearest real neighbour, in the features of a digit classifier; coverage is the share of "
    "balls with a drawn picture in them. It falls when kinds of pictures are missing, and also "
    "when pictures lie where no real ones do.",
    flip="Draw with the same few codes only, or look at the GAN half way through its training: "
    "pull the slider on the first page.",
    title="How much of the real test digits each family reaches.",
    axis="coverage (%)",
    percent=True,
    front=True,
)
MODELS = DIGITS
QUICK, RECORDED, SEED = 120, 0, 0
FEATURES = results.RESULTS / "digit_features.safetensors"
KEPT = 200  # features of as many test digits and as many others, 20 of each digit
_STEPS = 255


def shipped(weights: Path) -> Outcome:
    """As measured with 10,000 pictures each, from the models' metrics.json."""
    kept = {model: from_metrics(weights, model) for model in MODELS}
    numbers = [_covered("real", kept["gan"]["coverage_real"])]
    numbers += [_covered(model, kept[model]["coverage"]) for model in MODELS]
    numbers += [_reached(model, kept[model]["all_right"]) for model in MODELS]
    return Outcome(tuple(numbers))


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Draw as many pictures as there are real ones to compare with, of the same digits."""
    from models.measure import similarity
    from models.measure.judging import Judge
    from models.measure.worlds.pictures import concepts_for

    concepts = concepts_for([i % 10 for i in range(size)])
    asked = {model: of_each(lab, model, concepts, SEED) for model in DIGITS}
    drawn = yield from draw_all(lab, asked)
    judge, features = Judge.load(), load_features()
    real, others = (features[split][:size] for split in ("test", "train"))
    numbers = [_covered("real", similarity.coverage_and_density(real, others)["coverage"])]
    for model, pictures in drawn.items():
        found = similarity.coverage_and_density(real, judge.features(pictures))
        numbers.append(_covered(model, found["coverage"]))
    for model, pictures in drawn.items():
        seen = judge.read(pictures)
        right = share(s == c for s, c in zip(seen, concepts, strict=True))
        numbers.append(_reached(model, right))
    note = f"Compared with {len(real)} real test digits; with fewer, the balls are larger."
    yield Outcome(tuple(numbers), (note,))


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether the GAN covers less than both of the others."""
    gan, n = numbers["gan"], fewest(numbers)
    others = {"VAE": numbers["vae"], "diffusion": numbers["diffusion_mini"]}
    if all(gan.high < other.low for other in others.values()):
        return Verdict("holds", f"The GAN covers {percent(gan.value)}, both others more.", n)
    below = [name for name, other in others.items() if other.high < gan.low]
    if below:
        said = f"The GAN covers {percent(gan.value)}, more than {' and '.join(below)}"
        figures = ", ".join(f"{percent(others[name].value)}" for name in below)
        return Verdict("does_not_hold", f"{said} ({figures}).", n)
    return Verdict("cannot_tell", "The families’ intervals meet.", n)


def load_features(path: Path = FEATURES) -> dict[str, np.ndarray]:
    """Features (N, 128) of real digits by split, the digits 0 to 9 in turn."""
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        unit = float(file.metadata()["unit"])
        return {s: file.get_tensor(s).astype(np.float32) * unit for s in ("test", "train")}


def save_features(path: Path = FEATURES) -> None:
    """Derive them from the original digits; in 8 bits, as they are never below 0."""
    from safetensors.numpy import save_file

    features = {split: _features(split) for split in ("test", "train")}
    unit = max(float(f.max()) for f in features.values()) / _STEPS
    tensors = {s: np.rint(f / unit).astype(np.uint8) for s, f in features.items()}
    save_file(tensors, path, metadata={"unit": repr(unit)})


def _features(split: str) -> np.ndarray:
    from models.measure.judging import Judge
    from models.measure.worlds.pictures import concepts_for, painted

    strokes, digits = datasets.mnist(split)
    generator, each = np.random.default_rng(SEED), KEPT // 10
    chosen = [generator.choice(np.flatnonzero(digits == d), each, replace=False) for d in range(10)]
    order = np.stack(chosen, axis=1).ravel()  # (each, 10) -> the digits in turn
    return Judge.load().features(painted(strokes[order], concepts_for(digits[order])))


def _covered(name: str, metric: Metric) -> Number:
    family, label = ("", "Real digits") if name == "real" else named(name)
    return Number(name, label, metric, family)


def _reached(model: str, metric: Metric) -> Number:
    family, label = named(model)
    said = f"{label}: pictures that show the concept asked for"
    return Number(f"{model}_right", said, metric, family, shown=False)
