"""CLIP's zero-shot reading: which of several captions lies nearest to a picture?

After Radford et al. 2021, section 3.1: the candidates are said in a few ways each, and the mean of
their embeddings stands for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models import datasets
from models.adapters.clip import Embeddings
from models.adapters.pictures import to_tensor
from models.datasets import COLOURS, DIGIT_WORDS, Concept
from models.measure.finding import Finding, failures
from models.measure.metric import share
from models.measure.worlds.pictures import TEST, painted, say

WORDINGS: Mapping[str, tuple[str, ...]] = {
    "digit": ("a {}", "a digit {}", "a number {}"),
    "ink": ("{} ink", "something in {}"),
    "paper": ("{} paper", "something on {} paper"),
}
CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "digit": DIGIT_WORDS,
    "ink": COLOURS,
    "paper": COLOURS,
}
_BLOCK = 250


def measure(folder: Path) -> Iterator[Finding]:
    """Share of test images, painted in concepts of all kinds, of which each part is read right."""
    clip = Clip.load(folder)
    strokes, digits = datasets.mnist("test")
    concepts = any_concepts(digits)
    images = painted(strokes, concepts)
    seen = clip.read(images)
    wanted = {
        "digit": np.array([c.digit for c in concepts]),
        "ink": np.array([COLOURS.index(c.ink) for c in concepts]),
        "paper": np.array([COLOURS.index(c.paper) for c in concepts]),
    }
    right = {part: seen[part] == wanted[part] for part in WORDINGS}
    said = "; ".join(f"{part}: {', '.join(f'“{w}”' for w in ws)}" for part, ws in WORDINGS.items())
    yield Finding(
        {f"zero_shot_{part}": share(answers) for part, answers in right.items()},
        TEST,
        f"All 560 concepts. Captions with each of the 10 digits or 8 colours in them: {said}.",
        failures(
            "that it reads wrongly",
            images,
            ~np.all(list(right.values()), axis=0),
            lambda i: f"{say(concepts[i])}, read as {say(_concept(seen, i))}",
        ),
    )


class Clip:
    """Reads parts of pictures by captions."""

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings

    @classmethod
    def load(cls, folder: Path) -> Clip:
        """Open a folder written by transformers, to be computed in float32."""
        return cls(Embeddings.load(folder))

    def read(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The place of the nearest candidate for each part, (B,), of pictures (B, 32, 32, 3)."""
        embedded = self._of_pictures(images)  # (B, D)
        return {
            part: (embedded @ self._of_candidates(part).T).argmax(1).numpy() for part in WORDINGS
        }

    def _of_pictures(self, images: np.ndarray) -> Tensor:
        parts = (images[first : first + _BLOCK] for first in range(0, len(images), _BLOCK))
        return torch.cat([self._embeddings.of_pictures(to_tensor(part)) for part in parts])

    def _of_candidates(self, part: str) -> Tensor:
        """(candidates, D): for each the mean over its wordings."""
        wordings = [
            self._of_words([wording.format(name) for name in CANDIDATES[part]])
            for wording in WORDINGS[part]
        ]
        return F.normalize(torch.stack(wordings).mean(0), dim=1)

    def _of_words(self, texts: Sequence[str]) -> Tensor:
        return self._embeddings.of_words(texts)


def any_concepts(digits: np.ndarray) -> list[Concept]:
    """For each digit one of all its concepts at random, always the same."""
    generator = np.random.default_rng(0)
    of_digit = {d: [c for c in datasets.concepts() if c.digit == d] for d in range(10)}
    places = generator.integers(len(of_digit[0]), size=len(digits))
    return [of_digit[int(digit)][place] for digit, place in zip(digits, places, strict=True)]


def _concept(seen: Mapping[str, np.ndarray], i: int) -> Concept:
    """What was read off picture i."""
    digit, ink, paper = (int(seen[part][i]) for part in WORDINGS)
    return Concept(digit, COLOURS[ink], COLOURS[paper])
