"""Train `vae_emoji`: the VAE of the digits world, on emoji. It takes no words."""

from __future__ import annotations

from typing import Any

from models.train import emoji
from models.train.loop import autocast, parse_arguments
from models.train.results import ship
from models.train.snapshots import draw_row
from models.train.vae import begin, negative_elbo

LIMITS = (
    "Cannot be told what to draw. Random codes lie between the emoji it has seen, and there it "
    "draws their mean: coloured fog with a hint of a face. Restoring an emoji works far better."
)
CONFIG: dict[str, Any] = {
    "latent": 64,
    "width": 192,
    "style": 128,
    "encoder_width": 48,
    "hidden": 160,
    "labelled": False,
}
BATCH = 64
SIGMA = 0.3  # standard deviation of a pixel around its reconstruction, in units of [-1, 1]


def main() -> None:
    args = parse_arguments("vae_emoji", steps=8_000, description=__doc__ or "")
    model, loop = begin(args, CONFIG, draw_row)
    for _ in loop:
        images = emoji.draw_batch(BATCH, loop.generator()).to(args.device)
        with autocast(args.device):
            drawn, mean, log_variance = model.without_label(images)
        loop.descend(negative_elbo(images, drawn, mean, log_variance, SIGMA), clip=50.0)
    ship(loop, {"model": loop.averaged("model")}, CONFIG, emoji.DATA)


if __name__ == "__main__":
    main()
