"""Drawing in one go, from labels where there are any: what the GAN and the VAE have in common."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models import worlds
from models.adapters.pictures import to_images
from models.base import ImageStep, ModelSpec
from models.networks.decoder import Decoder
from models.recipe import Recipe

BLOCK = 4
"""Pictures in a forward pass. Always the same number, so that kernels block alike and a picture is
the same to the last bit whoever else is drawing."""


@dataclass(slots=True)
class Sheet:
    """The pictures of one recipe, waiting to be drawn."""

    z: Tensor  # (N, Z)
    labels: Tensor  # (N, 3) for a network with labels, else (N, 0)


class LabelledAdapter:
    """An adapter around a `Decoder`; subclasses load the weights."""

    def __init__(self, spec: ModelSpec, network: nn.Module, decoder: Decoder) -> None:
        self.spec = spec
        self.network = network.eval()
        self.decoder = decoder

    def begin(self, recipe: Recipe) -> Sheet:
        """Check the concept and draw the latents; ValueError when ink and paper are the same."""
        z = latents(recipe.seed, recipe.integer("count"), (self.decoder.latent,))
        label = torch.tensor(self._label(recipe), dtype=torch.long)
        return Sheet(z, label.expand(len(z), -1))

    @torch.inference_mode()
    def advance(self, states: Sequence[Sheet]) -> list[ImageStep]:
        """Draw everything at once: these families need a single step."""
        started = time.perf_counter()
        z = torch.cat([s.z for s in states])
        labels = torch.cat([s.labels for s in states])
        drawn = torch.cat([self._draw(*block) for block in blocks(BLOCK, z, labels)])[: len(z)]
        seconds = time.perf_counter() - started
        return [
            ImageStep(0, 1, True, to_images(part), "", seconds=seconds, batch=len(states))
            for part in drawn.split([len(s.z) for s in states])
        ]

    def end(self, state: Sheet) -> None:
        """Nothing to free: a sheet holds no slot."""

    def nbytes(self) -> int:
        """Bytes of the weights."""
        return sum(p.nbytes for p in self.network.parameters())

    def close(self) -> None:
        """Let go of the weights."""
        del self.network, self.decoder

    def _label(self, recipe: Recipe) -> list[int]:
        """Digit, ink and paper as the network numbers them; nothing for one without labels."""
        if self.decoder.labels is None:
            return []
        concept = worlds.Concept(
            recipe.integer("digit"), str(recipe.option("ink")), str(recipe.option("paper"))
        )
        return [concept.digit, *map(worlds.COLOURS.index, (concept.ink, concept.paper))]

    def _draw(self, z: Tensor, labels: Tensor) -> Tensor:
        device = next(self.decoder.parameters()).device
        images: Tensor = self.decoder(z.to(device), labels.to(device)).float().cpu()
        return images


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
