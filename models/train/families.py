"""Three families learn one world of pictures on equal terms: GAN, VAE and diffusion.

The same pictures, the same captions read by the same frozen reader, weights within 10 %, one
schedule, and the same compute, counted in floating-point operations (`--flops`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models import checkpoint
from models.networks.conditional import ConditionalVae, Critic, FlowNet, Painter
from models.train import muon
from models.train.conditions import Conditions, parts_loss
from models.train.gan import sameness
from models.train.loop import Loop, autocast, warm_stable_decay
from models.train.pictures import to_tensor
from models.train.results import ship
from models.train.vae import negative_elbo

BATCH = 64
PX = 32
FORGING_RATE, JUDGING_RATE = 3e-4, 6e-4  # two time scales (Heusel et al. 2017)
READING = 0.5  # GAN: weight of "what does it show?" beside "is it real?"
FORGING_TO_WORDS = 0.2  # the same for the forger
VARIETY = 0.02  # GAN: weight of "do two codes of one caption give two pictures?"
SIGMA = 0.35  # VAE: standard deviation of a pixel around its painting, in units of [-1, 1]
VAE_READING = 10.0  # VAE: weight of reading the parts off a real picture
IMAGINING = 10.0  # VAE: weight of showing what the caption says, whatever the code
WORDLESS = 0.05  # share of empty captions
WORDLESS_DIFFUSION = 0.1  # more of them, for classifier-free guidance (Ho & Salimans 2022)
RATE, WEIGHT_DECAY = 2e-3, 0.01
SHOWN_STEPS = 20  # of diffusion, in snapshots


@dataclass(frozen=True, slots=True)
class PictureWorld:
    """What the three families learn from.

    Attributes:
        pictures: (N, 32, 32, C) uint8.
        places: (N, parts), the concept of each picture.
        mirrored: does a mirrored picture belong to the world, too?
        conditions: reads captions.
        shown: captions of the snapshots.
        data: what the card says of the data.
        reader: whose weights read the captions.
    """

    pictures: np.ndarray
    places: np.ndarray
    mirrored: bool
    conditions: Conditions
    shown: Sequence[str]
    data: Mapping[str, str]
    reader: str

    @property
    def channels(self) -> int:
        """Colours of a picture."""
        return int(self.pictures.shape[-1])

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many things each part can be."""
        return self.conditions.wording.sizes

    def batch(self, generator: torch.Generator) -> tuple[Tensor, np.ndarray]:
        """Pictures (B, C, 32, 32) in [-1, 1] and their concepts (B, parts)."""
        chosen = torch.randint(len(self.pictures), (BATCH,), generator=generator).numpy()
        images = to_tensor(self.pictures[chosen])
        if self.mirrored:
            turned = torch.rand(BATCH, 1, 1, 1, generator=generator) < 0.5
            images = torch.where(turned, images.flip(3), images)
        return images, self.places[chosen]

    def config(self) -> dict[str, Any]:
        """What an adapter has to know to build the networks again."""
        sizes = {"condition": self.conditions.size, "parts": sum(self.sizes)}
        return {**sizes, "channels": self.channels, "reader": self.reader}

    def said_of_data(self) -> dict[str, str]:
        """The data, and the weights that read the captions."""
        return {**self.data, self.reader: checkpoint.revision(checkpoint.folder(self.reader))}


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch on the device: pictures, what they show, how they are asked for, what that says."""

    images: Tensor
    shown: Tensor
    condition: Tensor
    said: Tensor


def draw(world: PictureWorld, loop: Loop, wordless: float) -> Batch:
    """The batch of a loop's step."""
    images, places = world.batch(loop.generator())
    condition, said = world.conditions.draw(places, (loop.args.seed, loop.step), wordless)
    shown = torch.from_numpy(places.astype(np.int64)).to(loop.args.device)
    return Batch(images.to(loop.args.device), shown, condition, said)


