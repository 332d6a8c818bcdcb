"""The VAE: the decoder draws from a random code, the encoder looks at a picture."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from models import checkpoint
from models.adapters import reference
from models.adapters.class_conditional import BLOCK, LabelledAdapter, Sheet, blocks
from models.adapters.input_picture import Looked, apart
from models.adapters.pictures import to_images, to_tensor
from models.base import LookStep, ModelSpec, Recipe, Step
from models.datasets import COLOURS, DIGIT_WORDS
from models.networks.decoder import split_label_logits
from models.networks.vae import SIGMA
from models.networks.vae import Vae as Network

if TYPE_CHECKING:
    from typing_extensions import Self

WHITE_ERROR = 0.25
"""Squared error of a pixel, of values from 0 to 1, that the error map shows as white: off by half
of the whole range. The same for all pictures, so that maps can be compared."""


class Vae(LabelledAdapter):
    """Encoder and decoder.

    Task `look` has a `picture`. Its step holds what comes back of it (`kept`) from the mean code
    under the label that the encoder guesses, a map of the squared error (`error`, white from
    `WHITE_ERROR` on), the `code` and its `spread`, the root mean squared error of a value from 0 to
    1 (`rmse`), and how strange the picture is: `strangeness`, in nats, see `Glimpse`. `percentile`
    is the share of real test digits that are less strange, where it is known for these weights.
    """

    real: reference.Reference | None = None

    @classmethod
    def load(cls, spec: ModelSpec, device: str, dtype: str) -> Self:
        """Read the network; it is small and always runs in float32."""
        folder = checkpoint.folder(spec.source)
        network = Network(**checkpoint.read_config(folder))
        checkpoint.load(folder, {"model": network})
        adapter = cls.around(spec, network.to(device))
        adapter.real = reference.read(folder)
        return adapter

    @classmethod
    def around(cls, spec: ModelSpec, network: nn.Module) -> Self:
        """An adapter around a network that is in memory already."""
        assert isinstance(network, Network)
        return cls(spec, network, network.decoder)

    def begin(self, recipe: Recipe) -> Sheet | Looked:  # type: ignore[override]
        """Read the picture that is to be looked at, or make a sheet to draw on."""
        if recipe.task == "look":
            return Looked.of(recipe)
        return super().begin(recipe)

    @torch.inference_mode()
    def advance(self, states: Sequence[Sheet | Looked]) -> list[Step]:  # type: ignore[override]
        """Look at what is to be looked at, and draw all else."""
        return apart(states, self._look, super().advance)

    def _look(self, states: Sequence[Looked]) -> list[LookStep]:
        started = time.perf_counter()
        images = to_tensor([state.picture for state in states])
        parts = [self.glimpse(block) for (block,) in blocks(BLOCK, images)]
        glimpses = [glimpse for part in parts for glimpse in part][: len(states)]
        seconds = time.perf_counter() - started
        return [self._step(glimpse, seconds, len(states)) for glimpse in glimpses]

    @torch.inference_mode()
    def glimpse(self, images: Tensor) -> list[Glimpse]:
        """What comes of pictures (B, 3, H, W) in [-1, 1]."""
        network = self.network
        assert isinstance(network, Network)
        shown = images.to(self._device)
        mean, log_variance, logits = network.encoder(shown)
        labels = network.decoder.labels
        embedded = None if labels is None else labels.expected(logits)
        rows = (images, network.decoder.decode(mean, embedded), mean, log_variance, logits)
        return [Glimpse(*row) for row in zip(*(t.float().cpu() for t in rows), strict=True)]

    def _step(self, glimpse: Glimpse, seconds: float, batch: int) -> LookStep:
        error = glimpse.error
        strangeness = glimpse.strangeness
        return LookStep(
            index=0,
            total=1,
            last=True,
            label=glimpse.reading,
            images={"kept": to_images(glimpse.kept[None])[0], "error": _map(error)},
            figures={
                "strangeness": strangeness,
                "rmse": float(error.mean().sqrt()),
                "error_white": WHITE_ERROR,
                **reference.among(self.real, strangeness),
            },
            arrays={"code": _frozen(glimpse.mean), "spread": _frozen(glimpse.spread)},
            seconds=seconds,
            batch=batch,
        )


@dataclass(slots=True)
class Glimpse:
    """One picture and what the network makes of it."""

    picture: Tensor  # (3, H, W) in [-1, 1], as the others
    kept: Tensor  # (3, H, W), from the mean code
    mean: Tensor  # (Z)
    log_variance: Tensor  # (Z)
    logits: Tensor  # (26), or (0) for a network without labels

    @property
    def spread(self) -> Tensor:
        """The standard deviation of the code (Z)."""
        return (0.5 * self.log_variance).exp()

    @property
    def error(self) -> Tensor:
        """The squared error of each pixel (H, W), of values from 0 to 1, mean of the colours."""
        return ((self.picture - self.kept) / 2).square().mean(0)

    @property
    def strangeness(self) -> float:
        """The negative evidence lower bound at the mean code, in nats: less is more usual.

        What training made small (Kingma & Welling 2014, eq. 10): the squared error over twice the
        variance of a pixel, and the divergence of the code from the standard normal; constants are
        left out. A picture that a model expects little of is one it restores badly, or only from a
        far-off code (An & Cho 2015, "Variational Autoencoder based Anomaly Detection using
        Reconstruction Probability").
        """
        distortion = (self.picture - self.kept).square().sum() / (2 * SIGMA**2)
        variance = self.log_variance.exp()
        rate = 0.5 * (self.mean.square() + variance - 1 - self.log_variance).sum()
        return float(distortion + rate)

    @property
    def reading(self) -> str:
        """What the encoder takes it for, in words; "" for a network without labels."""
        if not len(self.logits):
            return ""
        digit, ink, paper = (int(p.argmax()) for p in split_label_logits(self.logits[None]))
        return f"a {COLOURS[ink]} {DIGIT_WORDS[digit]} on {COLOURS[paper]}"


def _map(error: Tensor) -> Image.Image:
    """Squared errors (H, W) as greys, white from `WHITE_ERROR` on."""
    grey = (error / WHITE_ERROR).clamp(0, 1)
    return to_images((grey * 2 - 1).expand(1, 3, *grey.shape))[0]


def _frozen(values: Tensor) -> np.ndarray:
    array: np.ndarray = values.numpy().copy()
    array.flags.writeable = False
    return array
