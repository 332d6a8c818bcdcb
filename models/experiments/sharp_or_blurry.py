"""GANs draw sharper pictures, VAEs blurrier ones: how steep are the edges of their strokes?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from models import datasets
from models.experiments import results
from models.experiments.claim import Claim, Number, Outcome, Progress, Verdict, fewest
from models.experiments.drawing import DIGITS, draw_all, named, of_each, trained
from models.experiments.lab import Lab
from models.measure.metric import Metric, mean

CLAIM = Claim(
    id="sharp_or_blurry",
    order=10,
    compares=True,
    sentence="GANs draw sharper pictures, VAEs draw blurrier ones.",
    article="A GAN’s pictures are sharp; a VAE’s are smooth and blurry.",
    source="What minimises the squared error of every pixel is the mean of all pictures that would "
    "fit, and a mean of edges is a blurred edge (Mathieu et al. 2016, “Deep multi-scale video "
    "prediction beyond mean square error”); errors by pixels are what VAEs are mostly trained "
    "with, and a critic in their place makes them sharper (Larsen et al. 2016, “Autoencoding "
    "beyond pixels”).",
    how="The same concepts and seeds for all. The stroke is separated from its two colours, so "
    "that these play no part; gradient energy is the mean over its pixels of the squared "
    "difference to the right and lower neighbour. Steeper edges have more of it.",
    flip="Let the VAE’s decoder keep more of its code, or train the GAN for a quarter of its "
    "steps: python -m models.train.gan --steps 4000.",
    title="How steep the edges of strokes are, beside real digits.",
    axis="gradient energy, per pixel",
    front=True,
)
MODELS = DIGITS
QUICK, RECORDED, SEED = 50, 120, 0
_REAL = 1_000


def measure(lab: Lab, size: int) -> Iterator[Progress | Outcome]:
    """Draw the same concepts with every family and look at the edges."""
    concepts = trained(size)
    asked = {model: of_each(lab, model, concepts, SEED) for model in DIGITS}
    drawn = yield from draw_all(lab, asked)
    energies = {model: _of_pictures(pictures) for model, pictures in drawn.items()}
    numbers = [_number(model, mean(values)) for model, values in energies.items()]
    real, notes = _real()
    lead = mean(energies["gan"] - energies["vae"])
    label = "GAN less VAE, concept by concept"
    yield Outcome((*real, *numbers, Number("gan_less_vae", label, lead, shown=False)), notes)


def verdict(numbers: Mapping[str, Metric]) -> Verdict:
    """Whether the GAN's strokes have the steeper edges, compared concept by concept."""
    lead, n = numbers["gan_less_vae"], fewest(numbers)
    ratio = numbers["gan"].value / numbers["vae"].value
    if lead.low > 0:
        return Verdict("holds", f"The GAN’s edges have {ratio:.2f} times the VAE’s energy.", n)
    if lead.high < 0:
        return Verdict("does_not_hold", f"The GAN’s edges have only {ratio:.2f} of the VAE’s.", n)
    return Verdict("cannot_tell", "The difference may be chance.", n)


def gradient_energy(strokes: np.ndarray) -> np.ndarray:
    """Mean squared difference to the right and the lower neighbour, (N,), of strokes (N, H, W)."""
    right = np.square(np.diff(strokes.astype(np.float64), axis=2)).mean((1, 2))
    down = np.square(np.diff(strokes.astype(np.float64), axis=1)).mean((1, 2))
    energy: np.ndarray = right + down
    return energy


def _of_pictures(pictures: np.ndarray) -> np.ndarray:
    from models.measure.judging import read_colours

    return gradient_energy(read_colours(pictures).strokes)


def _real() -> tuple[list[Number], tuple[str, ...]]:
    """The same of real test digits: measured where they are at hand, else as it was shipped."""
    try:
        strokes, _ = datasets.mnist("test")
    except datasets.DataMissing:
        kept = results.shipped(CLAIM.id)
        held = [n for n in kept.outcome.numbers if n.name == "real"] if kept else []
        return held, ("The real digits are not on this machine; their figure is the shipped one.",)
    chosen = strokes[np.random.default_rng(SEED).permutation(len(strokes))[:_REAL]]
    return [Number("real", "Real digits", mean(gradient_energy(chosen / 255)))], ()


def _number(model: str, metric: Metric) -> Number:
    family, label = named(model)
    return Number(model, label, metric, family)
