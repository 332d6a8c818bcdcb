"""How the figures of looks lie among real test digits: `python -m models.measure reference`.

Of 10,000 test digits, painted in concepts of all kinds, each model that looks at pictures keeps the
quantiles of its figure beside its weights; nothing else of the digits is shipped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from models import checkpoint, datasets
from models.adapters import reference
from models.adapters.gan import Gan
from models.adapters.pictures import to_tensor
from models.adapters.vae import Vae
from models.measure.metric import Metric, mean
from models.measure.worlds.pictures import TEST, painted
from models.measure.worlds.zero_shot import any_concepts

logger = logging.getLogger(__name__)

COMMAND = "python -m models.measure reference"
_BLOCK = 200


def measure(*, write: bool) -> Iterator[tuple[str, dict[str, Metric]]]:
    """Look at the test digits with each model, and tell the mean.

    Args:
        write: whether the quantiles are kept, too.

    Raises:
        DataMissing: without the test data.
    """
    from models import catalog

    strokes, digits = datasets.mnist("test")
    images = painted(strokes, any_concepts(digits))
    for model_id, (adapter, figure, look) in _LOOKS.items():
        folder = checkpoint.folder(model_id)
        loaded = adapter.load(catalog.spec(model_id), "cpu", "float32")
        values = of_pictures(partial(look, loaded), images)
        loaded.close()
        if write:
            _keep(folder, figure, values)
        yield model_id, {f"{figure}_real": mean(values)}


def of_pictures(look: Callable[[Tensor], np.ndarray], images: np.ndarray) -> np.ndarray:
    """The figure (N,) of pictures (N, 32, 32, 3) uint8."""
    parts = (images[first : first + _BLOCK] for first in range(0, len(images), _BLOCK))
    return np.concatenate([look(to_tensor(part)) for part in parts])


def strangeness(adapter: Vae, images: Tensor) -> np.ndarray:
    """How strange the VAE finds pictures (B, 3, H, W) in [-1, 1], (B,)."""
    return np.array([glimpse.strangeness for glimpse in adapter.glimpse(images)])


def realness(adapter: Gan, images: Tensor) -> np.ndarray:
    """What the critic of the GAN says of them when nobody says what they show, (B,)."""
    scores: np.ndarray = adapter.realness(images).double().numpy()
    return scores


_LOOKS: dict[str, tuple[Any, str, Callable[[Any, Tensor], np.ndarray]]] = {
    "vae": (Vae, "strangeness", strangeness),
    "gan": (Gan, "realness", realness),
}


def _keep(folder: Path, figure: str, values: np.ndarray) -> None:
    path = reference.write(folder, figure, values, COMMAND, TEST)
    logger.info("wrote %s", path)
