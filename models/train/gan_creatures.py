"""Train `gan_creatures`: a forger that goes by the words, against a critic that reads them.

On equal terms with `vae_creatures` and `diffusion_creatures`, see `models.train.creatures`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import checkpoint
from models.creatures import SIZES
from models.networks.conditional import Critic, Painter
from models.train import creatures
from models.train.gan import sameness
from models.train.loop import UNLIMITED_STEPS, Loop, autocast, parse_arguments, warm_stable_decay
from models.train.results import ship

LIMITS = (
    "Paints sharply, and repeats itself: of one caption it knows few postures. Now and then an "
    "outline is ragged where no real one is."
)
BATCH = 64
WORDLESS = 0.05
READING = 0.5  # weight of "what does the picture show?" beside "is it real?"
FORGING_TO_WORDS = 0.2  # the same for the forger
VARIETY = 0.02  # weight of "do two codes of one caption give two pictures?"
FORGING_RATE, JUDGING_RATE = 3e-4, 6e-4  # two time scales (Heusel et al. 2017)


def judging_loss(
    critic: Critic, real: Tensor, shown: Tensor, forged: Tensor, asked: Tensor, told: Tensor
) -> Tensor:
    """Hinge loss (Lim & Ye 2017); the critic learns to read parts from real pictures alone.

    Args:
        shown: places (B, 4) of what real pictures show.
        asked: conditions (B, K) of the forgeries, told: of the real pictures.
    """
    realness, read = critic(torch.cat([real, forged]), torch.cat([told, asked]))
    true, false = realness.float().chunk(2)
    hinge = F.relu(1 - true).mean() + F.relu(1 + false).mean()
    return hinge + READING * creatures.parts_loss(read[: len(real)], shown)


def forging_loss(critic: Critic, z: Tensor, forged: Tensor, asked: Tensor, said: Tensor) -> Tensor:
    """Look real, show what was said, and differ where codes differ."""
    realness, read = critic(forged, asked)
    shows = creatures.parts_loss(read, said)
    real: Tensor = -realness.float().mean()
    return real + FORGING_TO_WORDS * shows + VARIETY * sameness(z, forged)


def main() -> None:
    args = parse_arguments("gan_creatures", UNLIMITED_STEPS, __doc__ or "", flops=creatures.FLOPS)
    torch.manual_seed(args.seed)
    pictures = creatures.bank(args.work)
    words = creatures.Conditions.load(checkpoint.folder("creature_words"), args.device)
    painter = Painter(words.size).to(**creatures.layout(args.device))
    critic = Critic(words.size, sum(SIZES)).to(**creatures.layout(args.device))
    forging = torch.optim.Adam(painter.parameters(), FORGING_RATE, betas=(0.0, 0.99))
    judging = torch.optim.Adam(critic.parameters(), JUDGING_RATE, betas=(0.0, 0.99))

    def show(networks: Mapping[str, nn.Module]) -> np.ndarray:
        network = networks["painter"]
        assert isinstance(network, Painter)
        return creatures.painted(network, words, args.seed)

    loop = Loop(
        args,
        {"painter": painter, "critic": critic},
        [forging, judging],
        schedule=warm_stable_decay,
        show=show,
    )
    for _ in loop:
        images, places = pictures.batch(BATCH, loop.generator())
        images = images.to(args.device)
        shown = torch.from_numpy(places.astype("int64")).to(args.device)
        told, said = words.draw(places, (args.seed, loop.step), WORDLESS)
        asked, asked_said = (t[: BATCH // 2].repeat(2, 1) for t in (told, said))
        z = torch.randn(BATCH, painter.latent, device=args.device)
        with autocast(args.device):
            forged = painter(z, asked).float()
            loss = judging_loss(critic, images, shown, forged.detach(), asked, told)
        judging.zero_grad(set_to_none=True)
        loss.backward()
        judging.step()

        critic.requires_grad_(False)
        with autocast(args.device):
            forged_loss = forging_loss(critic, z, forged, asked, asked_said)
        forging.zero_grad(set_to_none=True)
        forged_loss.backward()
        forging.step()
        critic.requires_grad_(True)
        loop.report(loss)
    config = {"condition": words.size, "parts": sum(SIZES), "reader": "creature_words"}
    averaged = {name: loop.averaged(name) for name in loop.modules}
    ship(loop, averaged, config, creatures.shown_data())


if __name__ == "__main__":
    main()
