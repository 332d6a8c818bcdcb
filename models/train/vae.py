"""Train `vae`: squeezes a picture into 32 numbers and draws it again from them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models import catalog
from models.adapters.vae import Vae as Adapter
from models.networks.decoder import split_label_logits
from models.networks.vae import SIGMA, Vae
from models.train import muon
from models.train.loop import Loop, autocast, parse_arguments
from models.train.pictures import DATA, draw_batch
from models.train.results import ship
from models.train.snapshots import Shown, draw_row

LIMITS = (
    "Draws soft strokes: where the code leaves a doubt it draws the mean of what might be there. "
    "Thin or unusual hands come back thicker and more usual than they were."
)
CONFIG: dict[str, Any] = {
    "latent": 32,
    "width": 192,
    "style": 128,
    "encoder_width": 48,
    "hidden": 160,
}
BATCH = 64
READING = 10.0  # weight of reading the label off a real picture
IMAGINING = 5.0  # weight of showing the label whatever the code
UNSAID = 0.1  # share of pictures decoded from the encoder's own guess of the label


def reading_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of the guessed digit, ink and paper, summed: nats a picture."""
    parts = zip(split_label_logits(logits.float()), labels.unbind(1), strict=True)
    return torch.stack([F.cross_entropy(part, label) for part, label in parts]).sum()


def negative_elbo(
    images: Tensor, drawn: Tensor, mean: Tensor, log_variance: Tensor, sigma: float
) -> Tensor:
    """The negative evidence lower bound (Kingma & Welling 2014, eq. 10), nats a picture.

    Gaussian pixels of fixed standard deviation `sigma`; constants are left out.
    """
    distortion = (images - drawn.float()).square().sum((1, 2, 3)) / (2 * sigma**2)
    mean, log_variance = mean.float(), log_variance.float()
    rate = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
    return (distortion + rate).mean()


def imagining_loss(model: Vae, labels: Tensor) -> Tensor:
    """How far random codes drawn under a label are from being read as that label, in nats.

    Without it the code says what the digit is and the decoder believes the code, not the label.
    The encoder is the reader and learns nothing from it (Hu et al. 2017, eq. 6).
    """
    z = torch.randn(len(labels), model.decoder.latent, device=labels.device)
    model.encoder.requires_grad_(False)
    read = model.encoder(model.decoder(z, labels))[2]
    model.encoder.requires_grad_(True)
    return reading_loss(read, labels)


def begin(
    args: argparse.Namespace, config: Mapping[str, Any], show: Callable[[Adapter], Shown]
) -> tuple[Vae, Loop]:
    """A fresh network and the loop that trains it.

    Args:
        show: an adapter around the averaged network -> a snapshot.
    """
    torch.manual_seed(args.seed)
    spec = catalog.spec(args.model_id)
    model = Vae(**config).to(args.device)
    loop = Loop(
        args,
        {"model": model},
        muon.optimizers(model, lr=2e-3, weight_decay=0.01),
        show=lambda networks: show(Adapter.around(spec, networks["model"])),
    )
    return model, loop


def main() -> None:
    args = parse_arguments("vae", steps=8_000, description=__doc__ or "")
    model, loop = begin(args, CONFIG, draw_row)
    for _ in loop:
        images, labels = (t.to(args.device) for t in draw_batch(BATCH, loop.generator()))
        said = torch.rand(BATCH, device=args.device) >= UNSAID
        with autocast(args.device):
            drawn, mean, log_variance, logits = model(images, labels, said)
            imagined = imagining_loss(model, labels)
        bound = negative_elbo(images, drawn, mean, log_variance, SIGMA)
        loss = bound + READING * reading_loss(logits, labels) + IMAGINING * imagined
        loop.descend(loss, clip=50.0)
    ship(loop, {"model": loop.averaged("model")}, CONFIG, DATA)


if __name__ == "__main__":
    main()
