"""Train `vae_creatures`: squeezes a picture into 64 numbers, and paints from them and words.

On equal terms with `gan_creatures` and `diffusion_creatures`, see `models.train.creatures`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from models import checkpoint
from models.creatures import SIZES
from models.networks.conditional import ConditionalVae
from models.train import creatures, muon
from models.train.loop import UNLIMITED_STEPS, Loop, autocast, parse_arguments, warm_stable_decay
from models.train.results import ship
from models.train.vae import negative_elbo

LIMITS = (
    "Paints softly: where its code leaves a doubt it paints the mean of what might be there, and "
    "small things such as glasses smear first."
)
BATCH = 64
SIGMA = 0.35  # standard deviation of a pixel around its painting, in units of [-1, 1]
READING = 10.0  # weight of reading the four parts off a real picture
IMAGINING = 10.0  # weight of showing what the caption says, whatever the code
WORDLESS = 0.05
RATE, WEIGHT_DECAY = 2e-3, 0.01


def imagining_loss(model: ConditionalVae, condition: Tensor, said: Tensor) -> Tensor:
    """How far pictures of random codes are from being read as what their captions say, in nats.

    Without it the code says what is in the picture and the painter believes the code, not the
    words. The encoder is the reader and learns nothing from it (Hu et al. 2017, eq. 6).
    """
    z = torch.randn(len(condition), model.painter.latent, device=condition.device)
    model.encoder.requires_grad_(False)
    read = model.encoder(model.painter(z, condition))[2]
    model.encoder.requires_grad_(True)
    return creatures.parts_loss(read, said)


def main() -> None:
    args = parse_arguments("vae_creatures", UNLIMITED_STEPS, __doc__ or "", flops=creatures.FLOPS)
    torch.manual_seed(args.seed)
    pictures = creatures.bank(args.work)
    asked = creatures.Conditions.load(checkpoint.folder("creature_words"), args.device)
    model = ConditionalVae(asked.size, sum(SIZES)).to(**creatures.layout(args.device))

    def show(networks: Mapping[str, nn.Module]) -> np.ndarray:
        network = networks["model"]
        assert isinstance(network, ConditionalVae)
        return creatures.painted(network.painter, asked, args.seed)

    optimizers = muon.optimizers(model, RATE, WEIGHT_DECAY)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay, show=show)
    for _ in loop:
        images, places = pictures.batch(BATCH, loop.generator())
        images = images.to(args.device)
        shown = torch.from_numpy(places.astype("int64")).to(args.device)
        condition, said = asked.draw(places, (args.seed, loop.step), WORDLESS)
        with autocast(args.device):
            painted, mean, log_variance, read = model(images, condition)
            imagined = imagining_loss(model, condition, said)
        bound = negative_elbo(images, painted, mean, log_variance, SIGMA)
        read_loss = creatures.parts_loss(read, shown)
        loop.descend(bound + READING * read_loss + IMAGINING * imagined, clip=50.0)
    config = {"condition": asked.size, "parts": sum(SIZES), "reader": "creature_words"}
    ship(loop, {"model": loop.averaged("model")}, config, creatures.shown_data())


if __name__ == "__main__":
    main()
