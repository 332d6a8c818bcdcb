"""Train `creature_judge`: names the creature, what it has on, its colour and the paper."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from models.train import creatures, judging
from models.train.loop import UNLIMITED_STEPS, parse_arguments
from models.worlds.creatures import SIZES

LIMITS = (
    "Knows 36 creatures, ten things, seven colours and six papers: shown anything else, it names "
    "what that looks most like."
)
FLOPS = 1.5e13
_SHIFT_PX = 2


def distort(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shift pictures (B, 3, 32, 32) by up to two pixels, and add a little noise and light.

    What it is to judge is drawn by networks, which are never as clean as the training pictures.
    """
    rows = len(images)
    padded = F.pad(images, (_SHIFT_PX,) * 4, mode="replicate")
    places = torch.randint(2 * _SHIFT_PX + 1, (rows, 2), generator=generator).tolist()
    side = images.shape[-1]
    cut = [p[:, y : y + side, x : x + side] for p, (y, x) in zip(padded, places, strict=True)]
    light = 1 + 0.06 * (2 * torch.rand(rows, 1, 1, 1, generator=generator) - 1)
    level = 0.1 * torch.rand(rows, 1, 1, 1, generator=generator)
    noise = level * torch.randn(images.shape, generator=generator)
    return ((torch.stack(cut) + 1) * light - 1 + noise).clamp(-1, 1)


def main() -> None:
    args = parse_arguments("creature_judge", UNLIMITED_STEPS, __doc__ or "", flops=FLOPS)
    drawn, places = creatures.pictures(args.work)
    judging.train(args, judging.Lesson(drawn, places, SIZES, distort, creatures.DATA))


if __name__ == "__main__":
    main()
