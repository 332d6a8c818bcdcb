"""Train `gan_emoji`: the GAN of the digits world, on emoji. It takes no words."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.networks.decoder import Decoder
from models.networks.gan import Critic
from models.train import emoji, gan
from models.train.loop import parse_arguments
from models.train.results import ship
from models.train.snapshots import draw_row

LIMITS = (
    "Cannot be told what to draw. It makes up shapes in the colours of emoji, sharp and mostly "
    "without a name, and the same few come again and again."
)
CONFIG: dict[str, Any] = {
    "latent": 64,
    "width": 192,
    "style": 128,
    "critic_width": 48,
    "labelled": False,
}


def draw_batch(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random emoji (B, 3, 32, 32) in [-1, 1], and their labels (B, 0)."""
    return emoji.draw_batch(size, generator), torch.zeros(size, 0, dtype=torch.long)


def main() -> None:
    args = parse_arguments("gan_emoji", steps=12_000, description=__doc__ or "")
    torch.manual_seed(args.seed)
    generator = Decoder(CONFIG["latent"], CONFIG["width"], CONFIG["style"], labelled=False)
    critic = Critic(CONFIG["critic_width"], labelled=False)
    loop = gan.train(args, generator, critic, draw_batch, draw_row)
    ship(loop, {name: loop.averaged(name) for name in loop.modules}, CONFIG, emoji.DATA)


if __name__ == "__main__":
    main()
