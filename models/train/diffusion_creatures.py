"""Train `diffusion_creatures`: noise that flows into the picture of a caption.

Straight paths from noise to picture, and a network that learns which way to go (flow matching:
Lipman et al. 2023, Liu et al. 2023). On equal terms with `gan_creatures` and `vae_creatures`, see
`models.train.creatures`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import checkpoint
from models.networks.conditional import FlowNet
from models.train import creatures, muon
from models.train.loop import UNLIMITED_STEPS, Loop, autocast, parse_arguments, warm_stable_decay
from models.train.results import ship

LIMITS = (
    "Knows the words of our captions and no others. It takes twenty steps where the others take "
    "one, and now and then mends a body and a hat from two creatures."
)
BATCH = 48
WORDLESS = 0.1  # share of pictures shown with an empty caption, for guidance
RATE, WEIGHT_DECAY = 2e-3, 0.01


def flow_loss(
    model: FlowNet, images: Tensor, condition: Tensor, generator: torch.Generator
) -> Tensor:
    """Mean squared error of the velocity on straight paths (Lipman et al. 2023, eq. 23).

    Times are drawn from a logit-normal distribution, since the middle of a path is the hardest
    (Esser et al. 2024, eq. 19).
    """
    time = torch.randn(len(images), generator=generator).sigmoid().to(images.device)
    noise = torch.randn(images.shape, generator=generator).to(images.device)
    share = time[:, None, None, None]
    between = (1 - share) * noise + share * images
    with autocast(str(images.device)):
        predicted = model(between, time, condition)
    return F.mse_loss(predicted.float(), images - noise)


def main() -> None:
    args = parse_arguments(
        "diffusion_creatures", UNLIMITED_STEPS, __doc__ or "", flops=creatures.FLOPS
    )
    torch.manual_seed(args.seed)
    pictures = creatures.bank(args.work)
    asked = creatures.Conditions.load(checkpoint.folder("creature_words"), args.device)
    model = FlowNet(asked.size).to(**creatures.layout(args.device))

    def show(networks: Mapping[str, nn.Module]) -> np.ndarray:
        network = networks["model"]
        assert isinstance(network, FlowNet)
        condition, wordless = asked.of(creatures.SHOWN_CAPTIONS), asked.of([""])
        generator = torch.Generator().manual_seed(args.seed)
        noise = torch.randn(len(condition), 3, 32, 32, generator=generator).to(args.device)
        *_, images = network.paint(noise, condition, wordless)
        return creatures.sheet(images)

    optimizers = muon.optimizers(model, RATE, WEIGHT_DECAY)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay, show=show)
    for _ in loop:
        generator = loop.generator()
        images, places = pictures.batch(BATCH, generator)
        condition, _ = asked.draw(places, (args.seed, loop.step), WORDLESS)
        loop.descend(flow_loss(model, images.to(args.device), condition, generator))
    config = {"condition": asked.size, "reader": "creature_words"}
    ship(loop, {"model": loop.averaged("model")}, config, creatures.shown_data())


if __name__ == "__main__":
    main()
