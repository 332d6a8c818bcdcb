"""Train `gan`: a forger that never sees a picture, against a critic that sees them all."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models import catalog
from models.adapters.gan import Gan
from models.networks.decoder import Decoder
from models.networks.gan import Critic
from models.train.loop import Loop, autocast, parse_arguments
from models.train.pictures import DATA, draw_batch
from models.train.results import ship
from models.train.snapshots import Shown, draw_row
from models.train.vae import reading_loss

LIMITS = (
    "Draws the hands it found easiest to forge and leaves out the rest: thin, slanted and unusual "
    "strokes are rarer among its pictures than among real ones."
)
CONFIG: dict[str, Any] = {"latent": 64, "width": 192, "style": 128, "critic_width": 56}
BATCH = 64
UNSAID = 0.1  # share of pictures the critic judges without their label
READING = 0.2  # weight of "does the picture show its label?" beside "is it real?"
FORGING_TO_LABEL = 0.05  # the same for the generator: a high weight makes all sevens one seven
VARIETY = 0.01  # weight of "do two latents of one label give two pictures?"


def sameness(z: Tensor, forged: Tensor) -> Tensor:
    """How little pictures of one label differ for how much their latents do (Mao et al. 2019).

    Without it the generator soon ignores its latent, as conditional GANs do.

    Args:
        z: (B, Z) and forged: (B, 3, H, W); row i and row i + B / 2 have the same label.
    """
    half = len(z) // 2
    apart = (forged[:half] - forged[half:]).abs().mean((1, 2, 3))
    latents_apart = (z[:half] - z[half:]).abs().mean(1)
    return (1 / (apart / latents_apart + 5e-3)).mean()


def decay_late(progress: float) -> float:
    """Constant rates, then straight down over the last third: averaging needs a calm end."""
    return min(1.0, (progress + 1e-3) / 0.01, (1 - progress) * 3 + 0.02)


def label_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """`reading_loss`, and nothing where there are no labels."""
    return reading_loss(logits, labels) if labels.shape[1] else logits.new_zeros(())


def train(
    args: argparse.Namespace,
    generator: Decoder,
    critic: Critic,
    draw: Callable[[int, torch.Generator], tuple[Tensor, Tensor]],
    show: Callable[[Gan], Shown],
) -> Loop:
    """Let the two play against each other, in turns of one step each.

    Args:
        draw: how many, generator -> real pictures (B, 3, 32, 32) and labels (B, 3) or (B, 0).
        show: an adapter around the averaged networks -> a snapshot.
    """
    spec = catalog.spec(args.model_id)
    layout: dict[str, Any] = {"device": args.device, "memory_format": torch.channels_last}
    generator.to(**layout)
    critic.to(**layout)
    # Two time scales (Heusel et al. 2017): the critic learns twice as fast.
    forging = torch.optim.Adam(generator.parameters(), 3e-4, betas=(0.0, 0.99))
    judging = torch.optim.Adam(critic.parameters(), 6e-4, betas=(0.0, 0.99))
    loop = Loop(
        args,
        {"generator": generator, "critic": critic},
        [forging, judging],
        schedule=decay_late,
        show=lambda averaged: show(Gan.around(spec, averaged["generator"], averaged["critic"])),
    )
    for _ in loop:
        images, labels = (t.to(args.device) for t in draw(BATCH, loop.generator()))
        z = torch.randn(BATCH, generator.latent, device=args.device)
        shown = torch.where(torch.rand(BATCH, 1, device=args.device) < UNSAID, -1, labels)
        asked, asked_shown = (t[: BATCH // 2].repeat(2, 1) for t in (labels, shown))

        with autocast(args.device):
            forged = generator(z, asked)
            both = torch.cat([images, forged.detach().float()])
            realness, logits = critic(both, torch.cat([shown, asked_shown]))
        real, fake = realness.float().chunk(2)
        # Hinge loss (Lim & Ye 2017); the critic learns to read from real pictures only.
        loss = F.relu(1 - real).mean() + F.relu(1 + fake).mean()
        loss = loss + READING * label_loss(logits[:BATCH], labels)
        judging.zero_grad(set_to_none=True)
        loss.backward()
        judging.step()

        critic.requires_grad_(False)
        with autocast(args.device):
            realness, logits = critic(forged.float(), asked_shown)
        forging_loss = (
            -realness.float().mean()
            + FORGING_TO_LABEL * label_loss(logits, asked)
            + VARIETY * sameness(z, forged.float())
        )
        forging.zero_grad(set_to_none=True)
        forging_loss.backward()
        forging.step()
        critic.requires_grad_(True)
        loop.report(loss)
    return loop


def main() -> None:
    args = parse_arguments("gan", steps=12_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    generator = Decoder(CONFIG["latent"], CONFIG["width"], CONFIG["style"])
    critic = Critic(CONFIG["critic_width"])
    loop = train(args, generator, critic, draw_batch, draw_row)
    ship(loop, {name: loop.averaged(name) for name in loop.modules}, CONFIG, DATA)


if __name__ == "__main__":
    main()
