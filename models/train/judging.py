"""Training a judge: a classifier of all parts of a world's pictures."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.networks.parts_judge import PartsJudge
from models.train import muon
from models.train.conditions import parts_loss
from models.train.loop import Loop, autocast, warm_stable_decay
from models.train.pictures import to_tensor
from models.train.results import ship

BATCH = 64
CONFIG = {"width": 48, "features": 128}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a judge learns from.

    Attributes:
        pictures: (N, 32, 32, C) uint8.
        places: (N, parts), what each picture shows.
        sizes: how many things each part can be.
        distort: pictures (B, C, 32, 32) in [-1, 1] -> the same a little changed.
        data: what the card says of the data.
    """

    pictures: np.ndarray
    places: np.ndarray
    sizes: tuple[int, ...]
    distort: Callable[[Tensor, torch.Generator], Tensor]
    data: Mapping[str, str]


def train(args: argparse.Namespace, lesson: Lesson) -> None:
    """Train and write a `PartsJudge`."""
    torch.manual_seed(args.seed)
    channels = int(lesson.pictures.shape[-1])
    model = PartsJudge(lesson.sizes, channels, **CONFIG)
    model.to(args.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizers = muon.optimizers(model, lr=2e-3, weight_decay=0.02)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay)
    for _ in loop:
        generator = loop.generator()
        chosen = torch.randint(len(lesson.pictures), (BATCH,), generator=generator).numpy()
        images = lesson.distort(to_tensor(lesson.pictures[chosen]), generator)
        with autocast(args.device):
            logits = model(images.to(args.device))
        wanted = torch.from_numpy(lesson.places[chosen].astype(np.int64)).to(args.device)
        loop.descend(parts_loss(logits, wanted, lesson.sizes))
    config = {**CONFIG, "channels": channels, "parts": list(lesson.sizes)}
    ship(loop, {"model": loop.averaged("model")}, config, lesson.data)
