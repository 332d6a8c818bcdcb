"""Train `judge`: reads the digit off a picture, however thin, tilted or noisy its stroke is."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from models import datasets
from models.networks.judge import Judge
from models.train.loop import Loop, autocast, parse_arguments
from models.train.pictures import DATA
from models.train.results import ship

LIMITS = (
    "Knows ten digits and nothing else: shown anything, it names the digit it looks most like. "
    "Of real test digits it misreads about one in two hundred."
)
CONFIG = {"width": 32, "features": 128}


def distort(strokes: Tensor, generator: torch.Generator) -> Tensor:
    """Small random rotations, scalings, shears and shifts, and a little noise. (B, 1, 28, 28)."""
    rows = len(strokes)

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(rows, generator=generator)

    angle = between(-15, 15) * math.pi / 180
    scale, shear = between(0.85, 1.2), between(-0.2, 0.2)
    affine = torch.stack(
        [
            torch.stack([scale * angle.cos(), shear - angle.sin(), between(-0.15, 0.15)], 1),
            torch.stack([angle.sin(), scale * angle.cos(), between(-0.15, 0.15)], 1),
        ],
        1,
    )  # (B, 2, 3)
    grid = F.affine_grid(affine, list(strokes.shape), align_corners=False)
    moved = F.grid_sample(strokes, grid, align_corners=False)
    noise = torch.randn(strokes.shape, generator=generator) * between(0, 0.15)[:, None, None, None]
    return (moved + noise).clamp(0, 1)


def main() -> None:
    args = parse_arguments("judge", steps=6_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    model = Judge(**CONFIG).to(args.device)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.02)
    strokes, digits = (torch.from_numpy(a) for a in datasets.mnist("train"))
    loop = Loop(args, {"model": model}, [optimizer])
    for _ in loop:
        generator = loop.generator()
        chosen = torch.randint(len(strokes), (128,), generator=generator)
        batch = distort(strokes[chosen, None].float() / 255, generator)
        with autocast(args.device):
            logits = model(batch.to(args.device))
        loss = F.cross_entropy(
            logits.float(), digits[chosen].long().to(args.device), label_smoothing=0.05
        )
        loop.descend(loss)
    ship(loop, {"model": loop.averaged("model")}, CONFIG, DATA)


if __name__ == "__main__":
    main()
