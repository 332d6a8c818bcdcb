"""The real picture nearest a drawn one, without the real pictures: derived numbers stand for them.

Pictures are compared as 16×16 pixels: the mean of 2×2 each, 768 numbers, by Euclidean distance.
What is kept of each real one is its place along the directions in which they differ most (their
principal components), in 8 bits, and how much of it lies beside them. No torch: the page asks this.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

COMPONENTS = 96
_STEPS = 127  # of int8, to each side
_TENSORS = ("mean", "components", "places", "rest")


def features(images: np.ndarray) -> np.ndarray:
    """Pictures (N, 32, 32, 3) uint8 as (N, 768): the mean of every 2×2 pixels."""
    count, height, width, channels = images.shape
    halved = images.reshape(count, height // 2, 2, width // 2, 2, channels).mean((2, 4))
    flat: np.ndarray = halved.reshape(count, -1).astype(np.float32)
    return flat


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Real pictures as places along K principal components.

    Args:
        names: of the N pictures.
        mean: (768,) float32, the mean of their features.
        components: (K, 768) int8, each unit vector scaled by the one number that fits.
        places: (N, K) int8, in steps of `unit`.
        rest: (N,) float32, the squared length of what lies beside all components.
        unit: how much of a feature one step of a place is.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    components: np.ndarray
    places: np.ndarray
    rest: np.ndarray
    unit: float

    def nearest(self, images: np.ndarray) -> np.ndarray:
        """The number (M,) of the real picture nearest each of `images` (M, 32, 32, 3) uint8.

        Beside the components a drawn picture and a real one are taken to have nothing in common;
        how much the drawn one has there is the same for all real ones, and left out.
        """
        along = (features(images) - self.mean) @ _units(self.components).T  # (M, K)
        real = self.places.astype(np.float32) * self.unit
        away = ((along[:, None] - real) ** 2).sum(2) + self.rest  # (M, N)
        found: np.ndarray = away.argmin(1)
        return found


def derive(images: np.ndarray, names: tuple[str, ...], components: int = COMPONENTS) -> Atlas:
    """The atlas of real pictures (N, 32, 32, 3) uint8."""
    plain = features(images)
    mean = plain.mean(0)
    plain -= mean
    directions = np.linalg.svd(plain, full_matrices=False)[2][:components]
    stored = np.rint(directions / np.abs(directions).max(1, keepdims=True) * _STEPS)
    kept = stored.astype(np.int8)
    along = plain @ _units(kept).T
    rest = (plain**2).sum(1) - (along**2).sum(1)
    unit = float(np.abs(along).max()) / _STEPS
    return Atlas(names, mean, kept, np.rint(along / unit).astype(np.int8), rest, unit)


def save(atlas: Atlas, path: Path) -> None:
    """Write an atlas as safetensors; its names are in the header."""
    from safetensors.numpy import save_file

    tensors = {name: getattr(atlas, name) for name in _TENSORS}
    notes = {"names": json.dumps(atlas.names, ensure_ascii=False), "unit": repr(atlas.unit)}
    save_file(tensors, path, metadata=notes)


def load(path: Path) -> Atlas:
    """What `save` wrote."""
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        notes = file.metadata()
        tensors = {name: file.get_tensor(name) for name in _TENSORS}
    return Atlas(tuple(json.loads(notes["names"])), unit=float(notes["unit"]), **tensors)


def _units(components: np.ndarray) -> np.ndarray:
    """Stored components as unit vectors (K, 768)."""
    plain = components.astype(np.float32)
    units: np.ndarray = plain / np.linalg.norm(plain, axis=1, keepdims=True)
    return units
