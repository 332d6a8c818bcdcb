"""Drawing in one go, from labels where there are any: what the GAN and the VAE have in common."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models import datasets
from models.adapters import interpolation
from models.adapters.pictures import to_images
from models.base import ImageStep, ModelSpec, Recipe
from models.networks.decoder import Decoder
from models.options import LATENT_SCALE

BLOCK = 4
"""Pictures in a forward pass. Always the same number, so that kernels block alike and a picture is
the same to the last bit whoever else is drawing."""


@dataclass(slots=True)
class Sheet:
    """The pictures of one recipe, waiting to be drawn."""

    z: Tensor  # (N, Z)
    labels: Tensor  # (N, 3) for a network with labels, else (N, 0)


@dataclass(slots=True)
class Between(Sheet):
    """Pictures that lie between others."""

    embedded: Tensor  # (N, S), their labels on the way; (N, 0) for a network without


class LabelledAdapter:
    """An adapter around a `Decoder`; subclasses load the weights.

    Whatever is drawn, `latent_scale` multiplies the latents.

    Task `walk` has the options of a drawing and where it goes: `frames` pictures from this seed and
    these labels to `to_seed`, `to_digit`, `to_ink` and `to_paper`, mixed as `between` has it; both
    ends are the drawings of their recipes. Task `plane` draws one picture, at `x` and `y` within
    the square of this seed and the three behind it.
    """

    def __init__(self, spec: ModelSpec, network: nn.Module, decoder: Decoder) -> None:
        self.spec = spec
        self.network = network.eval()
        self.decoder = decoder

    def begin(self, recipe: Recipe) -> Sheet:
        """Check the concept and draw the latents; ValueError when ink and paper are the same."""
        sheet = self._sheet(recipe)
        scale = dict(recipe.options).get(LATENT_SCALE.name, LATENT_SCALE.default)
        sheet.z = sheet.z * float(scale)
        return sheet

    def _sheet(self, recipe: Recipe) -> Sheet:
        if recipe.task == "walk":
            return self._walk(recipe)
        if recipe.task == "plane":
            return self._inside(recipe)
        z = latents(recipe.seed, recipe.integer("count"), (self.decoder.latent,))
        label = torch.tensor(self._label(recipe), dtype=torch.long)
        return Sheet(z, label.expand(len(z), -1))

    @torch.inference_mode()
    def advance(self, states: Sequence[Sheet]) -> list[ImageStep]:
        """Draw everything at once: these families need a single step."""
        started = time.perf_counter()
        z = torch.cat([s.z for s in states])
        embedded = torch.cat([self._embedded(s) for s in states])
        drawn = torch.cat([self._draw(*block) for block in blocks(BLOCK, z, embedded)])[: len(z)]
        parts = drawn.split([len(s.z) for s in states])
        seconds, batch = time.perf_counter() - started, len(states)
        return [
            ImageStep(0, 1, True, to_images(part), self._said(s), seconds=seconds, batch=batch)
            for s, part in zip(states, parts, strict=True)
        ]

    def end(self, state: Sheet) -> None:
        """Nothing to free: a sheet holds no slot."""

    def nbytes(self) -> int:
        """Bytes of the weights."""
        return sum(p.nbytes for p in self.network.parameters())

    def close(self) -> None:
        """Let go of the weights."""
        del self.network, self.decoder

    def _walk(self, recipe: Recipe) -> Between:
        """All pictures on the way from one seed and its labels to another."""
        frames = recipe.integer("frames")
        seeds = (recipe.seed, recipe.integer("to_seed"))
        here, there = (latents(seed, 1, (self.decoder.latent,))[0] for seed in seeds)
        labels = [self._label(recipe), self._label(recipe, "to_")]
        first, last = self._embed(torch.tensor(labels, dtype=torch.long))
        z = interpolation.path(here, there, frames)
        return Between(z, _rows(labels[0], frames), interpolation.blend(first, last, frames))

    def _inside(self, recipe: Recipe) -> Between:
        """The picture at one place within the square of four seeds."""
        corners = latents(recipe.seed, 4, (self.decoder.latent,))
        z = interpolation.inside(corners, recipe.number("x"), recipe.number("y"))
        labels = _rows(self._label(recipe), 1)
        return Between(z[None], labels, self._embed(labels))

    def _label(self, recipe: Recipe, end: str = "") -> list[int]:
        """Digit, ink and paper as the network numbers them; nothing for one without labels.

        Args:
            end: what stands before the names of the options.
        """
        if self.decoder.labels is None:
            return []
        concept = datasets.Concept(
            recipe.integer(f"{end}digit"),
            str(recipe.option(f"{end}ink")),
            str(recipe.option(f"{end}paper")),
        )
        return [concept.digit, *map(datasets.COLOURS.index, (concept.ink, concept.paper))]

    def _embedded(self, sheet: Sheet) -> Tensor:
        return sheet.embedded if isinstance(sheet, Between) else self._embed(sheet.labels)

    @torch.inference_mode()
    def _embed(self, labels: Tensor) -> Tensor:
        """What the decoder is told for labels (N, 3), as (N, S); (N, 0) for one without."""
        if self.decoder.labels is None:
            return torch.zeros(len(labels), 0)
        embedded: Tensor = self.decoder.labels(labels.to(self._device)).cpu()
        return embedded

    def _said(self, sheet: Sheet) -> str:
        """Between pictures it matters what a seed is."""
        return f"{self.decoder.latent} numbers a seed" if isinstance(sheet, Between) else ""

    @property
    def _device(self) -> torch.device:
        return next(self.decoder.parameters()).device

    def _draw(self, z: Tensor, embedded: Tensor) -> Tensor:
        decoded = self.decoder.decode(z.to(self._device), embedded.to(self._device))
        images: Tensor = decoded.float().cpu()
        return images


def _rows(label: Sequence[int], count: int) -> Tensor:
    """The same label so many times (N, 3)."""
    return torch.tensor(label, dtype=torch.long).expand(count, -1)


def latents(seed: int, count: int, shape: Sequence[int]) -> Tensor:
    """Standard normal (count, *shape); picture i of seed s is picture 0 of seed s + i."""
    return torch.stack(
        [
            torch.randn(*shape, generator=torch.Generator().manual_seed(seed + i))
            for i in range(count)
        ]
    )


def blocks(size: int, *tensors: Tensor) -> list[tuple[Tensor, ...]]:
    """Cut tensors into blocks of exactly `size` rows, the last one filled up with its last row."""
    missing = -len(tensors[0]) % size
    filled = [torch.cat([t, t[-1:].expand(missing, *t.shape[1:])]) for t in tensors]
    return list(zip(*(t.split(size) for t in filled), strict=True))
