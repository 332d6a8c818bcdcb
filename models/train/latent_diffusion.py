"""Training a Stable Diffusion in miniature; what the digits and the emoji world share.

Two stages, as in Rombach et al. 2022: an autoencoder that turns 32×32 pictures into 8×8×4 latents,
then a U-Net that cleans noisy latents while it reads a caption. The result is a diffusers folder
that `StableDiffusionPipeline.from_pretrained` opens.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextModel, CLIPTokenizer

from models import catalog, checkpoint, datasets
from models.adapters.stable_diffusion import StableDiffusion
from models.train import muon
from models.train.loop import Loop, autocast
from models.train.results import account
from models.train.snapshots import Shown

BATCH = 64
AUTOENCODER_BATCH = 16
AUTOENCODER_SHARE = 0.15  # of the steps and of the minutes
_AUTOENCODER_FACTS = ("autoencoder_steps", "autoencoder_seconds")
WORDLESS = 0.1  # share of pictures shown with an empty caption, for classifier-free guidance


def build_autoencoder(widths: tuple[int, int, int]) -> AutoencoderKL:
    """32×32×3 pictures <-> 8×8×4 latents."""
    return AutoencoderKL(
        sample_size=datasets.IMAGE_PX,
        latent_channels=4,
        block_out_channels=widths,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=8,
        mid_block_add_attention=False,
    )


def build_unet(widths: tuple[int, int], words: int) -> UNet2DConditionModel:
    """Two resolutions, words of width `words` attended to at the finer one and in the middle."""
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=widths,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=words,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def build_scheduler() -> DDIMScheduler:
    """Stable Diffusion's noise, ending in pure noise.

    Without zero terminal SNR the last step still leaks the mean of the picture, and a plain white
    or black background can never be drawn (Lin et al. 2024).
    """
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
        clip_sample=False,
    )


def train_autoencoder(
    args: argparse.Namespace,
    widths: tuple[int, int, int],
    draw: Callable[[int, torch.Generator], Tensor],
) -> tuple[AutoencoderKL, dict[str, int]]:
    """Mean squared error, with a whisper of KL to keep latents near zero.

    Args:
        widths: channels at 32, 16 and 8 pixels.
        draw: how many, generator -> pictures (B, 3, 32, 32) in [-1, 1].

    With `--further` the shipped autoencoder stays as it is.

    Returns:
        the averaged autoencoder, its scaling factor set so that latents have unit variance, and
        its steps and seconds.
    """
    if args.further:
        folder = checkpoint.folder(args.model_id)
        shipped = AutoencoderKL.from_pretrained(folder / "vae").to(args.device)
        shipped.register_to_config(_name_or_path=args.model_id)  # and not where it lay
        before = json.loads((folder / checkpoint.METRICS_FILE).read_text())["training"]
        return shipped.eval(), {name: before[name] for name in _AUTOENCODER_FACTS}
    model = build_autoencoder(widths).to(args.device, memory_format=torch.channels_last)
    optimizers = muon.optimizers(model, lr=5e-3, weight_decay=0.01)
    loop = Loop(_stage(args, AUTOENCODER_SHARE), {"vae": model}, optimizers, stage="autoencoder")
    for _ in loop:
        images = draw(AUTOENCODER_BATCH, loop.generator()).to(args.device)
        with autocast(args.device):
            posterior = model.encode(images).latent_dist
            drawn = model.decode(posterior.sample()).sample
        loss = F.mse_loss(drawn.float(), images) + 2.5e-6 * posterior.kl().mean()
        loop.descend(loss)
    averaged = loop.averaged("vae")
    assert isinstance(averaged, AutoencoderKL)
    some = draw(512, torch.Generator().manual_seed(args.seed)).to(args.device)
    averaged.register_to_config(scaling_factor=round(1 / float(encode(averaged, some).std()), 4))
    facts = dict(zip(_AUTOENCODER_FACTS, (loop.step, round(loop.seconds)), strict=True))
    return averaged, facts


@torch.no_grad()
def encode(autoencoder: AutoencoderKL, images: Tensor) -> Tensor:
    """Mean latents (B, 4, 8, 8) in float32 of pictures (B, 3, 32, 32), not yet scaled."""
    with autocast(str(autoencoder.device.type)):
        latents: Tensor = autoencoder.encode(images).latent_dist.mean
    return latents.float()


def train_unet(
    args: argparse.Namespace,
    networks: Mapping[str, nn.Module],
    pipeline: SimpleNamespace,
    draw: Callable[[torch.Generator], tuple[Tensor, Tensor]],
    show: Callable[[StableDiffusion], Shown],
) -> Loop:
    """Minimise the error of the predicted velocity (Salimans & Ho 2022) at random noise levels.

    Args:
        networks: what is trained, by the names that the parts of a pipeline have.
        pipeline: the parts of a Stable Diffusion.
        draw: generator -> scaled latents (B, 4, 8, 8) and the token ids (B, T) of their captions.
        show: an adapter around the averaged networks -> a snapshot.
    """
    spec = catalog.spec(args.model_id)
    scheduler = build_scheduler()
    scheduler.alphas_cumprod = scheduler.alphas_cumprod.to(args.device)

    def photograph(averaged: Mapping[str, nn.Module]) -> Shown:
        parts = SimpleNamespace(**{**vars(pipeline), **averaged})
        return show(StableDiffusion(spec, parts, args.device))

    optimizers = muon.optimizers(nn.ModuleDict(networks), lr=2e-3, weight_decay=0.01)
    share = args if args.further else _stage(args, 1 - AUTOENCODER_SHARE)
    loop = Loop(share, networks, optimizers, stage="unet", show=photograph, fill=fill)
    for _ in loop:
        latents, words = (t.to(args.device) for t in draw(loop.generator()))
        noise = torch.randn_like(latents)
        levels = torch.randint(len(scheduler.betas), (len(latents),), device=args.device)
        noisy = scheduler.add_noise(latents, noise, levels)
        # At 64 positions the plain attention kernel is several times faster backwards.
        with autocast(args.device), sdpa_kernel(SDPBackend.MATH):
            states = pipeline.text_encoder(words).last_hidden_state
            predicted = pipeline.unet(noisy, levels, states).sample
        loss = F.mse_loss(predicted.float(), scheduler.get_velocity(latents, noise, levels))
        loop.descend(loss)
    return loop


def fill(folder: Path, networks: Mapping[str, nn.Module]) -> None:
    """Read networks from the folders that they have in a shipped pipeline."""
    for name, network in networks.items():
        shipped = type(network).from_pretrained(folder / name, dtype=torch.float32)  # type: ignore[attr-defined]
        network.load_state_dict(shipped.state_dict())


def save(out: Path, parts: SimpleNamespace) -> None:
    """Write a pipeline folder: bfloat16, but for the text encoder.

    transformers opens a checkpoint in the precision it is stored in, diffusers in float32; with
    words in float32 the pipeline opens without a word about precision.
    """
    StableDiffusionPipeline(
        vae=parts.vae.to(torch.bfloat16),
        text_encoder=parts.text_encoder.float(),
        tokenizer=parts.tokenizer,
        unet=parts.unet.to(torch.bfloat16),
        scheduler=parts.scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(out, max_shard_size="9MB")


def ship(
    autoencoder: Mapping[str, int], loop: Loop, parts: SimpleNamespace, data: Mapping[str, str]
) -> Path:
    """Write the pipeline folder, its snapshots, metrics and card; returns the folder.

    Args:
        autoencoder: steps and seconds of the first stage.
        loop: the second stage; with `--further` its seconds are those of both.
    """
    args = loop.args
    out: Path = args.out or checkpoint.folder(args.model_id)
    averaged = {name: loop.averaged(name) for name in loop.modules}
    save(out, SimpleNamespace(**{**vars(parts), **averaged}))
    facts = {**loop.facts(data), **autoencoder}
    if not args.further:
        facts["seconds"] += autoencoder["autoencoder_seconds"]
    account(loop, out, facts)
    return out


def parts_of(
    autoencoder: AutoencoderKL,
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    tokenizer: CLIPTokenizer,
) -> SimpleNamespace:
    """The parts of a pipeline, under diffusers' names."""
    return SimpleNamespace(
        vae=autoencoder,
        text_encoder=text_encoder,
        unet=unet,
        tokenizer=tokenizer,
        scheduler=build_scheduler(),
    )


def _stage(args: argparse.Namespace, share: float) -> argparse.Namespace:
    """The arguments of one stage: its share of steps and minutes."""
    limits = {
        "steps": round(args.steps * share),
        "minutes": args.minutes and args.minutes * share,
        "flops": args.flops and args.flops * share,
    }
    return argparse.Namespace(**{**vars(args), **limits})
