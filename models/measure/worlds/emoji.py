"""Pictures of the emoji world: is the emoji drawn that was named, and are they like real ones?

Pictures are compared as 16×16 pixels: the mean of 2×2 each, 768 numbers, by Euclidean distance.
There is no Fréchet distance here: the covariance of 768 numbers cannot be told from 1,374 pictures.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from models import datasets
from models.base import Adapter
from models.measure import similarity
from models.measure.drawing import draw
from models.measure.finding import Exhibit, Finding, failures
from models.measure.metric import Metric, share
from models.measure.nearest import features
from models.measure.worlds.pictures import draw_single, pace
from models.recipe import make_recipe

UNSEEN = (
    "blue cow",
    "cat with umbrella",
    "green heart with eyes",
    "robot cat",
    "pizza with glasses",
    "purple banana",
    "house on fire",
    "smiling moon with hat",
)
DATA = {"Noto emoji, 1,374 pictures": datasets.EMOJI_SHA256}
SPACE = "Compared as 16×16 pixels of 3 colours, k = 5."
_IN_A_ROW = 8


def measure(adapter: Adapter, pictures: int | None = None) -> Iterator[Finding]:
    """Everything there is to say about a model of the emoji world.

    Args:
        adapter: the loaded model.
        pictures: of so many emoji; None for all.
    """
    by_name = "prompt" in adapter.spec.can
    images, names = datasets.emoji()
    images, names = images[:pictures], names[:pictures]
    drawn = _draw_all(adapter, names)
    if by_name:
        yield named_right(images, names, drawn)
    order = np.random.default_rng(0).permutation(len(images))
    yield Finding(
        alike(images[order], drawn[order]), DATA, f"As many pictures as there are. {SPACE}"
    )
    yield Finding(alike_halves(images), DATA, f"One random half against the other. {SPACE}")
    yield pace(adapter)
    if by_name:
        yield unseen(adapter)


def nearest(real: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The place (M,) of the real picture (N, 32, 32, 3) nearest each drawn one."""
    away = similarity.distances(*(torch.from_numpy(features(a)) for a in (drawn, real)))
    return away.argmin(1).numpy()


def named_right(images: np.ndarray, names: tuple[str, ...], drawn: np.ndarray) -> Finding:
    """Share of names whose drawing (one each, in order) is nearest to the emoji of that name."""
    read = nearest(images, drawn)
    right = read == np.arange(len(names))
    return Finding(
        {"emoji_named_right": share(right)},
        DATA,
        "One picture from each name at the default options, nearest as 16×16 pixels.",
        failures(
            "that are nearer to another emoji",
            drawn,
            ~right,
            lambda i: f"asked for “{names[i]}”, nearest to “{names[read[i]]}”",
        ),
    )


def alike(real: np.ndarray, drawn: np.ndarray) -> dict[str, Metric]:
    """Coverage and density of pictures (M, 32, 32, 3) uint8 among real ones."""
    return similarity.coverage_and_density(features(real), features(drawn))


def alike_halves(images: np.ndarray) -> dict[str, Metric]:
    """The same of one random half of the real pictures among the other."""
    order = np.random.default_rng(0).permutation(len(images))
    half = len(images) // 2
    measured = alike(images[order[:half]], images[order[half : 2 * half]])
    return {f"{name}_real": metric for name, metric in measured.items()}


def unseen(adapter: Adapter) -> Finding:
    """What comes of combinations that no emoji shows."""
    options = {"count": _IN_A_ROW}
    recipes = [make_recipe(adapter.spec, prompt=p, options=options, seed=1) for p in UNSEEN]
    pictures = np.concatenate(list(draw(adapter, recipes)))
    return Finding(
        {},
        exhibits=(
            Exhibit(
                "Combinations that no emoji shows, a row each, as they came with seed 1",
                tuple(f"“{prompt}”" for prompt in UNSEEN),
                "unseen.png",
                pictures,
                _IN_A_ROW,
            ),
        ),
    )


def _draw_all(adapter: Adapter, names: tuple[str, ...]) -> np.ndarray:
    """As many pictures as there are names, of the names if the model reads words."""
    by_name = "prompt" in adapter.spec.can
    recipes = [
        make_recipe(adapter.spec, prompt=name if by_name else "", options={"count": 1}, seed=index)
        for index, name in enumerate(names)
    ]
    return draw_single(adapter, recipes)
