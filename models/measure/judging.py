"""Does a picture show what was asked for? Read by colour distance and a digit classifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from models import checkpoint, datasets
from models.datasets import Concept
from models.measure.finding import Finding
from models.measure.metric import share
from models.networks.judge import Judge as Network

if TYPE_CHECKING:
    from typing_extensions import Self

_BORDER_PX = 2
_INK_PIXELS = 25  # how many pixels farthest from the paper are taken for ink


@dataclass(frozen=True, slots=True)
class Colours:
    """Palette indices read off pictures (B,), and the strokes (B, 28, 28) in [0, 1]."""

    inks: np.ndarray
    papers: np.ndarray
    strokes: np.ndarray


def read_colours(images: np.ndarray) -> Colours:
    """Separate pictures (B, 32, 32, 3) uint8 into ink, paper and stroke.

    Paper is the palette colour nearest the median of the 2-pixel border; ink the other palette
    colour nearest the median of the 25 pixels farthest from the paper; the stroke is the clipped
    projection of each pixel on the line from paper to ink.
    """
    pixels = images.astype(np.float32)
    palette = datasets.palette_array().astype(np.float32)  # (8, 3)
    papers = _nearest(np.median(pixels[:, _border()], axis=1), palette)

    flat = pixels.reshape(len(pixels), -1, 3)  # (B, 1024, 3)
    away = np.linalg.norm(flat - palette[papers][:, None], axis=2)  # (B, 1024)
    farthest = np.argsort(-away, axis=1, kind="stable")[:, :_INK_PIXELS]
    medians = np.median(np.take_along_axis(flat, farthest[..., None], axis=1), axis=1)
    inks = _nearest(medians, palette, excluded=papers)

    line = (palette[inks] - palette[papers])[:, None, None]  # (B, 1, 1, 3)
    offset = pixels - palette[papers][:, None, None]
    strokes = np.clip((offset * line).sum(3) / (line * line).sum(3), 0, 1)  # (B, 32, 32)
    margin = (datasets.IMAGE_PX - datasets.STROKE_PX) // 2
    return Colours(inks, papers, strokes[:, margin:-margin, margin:-margin])


class Judge:
    """The shipped digit classifier."""

    def __init__(self, network: Network) -> None:
        self._network = network.eval()

    @classmethod
    def load(cls) -> Self:
        """Read the shipped weights."""
        folder = checkpoint.folder("judge")
        network = Network(**checkpoint.read_config(folder))
        checkpoint.load(folder, {"model": network})
        return cls(network)

    @torch.inference_mode()
    def digits(self, strokes: np.ndarray, block: int = 500) -> np.ndarray:
        """The digit each stroke (B, 28, 28) in [0, 1] shows, (B,)."""
        tensor = torch.from_numpy(np.asarray(strokes, np.float32))[:, None]
        read = [self._network(part).argmax(1) for part in tensor.split(block)]
        return torch.cat(read).numpy()

    @torch.inference_mode()
    def features(self, images: np.ndarray, block: int = 500) -> np.ndarray:
        """What the judge reads digits from, (B, features), of pictures (B, 32, 32, 3) uint8."""
        parts = [read_colours(images[i : i + block]).strokes for i in range(0, len(images), block)]
        strokes = [torch.from_numpy(np.asarray(part, np.float32))[:, None] for part in parts]
        return torch.cat([self._network.features(part) for part in strokes]).numpy()

    def read(self, images: np.ndarray, block: int = 500) -> list[Concept]:
        """What each picture (B, 32, 32, 3) uint8 shows."""
        concepts = []
        for first in range(0, len(images), block):
            seen = read_colours(images[first : first + block])
            for digit, *places in zip(
                self.digits(seen.strokes), seen.inks, seen.papers, strict=True
            ):
                ink, paper = (datasets.COLOURS[place] for place in places)
                concepts.append(Concept(int(digit), ink, paper))
        return concepts

    def all_right(self, images: np.ndarray, concept: Concept) -> np.ndarray:
        """For each picture (B, 32, 32, 3) uint8: are digit, ink and paper those of the concept?"""
        return np.array([seen == concept for seen in self.read(images)])


def measure() -> Iterator[Finding]:
    """How many test digits the judge reads right."""
    strokes, digits = datasets.mnist("test")
    right = Judge.load().digits(strokes / 255) == digits
    data = {"MNIST, 10,000 test images": datasets.MNIST_SHA256["test"]}
    yield Finding({"digit_accuracy": share(right)}, data)


def _border() -> np.ndarray:
    mask = np.ones((datasets.IMAGE_PX, datasets.IMAGE_PX), bool)
    mask[_BORDER_PX:-_BORDER_PX, _BORDER_PX:-_BORDER_PX] = False
    return mask


def _nearest(
    colours: np.ndarray, palette: np.ndarray, excluded: np.ndarray | None = None
) -> np.ndarray:
    """Index (B,) of the palette colour nearest each of `colours` (B, 3)."""
    distances = np.linalg.norm(colours[:, None] - palette, axis=2)  # (B, 8)
    if excluded is not None:
        distances[np.arange(len(distances)), excluded] = np.inf
    nearest: np.ndarray = distances.argmin(1)
    return nearest
