"""Train `creature_judge`: names the creature, what it has on, its colour and the paper."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from models.creatures import SIZES
from models.networks.creature_judge import CreatureJudge
from models.train import creatures, muon
from models.train.loop import UNLIMITED_STEPS, Loop, autocast, parse_arguments, warm_stable_decay
from models.train.results import ship

LIMITS = (
    "Knows 36 creatures, ten things, seven colours and six papers: shown anything else, it names "
    "what that looks most like."
)
CONFIG = {"width": 48, "features": 128}
BATCH = 64
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
    torch.manual_seed(args.seed)
    pictures = creatures.bank(args.work)
    model = CreatureJudge(SIZES, **CONFIG).to(**creatures.layout(args.device))
    optimizers = muon.optimizers(model, lr=2e-3, weight_decay=0.02)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay)
    for _ in loop:
        generator = loop.generator()
        images, places = pictures.batch(BATCH, generator)
        with autocast(args.device):
            logits = model(distort(images, generator).to(args.device))
        wanted = torch.from_numpy(places.astype("int64")).to(args.device)
        loop.descend(creatures.parts_loss(logits, wanted))
    config = {**CONFIG, "parts": list(SIZES)}
    ship(loop, {"model": loop.averaged("model")}, config, creatures.DATA)


if __name__ == "__main__":
    main()