def train_gan(args: argparse.Namespace, world: PictureWorld) -> None:
    """A painter and a critic in turns of one step each; hinge loss, spectral norms."""
    torch.manual_seed(args.seed)
    size, parts = world.conditions.size, sum(world.sizes)
    painter = Painter(size, world.channels).to(**_layout(args.device))
    critic = Critic(size, parts, world.channels).to(**_layout(args.device))
    forging = torch.optim.Adam(painter.parameters(), FORGING_RATE, betas=(0.0, 0.99))
    judging = torch.optim.Adam(critic.parameters(), JUDGING_RATE, betas=(0.0, 0.99))
    networks = {"painter": painter, "critic": critic}
    loop = Loop(
        args,
        networks,
        [forging, judging],
        schedule=warm_stable_decay,
        show=lambda averaged: _painted(averaged["painter"], world, args.seed),
    )
    for _ in loop:
        batch = draw(world, loop, WORDLESS)
        asked, said = (t[: BATCH // 2].repeat(2, 1) for t in (batch.condition, batch.said))
        z = torch.randn(len(asked), painter.latent, device=args.device)
        with autocast(args.device):
            forged = painter(z, asked).float()
            loss = _judging_loss(critic, batch, forged.detach(), asked, world.sizes)
        _step(judging, loss)
        critic.requires_grad_(False)
        with autocast(args.device):
            forged_loss = _forging_loss(critic, z, forged, asked, said, world.sizes)
        _step(forging, forged_loss)
        critic.requires_grad_(True)
        loop.report(loss)
    averaged = {name: loop.averaged(name) for name in networks}
    ship(loop, averaged, world.config(), world.said_of_data())


def train_vae(args: argparse.Namespace, world: PictureWorld) -> None:
    """The evidence lower bound, and pictures of random codes that show what was said."""
    torch.manual_seed(args.seed)
    model = ConditionalVae(world.conditions.size, sum(world.sizes), world.channels)
    model.to(**_layout(args.device))

    def show(averaged: Mapping[str, nn.Module]) -> np.ndarray:
        network = averaged["model"]
        assert isinstance(network, ConditionalVae)
        return _painted(network.painter, world, args.seed)

    optimizers = muon.optimizers(model, RATE, WEIGHT_DECAY)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay, show=show)
    for _ in loop:
        batch = draw(world, loop, WORDLESS)
        with autocast(args.device):
            painted, mean, log_variance, read = model(batch.images, batch.condition)
            imagined = imagining_loss(model, batch.condition, batch.said, world.sizes)
        bound = negative_elbo(batch.images, painted, mean, log_variance, SIGMA)
        read_loss = parts_loss(read, batch.shown, world.sizes)
        loop.descend(bound + VAE_READING * read_loss + IMAGINING * imagined, clip=50.0)
    ship(loop, {"model": loop.averaged("model")}, world.config(), world.said_of_data())


def train_diffusion(args: argparse.Namespace, world: PictureWorld) -> None:
    """Straight paths from noise to picture (Lipman et al. 2023, Liu et al. 2023)."""
    torch.manual_seed(args.seed)
    model = FlowNet(world.conditions.size, world.channels).to(**_layout(args.device))

    def show(averaged: Mapping[str, nn.Module]) -> np.ndarray:
        network = averaged["model"]
        assert isinstance(network, FlowNet)
        asked, wordless = world.conditions.of(world.shown), world.conditions.of([""])
        noise = _noise((len(asked), world.channels, PX, PX), args)
        *_, images = network.paint(noise, asked, wordless, SHOWN_STEPS)
        return sheet(images)

    optimizers = muon.optimizers(model, RATE, WEIGHT_DECAY)
    loop = Loop(args, {"model": model}, optimizers, schedule=warm_stable_decay, show=show)
    for _ in loop:
        batch = draw(world, loop, WORDLESS_DIFFUSION)
        loop.descend(flow_loss(model, batch.images, batch.condition, loop.generator()))
    ship(loop, {"model": loop.averaged("model")}, world.config(), world.said_of_data())


def imagining_loss(
    model: ConditionalVae, condition: Tensor, said: Tensor, sizes: Sequence[int]
) -> Tensor:
    """How far pictures of random codes are from being read as what their captions say, in nats.

    Without it the code says what is in the picture and the painter believes the code, not the
    words. The encoder is the reader and learns nothing from it (Hu et al. 2017, eq. 6).
    """
    z = torch.randn(len(condition), model.painter.latent, device=condition.device)
    model.encoder.requires_grad_(False)
    read = model.encoder(model.painter(z, condition))[2]
    model.encoder.requires_grad_(True)
    return parts_loss(read, said, sizes)


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


def sheet(images: Tensor) -> np.ndarray:
    """Pictures (B, C, 32, 32) in [-1, 1] side by side, (32, B * 32, 3) uint8."""
    shades = ((images.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    coloured = shades.expand(-1, 3, -1, -1).permute(0, 2, 3, 1)
    return np.concatenate(list(coloured.cpu().numpy()), axis=1)


def _judging_loss(
    critic: Critic, batch: Batch, forged: Tensor, asked: Tensor, sizes: Sequence[int]
) -> Tensor:
    """Hinge loss (Lim & Ye 2017); the critic learns to read parts from real pictures alone."""
    both, conditions = torch.cat([batch.images, forged]), torch.cat([batch.condition, asked])
    realness, read = critic(both, conditions)
    true, false = realness.float().split([len(batch.images), len(forged)])
    hinge = F.relu(1 - true).mean() + F.relu(1 + false).mean()
    return hinge + READING * parts_loss(read[: len(true)], batch.shown, sizes)


def _forging_loss(
    critic: Critic, z: Tensor, forged: Tensor, asked: Tensor, said: Tensor, sizes: Sequence[int]
) -> Tensor:
    """Look real, show what was said, and differ where codes differ."""
    realness, read = critic(forged, asked)
    shows = parts_loss(read, said, sizes)
    unreal: Tensor = -realness.float().mean()
    return unreal + FORGING_TO_WORDS * shows + VARIETY * sameness(z, forged)


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def _painted(painter: nn.Module, world: PictureWorld, seed: int) -> np.ndarray:
    """One picture of each of the captions that are shown, side by side."""
    assert isinstance(painter, Painter)
    asked = world.conditions.of(world.shown)
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(len(asked), painter.latent, generator=generator).to(asked.device)
    with torch.no_grad():
        return sheet(painter(z, asked))


def _noise(shape: tuple[int, ...], args: argparse.Namespace) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(args.seed)).to(args.device)


def _layout(device: str) -> dict[str, Any]:
    """Channels last: CPUs compute convolutions faster that way."""
    return {"device": device, "memory_format": torch.channels_last}
