"""What pictures are asked for in: captions, read by one frozen network for all picture families."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models import checkpoint
from models.networks.caption_reader import CaptionReader, numbered, tokens_of
from models.train import muon
from models.train.loop import Loop, warm_stable_decay
from models.train.results import ship

UNSAID = -1
READING_BATCH = 128


@dataclass(frozen=True, slots=True)
class Said:
    """A caption and the places of the words that it says, `UNSAID` for parts that it leaves out."""

    text: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """How the concepts of a world are put into words.

    Attributes:
        sizes: how many things each part of a concept can be.
        words: all words of all captions.
        say: concepts (B, parts), random numbers, share of empty captions -> a caption for each.
    """

    sizes: tuple[int, ...]
    words: tuple[str, ...]
    say: Callable[[np.ndarray, np.random.Generator, float], list[Said]]


def targets(said: Sequence[Said], sizes: Sequence[int]) -> Tensor:
    """Which class of each part a caption says, (B, parts); the last class is "not said"."""
    places = torch.tensor([s.places for s in said])
    return torch.where(places == UNSAID, torch.tensor(sizes), places)


def train_reader(args: argparse.Namespace, wording: Wording, trained: np.ndarray) -> None:
    """Train and write a `CaptionReader` on captions of trained concepts (N, parts)."""
    torch.manual_seed(args.seed)
    known = numbered(wording.words)
    model = CaptionReader(len(known), wording.sizes).to(args.device)
    optimizers = muon.optimizers(model, lr=3e-3, weight_decay=0.01)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay)
    for _ in loop:
        random = np.random.default_rng((args.seed, loop.step))
        places = trained[random.integers(len(trained), size=READING_BATCH)]
        said = wording.say(places, random, 0.02)
        tokens = tokens_of([s.text for s in said], known, model.longest).to(args.device)
        wanted = targets(said, wording.sizes).to(args.device)
        pairs = zip(model(tokens), wanted.unbind(1), strict=True)
        loop.descend(torch.stack([F.cross_entropy(read, part) for read, part in pairs]).sum())
    config = {"words": list(wording.words), "parts": list(wording.sizes)}
    ship(loop, {"model": loop.averaged("model")}, config, {})


class Conditions:
    """Captions of concepts as a trained reader understands them."""

    def __init__(self, reader: CaptionReader, wording: Wording, device: str = "cpu") -> None:
        self.reader = reader.eval().requires_grad_(False).to(device)
        self.wording = wording
        self._known = numbered(wording.words)
        self._device = device

    @classmethod
    def load(cls, folder: Path, wording: Wording, device: str) -> Conditions:
        """Read the folder that `train_reader` wrote.

        Raises:
            ValueError: when it has learned other words than those of the captions.
        """
        config = checkpoint.read_config(folder)
        if tuple(config["words"]) != wording.words:
            raise ValueError(f"The words that {folder.name} knows are not those of the captions.")
        reader = CaptionReader(len(wording.words), wording.sizes)
        checkpoint.load(folder, {"model": reader})
        return cls(reader, wording, device)

    @property
    def size(self) -> int:
        """How many numbers a condition has."""
        return sum(self.wording.sizes) + len(self.wording.sizes)

    def of(self, texts: Sequence[str]) -> Tensor:
        """What captions say, (B, size)."""
        tokens = tokens_of(texts, self._known, self.reader.longest)
        return self.reader.understood(tokens.to(self._device))

    def draw(
        self, places: np.ndarray, seed: tuple[int, int], wordless: float
    ) -> tuple[Tensor, Tensor]:
        """A caption for each concept (B, parts) in varied wording.

        Args:
            seed: of the training run, and its step.
            wordless: share of captions that say nothing.

        Returns:
            conditions (B, size) and the places that the captions say, `UNSAID` for others.
        """
        said = self.wording.say(places, np.random.default_rng(seed), wordless)
        stated = torch.tensor([s.places for s in said], device=self._device)
        return self.of([s.text for s in said]), stated


def parts_loss(logits: Tensor, places: Tensor, sizes: Sequence[int]) -> Tensor:
    """Cross-entropy of all parts read off pictures (B, sum of sizes), summed: nats a picture.

    Parts whose place (B, parts) is `UNSAID` do not count.
    """
    losses = [
        F.cross_entropy(read.float(), place, ignore_index=UNSAID, reduction="sum")
        for read, place in zip(logits.split(list(sizes), dim=1), places.unbind(1), strict=True)
    ]
    return torch.stack(losses).sum() / len(logits)
